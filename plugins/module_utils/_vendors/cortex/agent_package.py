# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Packages that install agents: made by the tenant, then fetched. Its API calls them distributions.

Sources: D the Cortex documentation, C read in a client's source, R recorded.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ..._jobs.errors import BadInput, JobMissing, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation, Outcome
from ..._jobs.operation import Collected, Preview, Timing
from ..._transport.files import check_destination
from .client import open_client
from .job import CortexJob
from .links import fetch
from .selection import number_of

if t.TYPE_CHECKING:
    from ..._jobs.inquiry import Inquiry
    from ..._transport.files import Saved
    from .client import CortexClient

# Completed is recorded; nothing else is published, the others are those of a client's simulation [unverified].
_WORDS: Mapping[str, JobState] = {
    "completed": JobState.SUCCEEDED,
    "pending": JobState.PENDING,
    "in progress": JobState.RUNNING,
    "in_progress": JobState.RUNNING,
    "failed": JobState.FAILED,
}

PAGE = 100
"""Packages that are asked for at once."""

VERSIONS = ("windows_version", "linux_version", "macos_version")

_KEPT = ("name", "platform", "package_type", "agent_version")


@dataclasses.dataclass(frozen=True)
class PackageOptions:
    """The package that is wanted; the fields are the options of the same name. Raises BadInput."""

    name: str
    package_type: str = "standalone"
    platform: str | None = None
    agent_version: str | None = None
    windows_version: str | None = None
    linux_version: str | None = None
    macos_version: str | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadInput("name: is empty.")
        versions = [name for name in VERSIONS if getattr(self, name)]
        if self.package_type == "upgrade":
            if not versions:
                raise BadInput(f"{', '.join(VERSIONS)}: an upgrade package needs at least one of them.")
            for name in ("platform", "agent_version"):
                if getattr(self, name) is not None:
                    raise BadInput(f"{name}: says nothing to an upgrade package, which has {', '.join(VERSIONS)}.")
            return
        if versions:
            raise BadInput(f"{versions[0]}: is for upgrade packages. Use agent_version.")
        if self.platform is None:
            raise BadInput("platform: a standalone package needs it.")
        if self.platform != "android" and not self.agent_version:
            raise BadInput("agent_version: a standalone package needs it, but for android.")

    def body(self) -> dict[str, t.Any]:
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}

    def __str__(self) -> str:
        what = " ".join(part for part in (self.platform, self.agent_version, self.package_type) if part)
        return f"package {self.name} ({what})"


class Package(t.NamedTuple):
    """What is kept of a package that the tenant lists [C]."""

    id: str
    name: str
    platform: str
    package_type: str
    agent_version: str
    status: str
    made_at: int

    def __str__(self) -> str:
        what = " ".join(part for part in (self.platform, self.agent_version, self.package_type, self.status) if part)
        return f"{self.name} ({what}), distribution_id {self.id}"

    def is_as(self, wanted: PackageOptions) -> bool:
        """Return whether this is what is *wanted*, as far as the list says. It may write a platform otherwise [D]."""
        if self.package_type and self.package_type.lower() != wanted.package_type:
            return False
        if wanted.platform and self.platform and _platform(self.platform) != _platform(wanted.platform):
            return False
        return not (wanted.agent_version and self.agent_version) or self.agent_version == wanted.agent_version

    def facts(self) -> dict[str, t.Any]:
        return {"distribution_id": self.id, **{name: getattr(self, name) or None for name in _KEPT}}


def _platform(text: str) -> str:
    # The one example of a filter in the documentation is "lin"; agents have AGENT_OS_LINUX.
    return text.lower().replace("agent_os_", "")[:3]


def listed(client: CortexClient, *, within: float | None = None) -> list[Package]:
    """Return all packages of the tenant. Raises NoAnswer, Denied, Refused."""
    found: dict[str, Package] = {}
    begin, more = 0, True
    while more:
        wanted = {"search_from": begin, "search_to": begin + PAGE}
        reply = client.call("/v1/distributions/get_distributions", wanted, within=within)
        records = reply.get("data") if isinstance(reply, Mapping) else None
        if not isinstance(records, list):
            raise NoAnswer(f"{client.endpoint} answered without packages.", label="no packages", server_spoke=True)
        for record in records:
            if isinstance(record, Mapping) and record.get("distribution_id"):
                one = _package(record)
                found[one.id] = one
        begin += PAGE
        total = number_of(reply.get("filter_count")) or number_of(reply.get("total_count"))
        # Without a number a full page may be followed by another one.
        more = bool(records) and (len(records) >= PAGE if total is None else begin < total)
    return list(found.values())


def _package(record: Mapping[str, t.Any]) -> Package:
    texts = {name: str(record.get(name) or "") for name in (*_KEPT, "status")}
    made_at = number_of(record.get("creation_time")) or number_of(record.get("created_date")) or 0
    return Package(id=str(record["distribution_id"]), made_at=made_at, **texts)


class AgentPackage(CortexJob):
    """Make a package, or take the one of the same name that is there; fetch it to *dest* as *file_type*.

    The name is what tells it from others, and by which it is found again.
    """

    name: t.ClassVar[str] = "cortex.agent_package"
    words: t.ClassVar[Mapping[str, JobState]] = _WORDS
    timing: t.ClassVar[Timing] = Timing(wait_timeout=1800, poll_interval=5, poll_max_interval=30, outage_timeout=600)
    missing_grace: t.ClassVar[float] = 60.0

    def __init__(
        self,
        client: CortexClient,
        options: PackageOptions | None = None,
        *,
        dest: str | None = None,
        file_type: str | None = None,
        **more: t.Any,
    ) -> None:
        super().__init__(client, **more)
        self._options = options
        self._dest = dest
        self._file_type = file_type or _file_type(options)
        if dest is not None and options is not None and not self._file_type:
            raise BadInput("file_type: say which file of the package is to be fetched, such as sh or x64.")

    @property
    def _wanted(self) -> PackageOptions:
        if self._options is None:
            raise BadInput("name: say which package is wanted.")
        return self._options

    # Before it is made.

    def destination(self, handle: Handle | None) -> str | None:
        return self._dest or (None if handle is None else handle.options.get("dest"))

    def preview(self, *, want_diff: bool) -> Preview:
        wanted, there = self._wanted, self._look()
        if there is None:
            where = f" and be written to {self._dest}" if self._dest else ""
            return Preview(needed=True, message=f"The {wanted} would be made on {self.endpoint}{where}.")
        blocked = self._unusable(there)
        if blocked is None and self.state_of(there.status) is JobState.SUCCEEDED and self._dest is None:
            text = f"{self.endpoint} has the package: {there}."
            return Preview(needed=False, message=text, result=there.facts())
        return Preview(needed=True, message=f"{self.endpoint} has the package: {there}.", blocked=blocked)

    def still_needed(self) -> bool:
        return False

    def find_equivalent(self) -> Handle | None:
        """Return the handle of the package of that name: while it is made, or if its file is wanted."""
        there = self._look()
        if there is None or self._unusable(there) is not None:
            return None
        if self.state_of(there.status) is JobState.SUCCEEDED and self._dest is None:
            return None
        return self._handle(there.id)

    def _look(self) -> Package | None:
        """Return the package of that name, the one that is as wanted before the others, the newest first."""
        wanted = self._wanted
        there = [each for each in listed(self.client) if each.name == wanted.name]
        self._let_in = True
        ordered = sorted(there, key=lambda each: (self._unusable(each) is None, each.made_at))
        return ordered[-1] if ordered else None

    def _unusable(self, there: Package) -> Refused | None:
        if not there.is_as(self._wanted):
            return Refused(
                f"name: {self.endpoint} has another package of that name: {there}. Choose another name, or delete it.",
                label="name taken",
            )
        if self.state_of(there.status) is JobState.FAILED:
            return Refused(
                f"name: {self.endpoint} could not make this package before: {there}. Delete it (state: absent) to have "
                "it made anew.",
                label="failed before",
            )
        return None

    # The package.

    def submit(self) -> Handle:
        try:
            there = self._look()
        except NoAnswer as exc:
            raise exc.unsent() from exc
        if there is not None:
            blocked = self._unusable(there)
            if blocked is not None:
                raise blocked
            return self._handle(there.id)
        reply = self.client.call("/v1/distributions/create", self._wanted.body(), write=True)
        found = reply.get("distribution_id") if isinstance(reply, Mapping) else None
        if not isinstance(found, str) or not found:
            raise NoAnswer(
                f"{self.endpoint} answered without a distribution_id: {json.dumps(reply)}",
                label="no id",
                server_spoke=True,
            )
        return self._handle(found)

    def recover(self) -> Handle | None:
        """Return the handle of the package of that name: before the request there was none."""
        there = self._look()
        return None if there is None else self._handle(there.id)

    def _handle(self, package_id: str) -> Handle:
        given = {name: getattr(self._wanted, name) for name in _KEPT}
        options = {name: value for name, value in given.items() if value}
        if self._dest:
            options["dest"] = self._dest
        if self._file_type:
            options["file_type"] = self._file_type
        return Handle(self.name, self.endpoint, package_id, options=options)

    def observe(self, handle: Handle, *, within: float) -> Observation:
        # Now, and not when the package is made: the wait must not end at a folder that is not there.
        dest = self.destination(handle)
        if dest is not None:
            check_destination("dest", dest)
        return self.glance(handle, within=within)

    def glance(self, handle: Handle, *, within: float) -> Observation:
        with self.looking():
            try:
                wanted = {"distribution_id": handle.id}
                reply = self.client.call("/v1/distributions/get_status", wanted, of_job=True, within=within)
            except Refused:
                self._check_it_is_there(handle, within=within)
                raise
            word = reply.get("status") if isinstance(reply, Mapping) else None
            if not isinstance(word, str) or not word:
                raise NoAnswer(f"{self.endpoint} answered without a status.", label="no status", server_spoke=True)
        state = self.state_of(word)
        messages = ("the tenant gives no reason",) if state is JobState.FAILED else ()
        facts = {"distribution_id": handle.id, **{name: handle.options.get(name) for name in _KEPT}}
        return Observation(state, word, messages=messages, facts=facts)

    def _check_it_is_there(self, handle: Handle, *, within: float) -> None:
        if all(each.id != handle.id for each in listed(self.client, within=within)):
            raise JobMissing(
                f"{self.endpoint} has no package {handle.id} any more: it was deleted.", label="package deleted"
            )

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        dest = self.destination(handle)
        if dest is None:
            return dict(last.facts)
        saved = self._fetch(handle, check_destination("dest", dest))
        return Collected({**last.facts, **saved.to_dict()}, saved.changed)

    def _fetch(self, handle: Handle, dest: str) -> Saved:
        file_type = self._file_type or handle.options.get("file_type")
        if not file_type:
            raise BadInput(
                "file_type: neither the task nor the handle says which file of the package is to be fetched."
            )

        def link(_new: bool) -> str:
            wanted = {"distribution_id": handle.id, "package_type": file_type}
            reply = self.client.call("/v1/distributions/get_dist_url", wanted)
            url = reply.get("distribution_url") if isinstance(reply, Mapping) else None
            if not isinstance(url, str) or not url:
                raise NoAnswer(f"{self.endpoint} gave no link to the package.", label="no link", server_spoke=True)
            return url

        return fetch(self.client, link, dest, self.transfer)


def _file_type(options: PackageOptions | None) -> str | None:
    """Return the one file that a package has, None where there are several."""
    if options is None:
        return None
    return "upgrade" if options.package_type == "upgrade" else {"macos": "pkg"}.get(options.platform or "")


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> AgentPackage:
    """Return the package that the options of cortex_agent_package describe, or that their handle names.

    Raises BadInput, MissingLibrary.
    """
    dest = None if params["dest"] is None else check_destination("dest", params["dest"])
    file_type = params["file_type"]
    if file_type is not None and not re.fullmatch(r"\w+", file_type, re.ASCII):
        raise BadInput(f"file_type: {file_type!r} is none, give it as sh or x64.")
    if params["handle"] is not None:
        return AgentPackage(open_client(params, hide), dest=dest, file_type=file_type)
    if params["name"] is None:
        raise BadInput("name: say which package is wanted, or give the handle of one that is made.")
    if params["distribution_id"] is not None:
        raise BadInput("distribution_id: is for state: absent. A package that is wanted has a name.")
    options = PackageOptions(**{field.name: params[field.name] for field in dataclasses.fields(PackageOptions)})
    return AgentPackage(open_client(params, hide), options, dest=dest, file_type=file_type)


def absent_from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], inquiry: Inquiry, *, check_mode: bool
) -> dict[str, t.Any]:
    """Delete the package that the options name, and return what a result says of that.

    Raises BadInput, MissingLibrary, NoAnswer, Denied, Refused.
    """
    name, package_id = params["name"], params["distribution_id"]
    if (name is None) == (package_id is None):
        raise BadInput("name, distribution_id: say by one of them which package is to be deleted.")
    client = open_client(params, hide)
    found = [each for each in inquiry.ask(lambda: listed(client)) if package_id in (each.id,) or name == each.name]
    if not found:
        text = f"{client.endpoint} has no package {name or package_id}."
        return {"outcome": Outcome.NOTHING_TO_DO.value, "msg": text, "result": None}
    if len(found) > 1:
        names = "; ".join(map(str, found))
        raise Refused(f"name: {client.endpoint} has {len(found)} packages of that name: {names}. Give distribution_id.")
    there = found[0]
    done = {"changed": True, "result": there.facts()}
    if check_mode:
        return {**done, "msg": f"{client.endpoint}: the package {there} would be deleted (check mode)."}

    def delete() -> None:
        try:
            client.call("/v1/distributions/delete", {"distribution_id": there.id}, write=True)
        except Refused:
            # The first of several tries may have been heard.
            if any(each.id == there.id for each in listed(client)):
                raise

    inquiry.ask(delete)
    return {**done, "msg": f"{client.endpoint}: the package {there} was deleted."}
