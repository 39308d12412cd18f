# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role bulk_export in a play of the user's own."""

from __future__ import annotations

import json
import sys
import typing as t

if t.TYPE_CHECKING:
    from conftest import Player

PASSWORD = "s3cret-of-automation"


def test_hosts_one_after_the_other_make_one_set(player: Player, clean: t.Callable[[str], None]) -> None:
    names = ("one", "other")
    root = player.folder / "exports"
    variables = {
        "ansible_python_interpreter": sys.executable,
        "panos_port": player.simulator.port,
        "panos_ca_path": player.simulator.ca_path,
        "panos_username": "automation",
        "panos_password": PASSWORD,
        "bulk_export_root": str(root),
        "bulk_export_date": "2026-11-22",
        "bulk_export_exports": [{"name": "running", "kind": "panos_export", "options": {"category": "configuration"}}],
    }
    hosts = {name: {"ansible_host": player.device()} for name in names}
    inventory, book = player.folder / "inventory.json", player.folder / "play.yml"
    inventory.write_text(json.dumps({"fleet": {"vars": variables, "hosts": hosts}}))
    play = {"name": "Export", "hosts": "fleet", "gather_facts": False, "connection": "local", "serial": 1}
    book.write_text(json.dumps([{**play, "roles": ["netops.jobs.bulk_export"]}]))
    with player.start(book, "-i", str(inventory)) as process:
        output, _nothing = process.communicate(timeout=300)
    assert process.returncode == 0, output
    clean(output)
    manifest = json.loads((root / "nightly/2026-11-22/manifest.json").read_text())
    assert manifest["complete"]
    assert [export["files"][0]["path"] for export in manifest["exports"]] == [f"{name}/running.xml" for name in names]
