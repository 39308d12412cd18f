# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the checks need around them: interpreters, virtual environments, child environments. Standard library only."""

from __future__ import annotations

import configparser
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
COLLECTIONS = CACHE / "collections"

Version = tuple[int, int]

# ansible-core release -> the Pythons its controller side runs on, oldest and newest.
CORES: dict[str, tuple[Version, Version]] = {
    "2.16.19": ((3, 10), (3, 12)),
    "2.17.14": ((3, 10), (3, 12)),
    "2.18.19": ((3, 11), (3, 13)),
    "2.19.14": ((3, 11), (3, 13)),
    "2.20.10": ((3, 12), (3, 14)),
    "2.21.5": ((3, 12), (3, 14)),
    "2.22.0rc1": ((3, 13), (3, 15)),
}
NEWEST = "newest"  # stands for the newest final release that an interpreter found here can run

# Variables that would make a result depend on who runs the checks.
DROPPED = ("ANSIBLE_", "GALAXY_", "MYPY", "PANOS_", "PYTEST_", "PYTHON", "VIRTUAL_ENV", "XDG_")

# The names under which the versions of ansible-test look for their cached get-pip.py.
GET_PIP = ("get_pip_23_1_2.py", "get_pip_24_2.py", "get_pip_25_2.py")


class Unavailable(Exception):
    """Something that this machine does not have; the text is the reason that the summary shows."""


@dataclass(frozen=True)
class Venv:
    """One virtual environment: an ansible-core and the requirement files (those that exist) installed beside it."""

    core: str
    files: tuple[str, ...] = ()
    lowest: tuple[str, ...] = ()  # requirement files of which each lower bound is installed as an exact version
    python: Version | None = None  # exactly this Python instead of the newest that the core supports


VENVS: dict[str, Venv] = {
    "demo": Venv(NEWEST, ("requirements.txt", "tests/simulator/requirements.txt")),
    "dev": Venv(
        NEWEST,
        (
            "requirements.txt",
            "tools/requirements/dev.txt",
            "tests/unit/requirements.txt",
            "tests/simulator/requirements.txt",
            "tests/conformance/requirements.txt",
        ),
    ),
    "next": Venv(
        "2.22.0rc1",
        ("requirements.txt", "tools/requirements/dev.txt", "tests/unit/requirements.txt"),
    ),
    "galaxy": Venv(NEWEST, ("tools/requirements/galaxy.txt",)),
    "docs": Venv(NEWEST, ("tools/requirements/docs.txt",)),
    "pylo": Venv(NEWEST, ("tests/conformance_pylo/requirements.txt",)),
    "oldest": Venv(
        "2.16.0",
        ("tools/requirements/oldest.txt", "tests/unit/requirements.txt"),
        lowest=("requirements.txt",),
        python=(3, 10),
    ),
    **{f"core-{core.rpartition('.')[0]}": Venv(core) for core in CORES},
}


def dotted(version: Version) -> str:
    return ".".join(map(str, version))


@functools.cache
def interpreters() -> dict[Version, Path]:
    """Every CPython from 3.9 that can make virtual environments, one per minor version.

    pyenv's shims are passed over: they exist for versions that are not active too, and then fail.
    """
    pyenv = sorted(Path.home().glob(".pyenv/versions/3.*/bin"), key=lambda path: path.parent.name, reverse=True)
    on_path = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    found: dict[Version, Path] = {}
    for folder in (*on_path, *pyenv, Path(sys.prefix, "bin"), Path("/usr/local/bin"), Path("/usr/bin")):
        if folder.name == "shims":
            continue
        for minor in range(9, 16):
            candidate = folder / f"python3.{minor}"
            if (3, minor) not in found and os.access(candidate, os.X_OK) and _makes_venvs(candidate):
                found[3, minor] = candidate.resolve()
    return found


def _makes_venvs(python: Path) -> bool:
    command = [str(python), "-c", "import ensurepip, venv"]  # Debian packs these two apart from the interpreter
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def choose(core: str, python: Version | None = None) -> tuple[str, Path]:
    """An exact ansible-core release and the interpreter for it.

    Raises Unavailable if no interpreter found here fits.
    """
    if core == NEWEST:
        for release in reversed([name for name in CORES if "rc" not in name]):
            try:
                return choose(release)
            except Unavailable:
                continue
        raise Unavailable("no Python from 3.10 with venv found")
    if python:
        low = high = python
    else:
        low, high = CORES[core]
    fitting = [version for version in interpreters() if low <= version <= high]
    if not fitting:
        wanted = dotted(low) if low == high else f"{dotted(low)} to {dotted(high)}"
        raise Unavailable(f"ansible-core {core} needs Python {wanted}, none found")
    return core, interpreters()[max(fitting)]


@contextmanager
def locked(path: Path) -> t.Iterator[None]:
    """Hold an exclusive lock, between threads and between processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_venv(name: str, log: t.IO[str] | None = None) -> Path:
    """Return the bin folder of the named virtual environment, building it if its contents changed.

    Raises Unavailable without a fitting interpreter, subprocess.CalledProcessError if pip fails.
    """
    spec = VENVS[name]
    core, python = choose(spec.core, spec.python)
    files = [ROOT / file for file in spec.files if (ROOT / file).exists()]
    wanted = [f"ansible-core=={core}"]
    for file in spec.lowest:
        lines = (ROOT / file).read_text().splitlines()
        wanted += [line.replace(">=", "==") for line in lines if line and not line.startswith("#")]
    contents = [str(python), *wanted, *(file.read_text() for file in files)]
    key = hashlib.sha256("\0".join(contents).encode()).hexdigest()[:10]
    folder = CACHE / "venvs" / f"{name}-{key}"
    done = folder / "complete"
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not done.exists():
            print(f"Installing {name} with {python}", file=log or sys.stderr, flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            requirements = [arg for file in files for arg in ("-r", str(file))]
            for command in (
                [str(python), "-m", "venv", str(folder)],
                [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *wanted, *requirements],
            ):
                env = child_env("pip")
                subprocess.run(command, check=True, env=env, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
            done.touch()
            for outdated in folder.parent.glob(f"{name}-{'?' * len(key)}"):
                if outdated != folder:
                    shutil.rmtree(outdated, ignore_errors=True)
    return folder / "bin"


def child_env(home: str, bin_folder: Path | None = None, collections: Path = COLLECTIONS) -> dict[str, str]:
    """The environment of a child process: real interpreters on PATH, a home of its own inside the project."""
    home_folder = _make_home(CACHE / "home" / home)
    folders = [bin_folder, *(python.parent for python in interpreters().values())]
    path = [str(folder) for folder in folders if folder] + ["/usr/local/bin", "/usr/bin", "/bin"]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(DROPPED)},
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_NOCOLOR": "1",
        "HOME": str(home_folder),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(CACHE / "hypothesis"),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "PATH": os.pathsep.join(dict.fromkeys(path)),
        "PIP_CACHE_DIR": str(CACHE / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def _make_home(folder: Path) -> Path:
    """A home folder that holds nothing but the user's own pip settings and ansible-test's get-pip stand-ins."""
    stand_ins = folder / ".ansible" / "test" / "cache"
    stand_ins.mkdir(parents=True, exist_ok=True)
    for name in GET_PIP:
        shutil.copyfile(ROOT / "tools" / "get_pip.py", stand_ins / name)

    # ansible-test passes no PIP_* variable on to pip, so they become a file, together with the user's file.
    settings = configparser.RawConfigParser()
    config_home = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    named = os.environ.get("PIP_CONFIG_FILE")
    users = [named] if named else [Path.home() / ".pip" / "pip.conf", config_home / "pip" / "pip.conf"]
    settings.read(users, encoding="utf-8")
    if not settings.has_section("global"):
        settings.add_section("global")
    for name, value in os.environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            settings.set("global", name[len("PIP_") :].lower().replace("_", "-"), value)
    settings.set("global", "cache-dir", str(CACHE / "pip"))
    settings.set("global", "quiet", "2")
    # Python compiles what is used when it is used first; most of what is installed never is. pip has it the wrong way
    # round: "no" means not to compile.
    if not settings.has_section("install"):
        settings.add_section("install")
    settings.set("install", "no-compile", "no")
    target = folder / ".config" / "pip" / "pip.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, delete=False) as handle:
        settings.write(handle)
    os.replace(handle.name, target)  # other checks may be reading it
    return folder
