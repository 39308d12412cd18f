# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network face of all devices: one listening TLS socket per address, one HTTP server behind them."""

from __future__ import annotations

import asyncio
import errno
import logging
import random
import socket
import ssl
import struct
import typing as t

from aiohttp import web

from .delivery import DELIVERY_FAULTS, PLAIN, Delivery, deliver, planned
from .faults import Fault, FaultBook
from .system import Device, Incoming, Reply, SpecError, System, World
from .tls import Authority

log = logging.getLogger(__name__)

OUTAGE_MODES = ("refused", "reset", "silent", "status_502", "status_503", "html", "untrusted", "none")
# Below the range from which the kernel takes the source ports of clients.
PORTS = range(20000, 32000)
PORT_KEEPER = "127.255.255.254"
HANDSHAKE_TIMEOUT = 15.0
LARGEST_ANSWER = 64 * 1024 * 1024
HTML = b"<html><head><title>%d</title></head><body><h1>%s</h1></body></html>\n"


class Host:
    """One address: its listening socket, its certificate, its open connections, its outages."""

    def __init__(self, network: Network, address: str) -> None:
        self.address = address
        self.mode = "none"
        self.certificate = "valid"
        self.client_certificate = "none"
        self._network = network
        self._listener: socket.socket | None = None
        self._context: ssl.SSLContext | None = None
        self._transports: set[asyncio.Transport] = set()
        self._held: list[socket.socket] = []
        self._timers: list[t.Any] = []
        self._for_ever = False

    def configure_tls(self, *, certificate: str, client_certificate: str) -> None:
        """Takes effect with the next connection. Raises SpecError for an unknown value."""
        self.certificate, self.client_certificate = certificate, client_certificate
        self._context = None
        if (certificate, client_certificate) != ("valid", "none"):
            self._context = self._make_context()

    def open(self) -> None:
        if self._listener is not None:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setblocking(False)
            listener.bind((self.address, self._network.port))
            listener.listen(128)
        except OSError as exc:
            listener.close()
            raise SpecError(f"cannot listen on {self.address}:{self._network.port}: {exc.strerror}") from exc
        self._listener = listener
        asyncio.get_running_loop().add_reader(listener, self._accept)

    def close(self) -> None:
        """Stops listening and breaks every open connection."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        for transport in self._transports:
            transport.abort()
        self._transports.clear()
        self._release_held()

    def outage(self, mode: str, *, start: float | None = None, seconds: float | None = None) -> None:
        """From ``start`` (now) for ``seconds`` (for ever) of simulated time the address answers as ``mode`` says.

        A new outage, also one of mode none, replaces one that is planned or under way. But of one without an end it
        is mode none alone: a system that restarts meanwhile does not become reachable by that.
        """
        if mode not in OUTAGE_MODES:
            raise SpecError(f"the mode of an outage is one of {', '.join(OUTAGE_MODES)}")
        if self._for_ever and seconds is not None and mode != "none":
            return
        self._for_ever = seconds is None and mode != "none"
        clock = self._network.world.clock
        begin = clock.now() if start is None else start
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if begin <= clock.now():
            self._set_mode(mode)
        else:
            self._timers.append(clock.call_at(begin, lambda when: self._set_mode(mode)))
        if seconds is not None:
            self._timers.append(clock.call_at(begin + seconds, lambda when: self._set_mode("none")))

    def remove(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self.close()

    def _set_mode(self, mode: str) -> None:
        if "untrusted" in (mode, self.mode):
            self._context = None
        self.mode = mode
        if mode == "refused":
            self.close()
        else:
            self._release_held()
            self.open()
        if mode in ("reset", "silent", "untrusted"):
            for transport in self._transports:
                transport.abort()
            self._transports.clear()

    def _release_held(self) -> None:
        for held in self._held:
            held.close()
        self._held.clear()

    def _make_context(self) -> ssl.SSLContext:
        return t.cast(
            ssl.SSLContext,
            self._network.authority.server_context(
                self.address,
                certificate="untrusted" if self.mode == "untrusted" else self.certificate,
                client_certificate=self.client_certificate,
            ),
        )

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            connection, _peer = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as exc:
            if exc.errno in (errno.EMFILE, errno.ENFILE):
                log.error("out of file descriptors: %s cannot accept", self.address)
                return
            raise
        connection.setblocking(False)
        if self.mode == "silent":
            self._held.append(connection)
        elif self.mode == "reset":
            reset_socket(connection)
        else:
            self._network.spawn(self._serve(connection))

    async def _serve(self, connection: socket.socket) -> None:
        if self._context is None:
            self._context = self._make_context()
        try:
            transport, _protocol = await asyncio.get_running_loop().connect_accepted_socket(
                self._network.protocol, connection, ssl=self._context, ssl_handshake_timeout=HANDSHAKE_TIMEOUT
            )
        except (OSError, asyncio.TimeoutError):
            self._network.world.ledger.tls_failure(self.address)
            connection.close()
            return
        self._transports = {known for known in self._transports if not known.is_closing()}
        self._transports.add(transport)
        if self._listener is None:
            transport.abort()


class Network:
    """All hosts, and what is done with a request: find the device, apply a fault, answer."""

    def __init__(
        self, world: World, systems: t.Iterable[System], authority: Authority, faults: FaultBook, port: int = 0
    ) -> None:
        self.world = world
        self.authority = authority
        self.faults = faults
        self.systems = {system.name: system for system in systems}
        self.devices: dict[str, tuple[System, Device]] = {}
        self.hosts: dict[str, Host] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeper = keep_port(port)
        self.port: int = self._keeper.getsockname()[1]
        self.protocol = web.Server(self._answer, access_log=None)

    def add(self, system: str, spec: t.Mapping[str, t.Any]) -> Device:
        """Creates a device and listens on its address. Raises SpecError."""
        if system not in self.systems:
            raise SpecError(f"unknown system {system!r}: one of {', '.join(sorted(self.systems))}")
        settings = dict(spec)
        address = str(settings.get("address", ""))
        check_address(address)
        if address in self.devices:
            raise SpecError(f"there is a device at {address} already")
        host = Host(self, address)
        host.configure_tls(
            certificate=settings.pop("certificate", "valid"),
            client_certificate=settings.pop("client_certificate", "none"),
        )
        host.open()
        self.hosts[address] = host
        try:
            device = self.systems[system].create(settings, host)
        except BaseException:
            self.hosts.pop(address).remove()
            raise
        self.devices[address] = (self.systems[system], device)
        return device

    def remove(self, address: str) -> None:
        system, device = self.devices.pop(address)
        self.hosts.pop(address).remove()
        system.remove(device)

    def spawn(self, work: t.Coroutine[t.Any, t.Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for host in self.hosts.values():
            host.remove()
        await self.protocol.shutdown(0.1)
        self._keeper.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        transport = request.transport
        if transport is None:
            return web.Response(status=503)
        address = transport.get_extra_info("sockname")[0]
        if address not in self.devices:
            transport.abort()
            return web.Response(status=503)
        self.world.ledger.enter(address)
        try:
            return await self._answer_device(request, transport, address)
        finally:
            self.world.ledger.leave(address)

    async def _answer_device(
        self, request: web.BaseRequest, transport: asyncio.Transport, address: str
    ) -> web.StreamResponse:
        system, device = self.devices[address]
        incoming = Incoming(
            method=request.method,
            path=request.path,
            query=request.rel_url.raw_query_string,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.content.read(),
        )
        facts = system.facts(device, incoming)
        mode = self.hosts[address].mode
        if mode not in ("none", "untrusted"):
            self.world.ledger.request(address, incoming, facts, f"outage {mode}")
            return await self._send(request, transport, outage_reply(mode))
        fault = self.faults.take(address, facts, incoming.method, self.world.clock.now())
        self.world.ledger.request(address, incoming, facts, fault.kind if fault else "")

        def effect() -> Reply:
            return system.handle(device, incoming, facts)

        if fault is None:
            reply = effect()
            self.world.ledger.answered(address, reply)
            return await self._send(request, transport, reply)
        if fault.kind in system.fault_kinds:
            return await self._send(request, transport, system.fault(fault.kind, fault.options, facts, effect))
        if fault.kind == "outage":
            return self._outage(transport, address, fault, effect)
        return await self._faulty(request, transport, fault, effect, system.opening)

    def _outage(
        self, transport: asyncio.Transport, address: str, fault: Fault, effect: t.Callable[[], Reply]
    ) -> web.StreamResponse:
        """This request is the last before the address goes away, for ``lasts`` seconds; the fault itself is over."""
        if fault.options.get("when") == "after":
            effect()
        fault.times = 0
        mode = str(fault.options.get("mode", "refused"))
        self.hosts[address].outage(mode, seconds=fault.lasts)
        return abort(transport, fault.options)

    async def _faulty(
        self,
        request: web.BaseRequest,
        transport: asyncio.Transport,
        fault: Fault,
        effect: t.Callable[[], Reply],
        opening: Reply,
    ) -> web.StreamResponse:
        options = fault.options
        after = options.get("when") == "after"
        if fault.kind == "drop_before":
            return abort(transport, options)
        if fault.kind == "drop_after":
            effect()
            return abort(transport, options)
        if fault.kind in DELIVERY_FAULTS:
            reply = effect()
            return await self._send(request, transport, reply, planned(fault.kind, options, reply))
        if fault.kind == "slow":
            return await self._slow(request, transport, options, effect)
        if fault.kind == "delayed_effect":
            self.world.clock.call_later(float(options.get("seconds", 5)), lambda when: ignore(effect()))
            answer = str(options.get("answer", "drop"))
            if answer == "drop":
                return abort(transport, options)
            return await self._send(request, transport, outage_reply(answer))
        taken = effect() if after else None
        if fault.kind in ("huge", "trickle"):
            return await self._endless(request, transport, fault, opening)
        return await self._send(request, transport, common_reply(fault.kind, options, taken or opening))

    async def _send(
        self, request: web.BaseRequest, transport: asyncio.Transport, reply: Reply, delivery: Delivery = PLAIN
    ) -> web.StreamResponse:
        if reply.hold_until > self.world.clock.now():
            await self._until(reply.hold_until)
        if reply.stream is not None or delivery is not PLAIN:
            return await deliver(request, transport, reply, delivery)
        return web.Response(
            body=reply.body, status=reply.status, headers={"Content-Type": reply.content_type, **reply.headers}
        )

    async def _until(self, when: float) -> None:
        reached = asyncio.Event()
        self.world.clock.call_at(when, lambda planned: reached.set())
        await reached.wait()

    async def _slow(
        self,
        request: web.BaseRequest,
        transport: asyncio.Transport,
        options: t.Mapping[str, t.Any],
        effect: t.Callable[[], Reply],
    ) -> web.StreamResponse:
        """The pause is in real seconds: it is the client's patience that is tested."""
        reply = effect() if options.get("when") == "after" else None
        await asyncio.sleep(float(options.get("seconds", 1)))
        return await self._send(request, transport, effect() if reply is None else reply)

    async def _endless(
        self, request: web.BaseRequest, transport: asyncio.Transport, fault: Fault, opening: Reply
    ) -> web.StreamResponse:
        """A body without an end: fast (huge, ``bytes``) or a byte at a time (trickle, ``seconds`` real)."""
        response = web.StreamResponse(headers={"Content-Type": opening.content_type})
        try:
            await response.prepare(request)
            await response.write(opening.body)
            if fault.kind == "huge":
                left = min(int(fault.options.get("bytes", LARGEST_ANSWER)), LARGEST_ANSWER)
                while left > 0:
                    await response.write(b"x" * min(left, 65536))
                    left -= 65536
            else:
                end = asyncio.get_running_loop().time() + float(fault.options.get("seconds", 30))
                while asyncio.get_running_loop().time() < end:
                    await response.write(b" ")
                    await asyncio.sleep(0.2)
        except ConnectionError:
            pass  # the client gave up, as it should
        transport.abort()
        return response


def check_address(address: str) -> None:
    """Raises SpecError unless it is an IPv4 address in 127.0.0.0/8, written plainly."""
    parts = address.split(".")
    if (
        len(parts) != 4
        or parts[0] != "127"
        or not all(part.isdigit() and int(part) < 256 and str(int(part)) == part for part in parts)
        or address == PORT_KEEPER
    ):
        raise SpecError(f"{address!r} is not an address of a device: 127.x.y.z")


def keep_port(port: int) -> socket.socket:
    """A bound socket that keeps other simulators from taking the same port for their devices."""
    candidates = [port] if port else random.sample(PORTS, 50)
    for candidate in candidates:
        keeper = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            keeper.bind((PORT_KEEPER, candidate))
            return keeper
        except OSError:
            keeper.close()
    raise SystemExit(f"no free port for the devices: tried {candidates}")


def reset_socket(connection: socket.socket) -> None:
    """Closes with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def abort(transport: asyncio.Transport, options: t.Mapping[str, t.Any]) -> web.StreamResponse:
    """Drops the connection without an answer; with ``reset: true`` the client sees a TCP reset."""
    if options.get("reset"):
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    return web.Response(status=500)


def ignore(_reply: Reply) -> None:
    """The answer of an effect that came too late: nobody waits for it."""


def html_reply(status: int, headers: t.Mapping[str, str] | None = None) -> Reply:
    """An error page as a web server before the API sends it."""
    names = {200: b"Please log in", 502: b"Bad Gateway", 503: b"Service Unavailable", 429: b"Too Many Requests"}
    body = HTML % (status, names.get(status, b"Error"))
    return Reply(body=body, status=status, content_type="text/html; charset=UTF-8", headers=headers or {})


def outage_reply(mode: str) -> Reply:
    if mode == "html":
        return html_reply(200)
    if mode.startswith("status_") and mode[7:].isdigit():
        return html_reply(int(mode[7:]))
    raise SpecError(f"unknown answer {mode!r}")


def common_reply(kind: str, options: t.Mapping[str, t.Any], like: Reply) -> Reply:
    """The answer of the faults that are one HTTP answer of their own, of the content type of one like it."""
    if kind == "status":
        retry_after = options.get("retry_after")
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return html_reply(int(options.get("status", 503)), headers)
    if kind == "html":
        return html_reply(int(options.get("status", 200)))
    content_type = like.content_type
    if kind == "garbage":
        return Reply(body=b'\x00\x8f<<response status="succ\xff&&;{"', content_type=content_type)
    if kind == "empty":
        return Reply(body=b"", content_type=content_type)
    if kind == "reply":
        return Reply(
            body=str(options.get("body", "")).encode(),
            status=int(options.get("status", 200)),
            content_type=str(options.get("content_type", content_type)),
        )
    raise SpecError(f"unknown fault {kind!r}")
