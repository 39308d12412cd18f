# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
import time
import traceback
import typing as t
import urllib.parse

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._transport import http_client, xml
from ansible_collections.netops.jobs.plugins.module_utils._transport.libraries import missing_libraries
from ansible_collections.netops.jobs.plugins.module_utils._transport.xml import node
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.client import PanosClient, PanosConnection

OK = '<response status="success"><result>yes</result></response>'
DEAD_KEY = "<response status='error' code='403'><result><msg>Invalid Credential</msg></result></response>"
TIMED_OUT = '<response status="unauth" code="22"><msg><line>Session timed out</line></msg></response>'
CHECK = ("check", "pending-changes")
PASSWORD = "pa55-w0rd&"
KEY = "LUFRPT1secretKey=="


def check():
    return node("check", node("pending-changes"))


def keygen(key: str) -> str:
    return f'<response status="success"><result><key>{key}</key></result></response>'


def secrets_of(exc: BaseException) -> str:
    """All that an exception shows: text, repr, causes, traceback."""
    return f"{exc} {exc!r} {exc.__cause__!r} {exc.__context__!r}" + "".join(
        traceback.format_exception(type(exc), exc, exc.__traceback__)
    )


def test_an_api_key_needs_no_login(make_client, device) -> None:
    device.on("pending-changes", OK)
    client = make_client(api_key=KEY)
    assert client.op(check()).text == "yes"
    assert device.keys == [KEY]
    assert device.forms == [{"type": "op", "cmd": "<check><pending-changes></pending-changes></check>"}]


def test_one_login_a_client(client, device) -> None:
    device.on("pending-changes", OK)
    assert device.forms == []
    client.op(check())
    client.op(check())
    assert device.keys == [None, KEY, KEY]
    assert device.forms[0] == {"type": "keygen", "user": "app", "password": PASSWORD}


def test_no_secret_in_any_url(client, device) -> None:
    device.on("pending-changes", OK)
    client.op(check())
    assert set(device.urls) == {"https://fw1.example.com:443/api/"}


def test_a_new_key_is_registered_as_a_secret(make_client, device) -> None:
    device.on("pending-changes", OK)
    registered: list[str] = []
    make_client(register_secret=registered.append).op(check())
    assert registered == [KEY]


def test_the_target_goes_along(make_client, device) -> None:
    device.on("pending-changes", OK).on(
        "<commit>", '<response status="success"><result><job>7</job></result></response>'
    )
    client = make_client(api_key=KEY, target="0123")
    client.op(check())
    client.op(check(), target="")
    client.op(check(), target="9999")
    assert client.commit(node("commit"), action="partial").job_id == "7"
    assert [form.get("target") for form in device.forms] == ["0123", None, "9999", "0123"]
    assert device.forms[-1] == {"type": "commit", "cmd": "<commit></commit>", "action": "partial", "target": "0123"}


def test_a_session_that_timed_out_is_no_failure(client, device) -> None:
    """Trap 23."""
    device.on("keygen", keygen("first"), keygen("second")).on("pending-changes", TIMED_OUT, OK)
    assert client.op(check()).text == "yes"
    assert device.keys == [None, "first", None, "second"]


def test_http_401_is_a_session_that_timed_out(client, device) -> None:
    """Trap 23."""
    device.on("keygen", keygen("first"), keygen("second"))
    device.on("pending-changes", (401, '<response status="error"><msg>Unauthorized</msg></response>'), OK)
    assert client.op(check()).text == "yes"


def test_a_session_that_timed_out_twice(client, device) -> None:
    device.on("pending-changes", TIMED_OUT)
    with pytest.raises(errors.NoAnswer) as caught:
        client.op(check())
    assert (caught.value.label, caught.value.sent) == ("session timed out", False)
    assert len(device.sent("pending-changes")) == 2


def test_a_session_that_timed_out_with_a_given_key(make_client, device) -> None:
    device.on("pending-changes", TIMED_OUT, OK)
    assert make_client(api_key=KEY).op(check()).text == "yes"
    assert device.keys == [KEY, KEY]


@pytest.mark.parametrize("status", [200, 403])
def test_a_key_that_died_is_replaced_once(client, device, status: int) -> None:
    """Trap 21."""
    device.on("keygen", keygen("first"), keygen("second")).on("pending-changes", (status, DEAD_KEY), OK)
    assert client.op(check()).text == "yes"
    assert device.keys == [None, "first", None, "second"]
    device.on("pending-changes", DEAD_KEY)
    with pytest.raises(errors.Denied):
        client.op(check())
    assert len(device.sent("keygen")) == 3


def test_a_write_after_a_dead_key_is_sent_again(client, device) -> None:
    """A key that is not accepted means that the commit was not either."""
    accepted = '<response status="success"><result><job>7</job></result></response>'
    device.on("keygen", keygen("first"), keygen("second")).on("<commit>", DEAD_KEY, accepted)
    assert client.commit(node("commit")).job_id == "7"


def test_a_dead_key_without_a_password(make_client, device) -> None:
    """Trap 21."""
    device.on("pending-changes", DEAD_KEY)
    with pytest.raises(errors.Denied, match="api_key") as caught:
        make_client(api_key=KEY).op(check())
    assert KEY not in secrets_of(caught.value)
    assert len(device.forms) == 1


@pytest.mark.parametrize("code", ["16", "403"])
def test_a_role_that_may_not_is_not_asked_again(client, device, code: str) -> None:
    """Trap 21: code 16 is the role, no new key helps."""
    device.on("pending-changes", f'<response status="error" code="{code}"><msg>Unauthorized request</msg></response>')
    with pytest.raises(errors.Denied, match="role"):
        client.op(check())
    assert len(device.sent("pending-changes")) == len(device.sent("keygen")) == 1


def test_a_wrong_password(client, device) -> None:
    """Trap 22: the error is one that the poller may tolerate after an outage."""
    device.on("keygen", (403, '<response status="error" code="403"><msg>Invalid credentials.</msg></response>'))
    with pytest.raises(errors.Denied, match="username and password") as caught:
        client.op(check())
    assert PASSWORD not in secrets_of(caught.value)
    assert device.sent("pending-changes") == []


def test_a_login_without_an_answer_leaves_the_write_unsent(client, device) -> None:
    device.on("keygen", (200, "<html>"))
    with pytest.raises(errors.NoAnswer) as caught:
        client.commit(node("commit"))
    assert caught.value.sent is False
    assert caught.value.label == "HTML instead of XML"
    assert device.sent("<commit>") == []


def test_what_a_login_without_an_answer_said_is_kept(client, device) -> None:
    device.on("keygen", (429, "later"))
    with pytest.raises(errors.NoAnswer) as caught:
        client.commit(node("commit"))
    assert (caught.value.label, caught.value.sent, caught.value.server_spoke) == ("HTTP 429", False, True)
    assert "too many requests" in caught.value.message


def test_many_threads_make_one_new_key(client, device) -> None:
    device.on("keygen", keygen("first"), keygen("second"))
    client._current_key(None)
    threads = [threading.Thread(target=client._renewed_key, args=("first", None)) for _turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client._key == "second"
    assert len(device.sent("keygen")) == 2


@pytest.mark.parametrize(
    ("xml_text", "kind", "label"),
    [
        ('<response status="error" code="7"><msg><line>job 19 not found</line></msg></response>',
         errors.JobMissing, "job not found"),
        ('<response status="error" code="13"><msg><line>Another commit/validate is in progress</line></msg></response>',
         errors.Busy, "busy"),
        ('<response status="error"><msg><line>Timed out while getting config lock. Please try again.</line></msg>'
         "</response>", errors.Busy, "busy"),
        ('<response status="error" code="14"><msg><line>Other administrators are holding device wide commit locks.'
         "</line></msg></response>", errors.Refused, "locked"),
        ('<response status="error" code="17"><msg><line>Invalid command</line></msg></response>',
         errors.Refused, "refused"),
        ('<response status="error"/>', errors.Refused, "refused"),
        ('<response status="error"><msg>op command for client x timed out as client is not available</msg></response>',
         errors.NoAnswer, "not ready"),
        ("", errors.NoAnswer, "empty answer"),
        ("<html><body>503</body></html>", errors.NoAnswer, "HTML instead of XML"),
        ("<response status='success'><result>", errors.NoAnswer, "malformed XML"),
    ],
)  # fmt: skip
def test_errors_by_class(client, device, xml_text: str, kind: type, label: str) -> None:
    """Traps 24, 26, 27, 28 and 30."""
    device.on("pending-changes", xml_text)
    with pytest.raises(kind) as caught:
        client.op(check())
    assert caught.type is kind
    assert caught.value.label == label
    assert "fw1.example.com" in caught.value.message
    assert PASSWORD not in secrets_of(caught.value)
    assert KEY not in secrets_of(caught.value)


NOT_READY = [
    "op command for client x timed out as client is not available",
    "The management server is starting",
    "System is still initializing",
]


@pytest.mark.parametrize("text", NOT_READY)
def test_a_device_that_is_not_ready_may_have_taken_a_write(client, device, text: str) -> None:
    """A time-out inside the device does not say that the commit was not passed on: the job list has to tell."""
    device.on("<commit>", f'<response status="error"><msg>{text}</msg></response>')
    with pytest.raises(errors.NoAnswer) as caught:
        client.commit(node("commit"))
    assert (caught.value.label, caught.value.sent, caught.value.server_spoke) == ("not ready", True, True)


@pytest.mark.parametrize("text", NOT_READY)
def test_a_device_that_is_not_ready_for_a_login(client, device, text: str) -> None:
    device.on("keygen", f'<response status="error"><msg>{text}</msg></response>')
    with pytest.raises(errors.NoAnswer) as caught:
        client.commit(node("commit"))
    assert (caught.value.label, caught.value.sent) == ("not ready", False)


# The bound of time, and whether anybody answered.


@pytest.fixture
def limits(client, monkeypatch) -> list[float | None]:
    """The seconds that each request was given."""
    given: list[float | None] = []
    run = http_client._Exchange.run

    def spy(exchange):
        given.append(exchange._request.seconds)
        return run(exchange)

    monkeypatch.setattr(http_client._Exchange, "run", spy)
    return given


@pytest.mark.parametrize(
    ("left", "within", "least", "most"),
    [(10, None, 5, 10), (10, 5, 1, 5), (10, 60, 5, 10), (0.5, None, 0.6, 1), (0.5, 60, 0.6, 1), (0.8, 0.5, 0, 0.5)],
)
def test_a_deadline_bounds_every_request(client, device, limits, left: float, within, least, most) -> None:
    """The log-in, too. A request that is begun gets a second: an answer that is nearly there is worth it."""
    device.on("pending-changes", OK)
    client.deadline = time.monotonic() + left
    client.op(check(), within=within)
    assert len(limits) == 2
    assert all(least < seconds <= most for seconds in limits)


def test_without_a_deadline_no_bound(client, device, limits) -> None:
    device.on("pending-changes", OK)
    client.op(check())
    client.deadline = time.monotonic() - 1
    client.deadline = None
    client.op(check())
    assert limits == [client.connection.request_timeout] * 3


@pytest.mark.parametrize("key", [None, KEY])
def test_after_the_deadline_nothing_is_sent(make_client, device, key) -> None:
    client = make_client(api_key=key) if key else make_client()
    client.deadline = time.monotonic() - 0.1
    with pytest.raises(errors.NoAnswer) as caught:
        client.commit(node("commit"))
    assert (caught.value.label, caught.value.sent) == ("no time left", False)
    assert "fw1.example.com" in caught.value.message
    assert device.forms == []


def test_no_secret_in_a_repr(make_client) -> None:
    client = make_client(api_key=KEY, username="app", password=PASSWORD)
    text = f"{client!r} {client.connection!r} {client._http!r}"
    assert KEY not in text
    assert PASSWORD not in text


def test_no_secret_in_an_error_of_the_transport(client, device) -> None:
    device.on("keygen", requests.exceptions.ConnectionError(f"POST user=app&password={PASSWORD}"))
    with pytest.raises(errors.NoAnswer) as caught:
        client.op(check())
    assert PASSWORD not in secrets_of(caught.value)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"host": "fw1"}, "api_key"),
        ({"host": "fw1", "username": "app"}, "password"),
        ({"host": "https://fw1/", "api_key": "k"}, "host:"),
        ({"host": "fw1:443", "api_key": "k"}, "host:"),
        ({"host": "", "api_key": "k"}, "host:"),
        ({"host": "user@fw1", "api_key": "k"}, "host:"),
        ({"host": "fw1", "port": 0, "api_key": "k"}, "port:"),
        ({"host": "fw1", "api_key": "k\nX-Evil: 1"}, "api_key:"),
        ({"host": "fw1", "api_key": "schlüssel"}, "api_key:"),
    ],
)
def test_bad_options_are_named(options: dict, text: str) -> None:
    with pytest.raises(errors.BadInput, match=text) as caught:
        PanosConnection(**options)
    assert "X-Evil" not in str(caught.value)
    assert "schlüssel" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("fw1.example.com", "https://fw1.example.com:443"),
        ("10.0.0.1", "https://10.0.0.1:443"),
        ("2001:db8::1", "https://[2001:db8::1]:443"),
        ("[2001:db8::1]", "https://[2001:db8::1]:443"),
        ("FW1.Example.com", "https://fw1.example.com:443"),
        ("2001:DB8::1", "https://[2001:db8::1]:443"),
        ("FE80::1%Eth0", "https://[fe80::1%Eth0]:443"),
    ],
)
def test_endpoints(host: str, endpoint: str) -> None:
    assert PanosConnection(host, api_key="k").endpoint == endpoint
    # A process that takes the address from a handle gets to the same one.
    assert PanosConnection(urllib.parse.urlsplit(endpoint).hostname, api_key="k").endpoint == endpoint


@pytest.mark.parametrize(
    ("module", "name", "library"),
    [(http_client, "HAS_REQUESTS", "requests"), (xml, "HAS_LXML", "lxml")],
)
def test_a_missing_library_is_named(monkeypatch, module, name: str, library: str) -> None:
    monkeypatch.setattr(module, name, False)
    assert missing_libraries() == [library]
    with pytest.raises(errors.MissingLibrary) as caught:
        PanosClient(PanosConnection("fw1", api_key="k"))
    assert caught.value.library == library


class TestStream:
    """Answers that are too big for memory."""

    FORM: t.ClassVar[dict[str, str]] = {"type": "export", "category": "tech-support", "action": "get", "job-id": "7"}

    def read(self, client, **options):
        with client.stream(self.FORM, **options) as body:
            return b"".join(body)

    def test_a_file_comes_in_pieces(self, client, device) -> None:
        content = b"\x1f\x8b" + bytes(300_000)
        device.on("tech-support", (200, content))
        assert self.read(client) == content
        assert device.forms[-1] == self.FORM
        assert device.keys[-1] == KEY

    @pytest.mark.parametrize("content", [b"", b"<config/>", b"<response><report/></response>", b"<report/>"])
    def test_what_is_no_error_is_given_as_it_is(self, client, device, content) -> None:
        device.on("tech-support", (200, content))
        assert self.read(client) == content

    @pytest.mark.parametrize("dead", [DEAD_KEY, (403, DEAD_KEY), TIMED_OUT])
    def test_a_key_that_died_is_replaced_once(self, client, device, dead) -> None:
        device.on("keygen", keygen("one"), keygen("two"))
        device.on("tech-support", dead, (200, b"the file"))
        assert self.read(client) == b"the file"
        assert device.keys == [None, "one", None, "two"]

    def test_a_key_that_stays_dead(self, client, device) -> None:
        device.on("tech-support", DEAD_KEY)
        with pytest.raises(errors.Denied):
            self.read(client)
        assert len(device.sent("tech-support")) == 2

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            ('<response status="error" code="7"><msg><line>job 7 not found</line></msg></response>', errors.JobMissing),
            ('<response status="error"><msg><line>No such file</line></msg></response>', errors.Refused),
            ("<html>Log in</html>", errors.NoAnswer),
            ((503, "busy"), errors.NoAnswer),
            ((404, "<html>nothing here</html>"), errors.NoAnswer),
        ],
    )
    def test_an_error_in_place_of_the_file(self, client, device, answer, error) -> None:
        device.on("tech-support", answer)
        with pytest.raises(error):
            self.read(client)

    def test_a_firewall_behind_panorama(self, make_client, device) -> None:
        device.on("tech-support", (200, b"x"))
        client = make_client(target="007")
        self.read(client)
        self.read(client, target="")
        assert [form.get("target") for form in device.sent("tech-support")] == ["007", None]
