# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One row of a log, computed from its number: the same number gives the same row, on every device of that serial.

The fields of ``config`` are recorded (panospython_log_job_FIN_config.xml), those of ``traffic`` too
(demisto_log_FIN_traffic_1.xml; a whole row of 2024 in a comment of a client written in JavaScript, whose names and
order are these; and one of 2015 in a test of a PANOS library for .NET, there ``time_generated`` is a second *after*
``receive_time``). Of the other types the names are documented (Syslog Field Descriptions, in the spelling of the XML
answers), and the choice and the order are assumed.
"""

from __future__ import annotations

import functools
import time
import typing as t
from xml.sax.saxutils import escape

from .log_query import TIME_FORM

Field = t.Callable[["Row"], str]
# Recorded: the difference of logid and seqno is the same in both entries of panospython_log_job_FIN_config.xml.
LOGID = 6947456634637514502
# What filters call a value that rows show otherwise: pan-os-python's filter of the same recording asks for this one.
FILTER_WORDS = {("config", "subtype", "audit-comment"): "1"}
APPS = ("ssl", "dns", "web-browsing", "ntp", "insufficient-data", "ms-update", "ping", "quic")
ACTIONS = ("allow", "allow", "allow", "allow", "allow", "deny", "drop", "reset-both")
# Two of them are there for the escaping, in XML and in whatever a client makes of it.
RULES = ("LAN to Internet - Default Applications", 'Partners & "guests", <web>', "Zürich → DMZ", "interzone-default")
ZONES = ("trust", "untrust", "dmz", "guest")
PLACES = (("Singapore", "SG"), ("United States", "US"), ("Germany", "DE"), ("Japan", "JP"))
USERS = ("acme\\alice", "acme\\bob", "", "acme\\carol")
ADMINS = ("admin1", "admin2")
SEVERITIES = ("informational", "low", "medium", "high", "critical")


@functools.lru_cache(maxsize=4096)
def stamp(when: int) -> str:
    return time.strftime(TIME_FORM, time.gmtime(when))


class Row:
    """Row ``number`` of the log of that type; ``time_of`` gives its receive_time in the device's seconds."""

    __slots__ = ("_noise", "_time_of", "number", "serial", "type")

    def __init__(self, type: str, number: int, time_of: t.Callable[[int], int], serial: str) -> None:
        self.type, self.number, self.serial, self._time_of = type, number, serial, time_of
        # The finalizer of MurmurHash3: neighbours have nothing in common.
        value = (number * 0x9E3779B1 + PLACE_OF[type]) & 0xFFFFFFFF
        value = ((value ^ (value >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
        value = ((value ^ (value >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
        self._noise = value ^ (value >> 16)

    @property
    def when(self) -> int:
        return self._time_of(self.number)

    def value(self, name: str) -> str:
        return FIELDS[self.type][name](self)

    def pick(self, choices: t.Sequence[t.Any], salt: int) -> t.Any:
        return choices[(self._noise >> salt) % len(choices)]

    def number_of(self, salt: int, below: int) -> int:
        return (self._noise * (2 * salt + 1) >> 7) % below


class Constant:
    """A field that is the same in all rows."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, row: Row) -> str:
        return self.text


def constant(text: str) -> Field:
    return Constant(text)


def picked(choices: t.Sequence[str], salt: int) -> Field:
    return lambda row: str(row.pick(choices, salt))


def counted(salt: int, below: int, least: int = 0) -> Field:
    return lambda row: str(least + row.number_of(salt, below))


def head(type: str, subtype: Field) -> dict[str, Field]:
    return {
        "domain": constant("1"),
        "receive_time": lambda row: stamp(row.when),
        "serial": lambda row: row.serial,
        "seqno": lambda row: str(row.number),
        "actionflags": constant("0x0"),
        "is-logging-service": constant("no"),
        "type": constant(type),
        "subtype": subtype,
        "config_ver": constant("0"),
        # A device stamps some rows a second later than the log does (recorded).
        "time_generated": lambda row: stamp(row.when + (row.number_of(9, 8) == 0)),
    }


def hierarchy() -> dict[str, Field]:
    return {f"dg_hier_level_{level}": constant("0") for level in (1, 2, 3, 4)}


def device() -> dict[str, Field]:
    return {"device_name": constant("PA-VM"), "vsys_id": constant("1")}


def source(row: Row) -> str:
    return f"10.{row.number_of(1, 4)}.{row.number_of(2, 256)}.{1 + row.number_of(3, 254)}"


def destination(row: Row) -> str:
    return f"{row.pick(('203.0.113', '198.51.100', '192.0.2'), 5)}.{1 + row.number_of(4, 254)}"


def clock(row: Row) -> str:
    return f"{stamp(row.when).replace('/', '-').replace(' ', 'T')}.{row.number_of(17, 1000):03}+00:00"


def constants(text: str, names: str) -> dict[str, Field]:
    return dict.fromkeys(names.split(), constant(text))


def session() -> dict[str, Field]:
    """Where a packet came from and went to: in traffic, threat and the logs alike."""
    return {
        "high_res_timestamp": clock,
        "src": source,
        "dst": destination,
        "natsrc": constant("203.0.113.254"),
        "natdst": destination,
        "rule": picked(RULES, 8),
        "srcuser": picked(USERS, 10),
        "srcloc": constant("10.0.0.0-10.255.255.255"),
        "dstloc": lambda row: str(row.pick(PLACES, 12)[0]),
        "app": picked(APPS, 14),
        "vsys": constant("vsys1"),
        "from": picked(ZONES, 17),
        "to": picked(ZONES, 19),
        "inbound_if": constant("ethernet1/1"),
        "outbound_if": constant("ethernet1/2"),
        "time_received": lambda row: stamp(row.when),
        "sessionid": counted(5, 1_000_000, 1),
        "repeatcnt": constant("1"),
        "sport": counted(6, 64512, 1024),
        "dport": picked(("443", "53", "80", "123"), 21),
        "natsport": counted(7, 64512, 1024),
        "natdport": picked(("443", "53", "80", "123"), 21),
        "flags": constant("0x400000"),
        **constants("no", "flag-pcap flag-flagged flag-proxy flag-url-denied flag-nat captive-portal non-std-dport"),
        **constants("no", "transaction pbf-c2s pbf-s2c temporary-match sym-return decrypt-mirror credential-detected"),
        **constants("no", "flag-mptcp-set flag-tunnel-inspected flag-recon-excluded flag-wf-channel"),
        "proto": picked(("tcp", "udp"), 23),
        "action": picked(ACTIONS, 25),
        "tunnel": constant("N/A"),
        **constants("0", "tpadding cpadding"),
        "rule_uuid": constant("6e9b1a18-f816-4b66-940c-295d72629be3"),
        **constants("0", "s_decrypted s_encrypted vpadding"),
        "category_of_app": constant("networking"),
        "subcategory_of_app": constant("encrypted-tunnel"),
        "technology_of_app": constant("browser-based"),
        "characteristic_of_app": constant("used-by-malware,able-to-transfer-file,pervasive-use"),
        "tunneled_app": constant("tunneled-app"),
        "risk_of_app": picked(("1", "2", "3", "4", "5"), 3),
        **constants("no", "is_saas_of_app sanctioned_state_of_app"),
        "bpadding": constant("0"),
        **hierarchy(),
        **device(),
        **constants("0", "tunnelid_imsi parent_session_id"),
    }


def sent(row: Row) -> int:
    return 60 + row.number_of(10, 100_000)


def received(row: Row) -> int:
    return row.number_of(11, 1_000_000)


def traffic() -> dict[str, Field]:
    return {
        **head("TRAFFIC", picked(("end", "end", "start", "deny"), 27)),
        **session(),
        "bytes": lambda row: str(sent(row) + received(row)),
        "bytes_sent": lambda row: str(sent(row)),
        "bytes_received": lambda row: str(received(row)),
        "packets": lambda row: str(2 + sent(row) // 900),
        "start": lambda row: stamp(row.when - row.number_of(12, 600)),
        "elapsed": counted(12, 600),
        "category": picked(("any", "computer-and-internet-info", "not-resolved", "business-and-economy"), 22),
        "traffic_flags": constant("0x1c"),
        **constants("no", "flag-decrypt-forwarded flag-l7-skipped"),
        "pkts_sent": lambda row: str(1 + sent(row) // 900),
        "pkts_received": constant("1"),
        "session_end_reason": picked(("tcp-fin", "aged-out", "tcp-rst-from-client", "policy-deny"), 24),
        "action_source": constant("from-policy"),
        **constants("0", "assoc_id chunks chunks_sent chunks_received http2_connection link_change_count"),
        **constants("0", "sdwan_fec_data offloaded tunnelid"),
        "imsi": constant(""),
        "monitortag": constant("0"),
        "imei": constant(""),
    }


def threat(subtype: str, names: t.Sequence[str]) -> dict[str, Field]:
    return {
        **head("THREAT", constant(subtype)),
        **session(),
        "misc": lambda row: f"www{row.number_of(13, 500)}.example.com/a?b=1&c={row.number_of(14, 90)}",
        "threatid": picked(names, 2),
        "tid": counted(15, 90_000, 10_000),
        "category": constant("any"),
        "severity": picked(SEVERITIES, 4),
        "direction": picked(("client-to-server", "server-to-client"), 6),
        "pcap_id": lambda row: str(1_206_450_340_254_000_000 + row.number % 10**9),
        "filedigest": lambda row: f"{row.number_of(16, 2**32) * 0x9E3779B97F4A7C15:064x}"[-64:],
    }


def config() -> dict[str, Field]:
    previews = {name: lambda row: f"d0c5e58b-63d1-475b-a9b3-{row.number % 16**12:012x}" for name in PREVIEWS}
    return {
        **head("CONFIG", lambda row: "1" if row.value("cmd") == "audit-commit" else "0"),
        **hierarchy(),
        "device_name": constant("PA-VM"),
        "vsys_id": constant("0"),
        "host": source,
        "cmd": picked(("set", "edit", "audit-commit", "commit", "delete"), 2),
        "admin": picked(ADMINS, 4),
        "client": picked(("Web", "CLI", "XML API"), 6),
        "result": picked(("Succeeded", "Succeeded", "Submitted", "Failed"), 8),
        "path": constant(" vsys  vsys1 rulebase security rules  my policy"),
        "dg_id": constant("0"),
        "comment": lambda row: f"change {row.number}",
        **previews,
        "full-path": constant(
            "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']"
            "/rulebase/security/rules/entry[@name='my policy']"
        ),
    }


PREVIEWS = ("before-change-preview", "after-change-preview")


def system() -> dict[str, Field]:
    return {
        **head("SYSTEM", picked(("general", "auth", "ha", "vpn"), 2)),
        "vsys": constant(""),
        "eventid": picked(("general", "auth-success", "auth-fail", "tunnel-status-up"), 4),
        "object": constant(""),
        "fmt": constant("0"),
        "id": constant("0"),
        "module": constant("general"),
        "severity": picked(SEVERITIES, 6),
        "opaque": lambda row: (
            f"User '{row.pick(ADMINS, 8)}' logged in from {source(row)} & <others>, line {row.number}"
        ),
        **hierarchy(),
        **device(),
    }


def other(type: str, subtype: str, **fields: Field) -> dict[str, Field]:
    return {**head(type, constant(subtype)), **{name.replace("__", "-"): field for name, field in fields.items()}}


def user(salt: int) -> Field:
    return lambda row: str(row.pick(USERS, salt)) or "acme\\dave"


FIELDS: dict[str, dict[str, Field]] = {
    "traffic": traffic(),
    "threat": threat("vulnerability", ("HTTP Unauthorized Error", "SSH User Authentication Brute Force Attempt")),
    "config": config(),
    "system": system(),
    "hipmatch": other(
        "HIPMATCH", "0", srcuser=user(2), vsys=constant("vsys1"), machinename=constant("laptop-1"), src=source,
        matchname=picked(("patched", "unpatched"), 4), matchtype=constant("profile"), repeatcnt=constant("1"),
    ),
    "globalprotect": other(
        "GLOBALPROTECT", "0", vsys=constant("vsys1"), eventid=picked(("gateway-connected", "gateway-logout"), 2),
        stage=constant("connected"), auth_method=constant("SAML"), srcuser=user(4), machinename=constant("laptop-1"),
        public_ip=destination, private_ip=source, client_ver=constant("6.2.4"), status=constant("success"),
    ),
    "wildfire": threat("wildfire", ("Microsoft PE File(52020)", "Adobe Portable Document Format (PDF)(52021)")),
    "url": threat("url", ("(9999)",)),
    "data": threat("data", ("Credit Card Numbers(60000)", "Social Security Numbers(60001)")),
    "corr": other(
        "CORRELATION", "0", src=source, srcuser=user(2), vsys=constant("vsys1"), category=constant("compromised-host"),
        severity=picked(SEVERITIES, 4), objectname=constant("Beacon Detection"), object_id=constant("6005"),
    ),
    "corr-detail": other("CORRELATION", "0", src=source, srcuser=user(2), object_id=constant("6005")),
    "corr-categ": other("CORRELATION", "0", src=source, srcuser=user(2), category=constant("compromised-host")),
    "userid": other(
        "USERID", "login", vsys=constant("vsys1"), ip=source, user=user(2), datasourcename=constant("dc1"),
        timeout=constant("2700"), datasource=constant("active-directory"), repeatcnt=constant("1"),
    ),
    "auth": other(
        "AUTHENTICATION", "0", vsys=constant("vsys1"), ip=source, user=user(2), object=constant("sso"),
        authpolicy=constant("mfa"), event=picked(("Authentication success", "Authentication fail"), 4),
    ),
    "gtp": other("GTP", "start", src=source, dst=destination, rule=picked(RULES, 8), imsi=counted(5, 10**9)),
    "external": other("EXTERNAL", "0", src=source, dst=destination, severity=picked(SEVERITIES, 4)),
    "iptag": other("IPTAG", "login", vsys=constant("vsys1"), ip=source, tag_name=constant("quarantine")),
    "decryption": other(
        "DECRYPTION", "end", src=source, dst=destination, rule=picked(RULES, 8), tls_version=constant("TLS1.3"),
        policy_name=constant("outbound"), error=constant(""),
    ),
}  # fmt: skip
# Documented: Retrieve Logs.
LOG_TYPES = tuple(FIELDS)
PLACE_OF = {type: place for place, type in enumerate(LOG_TYPES)}


def fields_of(type: str) -> t.Collection[str]:
    return FIELDS[type].keys()


def literal(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else f"<{name}/>"


def plan(type: str) -> list[tuple[str, str, Field]]:
    """How a row is written: the fields that differ from row to row, each after the text of those before it."""
    made: list[tuple[str, str, Field]] = []
    before = ""
    for name, field in FIELDS[type].items():
        if name == "srcloc":
            place = escape(field(Row(type, 1, lambda number: 0, "")))
            before += f'<srcloc code="{place}" cc="{place}">{place}</srcloc>'
        elif isinstance(field, Constant):
            before += literal(name, field.text)
        else:
            made.append((before, name, field))
            before = ""
    made.append((before, "", constant("")))
    return made


PLANS = {type: plan(type) for type in LOG_TYPES}


def row_element(row: Row) -> str:
    """``<entry logid="…">``; the attributes of places are recorded (demisto_log_FIN_traffic_1.xml and the client's)."""
    parts = [f'<entry logid="{LOGID + PLACE_OF[row.type] * 10**9 + row.number % 10**9}">']
    for before, name, field in PLANS[row.type]:
        parts.append(before)
        if name == "dstloc":
            text, code = row.pick(PLACES, 12)
            parts.append(f'<dstloc code="{text}" cc="{code}">{text}</dstloc>')
        elif name:
            parts.append(literal(name, field(row)))
    parts.append("</entry>")
    return "".join(parts)
