# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls of p4irin/sbc_rest_client against the simulated SBC: the requests it sends and how it reads the answers.

Transcribed from src/sbc_rest_client/sbc.py of https://github.com/p4irin/sbc_rest_client (MIT, version 0.1.1, commit
cd05d5a), which is not on PyPI and was made for release 8.3. Kept as they are there: the addresses, the headers of each
call (a PUT of an element has neither Accept nor Content-Type), the XPath expressions, and what each call takes for
success. Not kept: the printing, and the pauses of its polls, of which there are seven in the 15 seconds that it gives.
"""

from __future__ import annotations

import base64
import typing as t

import pytest
import requests
from lxml import etree

from .sbc import USERS, Session, recorded

Make = t.Callable[..., Session]
POLLS = 7


class TimedOut(Exception):
    """polling2 gave up."""


class P4irin:
    """``Sbc`` of that client, at version v1.1, its default."""

    def __init__(self, rig: Session) -> None:
        self.rig = rig
        self._root = rig.root
        self._base = f"{rig.root}/v1.1"
        self._session = requests.Session()
        Session.sessions.append(self._session)
        self._session.trust_env = False
        self._session.verify = rig.simulator.ca_path
        self._get_token()

    def _get_token(self) -> None:
        credentials = base64.encodebytes(f"admin:{USERS['admin']['password']}".encode()).strip().decode()
        headers = {"Accept": "application/xml", "Authorization": "Basic " + credentials}
        r = self._session.post(f"{self._base}/auth/token", headers=headers, timeout=10)
        assert r.status_code == 200
        token = etree.fromstring(r.text.encode()).xpath("//accessToken")[0].text
        self._token_header = {"Authorization": "Bearer " + token}
        self._headers = {"Accept": "application/xml", **self._token_header}

    def _send(self, method: str, path: str, headers: t.Any = None, data: t.Any = None) -> requests.Response:
        return self._session.request(method, self._base + path, headers=headers or self._headers, data=data, timeout=10)

    @property
    def role(self) -> str:
        return str(etree.fromstring(self._send("GET", "/system/status").text.encode()).xpath("//role")[0].text)

    @property
    def supported_rest_api_versions(self) -> list[str]:
        r = self._session.get(f"{self._root}/api/supportedversions", headers=self._token_header, timeout=10)
        tree = etree.fromstring(r.text.encode())
        return [one.text for one in tree.xpath("//version")] + [tree.xpath("//latestVersion")[0].text]

    def reboot(self) -> str:
        return str(etree.fromstring(self._send("POST", "/admin/reboot").text.encode()).xpath("//link")[0].text)

    def switchover(self) -> bool:
        return self._send("POST", "/admin/switchover").status_code == 204

    def lock(self) -> bool:
        return self._send("POST", "/configuration/lock").status_code == 204

    def unlock(self) -> bool:
        return self._send("POST", "/configuration/unlock").status_code == 204

    def config_element_key_attributes(self, element_type: str) -> list[str]:
        r = self._send("GET", f"/configuration/elementTypes/metadata?elementType={element_type}")
        found = etree.fromstring(r.text.encode()).xpath("/response/data/attributeMetadata")
        return [one.xpath("name")[0].text for one in found if one.xpath("key")[0].text == "true"]

    def get_config_elements(self, element_type: str, key_attribs: str = "") -> str:
        query = f"elementType={element_type}&running=true{key_attribs}"
        return self._send("GET", f"/configuration/configElements?{query}").text

    def update_config_element(self, xml_str: str) -> bool:
        return self._send("PUT", "/configuration/configElements", self._token_header, xml_str).status_code == 200

    def add_config_element(self, xml_str: str) -> bool:
        return self._send("POST", "/configuration/configElements", self._token_header, xml_str).status_code == 200

    def delete_config_element(self, element_type: str, key_attribs: str) -> bool:
        return (
            self._send("DELETE", f"/configuration/configElements?elementType={element_type}{key_attribs}").status_code
            == 204
        )

    def _run(self, method: str, action: str) -> bool:
        """No check for 202; the address of the answer is read as it stands; only success ends the polls."""
        r = self._send(method, f"/configuration/management?action={action}")
        link = etree.fromstring(r.text.encode()).xpath("/response/links/link")[0].text
        if action == "activate":
            self._session.get(link, headers=self._headers, timeout=10)
        for _poll in range(POLLS):
            r = self._session.get(link, headers=self._headers, timeout=10)
            if r.status_code != 200:
                continue
            tree = etree.fromstring(r.text.encode())
            operation = tree.xpath("/response/data/operationState/operation")[0].text
            if (operation, tree.xpath("/response/data/operationState/status")[0].text) == (action, "success"):
                return True
        raise TimedOut(action)

    def activate_config(self) -> bool:
        """It verifies and saves first."""
        return self._run("PUT", "verify") and self._run("PUT", "save") and self._run("POST", "activate")


def test_token_lock_change_verify_save_activate(sbc: Make) -> None:
    client = P4irin(sbc(operations={"*": {"polls": 3}}))
    assert client.lock()
    assert client.update_config_element(recorded("configelement_put_request.xml"))
    assert client.activate_config()
    assert client.unlock()
    assert [one["kind"] for one in client.rig.submissions()] == ["verify", "save", "activate"]
    assert {one["details"]["verdict"] for one in client.rig.submissions()} == {"success"}
    assert client.rig.numbers() == (2, 2, 2)
    assert "proxy2.example.com" in client.get_config_elements("session-group", "&group-name=sg_proxies")


def test_elements_versions_and_role(sbc: Make) -> None:
    client = P4irin(sbc())
    assert client.role == "standalone"
    assert client.supported_rest_api_versions == ["v1.0", "v1.1", "v1.2"]
    assert client.config_element_key_attributes("session-group") == ["group-name"]
    element = client.rig.element("other", "a.example.com")
    assert not client.add_config_element(element)
    assert client.lock()
    assert client.add_config_element(element)
    assert client.delete_config_element("session-group", "&group-name=other")


def test_reboot(sbc: Make) -> None:
    client = P4irin(sbc())
    assert client.reboot().startswith("https://")
    client.rig.advance(130)
    client._session.close()  # that connection is gone
    client._get_token()
    assert client.role == "standalone"


def test_switchover(sbc: Make) -> None:
    first = P4irin(sbc())
    second = P4irin(sbc(ha_peer=first.rig.address))
    assert (first.role, second.role) == ("active", "standby")
    assert first.switchover()
    first.rig.advance(6)
    first._get_token()
    assert first.role == "standby"


# Where this client was seen to fail elsewhere, it fails here.


def test_it_polls_on_when_an_operation_fails(sbc: Make) -> None:
    client = P4irin(sbc(operations={"*": {"polls": 2}}, next_operations=[{"operation": "save", "status": "fail"}]))
    client.lock()
    with pytest.raises(TimedOut):
        client.activate_config()
    assert [one["status"] for one in client.rig.device()["looks"]][-POLLS:] == ["inProgress"] + ["fail"] * (POLLS - 1)


def test_it_finds_no_address_without_the_lock(sbc: Make) -> None:
    with pytest.raises(IndexError):
        P4irin(sbc()).activate_config()


def test_it_takes_a_foreign_verdict_for_its_own(sbc: Make) -> None:
    client = P4irin(sbc(operations={"*": {"polls": 3}}))
    client.lock()
    arguments = {"name": "verify", "lock": "ignore", "plan": {"polls": 1}}
    client.rig.act("later", action="operation", step="submit", arguments=arguments)
    client.rig.configure(next_operations=[{"operation": "verify", "status": "fail", "polls": 0}])
    assert client.activate_config()
    client.rig.advance(9)
    ours, foreign = client.rig.submissions("verify")
    assert (ours["details"]["verdict"], foreign["details"]["verdict"]) == ("fail", "success")
