# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup ``recorded_jobs``: the jobs that an earlier run left behind, from whatever it wrote."""

from __future__ import annotations

DOCUMENTATION = r"""
name: recorded_jobs
short_description: The jobs that an earlier run left behind
version_added: 0.1.0
author:
  - netops.jobs contributors (@netops-jobs)
description:
  - Finds the handles of jobs in what an earlier run wrote, and tells for each whether its end is recorded there, too.
  - A job that is recorded several times is returned once.
options:
  _terms:
    description:
      - "Paths on the controller. A file may be a progress log (option C(progress_log) of the modules that wait), JSON,
        YAML, or the saved output of a play. A directory must be that of the artifacts of one run of C(ansible-runner),
        with C(job_events) in it."
      - A file without a handle is an error, because it is most likely the wrong one, unless there is nothing at all in
        it, or V(none) in place of handles, as of hosts with nothing to do.
    type: list
    elements: path
  data:
    description:
      - "Variables with handles anywhere inside of them: handles themselves, results of tasks, statistics of
        C(set_stats). A text is read as a file is."
    type: raw
  strict:
    description: Whether data other than text must have a handle, unless there is nothing in them.
    type: bool
    default: true
seealso:
  - module: netops.jobs.job_wait
"""

EXAMPLES = r"""
- name: Wait for what the run that was killed has left behind
  netops.jobs.job_wait:
    handles: "{{ left | rejectattr('outcome') | map(attribute='handle') | list }}"
  vars:
    left: "{{ query('netops.jobs.recorded_jobs', '/srv/netops/progress.jsonl') }}"
"""

RETURN = r"""
_raw:
  description: The jobs, in the order in which they were recorded first.
  type: list
  elements: dict
  contains:
    handle:
      description: What names the job.
      type: dict
    outcome:
      description:
        - How the job ended, if that is recorded, as V(succeeded), V(nothing_to_do), V(failed) or V(canceled), else
          V(none).
        - A wait that timed out or met an outage is no end of the job.
      type: str
    msg:
      description: What was said of that end, perhaps nothing.
      type: str
"""

import dataclasses
import json
import pathlib
import re
import typing as t
from collections.abc import Iterator, Mapping, Sequence

import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.netops.jobs.plugins.module_utils._secrets import is_masked

FINAL = frozenset({"succeeded", "nothing_to_do", "failed", "canceled"})
"""Outcomes after which there is nothing to wait for."""

PRINTED = re.compile(r"\bhandle\"?: ?(?=\{)")
"""What stands before a handle in the output of a play."""


@dataclasses.dataclass(frozen=True)
class Record:
    """One mention of a job."""

    handle: Mapping[str, t.Any]
    outcome: str | None = None
    msg: str = ""

    @property
    def fingerprint(self) -> dict[str, t.Any]:
        found = self.handle.get("fingerprint")
        # What is masked proves nothing, and would hide what another mention knows.
        return {k: v for k, v in found.items() if not is_masked(v)} if isinstance(found, Mapping) else {}

    def is_of_the_job_of(self, other: Record) -> bool:
        """Return whether both name one job. Ids start anew after a restart: what proves identity must not differ."""
        if any(self.handle.get(key) != other.handle.get(key) for key in ("operation", "endpoint", "id")):
            return False
        ours, theirs = self.fingerprint, other.fingerprint
        return all(ours[key] == theirs[key] for key in ours.keys() & theirs.keys())

    def and_later(self, later: Record) -> Record:
        """Return what both say together."""
        handle = {**self.handle, **later.handle, "fingerprint": {**self.fingerprint, **later.fingerprint}}
        if later.outcome is None:
            return Record(handle, self.outcome, self.msg)
        return Record(handle, later.outcome, later.msg or self.msg)


def merged(records: t.Iterable[Record]) -> list[Record]:
    """Return one record for each job."""
    found: dict[tuple[str, str, str], list[Record]] = {}
    order: list[tuple[tuple[str, str, str], int]] = []
    for record in records:
        key = (str(record.handle["operation"]), str(record.handle["endpoint"]), str(record.handle["id"]))
        known = found.setdefault(key, [])
        for number, other in enumerate(known):
            if other.is_of_the_job_of(record):
                known[number] = other.and_later(record)
                break
        else:
            order.append((key, len(known)))
            known.append(record)
    return [found[key][number] for key, number in order]


def records_in(data: t.Any) -> Iterator[Record]:
    """Find jobs in *data*: handles, results, lines of a progress log, events of ansible-runner, text."""
    if isinstance(data, str):
        yield from _records_in_text(data)
    elif isinstance(data, Mapping):
        yield from _records_in_mapping(data)
    elif isinstance(data, Sequence) and not isinstance(data, (bytes, bytearray)):
        for item in data:
            yield from records_in(item)


def _records_in_mapping(data: Mapping[str, t.Any]) -> Iterator[Record]:
    if _is_handle(data):
        yield Record(data)
        return
    job = data.get("job")
    told = job if isinstance(job, Mapping) and _is_handle(job.get("handle")) else data
    seen = ""
    if _is_handle(told.get("handle")):
        yield Record(told["handle"], _outcome(data), str(data.get("msg") or ""))
        seen = "handle" if told is data else "job"
    for key, value in data.items():
        if key != seen:
            yield from records_in(value)


def _outcome(data: Mapping[str, t.Any]) -> str | None:
    """Return how the job ended that *data* is about, if it says so: a result, a job, a line of a progress log."""
    if "event" in data:
        # What was observed is not the end yet: a result may have to be fetched.
        said = data.get("text") if data["event"] == "ended" else None
    else:
        said = data.get("outcome", data.get("state"))
        job = data.get("job")
        # A task may fail while its job goes on, as one of a scan that pauses: the role network_scan calls it open.
        if data.get("open") is True or (isinstance(job, Mapping) and job.get("state") in ("pending", "running")):
            return None
    return said if isinstance(said, str) and said in FINAL else None


def _records_in_text(text: str) -> Iterator[Record]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            whole = json.loads(text)
        except ValueError:
            pass
        else:
            yield from records_in(whole)
            return
    for match in PRINTED.finditer(text):
        try:
            handle, _end = json.JSONDecoder().raw_decode(text, match.end())
        except ValueError:
            continue  # cut off, or the beginning of something else
        if _is_handle(handle):
            yield Record(handle)


def _is_handle(data: t.Any) -> bool:
    return isinstance(data, Mapping) and {"operation", "endpoint", "id", "version"} <= data.keys()


def _says_something(data: t.Any) -> bool:
    """Return whether anything but emptiness is in *data*."""
    if isinstance(data, Mapping):
        return any(_says_something(item) for item in data.values())
    if isinstance(data, Sequence) and not isinstance(data, str):
        return any(_says_something(item) for item in data)
    return data is not None and str(data).strip() != ""


def records_in_document(text: str, source: str) -> list[Record]:
    """Return the mentions in the text of a file or of a survey. Raises AnsibleLookupError where there is none."""
    data: t.Any = _parsed(text)
    found = list(records_in(data)) or list(records_in(text))
    if not found and _says_something(data):
        raise AnsibleLookupError(
            f"{source} has no handle of a job. It must be a progress log, JSON or YAML with handles, "
            "or the output of a play."
        )
    return found


def _parsed(text: str) -> t.Any:
    """Return the data in *text*: JSON, a JSON document on each line, YAML, or else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and all(line.startswith("{") for line in lines[:-1]):
        # The last line of a log may be cut off, when its writer was killed or the disk was full.
        with_data = [_json_line(line) for line in lines]
        if any(isinstance(item, Mapping) for item in with_data):
            return with_data
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return data if isinstance(data, (dict, list)) else text


def _json_line(line: str) -> t.Any:
    try:
        return json.loads(line)
    except ValueError:
        return line


def records_in_path(path: pathlib.Path) -> list[Record]:
    """Return the mentions in a file or in the artifacts of a run of ansible-runner. Raises AnsibleLookupError."""
    try:
        if path.is_dir():
            return _records_in_artifacts(path)
        return records_in_document(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        # "from None": Ansible would add the text of the cause to ours.
        raise AnsibleLookupError(f"{path} is no text.") from None
    except OSError as exc:
        raise AnsibleLookupError(f"{path} cannot be read: {exc.strerror}.") from None


def _records_in_artifacts(folder: pathlib.Path) -> list[Record]:
    events = folder / "job_events"
    if not events.is_dir():
        runs = sorted(path.parent for path in folder.glob("**/job_events"))
        hint = f" Perhaps {runs[-1]} is meant." if runs else ""
        raise AnsibleLookupError(
            f"{folder} is not a directory of artifacts of ansible-runner: no job_events in it.{hint}"
        )
    found: list[Record] = []
    for file in sorted(events.glob("*.json"), key=_number):
        text = file.read_text(encoding="utf-8", errors="replace")
        if "handle" in text:
            # An event that is not JSON was being written when the run was killed; its text may still tell the handle.
            found += records_in(text)
    return found


def _number(file: pathlib.Path) -> tuple[int, str]:
    """Return what sorts the events in their order: ansible-runner puts a counter before the dash of their names."""
    counter = file.name.partition("-")[0]
    # Those of a run that was killed may lack it, and are the latest.
    return (int(counter) if counter.isdecimal() and len(counter) < 8 else 10**8, file.name)


def recorded_jobs(paths: t.Iterable[str], data: t.Any = None, *, strict: bool = True) -> list[dict[str, t.Any]]:
    """Return what the lookup does. Raises AnsibleLookupError that names what is wrong with a path or with *data*."""
    records: list[Record] = []
    for path in paths:
        records += records_in_path(pathlib.Path(path).expanduser())
    if isinstance(data, str):
        records += records_in_document(data, "The text")
    else:
        found = list(records_in(data))
        if strict and not found and _says_something(data):
            raise AnsibleLookupError("The data have no handle of a job.")
        records += found
    return [{"handle": dict(record.handle), "outcome": record.outcome, "msg": record.msg} for record in merged(records)]


class LookupModule(LookupBase):
    """Ansible's interface."""

    def run(
        self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        plugin: t.Any = self  # these methods have no types
        plugin.set_options(var_options=variables, direct=kwargs)
        data, strict = plugin.get_option("data"), plugin.get_option("strict")
        return recorded_jobs([str(term) for term in terms], data, strict=strict)
