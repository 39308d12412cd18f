# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup ``fleet_jobs``: the jobs that hosts have submitted, with what it takes to wait for them in one task."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_jobs
short_description: The jobs that hosts have submitted
version_added: 0.1.0
author:
  - netops.jobs contributors (@netops-jobs)
description:
  - Returns the jobs that hosts of the play have submitted with O(ignore:wait=false), each with its host, its handle and
    the credentials of the host, for one M(netops.jobs.job_wait) for all of them.
  - The credentials are the variables of each host that are named as the options of the modules behind the name of the
    system, such as C(panos_password), C(illumio_api_secret), C(scm_client_id) and C(oracle_sbc_username). Those of the
    play and of the role count for more, as in any task, and templates in them are filled in for each host. What a host
    has no variable for, M(netops.jobs.job_wait) takes from the environment.
options:
  _terms:
    description: The names of the hosts.
    type: list
    elements: str
    required: true
  registered:
    description: The variable under which the task that submitted was registered. It may have been a loop.
    type: str
    required: true
notes:
  - Hosts that have submitted nothing are passed over, as are jobs that have ended when the task returned.
"""

EXAMPLES = r"""
- name: Wait for the commits of all hosts
  netops.jobs.job_wait:
    handles: "{{ jobs | map(attribute='handle') | list }}"
    connections: "{{ jobs | map(attribute='connection') | list }}"
    fail_on_job_failure: false
  vars:
    jobs: "{{ query('netops.jobs.fleet_jobs', *ansible_play_hosts, registered='commit') }}"
  run_once: true
"""

RETURN = r"""
_raw:
  description: The jobs, in the order of the hosts.
  type: list
  elements: dict
  contains:
    host:
      description: The name of the host.
      type: str
    handle:
      description: The handle of the job.
      type: dict
    connection:
      description: An entry for the option C(connections) of M(netops.jobs.job_wait). It holds secrets.
      type: dict
"""

import typing as t
from collections.abc import Iterator, Mapping, Sequence

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.netops.jobs.plugins.module_utils._options import HANDLES

_NAMES = tuple(name for name in HANDLES["connections"]["options"] if name not in ("endpoint", "system", "target"))


class LookupModule(LookupBase):
    def run(
        self, terms: Sequence[t.Any], variables: Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        known: Mapping[str, t.Any] = variables or {}
        if set(kwargs) != {"registered"}:
            raise AnsibleLookupError("fleet_jobs: give registered, the variable of the task that submitted the jobs.")
        registered = str(kwargs["registered"])
        hostvars = known["hostvars"]
        # Of the play, the role or the task. What only this host has is none of the others' business.
        here = hostvars.raw_get(known["inventory_hostname"])
        play = {name: value for name, value in known.items() if name not in here or here[name] != value}
        found: list[dict[str, t.Any]] = []
        for term in terms:
            host = str(term)
            if host not in hostvars:
                raise AnsibleLookupError(f"fleet_jobs: there is no host {host}.")
            own = hostvars.raw_get(host)
            handles = list(_handles(own.get(registered)))
            if not handles:
                continue
            its = {**own, **play}
            # The base class has no types.
            templar: t.Any = t.cast("t.Any", self._templar).copy_with_new_env(available_variables=its)
            for handle in handles:
                connection = _connection(handle, its, templar.template)
                found.append({"host": host, "handle": handle, "connection": connection})
        return found


def _connection(
    handle: Mapping[str, t.Any], known: Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any]
) -> dict[str, t.Any]:
    """Return the entry for *handle*, from what is *known* to the tasks of its host."""
    system = str(handle["operation"]).partition(".")[0]
    entry: dict[str, t.Any] = {"endpoint": handle["endpoint"]}
    if handle.get("fingerprint", {}).get("target"):
        entry["target"] = handle["fingerprint"]["target"]
    for name in _NAMES:
        variable = f"{system}_{name}"
        if variable in known:
            entry[name] = template(known[variable])
    return entry


def _handles(result: t.Any) -> Iterator[Mapping[str, t.Any]]:
    """Yield the handles of the jobs that *result* left running."""
    if not isinstance(result, Mapping):
        return
    for each in result.get("results") or [result]:
        if isinstance(each, Mapping) and each.get("outcome") == "running" and not each.get("failed"):
            job = each.get("job")
            handle = job.get("handle") if isinstance(job, Mapping) else None
            if isinstance(handle, Mapping) and "operation" in handle and "endpoint" in handle:
                yield handle
