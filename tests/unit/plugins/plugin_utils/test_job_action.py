# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import types

from ansible_collections.netops.jobs.plugins.plugin_utils import _job_action


def test_options_that_are_secret_are_registered_in_all_their_forms(monkeypatch) -> None:
    """ansible-core since 2.22 masks what is registered, and knows of itself only the option as it was given."""
    registered = []
    monkeypatch.setattr(_job_action, "register_secret", lambda value: registered.append(value) or value)
    action = types.SimpleNamespace(_task=types.SimpleNamespace(check_mode=False, diff=False))
    checked = types.SimpleNamespace(validated_parameters={"password": 'a/"b'}, _no_log_values={'a/"b'})
    task = _job_action.InProcessTask(action, checked, "fw1", show=False)
    assert set(registered) == task.secrets == {'a/"b', "a%2F%22b", 'a/\\"b', "a/&quot;b"}
