# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guides tell a reader to run on simulated systems runs: the blocks that have a name, unchanged."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import textwrap

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from simulator.client import SimulatorProcess

from tools import playground

BIN = pathlib.Path(sys.executable).parent


def block(guide: str, name: str) -> str:
    text = (ROOT / "docs" / "docsite" / "rst" / f"{guide}.rst").read_text(encoding="utf-8")
    found = re.search(rf"\n    :name: {re.escape(name)}\n\n((?:(?: {{4}}.*)?\n)+)", text)
    assert found, f"{guide} has no block named {name}"
    return textwrap.dedent(found[1])


def sourced(env_file: pathlib.Path) -> dict[str, str]:
    """The environment of a shell that has read the file."""
    command = ["sh", "-c", f". {env_file} && env -0"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in shown.split("\0") if line)


@pytest.mark.parametrize(("guide", "name"), [("getting_started", "first.yml"), ("testing", "playground.yml")])
def test_the_plays_for_the_playground(
    guide: str, name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playground, "FOLDER", tmp_path)
    (tmp_path / name).write_text(block(guide, name), encoding="utf-8")
    with SimulatorProcess(tmp_path / "simulator", time_scale=60) as simulator:
        playground.set_up(simulator)
        playground.write(simulator, tmp_path)
        environment = {**sourced(tmp_path / "env"), "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
        command = ["ansible-playbook", str(tmp_path / name)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        accepted = {entry["kind"] for entry in simulator.ledger()["submissions"] if entry["accepted"]}
    assert done.returncode == 0, done.stdout + done.stderr
    if guide == "getting_started":
        assert done.stdout.count("succeeded: panos.commit job") == 2, done.stdout
        assert accepted == {"commit"}
    else:
        assert {"provision", "push", "xql-query", "verify", "save", "activate"} <= accepted, accepted


def test_the_test_for_ones_own_playbook(tmp_path: pathlib.Path) -> None:
    for name in ("my_play.yml", "test_my_play.py"):
        (tmp_path / name).write_text(block("testing", name), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}:{os.environ.get('PYTHONPATH', '')}"}
    environment["PATH"] = f"{BIN}:{os.environ['PATH']}"
    command = [str(BIN / "pytest"), "-q", "-p", "no:cacheprovider", "test_my_play.py"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
