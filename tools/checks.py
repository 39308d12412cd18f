# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of `make test`, as data. tools/check.py runs them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.env import CORES, ROOT, Version

_version = re.search(r"^version: (\S+)$", (ROOT / "galaxy.yml").read_text(), re.MULTILINE)
assert _version, "galaxy.yml has no version"
TARBALL = f"{{out}}/netops-jobs-{_version[1]}.tar.gz"

# One worker: each collects all tests anew, and the other processors have other checks to run.
UNITS = "ansible-test units --num-workers 1 --controller origin:python=venv/default"
BUILD = "ansible-galaxy collection build --force --output-path {out} {stage}"
INSTALLED = "env ANSIBLE_COLLECTIONS_PATH={out}/installed"
# It would run ansible-lint with fewer rules on fewer files than the check `ansible-lint` does.
IMPORTER = (
    "env -C {out} GALAXY_IMPORTER_CHECK_REQUIRED_TAGS=true GALAXY_IMPORTER_RUN_ANSIBLE_LINT=false"
    " python -m galaxy_importer.main"
)
# The groups that take longest, in the order in which they start: what is short fills the gaps at the end.
LONGEST = ("integration", "play", "sanity", "trials", "examples", "units", "conformance", "faults", "security")
TESTED = ("2.16", "2.21")  # oldest and newest release; the others are run by `make test-all`
# `make test` runs the unit tests three times: with the newest of everything (`unit`), with the lowest version of
# everything on 3.10 (`unit-oldest`), and so. The Pythons between and the units of ansible-test 2.21 are in
# `make test-all`: a release of ansible-core makes a difference only to the few files that face Ansible (a contract in
# pyproject.toml sees to that).
UNITS_TESTED = (("2.16", "3.9"),)
# In `make test` only the sanity tests of the newest release look at these: pylint takes nearly half of the time, and
# most lines are here. What the oldest release thinks of them is asked by `make test-all`.
TESTS_AND_TOOLS = ("benchmarks/", "tests/", "tools/")


@dataclass(frozen=True)
class Step:
    """One command. Its output must match `expect` and must not match `forbid`, where these are given.

    In a command {root} is the checkout, {stage} a copy at .../ansible_collections/netops/jobs, {collections} the folder
    that makes the checkout importable, {out} an empty folder.
    """

    command: str
    expect: str = ""
    forbid: str = ""


ROLE_TARGETS = sorted(path.name for path in (ROOT / "tests/integration/targets").glob("role_*"))
"""The integration targets of roles."""


@dataclass(frozen=True)
class Check:
    """Commands that are run one after the other in one virtual environment, until one fails."""

    name: str
    group: str
    about: str
    venv: str
    steps: tuple[Step, ...]
    staged: bool = False  # run in a copy at .../ansible_collections/netops/jobs instead of the checkout
    needs: tuple[str, ...] = ()  # glob patterns: the check is skipped while one of them matches nothing
    pythons: tuple[Version, ...] = ()  # interpreters that the commands look for themselves
    extra: bool = False  # only in `make test-all`


def _ansible_test(core: str) -> list[Check]:
    venv = f"core-{core}"
    extra = core not in TESTED
    oldest = core == TESTED[0]
    without_tests = "".join(f" --exclude {folder}" for folder in TESTS_AND_TOOLS) if oldest else ""
    # ansible-core 2.22rc1 pins a library of its pylint test to an archive on GitHub, which not every network can reach.
    skipped = " --skip-test pylint" if core == "2.22" else ""
    return [
        Check(
            name=f"sanity-{core}",
            group="sanity",
            about=f"ansible-test sanity of ansible-core {core}{', of what is neither test nor tool' if oldest else ''}",
            venv=venv,
            steps=(Step(f"ansible-test sanity --venv{skipped}{without_tests}"),),
            staged=True,
            extra=extra,
        ),
        *(
            Check(
                name=f"units-{core}{suffix}",
                group="units",
                about=f"ansible-test units of ansible-core {core}, {about}",
                venv=venv,
                steps=(Step(f"{UNITS} --target-python venv/{python}", expect=r"\d+ passed"),),
                staged=True,
                needs=("tests/unit/**/test_*.py",),
                pythons=pythons,
                extra=(core, python) not in UNITS_TESTED,
            )
            for suffix, python, pythons, about in (
                ("", "default", (), "everything, on the controller's Python"),
                ("-python3.9", "3.9", ((3, 9),), "what modules need, on the oldest Python that they support"),
            )
        ),
        *(
            Check(
                name=f"integration-{core}{suffix}",
                group="integration",
                about=f"ansible-test integration of ansible-core {core}, {about}",
                venv=venv,
                steps=(Step(f"ansible-test integration --venv --python default -v {chosen}"),),
                staged=True,
                needs=("tests/integration/targets/*/aliases",),
                extra=only_in_all,
            )
            for suffix, chosen, only_in_all, about in (
                ("", " ".join(f"--exclude {name}" for name in ROLE_TARGETS), extra, "the modules"),
                # They run whole playbooks over fleets, which takes as long as most of the others together.
                ("-roles", " ".join(ROLE_TARGETS), core != TESTED[-1], "the roles"),
            )
        ),
    ]


CHECKS: tuple[Check, ...] = (
    *(check for core in TESTED for check in _ansible_test(core)),
    *(
        check
        for core in (release.rpartition(".")[0] for release in CORES)
        if core not in TESTED
        for check in _ansible_test(core)
    ),
    Check(
        name=f"sanity-{TESTED[0]}-tests",
        group="sanity",
        about=f"ansible-test sanity of ansible-core {TESTED[0]}, of tests and tools",
        venv=f"core-{TESTED[0]}",
        steps=(Step(f"ansible-test sanity --venv {' '.join(TESTS_AND_TOOLS)}"),),
        staged=True,
        extra=True,
    ),
    Check(
        name="ansible-lint",
        group="lint",
        about="ansible-lint, production profile, strict",
        venv="galaxy",
        steps=(Step("ansible-lint"),),
        staged=True,
    ),
    Check(
        name="galaxy-importer",
        group="package",
        about="build the tarball and judge it as Galaxy and Automation Hub do",
        venv="galaxy",
        steps=(
            Step(BUILD),
            Step(
                f"{IMPORTER} {TARBALL}",
                expect="Importer processing completed successfully",
                forbid=r"^(ERROR|WARNING):.*|^Traceback.*",
            ),
        ),
        staged=True,
    ),
    Check(
        name="install",
        group="package",
        about="build the tarball, install it offline into an empty folder, read its documentation, verify it",
        venv="galaxy",
        steps=(
            Step(BUILD),
            Step(f"{INSTALLED} ansible-galaxy collection install {TARBALL} -p {{out}}/installed --offline"),
            Step(f"{INSTALLED} ansible-galaxy collection verify --offline netops.jobs", expect="Successfully verified"),
            Step(f"{INSTALLED} ansible-doc -l netops.jobs", expect=r"netops\.jobs\.panos_commit"),
            Step(f"{INSTALLED} ansible-doc netops.jobs.panos_commit", expect="wait_timeout", forbid="ERROR"),
        ),
        staged=True,
        needs=("plugins/modules/panos_commit.py",),
    ),
    Check(
        name="execution-environment",
        group="package",
        about="what ansible-builder makes of the collection, up to the point where an image would be built",
        venv="galaxy",
        steps=(
            Step(BUILD),
            Step("python -m tools.execution_environment {out} " + TARBALL),
            Step("ansible-builder create -v3 --file {out}/ee.yml --context {out}/context"),
            Step(
                "ansible-builder create -v3 --file extensions/ee/execution-environment.yml --context {out}/as-committed"
            ),
            Step("ansible-builder introspect --sanitize {stage}/../../..", expect="requests.*netops.jobs"),
        ),
        staged=True,
    ),
    Check(
        name="unit",
        group="units",
        about="pytest of tests/unit with the coverage of plugins/",
        venv="dev",
        steps=(Step("pytest tests/unit --cov --cov-report=term", expect=r"\d+ passed"),),
        needs=("tests/unit/**/test_*.py",),
    ),
    Check(
        name="unit-oldest",
        group="units",
        about="pytest of tests/unit with the lowest versions of everything that the collection declares",
        venv="oldest",
        steps=(Step("pytest tests/unit --hypothesis-profile few", expect=r"\d+ passed"),),
        needs=("tests/unit/**/test_*.py",),
    ),
    Check(
        name="conformance",
        group="conformance",
        about="clients that others wrote run their own flows against the simulator",
        venv="dev",
        steps=(Step("pytest tests/conformance", expect=r"\d+ passed"),),
        needs=("tests/conformance/**/test_*.py",),
    ),
    Check(
        name="conformance-pylo",
        group="conformance",
        about="the same with the client that needs an environment of its own",
        venv="pylo",
        steps=(Step("pytest tests/conformance_pylo", expect=r"\d+ passed"),),
        needs=("tests/conformance_pylo/test_*.py",),
    ),
    Check(
        name="play",
        group="play",
        about="what a user reads of a play: failures, progress, interruptions; no traceback and no secret",
        venv="dev",
        steps=(Step("pytest tests/play", expect=r"\d+ passed"),),
        needs=("tests/play/**/test_*.py",),
    ),
    Check(
        name="security",
        group="security",
        about="every module against servers that mean harm; what is written, and what is shown of secrets",
        venv="dev",
        steps=(Step("pytest tests/security", expect=r"\d+ passed"),),
    ),
    Check(
        name="security-2.22",
        group="security",
        about="what is shown of secrets by the ansible-core that masks when it prints and not in results",
        venv="next",
        steps=(Step("pytest tests/security/test_secrets.py", expect=r"\d+ passed"),),
        extra=True,
    ),
    Check(
        name="awx",
        group="awx",
        about="awx_setup with the modules of awx.awx, twice, against a stand-in for the API of AWX",
        venv="dev",
        steps=(Step("pytest tests/awx", expect=r"\d+ passed"),),
        extra=True,
    ),
    Check(
        name="examples",
        group="examples",
        about="every example of the documentation is run against the simulator",
        venv="dev",
        steps=(Step("pytest tests/examples", expect=r"\d+ passed"),),
        needs=("tests/examples/**/test_*.py",),
    ),
    Check(
        name="trials",
        group="trials",
        about="exactly once: a sample of the trials in which answers are lost and plays are killed",
        venv="dev",
        steps=(Step("pytest tests/trials", expect=r"\d+ passed"),),
    ),
    Check(
        name="faults",
        group="faults",
        about="each request of each operation hit by one fault, and a run of each operation killed: samples",
        venv="dev",
        steps=(
            Step("pytest tests/faults", expect=r"\d+ passed"),
            Step("python -m tests.faults --sample 180 --workers 1", expect=r"180 cells.* 0 cells break the rule"),
            Step(
                "python -m tests.faults.kills --number 0 4 7 13 15 18 23 26 27 29 33 35 37 39 --workers 1",
                expect=r"14 trials.* 0 wrong",
            ),
        ),
    ),
    Check(
        name="benchmarks",
        group="benchmarks",
        about="the benchmarks run: a fleet of two hosts with nobody to compare with"
        ", a wait for forty jobs, two pages of a log, a file, paces",
        venv="dev",
        steps=(
            Step(
                "python -m benchmarks.fleet --hosts 2 --forks 2 --seconds 1 --only verdict",
                expect=r"a verdict on each host \| \d",
            ),
            Step("python -m benchmarks.fleet_wait --handles 40 --pace 1 --seconds 3", expect=r"\| 40 \| 1 s \| \d"),
            Step("python -m benchmarks.memory --rows 6000 --only ndjson", expect=r"ndjson \| 6000 rows.* MB \|"),
            Step("python -m benchmarks.memory --megabytes 20 --only tech-support", expect=r"tech-support \| 20 MB \|"),
            Step("python -m benchmarks.pace --jobs 30", expect=r"exponential, in delay and requests: none of ours"),
        ),
    ),
    Check(
        name="project",
        group="lint",
        about="pytest of the project's own rules and tools",
        venv="dev",
        steps=(Step("pytest tests/project", expect=r"\d+ passed"),),
    ),
    Check(
        name="mypy",
        group="lint",
        about="mypy, strict, of the plugins, the simulator and the tools",
        venv="dev",
        steps=(
            Step("mypy -p ansible_collections.netops.jobs.plugins"),
            Step("mypy -p ansible_collections.netops.jobs.tests.simulator"),
            Step("mypy -p tools"),
        ),
        needs=("plugins/**/*.py", "tests/simulator/*.py"),
    ),
    Check(
        name="ruff",
        group="lint",
        about="ruff, rules and format",
        venv="dev",
        steps=(Step("ruff check ."), Step("ruff format --check --diff .")),
    ),
    Check(
        name="imports",
        group="lint",
        about="the layers: who may import what",
        venv="dev",
        steps=(Step("lint-imports --no-logo --cache-dir {out}"),),
        needs=("plugins/**/*.py",),
    ),
    Check(name="yamllint", group="lint", about="yamllint", venv="dev", steps=(Step("yamllint --strict ."),)),
    Check(
        name="docs",
        group="docs",
        about="the documentation of the collection and of every plugin, every reference resolved",
        venv="galaxy",
        steps=(Step("antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all ."),),
        staged=True,
    ),
    Check(
        name="docs-site",
        group="docs",
        about="the documentation site, every internal link resolved",
        venv="docs",
        steps=(Step("python -m tools.docs {out}", expect="pages"),),
    ),
    Check(
        name="changelog",
        group="docs",
        about="the changelog and its fragments",
        venv="galaxy",
        steps=(Step("antsibull-changelog lint"),),
        staged=True,
    ),
)
