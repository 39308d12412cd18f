# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firewall that is updated, as far as its answers go: lists, jobs, boots. Its clock is the test's."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import requests
import urllib3.exceptions

DAY = 86400.0
BEGAN = datetime.datetime(2026, 11, 21, 10, 0)


def refused() -> Exception:
    """What requests raises when nothing listens."""
    reason = urllib3.exceptions.NewConnectionError(None, "Connection refused")
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/api/", reason))


def dropped() -> Exception:
    """What requests raises when the connection dies in the middle."""
    return requests.ConnectionError(
        urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))
    )


def ok(inner: str = "") -> str:
    return f'<response status="success"><result>{inner}</result></response>'


def error(text: str, code: str = "") -> str:
    attribute = f' code="{code}"' if code else ""
    return f'<response status="error"{attribute}><msg><line>{text}</line></msg></response>'


class Box:
    """*content* and *images* are entries by version; *known* are those that are in the list before a check."""

    def __init__(self, time) -> None:
        self.time = time
        self.began = time.now
        self.version = "11.1.6"
        self.serial = "0123"
        self.booted = time.now - 5 * DAY
        self.images = {
            version: {"downloaded": version in ("11.1.6",), "released": "2026/01/02 03:04:05"}
            for version in ("11.1.0", "11.1.6", "11.1.10", "11.2.0", "11.2.4", "12.1.2", "12.1.4", "10.2.9")
        }
        self.content = {
            version: {"downloaded": version == "8900-9000", "released": released}
            for version, released in (
                ("8900-9000", "2026/10/01 10:00:00 PST"),
                ("8907-9021", "2026/11/20 10:00:00 PST"),
                ("8904-9010", "2026/11/13 10:00:00 PST"),
            )
        }
        self.installed = "8900-9000"
        self.previous = "8890-8990"
        self.tag = "content"
        self.files = "panupv2-all-contents-"
        self.staged: str | None = None
        self.hidden: set[str] = set()  # not in the lists before a check
        self.jobs: list[dict[str, Any]] = []
        self.commands: list[str] = []
        self.duration = 20.0
        self.ends: list[tuple[str, str]] = []  # result and text of the next jobs, FIN/OK where there is none
        self.boots_into: str | None = None
        self.down = 60.0
        self.not_ready = 30.0
        self.down_until = 0.0
        self.ready_at = 0.0
        self.has_chassis_ready = True
        self.auto_commits: list[str] = ["OK"]
        self.tells_version = True
        self.user = "app"
        self.before: list[Callable[[str], object]] = []  # what may answer first

    def __call__(self, form: dict[str, str]) -> object:
        self.time.now += 0.1
        if self.time.now < self.down_until:
            return refused()
        if form["type"] == "keygen":
            if self.time.now < self.down_until + 5 and self.down_until:
                return error("Invalid credentials.", "403")
            return ok("<key>k</key>")
        command = re.sub(r"<(\S+?)></\1>", r"<\1/>", form["cmd"])
        self.commands.append(command)
        for answer in list(self.before):
            made = answer(command)
            if made is not None:
                return made
        self.settle()
        return self.answer(command)

    def answer(self, command: str) -> object:
        answers = {
            "<show><system><info/>": self.system,
            "<show><jobs><all/>": self.all_jobs,
            "<show><jobs><id>": lambda: self.one_job(re.search(r"<id>(\d+)<", command)[1]),
            "<show><chassis-ready/>": self.chassis,
            "<show><high-availability>": lambda: ok("<enabled>no</enabled>"),
            "<request><restart><system/>": self.restart,
            "<request><system><software><info/>": self.software,
            "<request><system><software><check/>": lambda: self.refresh(self.software),
            "<request><system><software><download>": lambda: self.start("Downld", self.fetch(command)),
            "<request><system><software><install>": lambda: self.start("SWInstall", self.stage(command)),
            f"<request><{self.tag}><upgrade><info/>": self.updates,
            f"<request><{self.tag}><upgrade><check/>": lambda: self.refresh(self.updates),
            f"<request><{self.tag}><upgrade><download>": lambda: self.start("Downld", self.fetch(command)),
            f"<request><{self.tag}><upgrade><install>": lambda: self.start("Content", self.install(command)),
            f"<request><{self.tag}><downgrade><install>previous": lambda: self.start("Content", self.revert),
        }
        for beginning, make in answers.items():
            if command.startswith(beginning):
                return make()
        raise AssertionError(f"no answer to {command}")

    # What the commands do.

    def refresh(self, make: Callable[[], str]) -> str:
        self.hidden = set()
        return make()

    def fetch(self, command: str) -> Callable[[], None]:
        version = self.asked(command)
        shelf = self.images if "<software>" in command else self.content

        def effect() -> None:
            shelf[version]["downloaded"] = True

        return effect

    def install(self, command: str) -> Callable[[], None]:
        version = self.asked(command)

        def effect() -> None:
            self.installed, self.previous = version, self.installed

        return effect

    def revert(self) -> None:
        self.installed, self.previous = self.previous, self.installed

    def stage(self, command: str) -> Callable[[], None]:
        version = self.asked(command)

        def effect() -> None:
            self.staged = version

        return effect

    def asked(self, command: str) -> str:
        if "latest" in command:
            return max(version for version in self.content if version not in self.hidden)
        asked = re.search(r"<(?:version|file)>([^<]+)<", command)[1]
        return re.search(r"(\d+-\d+|\d[\d.]+(-[a-z]+\d+)?)$", asked)[0]

    def restart(self) -> str:
        self.boot()
        return ok("Command succeeded with no output")

    def boot(self) -> None:
        self.down_until = self.time.now + self.down
        self.ready_at = self.down_until + self.not_ready
        self.booted = self.down_until
        self.version = self.boots_into or self.staged or self.version
        self.staged = None
        self.jobs = []
        for result in self.auto_commits:
            self.start("AutoCom", lambda: None, user="", result=result)
            self.jobs[-1]["until"] = str(self.ready_at)

    def start(self, kind: str, effect: Callable[[], None], *, user: str | None = None, result: str = "") -> str:
        number = str(len(self.jobs) + 1)
        verdict, text = (result, "") if result else (self.ends.pop(0) if self.ends else ("OK", "done"))
        if kind == "SWInstall" and self.tells_version and verdict == "OK":
            text = f"Software installation of version {self.asked(self.commands[-1])} successfully completed."
        self.jobs.append(
            {
                "id": number,
                "type": kind,
                "user": self.user if user is None else user,
                "tenq": (BEGAN + datetime.timedelta(seconds=self.time.now - self.began)).strftime("%Y/%m/%d %H:%M:%S"),
                "until": str(self.time.now + self.duration),
                "result": verdict,
                "text": text,
                "effect": effect,
            }
        )
        return (
            f'<response status="success" code="19"><result><msg><line>job enqueued with jobid {number}</line></msg>'
            f"<job>{number}</job></result></response>"
        )

    def settle(self) -> None:
        for job in self.jobs:
            if self.time.now >= float(job["until"]) and not job.get("over"):
                job["over"] = "yes"
                if job["result"] == "OK":
                    job["effect"]()

    # What it says.

    def system(self) -> str:
        moment = BEGAN + datetime.timedelta(seconds=self.time.now - self.began)
        up = datetime.timedelta(seconds=int(self.time.now - self.booted))
        hours, rest = divmod(up.seconds, 3600)
        uptime = f"{up.days} days, {hours}:{rest // 60:02}:{rest % 60:02}"
        return ok(
            f"<system><time>{moment.strftime('%a %b %d %H:%M:%S %Y')}\n</time><uptime>{uptime}</uptime>"
            f"<model>PA-VM</model><serial>{self.serial}</serial><sw-version>{self.version}</sw-version><app-version>{self.installed}</app-version>"
            "<av-version>0</av-version></system>"
        )

    def chassis(self) -> str:
        if not self.has_chassis_ready:
            return error("show -> chassis-ready is unexpected", "17")
        return ok("yes" if self.time.now >= self.ready_at else "no")

    def software(self) -> str:
        entries = "".join(
            f"<entry><version>{version}</version><filename>PanOS_vm-{version}</filename>"
            f"<released-on>{entry['released']}</released-on><downloaded>{_word(entry['downloaded'])}</downloaded>"
            f"<current>{_word(version == self.version)}</current><latest>no</latest><uploaded>no</uploaded></entry>"
            for version, entry in self.images.items()
            if version not in self.hidden
        )
        return ok(f"<sw-updates><msg/><versions>{entries}</versions></sw-updates>")

    def updates(self) -> str:
        entries = "".join(
            f"<entry><version>{version}</version><filename>{entry.get('files', self.files)}{version}</filename>"
            f"<released-on>{entry['released']}</released-on><downloaded>{_word(entry['downloaded'])}</downloaded>"
            f"<current>{_word(version == self.installed)}</current>"
            f"<previous>{_word(version == self.previous)}</previous></entry>"
            for version, entry in self.content.items()
            if version not in self.hidden
        )
        return ok(f"<content-updates>{entries}</content-updates>")

    def all_jobs(self) -> str:
        return ok("".join(self.record(job) for job in reversed(self.jobs)))

    def one_job(self, number: str) -> str:
        found = [job for job in self.jobs if job["id"] == number]
        return ok(self.record(found[0])) if found else error(f"job {number} not found", "7")

    def record(self, job: dict[str, Any]) -> str:
        over = self.time.now >= float(job["until"])
        return (
            f"<job><tenq>{job['tenq']}</tenq><id>{job['id']}</id><user>{job['user']}</user><type>{job['type']}</type>"
            f"<status>{'FIN' if over else 'ACT'}</status><result>{job['result'] if over else 'PEND'}</result>"
            f"<progress>{'10:00:41' if over else '40'}</progress>"
            f"<details>{'<line>' + job['text'] + '</line>' if over else ''}</details></job>"
        )

    def sent(self, text: str) -> list[str]:
        return [command for command in self.commands if text in command]


def _word(value: object) -> str:
    return "yes" if value else "no"
