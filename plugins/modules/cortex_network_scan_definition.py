#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cortex_network_scan_definition
short_description: Create or replace a definition of a network scan of Cortex XSIAM
version_added: 0.1.0
description:
  - Creates a definition for M(netops.jobs.cortex_network_scan), or replaces one.
  - B(The API has no call that reads or lists definitions.) So the task cannot see what is there. Without O(definition_id) every run of it
    creates another definition, and with it every run reports a change.
  - A definition whose creation got no answer is not created again by itself. The task fails with outcome V(lost) and says what to look for
    in the console. An update is repeated, because it is the same one then.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  definition_id:
    description:
      - The number of the definition to update. Without it a new one is created.
      - An update replaces the definition, and the API cannot be asked what it was. So with O(definition_id) all options that a definition
        must have are required, those included that have a default for a new one.
      - Whether it resets the other options where they are not given is not documented. Give all that the definition is to have.
    type: str
  name:
    description: The name of the definition, at most 100 characters.
    type: str
    required: true
  description:
    description:
      - A description, at most 500 characters.
      - If not given, a new definition has an empty one.
    type: str
  vt_config_id:
    description: The number of the template of vulnerability tests.
    type: int
    required: true
  network:
    description: The number of the network.
    type: int
    required: true
  network_scanner_ids:
    description: The UUIDs of the scanners. At least one.
    type: list
    elements: str
    required: true
  targets:
    description:
      - What to scan, such as V(192.0.2.0/24).
      - If not given, a new definition has none.
    type: list
    elements: str
  target_ids:
    description:
      - The numbers of targets that are kept in the tenant.
      - If not given, a new definition has none.
    type: list
    elements: int
  asset_groups:
    description: Groups of assets to scan.
    type: list
    elements: dict
    suboptions:
      id:
        description: The number of the group.
        type: int
        required: true
      name:
        description: Its name.
        type: str
      count:
        description: How many assets it has.
        type: int
  excluded_targets:
    description:
      - What not to scan.
      - If not given, a new definition excludes nothing.
    type: list
    elements: str
  override_target_exclusions:
    description:
      - Whether the exclusions of the tenant do not hold for this scan.
      - If not given, a new definition has V(false).
    type: bool
  port_list_id:
    description: The number of the list of ports.
    type: int
    required: true
  scan_ports:
    description:
      - Ports to scan in place of those of O(port_list_id). What an entry holds is not published, so entries are sent as they are.
      - If not given, a new definition has none.
    type: list
    elements: dict
  credential_ids:
    description:
      - The numbers of the credentials by which the scanners log in.
      - If not given, a new definition has none.
    type: list
    elements: int
  schedule_cadence:
    description: How often the scan runs by itself.
    type: str
    choices: [DAILY, WEEKLY, MONTHLY, ONCE]
    required: true
  schedule_days:
    description: The days of the week as a bitmask, from 0 to 127. V(127) is every day; which bit is which day is not published.
    type: int
    required: true
  schedule_dates:
    description:
      - The days of the month.
      - If not given, a new definition has none.
    type: list
    elements: int
  schedule_start_date:
    description: When the schedule begins, in milliseconds since 1970-01-01 UTC.
    type: int
    required: true
  schedule_time:
    description: At which time of the day the scan begins.
    type: dict
    required: true
    suboptions: &time
      hour:
        description: The hour, from 0 to 23.
        type: int
        required: true
      minute:
        description: The minute.
        type: int
        default: 0
      second:
        description: The second.
        type: int
        default: 0
  schedule_quiet_hours:
    description:
      - Stretches of the day in which a scan pauses.
      - If not given, a new definition has none.
    type: list
    elements: dict
    suboptions:
      start:
        description: Its beginning.
        type: dict
        required: true
        suboptions: *time
      end:
        description: Its end.
        type: dict
        required: true
        suboptions: *time
  schedule_timezone:
    description: The time zone of all these times, such as V(Europe/Berlin).
    type: str
    required: true
  enable_report:
    description:
      - Whether a report is made.
      - If not given, a new definition has V(false).
    type: bool
  alive_test_methods:
    description: How to find out which addresses are in use.
    type: list
    elements: str
    choices: [arp, icmp, tcp_ack, tcp_syn, consider_alive]
  alive_test_ports:
    description: The ports by which to find that out, with commas between them or as ranges.
    type: str
  auth_port_ssh:
    description: The port for SSH log-ins.
    type: int
  checks_read_timeout:
    description: Minutes that reading in a check may take.
    type: int
  disable_cgi_cache:
    description: Whether the CGI cache is off.
    type: bool
  disable_win_cmd_exec:
    description: Whether no commands are run on Windows.
    type: bool
  disable_wmi_search:
    description: Whether WMI is not searched.
    type: bool
  exclude_fragile_devices:
    description: Whether fragile devices are left out.
    type: bool
  exclude_printers:
    description: Whether printers are left out.
    type: bool
  expand_vhosts:
    description: Whether virtual hosts are looked for.
    type: bool
  max_checks:
    description: How many checks run at once on a host.
    type: int
  max_hosts:
    description: How many hosts are scanned at once.
    type: int
  non_simult_ports:
    description: Ports that are not scanned at the same time, with commas between them.
    type: str
  open_sock_max_attempts:
    description: How often to try to open a socket.
    type: int
  optimize_test:
    description: Whether tests are optimized.
    type: bool
  plugins_timeout:
    description: Minutes that a plugin may take.
    type: int
  safe_checks:
    description: Whether only safe checks run.
    type: bool
  scanner_plugins_timeout:
    description: Seconds that a plugin of the scanner may take.
    type: int
  strict_unauthenticated:
    description: Whether the scan is strictly without log-ins.
    type: bool
  timeout_retry:
    description: How often a time-out is repeated.
    type: int
notes:
  - The options are the fields of the published schema. What becomes of those that are not required and not given in an update is not
    documented.
  - What the schema says of numbers and lengths is checked by the task, also in check mode. Whether scanners, templates and networks exist is
    only known to the tenant.
  - A request that gets no answer because the tenant cannot be reached is repeated for a minute.
seealso:
  - module: netops.jobs.cortex_network_scan
attributes:
  check_mode:
    support: full
    details:
      - Nothing is sent, for there is nothing to read.
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - The API shows no definitions. Keep RV(definition_id) and give it as O(definition_id) from then on.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._cortex
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.cortex
"""

EXAMPLES = r"""
- name: Create a definition
  netops.jobs.cortex_network_scan_definition:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    name: Branches
    vt_config_id: 1
    network: 1
    network_scanner_ids: [3f2504e0-4f89-41d3-9a0c-0305e82c3301]
    targets: [192.0.2.0/24, 198.51.100.0/24]
    excluded_targets: [192.0.2.17]
    port_list_id: 1
    schedule_cadence: WEEKLY
    schedule_days: 127
    schedule_start_date: 1795996800000
    schedule_time: {hour: 22}
    schedule_quiet_hours:
      - start: {hour: 6}
        end: {hour: 20, minute: 30}
    schedule_timezone: Europe/Berlin
    exclude_printers: true
  register: made

- name: Replace it
  netops.jobs.cortex_network_scan_definition:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    definition_id: "{{ made.definition_id }}"
    name: Branches
    description: Scanned on request only
    vt_config_id: 1
    network: 1
    network_scanner_ids: [3f2504e0-4f89-41d3-9a0c-0305e82c3301]
    targets: [192.0.2.0/24]
    target_ids: []
    excluded_targets: []
    override_target_exclusions: false
    port_list_id: 1
    scan_ports: []
    credential_ids: []
    schedule_cadence: ONCE
    schedule_days: 0
    schedule_dates: []
    schedule_start_date: 1795996800000
    schedule_time: {hour: 22}
    schedule_quiet_hours: []
    schedule_timezone: Europe/Berlin
    enable_report: true
"""

RETURN = r"""
outcome:
  description: V(succeeded). The task fails with every other outcome.
  type: str
  returned: always
  choices: [succeeded, refused, timed_out, unreachable, lost]
  sample: succeeded
msg:
  description: What happened, in a sentence that one person can act on.
  type: str
  returned: always
  sample: "https://api-tenant.example.com:443: definition 123 was created."
definition_id:
  description: The number of the definition. V(none) for a new one in check mode, and where it is not known whether there is one.
  type: str
  returned: success, or where it is not known whether the tenant did it
  sample: "123"
message:
  description: The tenant's words. V(none) in check mode, and where there are none.
  type: str
  returned: success, or where it is not known whether the tenant did it
  sample: Scan created successfully
refusal:
  description: Why nothing was changed.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [denied, rejected, bad_input, missing_library]
      sample: rejected
    status:
      description: The HTTP status of the answer. Errors of the request come with V(500), too.
      type: int
      returned: when the tenant refused the request
      sample: 422
    err_code:
      description: The tenant's number of the error, empty where it gave none.
      type: str
      returned: when the tenant refused the request
      sample: ""
    err_msg:
      description: The tenant's words.
      type: str
      returned: when the tenant refused the request
      sample: The request contains invalid or missing parameters
    err_extra:
      description: What the tenant says beside that, in its own form.
      type: raw
      returned: when the tenant refused the request
      sample: [{"field": "name", "message": "Field required"}]
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import CORTEX, CORTEX_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import scan_definition

TEXT = {"type": "str"}
NUMBER = {"type": "int"}
TEXTS = {"type": "list", "elements": "str"}
NUMBERS = {"type": "list", "elements": "int"}
SWITCH = {"type": "bool"}
DICTS = {"type": "list", "elements": "dict"}
TIME = {
    "type": "dict",
    "required": True,
    "options": {
        "hour": {"type": "int", "required": True},
        "minute": {"type": "int", "default": 0},
        "second": {"type": "int", "default": 0},
    },
}

ARGUMENTS = {
    "argument_spec": {
        **CORTEX,
        "definition_id": TEXT,
        "name": {**TEXT, "required": True},
        "description": TEXT,
        "vt_config_id": {**NUMBER, "required": True},
        "network": {**NUMBER, "required": True},
        "network_scanner_ids": {**TEXTS, "required": True},
        "targets": TEXTS,
        "target_ids": NUMBERS,
        "asset_groups": {**DICTS, "options": {"id": {"type": "int", "required": True}, "name": TEXT, "count": NUMBER}},
        "excluded_targets": TEXTS,
        "override_target_exclusions": SWITCH,
        "port_list_id": {**NUMBER, "required": True},
        "scan_ports": DICTS,
        "credential_ids": NUMBERS,
        "schedule_cadence": {**TEXT, "choices": list(scan_definition.CADENCES), "required": True},
        "schedule_days": {**NUMBER, "required": True},
        "schedule_dates": NUMBERS,
        "schedule_start_date": {**NUMBER, "required": True},
        "schedule_time": TIME,
        "schedule_quiet_hours": {**DICTS, "options": {"start": TIME, "end": TIME}},
        "schedule_timezone": {**TEXT, "required": True},
        "enable_report": SWITCH,
        "alive_test_methods": {**TEXTS, "choices": list(scan_definition.ALIVE_TEST_METHODS)},
        "alive_test_ports": TEXT,
        "non_simult_ports": TEXT,
        **dict.fromkeys(scan_definition.NUMBERS, NUMBER),
        **dict.fromkeys(scan_definition.SWITCHES, SWITCH),
    },
    "supports_check_mode": True,
    **CORTEX_RULES,
}


def run(task: Task) -> Result:
    return run_plain(
        task,
        "cortex_network_scan_definition",
        lambda inquiry: scan_definition.from_options(task.params, inquiry, check_mode=task.check_mode),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
