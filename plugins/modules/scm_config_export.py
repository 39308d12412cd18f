#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: scm_config_export
short_description: Write the local configurations of devices of Strata Cloud Manager to files
version_added: 0.1.0
description:
  - Lists the versions of the local configuration that the tenant has of each device, and writes those that are wanted to files.
  - The files are called C(local-config-SERIAL-VERSION.xml). Each is streamed to the disk and takes its place, with mode 0600, only when it is
    whole XML, and has the MD5 that the list gives it, if it gives one.
  - A device that fails stops no other. The task fails then and names it. What was written of the others stays.
  - The task reports a change if a file is new or its content differs from that of the file that was there before.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  devices:
    description: The serial numbers of the devices. Put them in quotes, or YAML takes some for numbers and changes them.
    type: list
    elements: str
    required: true
  dest:
    description:
      - The folder for the files, on the host that runs the task. It must exist.
      - Without it the versions are only listed.
    type: path
  version:
    description: Write the version with this id, the field C(id) of RV(devices[].versions). Without it and O(since) it is the newest.
    type: int
  since:
    description:
      - Write all versions from this time on, as V(2026-11-21T10:00:00Z) or with an offset such as V(+01:00), or from the beginning of a date
        in UTC. That there is none is no failure.
    type: str
notes:
  - The API gives an empty list of versions for a device that it does not know, too. The task fails for such a device if O(dest) is given.
  - A question that gets no answer, and a download that breaks off, is repeated for a minute.
  - What the API answers to a download is not asked for a name, so that no file is written anywhere else.
  - In check mode the versions are listed and nothing is downloaded. A file that is there is taken to have the content of its version then.
requirements:
  - lxml
seealso:
  - module: netops.jobs.scm_config_info
  - module: netops.jobs.scm_device_job
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._scm
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.scm
"""

EXAMPLES = r"""
- name: Keep the newest local configuration of two firewalls
  netops.jobs.scm_config_export:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    devices:
      - "007951000388704"
      - "007951000388707"
    dest: /srv/netops

- name: See which versions there are of a firewall
  netops.jobs.scm_config_export:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    devices: ["007951000388704"]
  register: found

- name: Fetch the oldest of them
  netops.jobs.scm_config_export:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    devices: ["007951000388704"]
    version: "{{ found.devices[0].versions[-1].id }}"
    dest: /srv/netops
"""

RETURN = r"""
outcome:
  description: V(succeeded). The task fails with every other outcome.
  type: str
  returned: always
  choices: [succeeded, failed, refused, timed_out, unreachable]
  sample: succeeded
msg:
  description: How many devices and files there are, and which devices failed, each with the reason.
  type: str
  returned: always
  sample: "https://api.strata.paloaltonetworks.com:443: 2 devices of 2, 1 file written, 1 unchanged."
devices:
  description: The devices, in the order of O(devices).
  type: list
  elements: dict
  returned: unless nothing was answered at all
  contains:
    serial:
      description: The serial number.
      type: str
      returned: always
      sample: "007951000388704"
    state:
      description: Whether all that was wanted of it is there.
      type: str
      returned: always
      choices: [succeeded, failed]
      sample: succeeded
    message:
      description: Why it failed, or what is odd about it. Empty otherwise.
      type: str
      returned: always
      sample: ""
    versions:
      description: The versions, the newest first, each with the fields that the API gives it, of which these are documented.
      type: list
      elements: dict
      returned: always
      contains:
        id:
          description: The number of the version.
          type: int
          returned: always
          sample: 3
        serial:
          description: The serial number.
          type: str
          returned: always
          sample: "007951000388704"
        local_version:
          description: What the configuration calls its version.
          type: str
          returned: always
          sample: 1.0.3
        timestamp:
          description: When it was made or pushed to the device.
          type: str
          returned: always
          sample: "2026-11-21T10:30:00Z"
        xfmed_version:
          description: The version after its transformation.
          type: str
          returned: always
          sample: 1.0.3-transformed
        md5:
          description: The MD5 of the configuration. The API does not give it yet, by its own word.
          type: str
          returned: when the API gives it
          sample: 5d41402abc4b2a76b9719d911017c592
    files:
      description: What was written of it, or found unchanged.
      type: list
      elements: dict
      returned: always
      contains:
        version:
          description: The number of the version.
          type: int
          returned: always
          sample: 3
        path:
          description: The file.
          type: str
          returned: always
          sample: /srv/netops/local-config-007951000388704-3.xml
        size:
          description: Its size in bytes, V(none) in check mode.
          type: int
          returned: always
          sample: 182044
        sha256:
          description: The SHA-256 of its content, V(none) in check mode.
          type: str
          returned: always
          sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
        changed:
          description: Whether it is new, or had another content before.
          type: bool
          returned: always
          sample: true
refusal:
  description: Why nothing was done.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [denied, rejected, bad_input, missing_library]
      sample: bad_input
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import SCM, SCM_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import config_export

ARGUMENTS = {
    "argument_spec": {
        **SCM,
        "devices": {"type": "list", "elements": "str", "required": True},
        "dest": {"type": "path"},
        "version": {"type": "int"},
        "since": {"type": "str"},
    },
    "supports_check_mode": True,
    **SCM_RULES,
    "mutually_exclusive": [("version", "since")],
    "required_by": {**SCM_RULES["required_by"], "version": ["dest"], "since": ["dest"]},
}


def run(task: Task) -> Result:
    return run_plain(
        task,
        "scm.config_export",
        lambda inquiry: config_export.from_options(task.params, task.hide, inquiry, check_mode=task.check_mode),
        timing=config_export.TIMING,
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
