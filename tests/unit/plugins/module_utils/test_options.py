# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.netops.jobs.plugins.module_utils._options import SYSTEMS


@pytest.mark.parametrize("system", SYSTEMS)
def test_variables_of_the_environment_that_are_empty_count_as_not_set(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, _rules = SYSTEMS[system]
    unset = ArgumentSpecValidator(spec).validate({}).validated_parameters
    for option in spec.values():
        for name in option.get("fallback", (None, ()))[1]:
            monkeypatch.setenv(name, "")
    assert ArgumentSpecValidator(spec).validate({}).validated_parameters == unset


def test_the_first_variable_that_says_something_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    spec, _rules = SYSTEMS["panos"]
    monkeypatch.setenv("PANOS_HOST", "")
    monkeypatch.setenv("PANOS_HOSTNAME", "fw1.example.com")
    monkeypatch.setenv("PANOS_API_KEY", "key-from-the-environment")
    checked = ArgumentSpecValidator(spec).validate({})
    assert not checked.error_messages
    assert checked.validated_parameters["host"] == "fw1.example.com"
    assert checked._no_log_values == {"key-from-the-environment"}
