# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show that the import contracts of pyproject.toml notice every kind of wrong import."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUGINS = "ansible_collections.netops.jobs.plugins"
UTILS = f"{PLUGINS}.module_utils"

# A small collection that keeps every contract: file -> what it imports.
SOUND = {
    "module_utils/_jobs/model.py": ["dataclasses"],
    "module_utils/_jobs/poller.py": [f"{UTILS}._jobs.model"],
    "module_utils/_transport/http.py": ["requests", "urllib3", "lxml.etree", f"{UTILS}._jobs.model"],
    "module_utils/_vendors/panos/client.py": ["xmltodict", f"{UTILS}._transport.http_client", f"{UTILS}._jobs.poller"],
    "module_utils/_vendors/other/client.py": ["lxml.etree", f"{UTILS}._transport.http_client"],
    "module_utils/_options.py": ["ansible.module_utils.basic", f"{UTILS}._jobs.model"],
    "module_utils/_secrets.py": ["ansible.module_utils.common.parameters"],
    "module_utils/_task.py": ["ansible.module_utils.basic", f"{UTILS}._options", f"{UTILS}._secrets"],
    "modules/panos_commit.py": [
        "ansible.module_utils.basic",
        f"{UTILS}._options",
        f"{UTILS}._task",
        f"{UTILS}._vendors.panos.client",
    ],
    "plugin_utils/_job_action.py": ["ansible.plugins.action", f"{UTILS}._task", f"{UTILS}._jobs.poller"],
    "action/panos_commit.py": [f"{PLUGINS}.plugin_utils._job_action", f"{PLUGINS}.modules.panos_commit"],
}


def check(folder: pathlib.Path, imports: dict[str, list[str]]) -> subprocess.CompletedProcess[str]:
    """Write a collection of these imports and hold the project's contracts against it."""
    plugins = folder.joinpath(*PLUGINS.split("."))
    for name, modules in imports.items():
        file = plugins / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"import {module}\n" for module in modules))
    return subprocess.run(
        [
            pathlib.Path(sys.executable).with_name("lint-imports"),
            "--no-logo",
            "--no-cache",
            "--config",
            ROOT / "pyproject.toml",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_sound_collection_keeps_every_contract(tmp_path: pathlib.Path) -> None:
    result = check(tmp_path, SOUND)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("importer", "imported", "contract"),
    [
        ("module_utils/_jobs/poller.py", "ansible.module_utils.basic", "Only the outer layers face Ansible"),
        ("module_utils/_jobs/poller.py", "requests", "Only the transport speaks HTTP"),
        ("module_utils/_jobs/poller.py", "lxml.etree", "Only the transport and the vendors read XML"),
        ("module_utils/_jobs/poller.py", f"{UTILS}._transport.http_client", "Arrows only point down in module_utils"),
        ("module_utils/_jobs/poller.py", f"{UTILS}._vendors.panos.client", "Arrows only point down in module_utils"),
        ("module_utils/_jobs/poller.py", f"{UTILS}._options", "Arrows only point down in module_utils"),
        ("module_utils/_transport/http.py", f"{UTILS}._vendors.panos.client", "Arrows only point down in module_utils"),
        ("module_utils/_transport/http.py", "ansible.module_utils.urls", "Only the outer layers face Ansible"),
        ("module_utils/_vendors/panos/client.py", f"{UTILS}._task", "Arrows only point down in module_utils"),
        ("module_utils/_vendors/panos/client.py", f"{UTILS}._vendors.other.client", "Vendors do not know one another"),
        ("module_utils/_vendors/panos/client.py", "requests", "Only the transport speaks HTTP"),
        ("module_utils/_vendors/panos/client.py", "ansible.module_utils.basic", "Only the outer layers face Ansible"),
        ("module_utils/_task.py", f"{PLUGINS}.modules.panos_commit", "Arrows only point down among the plugins"),
        ("module_utils/_task.py", "requests", "Only the transport speaks HTTP"),
        ("module_utils/_unheard_of.py", "json", "Arrows only point down in module_utils"),
        ("plugin_utils/_job_action.py", f"{PLUGINS}.modules.panos_commit", "Arrows only point down among the plugins"),
        ("modules/panos_commit.py", "ansible.module_utils.urls", "Only the outer layers face Ansible"),
        ("modules/panos_commit.py", "lxml.etree", "Only the transport and the vendors read XML"),
        ("modules/panos_commit.py", f"{UTILS}._jobs.poller", "Module files are thin"),
        ("modules/panos_commit.py", f"{UTILS}._transport.http_client", "Module files are thin"),
        ("modules/panos_commit.py", f"{UTILS}._vendors.other.client", "A module knows no vendor but its own"),
        ("modules/panos_commit.py", f"{PLUGINS}.plugin_utils._job_action", "Arrows only point down among the plugins"),
    ],
)
def test_a_wrong_import_is_noticed(tmp_path: pathlib.Path, importer: str, imported: str, contract: str) -> None:
    result = check(tmp_path, {**SOUND, importer: [*SOUND.get(importer, []), imported]})
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in result.stdout
