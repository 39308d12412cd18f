# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The callback ``timeline``: what became of every job of a run, as a page to look at and as JSON."""

from __future__ import annotations

DOCUMENTATION = r"""
name: timeline
type: aggregate
short_description: Write a timeline of all jobs of a run, as a page and as JSON
version_added: 0.1.0
author:
  - netops.jobs contributors (@netops-jobs)
description:
  - Collects the jobs of all modules of this collection from the results of a run, and writes a page that shows one bar for each job,
    with its device, its states, outages, adoption, and the reason of a failure. It can be filtered and searched, and needs no server
    and no network.
  - Beside the page it writes the same as JSON, in a file with the ending C(.json). The guide to the timeline documents its shape.
  - A job that one task submits and another waits for, such as M(netops.jobs.job_wait), is one bar.
  - The tasks do nothing for it. It sees what other callbacks see. Of a task with C(no_log) it shows the host and nothing else.
  - Options of tasks are not in it, nor are the results of jobs. It does hold names and addresses of devices, the messages of the
    systems, and the handles. Both files can be read by their owner only.
  - The files are written when the first play begins, now and then while results come, and when a playbook ends or the run is
    interrupted. Each takes the place of an older one of the same name.
  - It never fails a run. What goes wrong is one warning, and no timeline.
options:
  path:
    description:
      - The file for the page, relative to the current directory. The folder must exist.
    type: path
    default: timeline.html
    env:
      - name: NETOPS_JOBS_TIMELINE
    ini:
      - section: netops_jobs_timeline
        key: path
requirements:
  - enabled in the configuration, with C(callbacks_enabled) or C(ANSIBLE_CALLBACKS_ENABLED)
"""

EXAMPLES = r"""
enabled_for_one_run: >
  ANSIBLE_CALLBACKS_ENABLED=netops.jobs.timeline NETOPS_JOBS_TIMELINE=/tmp/night.html ansible-playbook site.yml

enabled_in_ansible_cfg: |
  [defaults]
  callbacks_enabled = netops.jobs.timeline

  [netops_jobs_timeline]
  path = reports/timeline.html
"""

import atexit
import dataclasses
import functools
import json
import os
import pathlib
import time
import typing as t

from ansible.plugins.callback import CallbackBase

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput
from ansible_collections.netops.jobs.plugins.module_utils._secrets import mask_known
from ansible_collections.netops.jobs.plugins.module_utils._transport.files import AtomicFile
from ansible_collections.netops.jobs.plugins.plugin_utils._timeline import Source, Timeline
from ansible_collections.netops.jobs.plugins.plugin_utils._timeline_page import page

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping


PAUSE = 10.0
"""Seconds between two writes while results come, at least."""

SHARE = 20.0
"""A write while results come is followed by a pause of this many times what it took."""

F = t.TypeVar("F", bound="Callable[..., None]")


def harmless(handler: F) -> F:
    """Return *handler* as one that never raises: the first failure is a warning and the last."""

    @functools.wraps(handler)
    def guarded(self: CallbackModule, *args: t.Any, **kwargs: t.Any) -> None:
        if self.disabled:
            return
        try:
            handler(self, *args, **kwargs)
        except Exception as exc:  # pylint: disable=broad-exception-caught
            self.disabled = True
            why = str(exc) if isinstance(exc, BadInput) else f"{type(exc).__name__}: {exc}"
            self._display.warning(f"netops.jobs.timeline: no timeline is written, {why}")

    return t.cast("F", guarded)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "netops.jobs.timeline"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self._timeline = Timeline(mask_known)
        self._play = ""
        self._complete = False
        self._next_write = 0.0
        self._process = os.getpid()

    @harmless
    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        self._timeline.playbook = pathlib.PurePath(str(playbook._file_name)).name
        if self._complete:
            # A playbook has ended, and this one is to come yet in the same run.
            self._write(complete=False)

    @harmless
    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        first = not self._timeline.plays
        self._play = mask_known(str(play.get_name()))
        self._timeline.plays.append(self._play)
        if first:
            # Before anything is done: a path that cannot be written shows now, and no page of an older run stays.
            self._write(complete=False)
            atexit.register(self._broken_off)

    @harmless
    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        source = self._source(host, task)
        # Not templated yet: what is not plainly false may come to be true.
        hidden = task.no_log not in (None, False)
        self._timeline.started(_key(host, task), dataclasses.replace(source, hidden=hidden), time.time())

    @harmless
    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._ended(result)

    @harmless
    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._ended(result, failed=True, ignored=ignore_errors)

    @harmless
    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._ended(result, failed=True)

    @harmless
    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._timeline.ended(_key(*_of(result)))

    @harmless
    def v2_runner_item_on_ok(self, result: t.Any) -> None:
        self._item(result)

    @harmless
    def v2_runner_item_on_failed(self, result: t.Any) -> None:
        self._item(result, failed=True)

    @harmless
    def v2_runner_item_on_skipped(self, result: t.Any) -> None:
        self._restarted(*_of(result))

    @harmless
    def v2_runner_retry(self, result: t.Any) -> None:
        fields = _fields(result)
        job = fields.get("job")
        # An attempt that led to no job is followed by another, and only the last is worth a bar.
        if isinstance(job, dict) and job.get("handle"):
            self._item(result)
        else:
            self._restarted(*_of(result))

    @harmless
    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._write(complete=True)

    @harmless
    def _broken_off(self) -> None:
        # The workers are forks of this process.
        if not self._complete and os.getpid() == self._process:
            self._write(complete=False)

    def _ended(self, result: t.Any, *, failed: bool = False, ignored: bool = False) -> None:
        host, task = _of(result)
        fields = _fields(result)
        began = self._timeline.began(_key(host, task))
        job_id = fields.get("ansible_job_id")
        if job_id is not None and not fields.get("finished") and not failed:
            # With async and poll: 0. The result comes with another task, if it comes.
            self._timeline.renamed(_key(host, task), (host.get_name(), job_id))
            return
        self._timeline.ended(_key(host, task))
        if bool(task.loop or task.loop_with) and ("results" in fields or fields.get("censored")):
            # The items of a loop have come one by one. That their failures are ignored is said only now.
            self._timeline.end_of_loop(_key(host, task), ignored=ignored)
        else:
            self._add(result, fields, began, failed=failed, ignored=ignored)

    def _item(self, result: t.Any, *, failed: bool = False) -> None:
        began = self._timeline.began(_key(*_of(result)))
        self._restarted(*_of(result))
        self._add(result, _fields(result), began, failed=failed, item_of=_key(*_of(result)))

    def _restarted(self, host: t.Any, task: t.Any) -> None:
        """Take in that the task goes on with its next item or its next attempt."""
        source = self._source(host, task)
        hidden = task.no_log not in (None, False)
        self._timeline.started(_key(host, task), dataclasses.replace(source, hidden=hidden), time.time())

    def _add(
        self,
        result: t.Any,
        fields: Mapping[str, t.Any],
        began: float | None,
        *,
        failed: bool = False,
        ignored: bool = False,
        item_of: t.Hashable = None,
    ) -> None:
        host, task = _of(result)
        source = dataclasses.replace(
            self._source(host, task), began=began, ignored=ignored, hidden=task.no_log is True, item_of=item_of
        )
        self._timeline.ended((host.get_name(), fields.get("ansible_job_id")))
        self._timeline.add(source, fields, time.time(), failed=failed)
        if time.monotonic() >= self._next_write:
            self._write(complete=False)

    def _source(self, host: t.Any, task: t.Any) -> Source:
        return Source(
            host=str(host.get_name()),
            play=self._play,
            task=mask_known(str(task.get_name())),
            module=str(task.resolved_action or task.action),
            once=bool(task.run_once),
            check_mode=bool(task.check_mode),
        )

    def _write(self, *, complete: bool) -> None:
        began = time.monotonic()
        path = pathlib.Path(self.get_option("path"))  # type: ignore[no-untyped-call]
        if path.suffix == ".json":
            raise BadInput(f"path: {path} is to be a page, name a file that ends in .html.")
        document = self._timeline.document(time.time(), complete=complete)
        _replace(path.with_suffix(".json"), json.dumps(document, default=str))
        _replace(path, page(document))
        self._complete = complete
        ended = time.monotonic()
        self._next_write = ended + max(PAUSE, SHARE * (ended - began))


def _of(result: t.Any) -> tuple[t.Any, t.Any]:
    """Return host and task of *result*, by the names that all ansible-core from 2.16 on have."""
    return result._host, result._task


def _fields(result: t.Any) -> Mapping[str, t.Any]:
    return t.cast("Mapping[str, t.Any]", result._result)


def _key(host: t.Any, task: t.Any) -> t.Hashable:
    return host.get_name(), task._uuid


def _replace(path: pathlib.Path, text: str) -> None:
    """Write *text* to *path* in one go: whoever reads sees the old file or the new. Only the owner may read it."""
    with AtomicFile(str(path), option="path") as file:
        file.write(text.encode("utf-8", "backslashreplace"))
        file.save()
