# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Actions on endpoints: scan, isolate, quarantine, fetch files, and the ways back.

Sources: D the Cortex documentation, C read in a client's source, R recorded.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..._jobs.errors import BadInput, EffectMissing, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Collected, Timing
from ..._jobs.required import needed
from ..._transport.files import check_folder
from .actions import Demand, EndpointWork, checked_id, sent_id
from .client import open_client
from .selection import LOOKED_UP, Endpoint, Selection, by_ids, named

if t.TYPE_CHECKING:
    from .client import CortexClient

FILES_MOST = 20
"""Files that one request fetches at most [D]."""

FETCHED_FROM = 10
"""Endpoints that one request fetches files from at most [D]."""

PLATFORMS = ("windows", "linux", "macos")

_DETAILS = ("files", "file_path", "file_hash")

_STATUS = "/v1/actions/get_action_status"


@dataclasses.dataclass(frozen=True)
class Kind:
    """What an action needs and does. *verb* is for people, *wants* names the options that it cannot do without."""

    verb: str
    wants: tuple[str, ...] = ()
    takes_all: bool = False
    by_any_filter: bool = False
    done: str = ""
    """What ``is_isolated`` says of an endpoint on which it is done [C]."""


KINDS: Mapping[str, Kind] = {
    "scan": Kind("scanned", takes_all=True, by_any_filter=True),
    "abort_scan": Kind("told to stop their scan", takes_all=True, by_any_filter=True),
    "isolate": Kind("isolated", done="AGENT_ISOLATED"),
    "unisolate": Kind("released from isolation", done="AGENT_UNISOLATED"),
    "file_retrieval": Kind("asked for files", wants=("files",)),
    "quarantine": Kind("told to quarantine the file", wants=("file_path", "file_hash")),
    "restore": Kind("told to restore the file", wants=("file_hash",), takes_all=True),
}


@dataclasses.dataclass(frozen=True)
class ActionOptions:
    """What is to be done; the fields are the options of the same name. Raises BadInput."""

    action: str
    files: Mapping[str, Sequence[str]] | None = None
    file_path: str | None = None
    file_hash: str | None = None
    incident_id: str | None = None

    def __post_init__(self) -> None:
        for name in _DETAILS:
            if getattr(self, name) is not None and name not in self.kind.wants:
                raise BadInput(f"{name}: says nothing to {self.action}. Leave it out.")
        if self.file_hash is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", self.file_hash):
            raise BadInput("file_hash: give the SHA-256 of the file, 64 hexadecimal digits.")
        if self.files is not None:
            paths = [path for each in self.files.values() for path in each]
            if not paths or not all(path.strip() for path in paths):
                raise BadInput("files: name at least one file, and none by an empty path.")
            if len(paths) > FILES_MOST:
                raise BadInput(f"files: these are {len(paths)}, one request fetches {FILES_MOST} at most.")
        if self.incident_id is not None and self.action == "quarantine":
            raise BadInput("incident_id: the API does not take it with quarantine. Leave it out.")
        if self.incident_id is not None and self.action == "restore" and not self.incident_id.isdigit():
            raise BadInput("incident_id: restore takes the number of an incident.")

    @property
    def kind(self) -> Kind:
        return KINDS[self.action]

    def check(self, selection: Selection) -> None:
        """Raise BadInput where this cannot be asked of the endpoints of *selection*."""
        for name in self.kind.wants:
            if getattr(self, name) is None:
                raise BadInput(f"{name}: {self.action} cannot do without it.")
        if selection.everything and not self.kind.takes_all:
            raise BadInput(
                f"all_endpoints: the API has no {self.action} of all endpoints. Name them, or say by filters which."
            )
        ids = len(set(selection.ids or ()))
        if self.action == "restore" and not selection.everything and (ids != 1 or selection.filters is not None):
            raise BadInput(
                "endpoint_ids: one request restores a file on one endpoint, or on all that have it in quarantine "
                "(all_endpoints: true). Loop over the endpoints."
            )


class EndpointAction(EndpointWork):
    """An action that changes something on endpoints."""

    name: t.ClassVar[str] = "cortex.endpoint_action"
    # Minutes for an endpoint that is connected. What is offline has until the action expires.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3600, poll_interval=10, poll_max_interval=60, outage_timeout=600)

    def __init__(
        self,
        client: CortexClient,
        order: ActionOptions | None = None,
        selection: Selection | None = None,
        demand: Demand | None = None,
        **more: t.Any,
    ) -> None:
        super().__init__(client, selection, demand, **more)
        self._order = order
        if order is not None and selection is not None:
            order.check(selection)

    @property
    def order(self) -> ActionOptions:
        if self._order is None:
            raise BadInput("action: say what is to be done.")
        return self._order

    def path(self) -> str:
        return f"/v1/endpoints/{self.order.action}"

    def verb(self) -> str:
        return self.order.kind.verb

    def options(self) -> dict[str, str]:
        return {**super().options(), "action": self.order.action}

    def is_done(self, endpoint: Endpoint) -> bool:
        return bool(self.order.kind.done) and endpoint.isolation == self.order.kind.done

    def only_ids(self) -> bool:
        return not self.order.kind.by_any_filter

    def most(self) -> int:
        return FETCHED_FROM if self.order.action == "file_retrieval" else super().most()

    def body(self, filters: t.Any) -> dict[str, t.Any]:
        order = self.order
        given = {"files": order.files, "file_path": order.file_path, "file_hash": order.file_hash}
        body: dict[str, t.Any] = {name: value for name, value in given.items() if value is not None}
        if order.incident_id is not None:
            body["incident_id"] = int(order.incident_id) if order.action == "restore" else order.incident_id
        if order.action != "restore":
            return {"filters": filters, **body}
        # It takes one endpoint, and without one all [D].
        return body if filters == "all" else {**body, "endpoint_id": filters[0]["value"][0]}

    def observe(self, handle: Handle, *, within: float) -> Observation:
        states, reasons = self._states(handle, within=within)
        return self.judged(handle, self.targets_of(handle, states, reasons, within=within))

    def _states(self, handle: Handle, *, within: float | None = None) -> tuple[Mapping[str, t.Any], t.Any]:
        """Return the word of each endpoint, and what is said of those that failed."""
        with self.looking():
            reply = self.client.call(_STATUS, {"group_action_id": sent_id(handle)}, of_job=True, within=within)
            states = reply.get("data") if isinstance(reply, Mapping) else None
            if not isinstance(reply, Mapping) or not (states is None or isinstance(states, Mapping)):
                raise NoAnswer(f"{self.endpoint} answered without states.", label="no states", server_spoke=True)
        return states or {}, reply.get("errorReasons")


class EndpointScan(EndpointAction):
    """A scan of endpoints for malware: the one action that can be stopped."""

    name: t.ClassVar[str] = "cortex.endpoint_scan"
    # Hours.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=14400, poll_interval=30, poll_max_interval=120, outage_timeout=900)
    can_cancel: t.ClassVar[bool] = True

    def cancel(self, handle: Handle) -> None:
        """Ask for the end of the scans of those endpoints of the action that have not ended: documented for them."""
        try:
            states, _reasons = self._states(handle)
        except NoAnswer as exc:
            raise exc.unsent() from exc
        going = [endpoint_id for endpoint_id, word in states.items() if not self.state_of(str(word)).ended]
        if not going:
            which = "is being scanned any more" if states else "is listed yet"
            raise Refused(f"{self.name} action {handle.id}: no endpoint {which}.")
        for begin in range(0, len(going), LOOKED_UP):
            body = {"filters": [by_ids(going[begin : begin + LOOKED_UP])]}
            self.client.call("/v1/endpoints/abort_scan", body, write=True)


class FileRetrieval(EndpointAction):
    """Fetch files from endpoints: one ZIP file of each. Nothing on them changes."""

    name: t.ClassVar[str] = "cortex.file_retrieval"
    changes_device: t.ClassVar[bool] = False

    def observe(self, handle: Handle, *, within: float) -> Observation:
        # Now, and not when the files are there: the wait must not end at a folder that is not.
        self.folder(handle)
        return super().observe(handle, within=within)

    def glance(self, handle: Handle, *, within: float) -> Observation:
        return super().observe(handle, within=within)

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        folder = self.folder(handle)
        if folder is None:
            return Collected({**last.facts, "files": []}, changed=False)
        links = self._links(handle)
        self.save_all(folder, {each: _Link(links, each, lambda: self._links(handle)) for each in links})
        self.wait_for_product(self._without_file(last), "file")
        changed = any(saved.changed for saved in self._saved.values())
        return Collected({**last.facts, "files": self.files()}, changed=changed)

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        warnings = list(super().verify(handle, last))
        without = self._without_file(last) if self.destination(handle) is not None else []
        if without:
            text = f"{self.endpoint} has no file of {named(without)}."
            succeeded = sum(target.state is JobState.SUCCEEDED for target in last.targets)
            if succeeded - len(without) < needed(Demand.of(handle).required_targets, len(last.targets)):
                raise EffectMissing(text)
            warnings.append(f"{self.name} action {handle.id}: {text}")
        return warnings

    def _without_file(self, last: Observation) -> list[str]:
        return [
            target.name
            for target in last.targets
            if target.state is JobState.SUCCEEDED and target.id not in self._saved
        ]

    def _links(self, handle: Handle) -> dict[str, str]:
        """Return the link to the ZIP file of each endpoint that has one [D, R]."""
        with self.looking():
            wanted = {"group_action_id": sent_id(handle)}
            reply = self.client.call("/v1/actions/file_retrieval_details", wanted, of_job=True)
        listed = reply.get("data") if isinstance(reply, Mapping) else None
        found = listed if isinstance(listed, Mapping) else {}
        return {str(endpoint_id): url for endpoint_id, url in found.items() if isinstance(url, str) and url}


class _Link:
    """The link of one endpoint: the one that was listed, and on demand a new one."""

    def __init__(self, listed: Mapping[str, str], endpoint_id: str, ask: Callable[[], Mapping[str, str]]) -> None:
        self._listed = listed
        self._endpoint_id = endpoint_id
        self._ask = ask

    def __call__(self, new: bool) -> str:
        links = self._ask() if new else self._listed
        # An endpoint that is not listed any more has the link that was refused: that is what is to be said.
        return links.get(self._endpoint_id) or self._listed[self._endpoint_id]


def _class_of(action: str) -> type[EndpointAction]:
    return {"scan": EndpointScan, "file_retrieval": FileRetrieval}.get(action, EndpointAction)


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> EndpointAction:
    """Return the action that the options of cortex_endpoint_action describe, or that their handle or number names.

    Raises BadInput, MissingLibrary.
    """
    dest = None if params["dest"] is None else check_folder("dest", params["dest"])
    if params["handle"] is not None:
        # The handle decides: nothing is submitted, so the other options have nothing to say.
        handle = params["handle"]
        name = handle.get("operation") if isinstance(handle, Mapping) else None
        kinds = {each.name: each for each in (EndpointAction, EndpointScan, FileRetrieval)}
        return kinds.get(str(name), EndpointAction)(open_client(params, hide), dest=dest)
    action = params["action"]
    if action is None:
        raise BadInput("action: say what is to be done, or give the handle of an action.")
    if dest is not None and action != "file_retrieval":
        raise BadInput(f"dest: {action} brings no files. Leave it out.")
    client = open_client(params, hide)
    demand = Demand(params["required_targets"], params["pending_timeout"])
    if params["action_id"] is not None:
        action_id = checked_id(params["action_id"])
        return _class_of(action)(client, ActionOptions(action), None, demand, action_id=action_id, dest=dest)
    files = params["files"]
    options = ActionOptions(
        action,
        None if files is None else {name: files[name] for name in PLATFORMS if files.get(name)},
        **{name: params[name] for name in ("file_path", "file_hash", "incident_id")},
    )
    selection = Selection(params["endpoint_ids"], params["filters"], params["all_endpoints"])
    return _class_of(action)(client, options, selection, demand, dest=dest)
