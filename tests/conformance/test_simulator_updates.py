# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Content and software updates and the restart: shapes as recorded, and what they do."""

from __future__ import annotations

import datetime
import typing as t
import xml.etree.ElementTree as ET

import pytest
from simulator.client import SimulatorError

from .conftest import ADMINS, RECORDED, Answer, Api


def request(inner: str) -> str:
    return f"<request>{inner}</request>"


def upgrade(api: Api, inner: str, family: str = "content") -> Answer:
    return api.op(request(f"<{family}><upgrade>{inner}</upgrade></{family}>"))


def software(api: Api, inner: str) -> Answer:
    return api.op(request(f"<system><software>{inner}</software></system>"))


def info(api: Api) -> ET.Element:
    found = api.op("<show><system><info/></system></show>").xml.find("result/system")
    assert found is not None
    return found


def entries(answer: Answer) -> dict[str, dict[str, str]]:
    """Version to the fields of its entry."""
    found = [
        *answer.xml.findall("result/content-updates/entry"),
        *answer.xml.findall("result/sw-updates/versions/entry"),
    ]
    return {
        entry.findtext("version") or "": {child.tag: (child.text or "").strip() for child in entry} for entry in found
    }


def download(api: Api, inner: str = "<latest/>", family: str = "content") -> None:
    """Downloads and waits."""
    assert upgrade(api, f"<download>{inner}</download>", family).status == "success"
    api.simulator.advance(11)


def fetch_software(api: Api, *versions: str) -> None:
    for version in versions:
        assert software(api, f"<download><version>{version}</version></download>").status == "success"
        api.simulator.advance(61)


def kinds(api: Api) -> list[tuple[str, str]]:
    return [(one["kind"], one["description"]) for one in api.ledger()["submissions"]]


def details(record: ET.Element) -> list[str]:
    return [line.text or "" for line in record.findall("details/line")]


def outline(node: ET.Element) -> t.Any:
    return (node.tag, tuple(sorted(node.attrib)), tuple(outline(child) for child in node))


# Shapes


def test_the_content_list_is_as_recorded(device: t.Callable[..., Api]) -> None:
    found = upgrade(device(timezone="PDT"), "<check/>").xml
    expected = ET.parse(RECORDED / "assurance_content_check.xml").getroot()
    mine, theirs = (tree.find("result/content-updates/entry") for tree in (found, expected))
    assert mine is not None
    assert theirs is not None
    # Lists of 2017 and 2019 have no checksum.
    assert [child.tag for child in mine] == [child.tag for child in theirs if child.tag != "sha256"]
    for tree in (found, expected):
        updates = tree.find("result/content-updates")
        assert updates is not None
        stamps = [updates.get("last-updated-at"), updates.findtext("entry/released-on")]
        for stamp in stamps:
            datetime.datetime.strptime(stamp or "", "%Y/%m/%d %H:%M:%S PDT")
    for field in ("downloaded", "current", "previous", "installing", "features", "update-type", "feature-desc"):
        assert mine.findtext(field) == theirs.findtext(field), field
    assert (mine.findtext("filename") or "").startswith("panupv2-all-contents-")


def test_the_software_list_is_as_recorded(device: t.Callable[..., Api]) -> None:
    found = software(device(), "<check/>").xml
    expected = ET.parse(RECORDED / "assurance_software_check.xml").getroot()
    mine, theirs = (tree.find("result/sw-updates") for tree in (found, expected))
    assert mine is not None
    assert theirs is not None
    assert [child.tag for child in mine] == [child.tag for child in theirs]
    assert outline(mine.findall("versions/entry")[0]) == outline(theirs.findall("versions/entry")[0])
    for stamp in (mine.get("last-updated-at"), mine.findtext("versions/entry/released-on")):
        datetime.datetime.strptime(stamp or "", "%Y/%m/%d %H:%M:%S")
    assert [entry.findtext("latest") for entry in mine.findall("versions/entry")][:2] == ["yes", "no"]
    assert mine.findtext("versions/entry/filename") == "PanOS_vm-12.1.4"


def test_system_info_is_as_recorded(device: t.Callable[..., Api]) -> None:
    expected = ET.parse(RECORDED / "assurance_system_info.xml").getroot().find("result/system")
    assert expected is not None
    fields = [child.tag for child in info(device())]
    recorded = [child.tag for child in expected]
    assert [field for field in recorded if field in fields] == fields
    assert {"av-release-date", "threat-version", "global-protect-datafile-version"} <= set(fields)


def test_a_download_is_as_documented(device: t.Callable[..., Api]) -> None:
    api = device(record={"tfin": "time"})
    answer = software(api, "<download><version>11.1.10</version></download>")
    assert (answer.code, answer.get("result/msg/line")) == ("19", "Download job enqueued with jobid 2")
    api.simulator.advance(61)
    record = api.job(2)
    expected = ET.parse(RECORDED / "doc_software_download_job_FIN.xml").getroot().find("result/job")
    assert expected is not None
    assert details(record) == details(expected)
    for field in ("type", "status", "stoppable", "result"):
        assert record.findtext(field) == expected.findtext(field), field
    assert record.findtext("progress") == record.findtext("tfin") != "100"
    assert expected.findtext("progress") == expected.findtext("tfin")


def test_an_old_content_record(device: t.Callable[..., Api]) -> None:
    """jcoeder/palo-alto-python, scraped code of 2018: a download and the install of an antivirus package."""
    api = device(record={"user_element": "admin", "tfin": "time"})
    download(api, family="anti-virus")
    record = api.job(2)
    assert (record.findtext("type"), record.findtext("result")) == ("Downld", "OK")
    assert details(record) == ["File successfully downloaded\n"]
    assert record.findtext("progress") == record.findtext("tfin")
    answer = upgrade(api, "<install><version>latest</version></install>", "anti-virus")
    assert answer.get("result/msg/line") == "Content install job enqueued with jobid 3"
    api.simulator.advance(10)
    record = api.job(3)
    found = [record.findtext(name) for name in ("type", "status", "queued", "stoppable", "result", "tfin")]
    assert found == ["Antivirus", "ACT", "NO", "no", "PEND", "Still Active"]
    api.simulator.advance(11)
    assert details(api.job(3)) == [
        "Configuration committed successfully",
        "Successfully committed last configuration",
    ]


def test_datafile_info_is_as_recorded(device: t.Callable[..., Api]) -> None:
    """jcoeder/palo-alto-python, upgrade.py: a firewall without the file."""
    api = device()
    entry = api.op(request("<global-protect-gateway><info/></global-protect-gateway>")).xml.find(
        "result/global-protect-gateway/entry"
    )
    assert entry is not None
    assert [(child.tag, child.text) for child in entry] == [
        ("version", "unknown"),
        ("released-on", "unknown"),
        ("current", "no"),
    ]
    assert upgrade(api, "<check/>", "global-protect-gateway").code == "17"


# Content


def test_check_download_install(device: t.Callable[..., Api]) -> None:
    api = device()
    listed = entries(upgrade(api, "<info/>"))
    assert listed["8900-9000"]["current"] == "yes"
    assert listed["8907-9021"]["downloaded"] == "no"
    answer = upgrade(api, "<download><latest/></download>")
    assert answer.get("result/job") == "2"
    api.simulator.advance(5)
    assert (api.word(2), api.job(2).findtext("progress")) == ("ACT/PEND", "50")
    assert entries(upgrade(api, "<info/>"))["8907-9021"]["downloaded"] == "no"
    api.simulator.advance(5)
    assert api.word(2) == "FIN/OK"
    assert entries(upgrade(api, "<info/>"))["8907-9021"]["downloaded"] == "yes"
    assert upgrade(api, "<install><version>latest</version></install>").status == "success"
    assert entries(upgrade(api, "<info/>"))["8907-9021"]["installing"] == "yes"
    assert info(api).findtext("app-version") == "8900-9000"
    api.simulator.advance(20)
    assert (api.word(3), api.job(3).findtext("type")) == ("FIN/OK", "Content")
    listed = entries(upgrade(api, "<info/>"))
    assert (listed["8907-9021"]["current"], listed["8900-9000"]["previous"]) == ("yes", "yes")
    assert (info(api).findtext("app-version"), info(api).findtext("threat-version")) == ("8907-9021", "8907-9021")
    assert kinds(api) == [("content-download", "content 8907-9021"), ("content-install", "content 8907-9021")]


@pytest.mark.parametrize(
    ("family", "field", "version", "job_type"),
    [
        ("anti-virus", "av-version", "5010-5510", "Antivirus"),
        ("wildfire", "wildfire-version", "900010-904010", "WildFire"),
        ("global-protect-clientless-vpn", "global-protect-clientless-vpn-version", "100-260", "GPClientlessVPN"),
        ("global-protect-gateway", "global-protect-datafile-version", "", "GPDataFile"),
    ],
)
def test_every_family(device: t.Callable[..., Api], family: str, field: str, version: str, job_type: str) -> None:
    api = device(gp_datafile_upgrade=True)
    (newest,) = [version] if version else entries(upgrade(api, "<check/>", family))
    download(api, family=family)
    upgrade(api, "<install><version>latest</version></install>", family)
    api.simulator.advance(21)
    assert (api.job(3).findtext("type"), api.word(3)) == (job_type, "FIN/OK")
    assert info(api).findtext(field) == newest
    assert info(api).findtext(field.replace("version", "release-date")) not in ("", "unknown", None)


def test_nothing_newer(device: t.Callable[..., Api]) -> None:
    """The recorded answer: an error without a code, HTTP 200."""
    api = device()
    download(api)
    answer = upgrade(api, "<download><latest/></download>")
    assert answer.text == '<response status="error"><msg><line>No update available</line></msg></response>'
    assert answer.http == 200
    assert [one["answer"] for one in api.ledger()["refused"]] == ["No update available"]


@pytest.mark.parametrize(("style", "refused"), [("downloaded", 2), ("installed", 1), ("never", 0)])
def test_when_nothing_is_newer(device: t.Callable[..., Api], style: str, refused: int) -> None:
    """Not known: a setting."""
    api = device(no_update=style)
    download(api)
    upgrade(api, "<download><latest/></download>")
    api.simulator.advance(11)
    upgrade(api, "<install><version>latest</version></install>")
    api.simulator.advance(21)
    upgrade(api, "<download><latest/></download>")
    assert [one["answer"] for one in api.ledger()["refused"]] == ["No update available"] * refused


def test_a_version_by_its_file(device: t.Callable[..., Api]) -> None:
    """``version`` takes ``latest`` alone: PaloAltoNetworks/pan-os-python#394."""
    api = device()
    file = "panupv2-all-contents-8905-9015"
    download(api, f"<file>{file}</file>")
    answer = upgrade(api, "<install><version>8905-9015</version></install>")
    lines = [line.text for line in answer.xml.findall("msg/line")]
    where = " request -> content -> upgrade -> install -> version"
    assert lines == [f"{where} '8905-9015' is not an allowed keyword", f"{where} is invalid"]
    skip = "<skip-content-validity-check>yes</skip-content-validity-check>"
    assert upgrade(api, f"<install>{skip}<file>{file}</file></install>").status == "success"
    api.simulator.advance(21)
    assert info(api).findtext("app-version") == "8905-9015"
    api.simulator.configure(api.address, content_install_version="any")
    download(api)
    assert upgrade(api, "<install><version>8907-9021</version></install>").status == "success"


def test_what_is_not_downloaded_is_not_installed(device: t.Callable[..., Api]) -> None:
    api = device()
    for inner in ("<version>latest</version>", "<file>panupv2-all-contents-8905-9015</file>", "<file>none</file>"):
        answer = upgrade(api, f"<install>{inner}</install>")
        assert (answer.status, answer.code) == ("error", None)
        assert "is not downloaded" in answer.message
    assert upgrade(api, "<download><file>none</file></download>").status == "error"
    assert upgrade(api, "<install><commit>maybe</commit><version>latest</version></install>").code == "17"
    assert kinds(api) == []


def test_new_packages_show_after_a_check(device: t.Callable[..., Api]) -> None:
    api = device()
    packages = [{"version": "8910-9100", "age_days": 0.5}, {"version": "8911-9101", "age_days": 0, "apps_only": True}]
    api.simulator.configure(api.address, update_server={"content": packages})
    assert "8910-9100" not in entries(upgrade(api, "<info/>"))
    listed = entries(upgrade(api, "<check/>"))
    assert (listed["8911-9101"]["filename"], listed["8911-9101"]["features"]) == ("panupv2-all-apps-8911-9101", "Apps")
    # What is on the device stays in the list.
    assert listed["8900-9000"]["current"] == "yes"


def test_release_dates_are_relative_to_the_time_of_the_device(device: t.Callable[..., Api]) -> None:
    api = device(clock_skew=-3600 * 7, timezone="PDT", update_server={"content": [{"version": "9-9", "age_days": 7}]})
    released = entries(upgrade(api, "<info/>"))["9-9"]["released-on"]
    now = datetime.datetime.strptime((info(api).findtext("time") or "").strip(), "%a %b %d %H:%M:%S %Y")
    age = now - datetime.datetime.strptime(released, "%Y/%m/%d %H:%M:%S PDT")
    assert abs(age - datetime.timedelta(days=7)) < datetime.timedelta(seconds=2)
    assert " PDT " in api.op("<show><clock/></show>").get("result")


def test_applications_alone_leave_the_threats(device: t.Callable[..., Api]) -> None:
    api = device(update_server={"content": [{"version": "8911-9101", "age_days": 1, "apps_only": True}]})
    download(api)
    upgrade(api, "<install><version>latest</version></install>")
    api.simulator.advance(21)
    assert (info(api).findtext("app-version"), info(api).findtext("threat-version")) == ("8911-9101", "8900-9000")


def test_downgrade(device: t.Callable[..., Api]) -> None:
    api = device(installed={"content": {"current": "8907-9021", "previous": "8900-9000"}})
    command = request("<content><downgrade><install>previous</install></downgrade></content>")
    assert api.op(command).get("result/msg/line") == "Content install job enqueued with jobid 2"
    api.simulator.advance(21)
    assert info(api).findtext("app-version") == "8900-9000"
    assert api.op(command).status == "error"
    assert kinds(api) == [("content-downgrade", "content 8900-9000")]


def test_an_install_waits_behind_a_commit(device: t.Callable[..., Api]) -> None:
    api = device(commit_seconds=30)
    download(api)
    api.change()
    api.commit()
    upgrade(api, "<install><version>latest</version></install>")
    record = api.job(4)
    assert [record.findtext(name) for name in ("status", "queued", "positionInQ")] == ["PEND", "YES", "1"]
    api.simulator.advance(30)
    assert (api.word(3), api.word(4)) == ("FIN/OK", "ACT/PEND")
    api.change()
    assert api.commit().message == "You cannot commit while an install is in progress. Please try again later."
    api.simulator.advance(20)
    assert api.word(4) == "FIN/OK"
    # Its internal commit takes no pending changes along.
    assert api.op("<check><pending-changes/></check>").get("result") == "yes"


@pytest.mark.parametrize(("style", "word"), [("beside", "ACT/PEND"), ("refuse", None)])
def test_an_install_during_a_commit(device: t.Callable[..., Api], style: str, word: str | None) -> None:
    api = device(commit_seconds=30, install_while_commit=style)
    download(api)
    api.change()
    api.commit()
    answer = upgrade(api, "<install><version>latest</version></install>")
    if word is None:
        assert (answer.status, answer.message) == ("error", "A commit is in progress.")
    else:
        assert api.word(answer.get("result/job")) == word


def test_one_download_and_one_install_per_family(device: t.Callable[..., Api]) -> None:
    api = device()
    assert upgrade(api, "<download><latest/></download>").status == "success"
    assert upgrade(api, "<download><latest/></download>", "wildfire").status == "success"
    answer = upgrade(api, "<download><latest/></download>")
    assert (answer.status, answer.message.split(".")[0]) == ("error", "Another download is in progress")
    api.simulator.advance(11)
    assert upgrade(api, "<install><version>latest</version></install>").status == "success"
    assert upgrade(api, "<install><version>latest</version></install>", "wildfire").status == "success"
    assert "install is in progress" in upgrade(api, "<install><version>latest</version></install>").message
    assert [api.word(job) for job in (4, 5)] == ["ACT/PEND", "PEND/PEND"]


def test_plans_and_polls(device: t.Callable[..., Api]) -> None:
    plans = [{"kind": "content-install", "result": "FAIL", "details": ["bad image"]}, {"kind": "content-download"}]
    api = device(next_updates=plans, update_polls=2)
    assert upgrade(api, "<download><latest/></download>").status == "success"
    assert [api.word(2) for _look in range(2)] == ["ACT/PEND", "FIN/OK"]
    upgrade(api, "<install><version>latest</version></install>")
    assert [api.word(3) for _look in range(2)] == ["ACT/PEND", "FIN/FAIL"]
    assert details(api.job(3)) == ["bad image"]
    assert info(api).findtext("app-version") == "8900-9000"


def test_the_update_server_is_away(device: t.Callable[..., Api]) -> None:
    """The recorded texts: CPAN Device-PaloAlto-Firewall, tests of the update checks."""
    api = device(update_server_reachable=False)
    end = "due to generic communication error. Please check network connectivity and try again."
    assert upgrade(api, "<check/>").message == f"Failed to check content upgrade info {end}"
    assert software(api, "<check/>").message == f"Failed to check upgrade info {end}"
    assert upgrade(api, "<info/>").status == "success"
    never = device(installed={"content": {"checked": False}, "wildfire": {"checked": False}})
    assert 'last-updated-at="never"' in upgrade(never, "<info/>", "wildfire").text
    assert list(entries(upgrade(never, "<info/>"))) == ["8900-9000"]


def test_a_panorama_has_less(device: t.Callable[..., Api]) -> None:
    api = device(kind="panorama")
    assert upgrade(api, "<check/>").status == "success"
    assert upgrade(api, "<check/>", "global-protect-clientless-vpn").code == "17"
    fields = {child.tag for child in info(api)}
    assert "system-mode" in fields
    assert not {"threat-version", "global-protect-datafile-version"} & fields


def test_rights(device: t.Callable[..., Api]) -> None:
    api = device(admins={"admin": {"password": ADMINS["admin"]["password"], "role": "superreader"}})
    assert upgrade(api, "<info/>").status == "success"
    assert upgrade(api, "<download><latest/></download>").status == "unauth"
    assert api.op(request("<restart><system/></restart>")).status == "unauth"


def test_faults_and_steps(device: t.Callable[..., Api]) -> None:
    api = device()
    api.simulator.fault("status_503", api.address, match={"step": "submit"}, when="after")
    assert upgrade(api, "<download><latest/></download>").http == 503
    api.simulator.fault("status_502", api.address, match={"step": "restart"})
    assert api.op(request("<restart><system></system></restart>")).http == 502
    for inner in ("<check/>", "<check></check>", "<check />", "<info/>"):
        upgrade(api, inner)
    assert kinds(api) == [("content-download", "content 8907-9021")]
    counted = api.ledger()["requests"][api.address]
    assert (counted["submit"], counted["restart"], counted["updates"]) == (1, 1, 4)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"update_server": {"contents": []}}, "unknown families in 'update_server': contents"),
        ({"update_server": {"content": [{"version": "1-1", "colour": "red"}]}}, "wrong packages of content"),
        ({"installed": {"content": {"version": "1-1"}}}, "'installed.content' takes"),
        ({"next_updates": [{"kind": "download"}]}, "a plan in 'next_updates' has a kind"),
        ({"ha_peer": "127.200.0.1"}, "'ha_peer' is the address"),
    ],
)
def test_wrong_settings(device: t.Callable[..., Api], settings: dict[str, t.Any], text: str) -> None:
    api = device()
    before = api.simulator.device(api.address)
    with pytest.raises(SimulatorError, match=text):
        api.simulator.configure(api.address, **settings)
    assert api.simulator.device(api.address) == before


# Software and restart


def test_a_target_needs_its_base_image(device: t.Callable[..., Api]) -> None:
    """PaloAltoNetworks/pan-os-python#243: the download job says so at its end."""
    api = device()
    software(api, "<download><version>11.2.4</version></download>")
    api.simulator.advance(61)
    assert api.word(2) == "FIN/FAIL"
    first, second, third = details(api.job(2))
    assert (first, second) == ("Successfully downloaded", "Preloading into software manager")
    assert third.startswith("The required '11.2.0' base image must be loaded before this image can be loaded.  You do")
    assert entries(software(api, "<info/>"))["11.2.4"]["downloaded"] == "no"
    fetch_software(api, "11.2.0", "11.2.4")
    assert entries(software(api, "<info/>"))["11.2.4"]["downloaded"] == "yes"


def test_base_image_of_12_1(device: t.Callable[..., Api]) -> None:
    api = device(base_image_rule="install")
    fetch_software(api, "12.1.4")
    assert software(api, "<install><version>12.1.4</version></install>").status == "success"
    api.simulator.advance(121)
    (text,) = details(api.job(3))
    assert text.startswith("Failed to install 12.1.4 with the following errors.\nSW version is 12.1.4\n")
    assert "'12.1.2' base image" in text
    fetch_software(api, "12.1.2")
    software(api, "<install><version>12.1.4</version></install>")
    api.simulator.advance(121)
    assert api.word(5) == "FIN/OK"


def test_install_and_restart(device: t.Callable[..., Api]) -> None:
    api = device(restart={"down": 60, "not_ready": 30, "login_lag": 20, "autocommit": 40})
    fetch_software(api, "11.1.10")
    answer = software(api, "<install><version>11.1.10</version></install>")
    assert answer.get("result/msg/line") == (
        "Software install job enqueued with jobid 3. Run 'show jobs id 3' to monitor its status. "
        "Please reboot the device after the installation is done."
    )
    api.simulator.advance(121)
    assert (api.word(3), api.job(3).findtext("type")) == ("FIN/OK", "SWInstall")
    assert details(api.job(3)) == [
        "Software installation of version 11.1.10 successfully completed. Please reboot to switch to the new version."
    ]
    assert info(api).findtext("sw-version") == "11.1.6"
    listed = entries(software(api, "<info/>"))
    assert (listed["11.1.10"]["current"], listed["11.1.6"]["current"]) == ("no", "yes")
    assert api.simulator.device(api.address)["updates"]["software"]["pending"] == "11.1.10"
    restarted = api.op(request("<restart><system></system></restart>"))
    assert restarted.text == '<response status="success"><result>Command succeeded with no output</result></response>'
    api.simulator.advance(1)
    assert api.simulator.device(api.address)["outage"] == "refused"
    api.simulator.advance(60)
    assert api.op("<show><chassis-ready/></show>").http == 503
    api.simulator.advance(30)
    assert api.op("<show><chassis-ready/></show>").message == "Invalid credentials."
    api.simulator.advance(20)
    assert api.op("<show><chassis-ready/></show>").get("result").strip() == "yes"
    assert info(api).findtext("sw-version") == "11.1.10"
    assert (info(api).findtext("uptime") or "").startswith("0 days, 0:01:")
    assert entries(software(api, "<info/>"))["11.1.10"]["current"] == "yes"
    jobs = api.op("<show><jobs><all/></jobs></show>").xml.findall("result/job")
    assert [(job.findtext("id"), job.findtext("type")) for job in jobs] == [("1", "AutoCom")]
    assert kinds(api) == [
        ("software-download", "software 11.1.10"),
        ("software-install", "software 11.1.10"),
        ("restart", ""),
    ]


def test_an_image_that_does_not_boot(device: t.Callable[..., Api]) -> None:
    api = device(next_updates=[{"kind": "software-install", "boots": False}])
    fetch_software(api, "11.1.10")
    software(api, "<install><version>11.1.10</version></install>")
    api.simulator.advance(121)
    assert api.word(3) == "FIN/OK"
    api.simulator.act(api.address, "reboot", down=0, not_ready=0)
    assert info(api).findtext("sw-version") == "11.1.6"


def test_a_reboot_loses_what_is_under_way(device: t.Callable[..., Api]) -> None:
    api = device()
    upgrade(api, "<download><latest/></download>")
    software(api, "<download><version>11.1.10</version></download>")
    api.simulator.act(api.address, "reboot", down=0, not_ready=0)
    api.simulator.advance(100)
    assert entries(software(api, "<info/>"))["11.1.10"]["downloaded"] == "no"
    assert upgrade(api, "<download><latest/></download>").get("result/job") == "2"


def test_failed_installs(device: t.Callable[..., Api]) -> None:
    """The texts are recorded: cdot65/pan-os-upgrade and o5edaxi/paloversion#2; a public gist for the content."""
    offered = [{"version": "11.1.11", "age_days": 1, "needs_content": 8901}]
    api = device(software_manager_busy=1, update_server={"software": offered})
    fetch_software(api, "11.1.11")
    for job, reason in (
        (3, "The software manager is currently in use. Please try again later."),
        (4, "requires a content version of 8901 or greater and found 8900-9000."),
    ):
        assert software(api, "<install><version>11.1.11</version></install>").get("result/job") == str(job)
        api.simulator.advance(121)
        assert api.word(job) == "FIN/FAIL"
        assert reason in details(api.job(job))[0]
    assert api.simulator.device(api.address)["updates"]["software"]["pending"] == ""


def test_refused_software(device: t.Callable[..., Api]) -> None:
    api = device()
    assert software(api, "<install><version>11.1.10</version></install>").message == "Version 11.1.10 is not downloaded"
    assert software(api, "<download><version>1.2.3</version></download>").status == "error"
    assert software(api, "<download><version>11.1.10</version></download>").status == "success"
    assert "Another download" in software(api, "<download><version>11.1.10</version></download>").message
    api.simulator.advance(61)
    assert api.op("<delete><software><version>11.1.10</version></software></delete>").status == "success"
    assert api.op("<delete><software><version>11.1.6</version></software></delete>").status == "error"
    assert entries(software(api, "<info/>"))["11.1.10"]["downloaded"] == "no"


def test_a_restart_without_an_answer(device: t.Callable[..., Api]) -> None:
    api = device(restart_answer="dropped")
    with pytest.raises(OSError, match=r"aborted|reset|closed|EOF|Connection"):
        api.op(request("<restart><system/></restart>"))
    assert api.simulator.device(api.address)["generation"] == 2
    assert kinds(api) == [("restart", "")]


def test_chassis_ready_can_be_missing(device: t.Callable[..., Api]) -> None:
    for api in (device(chassis_ready="missing"), device(kind="panorama")):
        answer = api.op("<show><chassis-ready/></show>")
        assert (answer.status, answer.message) == ("error", "show -> chassis-ready is unexpected")
