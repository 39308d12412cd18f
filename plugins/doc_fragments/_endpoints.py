# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """Which endpoints of Cortex are meant, and how they are judged."""

    DOCUMENTATION = r"""
options:
  endpoint_ids:
    description:
      - The endpoints, each by its id in the tenant.
      - One that the tenant does not know refuses the task, if the key may see endpoints.
    type: list
    elements: str
  filters:
    description:
      - Which endpoints are meant. All filters have to fit, and O(endpoint_ids), where it is given, too.
      - Only scans take such filters. For everything else the task asks first which endpoints fit, 1000 at most, and names these by
        their ids. The key has to be allowed to see endpoints then.
    type: list
    elements: dict
    suboptions:
      field:
        description:
          - What is compared, such as V(hostname), V(group_name), V(platform), V(ip_list), V(alias), V(dist_name), V(endpoint_status)
            or V(last_seen). Which ones there are depends on the release and the call.
        type: str
        required: true
      operator:
        description: How it is compared.
        type: str
        choices: [in, eq, gte, lte]
        default: in
      value:
        description: With what, a list for V(in). Times are milliseconds since 1970. An empty value is refused.
        type: raw
        required: true
  required_targets:
    description:
      - How many of the endpoints have to succeed.
      - V(all), V(any), or a number. The task waits for the others all the same, see O(pending_timeout). Those that did not succeed are
        in a warning then.
    type: str
    default: all
  pending_timeout:
    description:
      - Seconds for which endpoints that stay C(PENDING) are waited for where enough others have succeeded, as O(required_targets) says.
      - An endpoint that is offline stays so until the action expires, which may take days. It is named in a warning, and may still
        carry the action out later.
      - It counts from the first look of the task, also of one that resumes the wait.
    type: float
    default: 300
  action_id:
    description:
      - The number of an action or a script run that was started before, also in the console. The task waits for it and starts nothing.
      - This is the way on after an answer that was lost, see RV(ignore:outcome).
      - How it is judged is up to this task. With O(handle) the handle says it.
    type: str
"""
