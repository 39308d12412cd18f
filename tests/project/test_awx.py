# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook awx_setup makes fits the modules, the roles and the rules of AWX. No AWX takes part in it."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml

from ansible_collections.netops.jobs.plugins.module_utils._options import SYSTEMS

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from awx.server import Refused, check_credential_type, check_survey


class Loader(yaml.SafeLoader):
    """Reads values that Ansible is not to template as the text that they are."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(t.cast("yaml.ScalarNode", node)))
DEFINED = yaml.load((ROOT / "playbooks/vars/awx.yml").read_text(encoding="utf-8"), Loader)
TYPES = {entry["name"]: entry for entry in DEFINED["awx_setup_credential_types"]}
TEMPLATES = {entry["name"]: entry for entry in DEFINED["awx_setup_job_templates"]}
SYSTEM_OF = {
    "netops.jobs PAN-OS": "panos",
    "netops.jobs Illumio": "illumio",
    "netops.jobs Strata Cloud Manager": "scm",
    "netops.jobs Cortex": "cortex",
    "netops.jobs Oracle SBC": "oracle_sbc",
}


def test_there_is_a_credential_type_for_each_system() -> None:
    assert sorted(SYSTEM_OF[name] for name in TYPES) == sorted(SYSTEMS)


@pytest.mark.parametrize("name", TYPES)
def test_inputs_and_injectors_are_what_the_modules_take_from_the_environment(name: str) -> None:
    spec, _rules = SYSTEMS[SYSTEM_OF[name]]
    options = {option: entry for option, entry in spec.items() if "fallback" in entry}
    fields = {field["id"]: field for field in TYPES[name]["inputs"]["fields"]}
    assert fields.keys() == options.keys()
    injected = TYPES[name]["injectors"]["env"]
    assert injected == {entry["fallback"][1][0]: f"{{{{ {option} }}}}" for option, entry in options.items()}
    for option, entry in options.items():
        field = fields[option]
        assert field.get("secret", False) == entry.get("no_log", False), option
        assert field.get("choices") == entry.get("choices"), option
        if "default" in field:
            assert field["default"] == entry["default"], option


@pytest.mark.parametrize("name", TYPES)
def test_awx_would_take_the_credential_type(name: str) -> None:
    check_credential_type({**TYPES[name], "kind": "net"})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"injectors": {"env": {"ANSIBLE_HOST": "x"}}}, "injector ANSIBLE_HOST"),
        ({"injectors": {"env": {"HOST": "{{ nobody }}"}}}, "'nobody' is undefined"),
        ({"inputs": {"fields": [{"id": "host", "label": "Host", "hidden": True}]}}, "input"),
        ({"inputs": {"fields": [], "required": ["host"]}}, "ids of inputs"),
    ],
)
def test_what_awx_would_refuse_is_noticed(change: dict[str, t.Any], complaint: str) -> None:
    entry = {"kind": "net", "inputs": {"fields": []}, "injectors": {}, **change}
    with pytest.raises(Exception, match=complaint) as caught:
        check_credential_type(entry)
    assert isinstance(caught.value, Refused) or "undefined" in complaint


def surveys() -> dict[str, list[dict[str, t.Any]]]:
    entries = [*DEFINED["awx_setup_job_templates"], *DEFINED["awx_setup_workflows"]]
    return {entry["name"]: entry["survey"] for entry in entries if "survey" in entry}


@pytest.mark.parametrize("name", surveys())
def test_awx_would_take_the_survey(name: str) -> None:
    check_survey({"name": "", "description": "", "spec": surveys()[name]})


def role_of(template: dict[str, t.Any]) -> str | None:
    """The role that the playbook of the template runs."""
    plays = yaml.safe_load((ROOT / template["playbook"]).read_text(encoding="utf-8"))
    roles = [role["role"] for play in plays for role in play.get("roles", [])]
    return roles[0].removeprefix("netops.jobs.") if roles else None


def options_of(role: str) -> dict[str, t.Any]:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta/argument_specs.yml").read_text(encoding="utf-8"))
    return t.cast("dict[str, t.Any]", specs["argument_specs"]["main"]["options"])


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_asked_for_exists(name: str) -> None:
    template = TEMPLATES[name]
    asked = {question["variable"]: question for question in template.get("survey", [])}
    role = role_of(template)
    known = options_of(role) if role else {}
    text = (ROOT / template["playbook"]).read_text(encoding="utf-8")
    variables = template.get("extra_vars", {})
    for variable, question in asked.items():
        if variable.startswith("asked_"):
            assert any(variable in str(value) for value in variables.values()), f"nothing uses {variable}"
        elif role:
            assert variable in known, f"{role} has no {variable}"
            if question["type"] in ("multiplechoice", "multiselect"):
                assert set(question["choices"]) <= set(known[variable]["choices"]), variable
        else:
            assert variable in text, variable
    assert not role or variables.keys() <= known.keys()


def answers(template: dict[str, t.Any]) -> dict[str, t.Any]:
    """What AWX makes of the survey where people take what it offers, and leave blank what they may."""
    given: dict[str, t.Any] = {}
    for question in template.get("survey", []):
        default = question.get("default")
        if question["type"] == "multiselect":
            given[question["variable"]] = default.splitlines()
        elif question["type"] == "integer":
            given.update({} if default is None else {question["variable"]: default})
        else:
            given[question["variable"]] = default or ("11.1.6-h3 11.1.10" if question["required"] else "")
    return given


def test_the_roles_take_the_answers(tmp_path: pathlib.Path) -> None:
    tasks = []
    for name, template in TEMPLATES.items():
        role = role_of(template)
        given = {**answers(template), **template.get("extra_vars", {})}
        known = options_of(role) if role else given
        provided = {variable: f"{{{{ {variable} }}}}" for variable in given if variable in known}
        save = {"content": "{{ provided | to_json }}", "dest": str(tmp_path / f"{name}.json"), "mode": "0600"}
        tasks.append({"ansible.builtin.copy": save, "vars": {**given, "provided": provided}})
        if role:
            arguments = {"argument_spec": known, "provided_arguments": provided}
            tasks.append({"ansible.builtin.validate_argument_spec": arguments, "vars": given})
    play = {"hosts": "localhost", "gather_facts": False, "connection": "local", "tasks": tasks}
    play["vars"] = {"ansible_python_interpreter": sys.executable}
    (tmp_path / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    command = [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "play.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    handed = {name: json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8")) for name in TEMPLATES}
    assert handed["netops software upgrade"]["software_upgrade_versions"] == ["11.1.6-h3", "11.1.10"]
    assert handed["netops content update"]["content_update_types"] == ["content", "antivirus"]
    assert handed["netops content update"]["content_update_min_age_days"] == {}
    assert handed["netops content update"]["content_update_failover"] is False
    assert handed["netops commit"]["commit_validate"] is True
    assert handed["netops commit"]["commit_waves"] == ["100%"]
    assert handed["netops bulk export"]["bulk_export_set"] == "nightly"


def test_what_keeps_pairs_together_is_never_sliced() -> None:
    sliced = {name for name, template in TEMPLATES.items() if template.get("slices")}
    assert sliced == {"netops commit in slices", "netops bulk export"}


def test_what_runs_on_localhost_takes_no_limit() -> None:
    """A play on localhost is passed over with a limit, which a workflow hands to the templates that ask for one."""
    for name, template in TEMPLATES.items():
        plays = yaml.safe_load((ROOT / template["playbook"]).read_text(encoding="utf-8"))
        on_localhost = any(play.get("hosts") == "localhost" or "import_playbook" in str(play) for play in plays)
        assert template.get("limit", True) is not on_localhost, name


def test_workflows_are_made_of_the_templates() -> None:
    for workflow in DEFINED["awx_setup_workflows"]:
        nodes = {node["identifier"]: node for node in workflow["nodes"]}
        for node in nodes.values():
            assert node["unified_job_template"]["name"] in TEMPLATES
            assert {
                other["identifier"] for others in node.get("related", {}).values() for other in others
            } <= nodes.keys()


def test_the_playbooks_of_the_templates_are_in_the_collection() -> None:
    assert {template["playbook"] for template in TEMPLATES.values()} >= {
        f"playbooks/{name}.yml"
        for name in ("bulk_export", "commit", "content_update", "network_scan", "resume", "software_upgrade")
    }
    assert all((ROOT / template["playbook"]).is_file() for template in TEMPLATES.values())
