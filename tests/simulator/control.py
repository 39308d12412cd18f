# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API: plain HTTP and JSON on 127.0.0.1, for tests and playbooks."""

from __future__ import annotations

import ipaddress
import json
import logging
import typing as t

from aiohttp import web

from .server import Network, check_address
from .system import SpecError

log = logging.getLogger(__name__)


class Control:
    """Routes of the control API; README.md describes each."""

    def __init__(self, network: Network, stop: t.Callable[[], None]) -> None:
        self._network = network
        self._stop = stop

    def application(self) -> web.Application:
        app = web.Application(middlewares=[json_errors], client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [
                web.get("/", self.info),
                web.get("/clock", self.clock),
                web.post("/clock", self.set_clock),
                web.get("/devices", self.list_devices),
                web.post("/devices", self.add_devices),
                web.get("/devices/{address}", self.show_device),
                web.patch("/devices/{address}", self.change_device),
                web.delete("/devices/{address}", self.remove_device),
                web.post("/devices/{address}/outage", self.outage),
                web.post("/devices/{address}/{action}", self.act),
                web.get("/faults", self.list_faults),
                web.post("/faults", self.add_fault),
                web.delete("/faults", self.remove_faults),
                web.delete("/faults/{id}", self.remove_faults),
                web.get("/ledger", self.ledger),
                web.post("/ledger/reset", self.reset_ledger),
                web.get("/requests", self.requests),
                web.post("/client-certificates", self.client_certificate),
                web.post("/shutdown", self.shutdown),
            ]
        )
        return app

    async def info(self, request: web.Request) -> web.Response:
        return answer(
            {
                "port": self._network.port,
                "ca_path": str(self._network.authority.ca_path),
                "systems": sorted(self._network.systems),
                "devices": len(self._network.devices),
                **self._clock(),
            }
        )

    async def clock(self, request: web.Request) -> web.Response:
        return answer(self._clock())

    async def set_clock(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, {"scale", "frozen", "advance"})
        clock = self._network.world.clock
        clock.set(scale=wanted.get("scale"), frozen=wanted.get("frozen"))
        if "advance" in wanted:
            clock.advance(float(wanted["advance"]))
        return answer(self._clock())

    async def list_devices(self, request: web.Request) -> web.Response:
        return answer(
            [
                {"address": address, "system": system.name, "outage": self._network.hosts[address].mode}
                for address, (system, device) in self._network.devices.items()
            ]
        )

    async def add_devices(self, request: web.Request) -> web.Response:
        spec = await body_of(request)
        return answer({"addresses": add_devices(self._network, spec)}, status=201)

    async def show_device(self, request: web.Request) -> web.Response:
        return answer(self._describe(self._address(request)))

    async def change_device(self, request: web.Request) -> web.Response:
        address = self._address(request)
        settings = await body_of(request)
        host = self._network.hosts[address]
        if {"certificate", "client_certificate"} & set(settings):
            host.configure_tls(
                certificate=settings.pop("certificate", host.certificate),
                client_certificate=settings.pop("client_certificate", host.client_certificate),
            )
        self._network.devices[address][1].configure(settings)
        return answer(self._describe(address))

    async def remove_device(self, request: web.Request) -> web.Response:
        self._network.remove(self._address(request))
        return answer({})

    async def outage(self, request: web.Request) -> web.Response:
        address = self._address(request)
        wanted = await body_of(request, {"mode", "seconds", "after"})
        clock = self._network.world.clock
        self._network.hosts[address].outage(
            str(wanted.get("mode", "refused")),
            start=clock.now() + float(wanted.get("after", 0)),
            seconds=None if wanted.get("seconds") is None else float(wanted["seconds"]),
        )
        return answer(self._describe(address))

    async def act(self, request: web.Request) -> web.Response:
        address = self._address(request)
        result = self._network.devices[address][1].act(request.match_info["action"], await body_of(request))
        return answer({} if result is None else result)

    async def list_faults(self, request: web.Request) -> web.Response:
        return answer(self._network.faults.to_list())

    async def add_fault(self, request: web.Request) -> web.Response:
        spec = await body_of(request)
        kinds = {kind for system in self._network.systems.values() for kind in system.fault_kinds}
        return answer(self._network.faults.add(spec, kinds).to_dict(), status=201)

    async def remove_faults(self, request: web.Request) -> web.Response:
        wanted = request.match_info.get("id")
        self._network.faults.remove(None if wanted is None else int(wanted))
        return answer({})

    async def ledger(self, request: web.Request) -> web.Response:
        return answer(self._network.world.ledger.to_dict(request.query.get("device", "")))

    async def reset_ledger(self, request: web.Request) -> web.Response:
        self._network.world.ledger.reset()
        return answer({})

    async def requests(self, request: web.Request) -> web.Response:
        device = request.query.get("device", "")
        found = [entry for entry in self._network.world.ledger.requests if not device or entry["device"] == device]
        limit = int(request.query.get("limit", 0))
        return answer(found[-limit:] if limit else found)

    async def client_certificate(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, {"name", "trusted"})
        made = self._network.authority.client_certificate(
            str(wanted.get("name", "client")), trusted=bool(wanted.get("trusted", True))
        )
        return answer(made, status=201)

    async def shutdown(self, request: web.Request) -> web.Response:
        self._stop()
        return answer({})

    def _clock(self) -> dict[str, t.Any]:
        clock = self._network.world.clock
        return {"time": clock.iso(), "epoch": clock.now(), "scale": clock.scale, "frozen": clock.frozen}

    def _address(self, request: web.Request) -> str:
        address = request.match_info["address"]
        if address not in self._network.devices:
            raise web.HTTPNotFound(text=f"no device at {address}")
        return address

    def _describe(self, address: str) -> dict[str, t.Any]:
        system, device = self._network.devices[address]
        return {
            "address": address,
            "system": system.name,
            "outage": self._network.hosts[address].mode,
            **device.describe(),
        }


def add_devices(network: Network, spec: t.Mapping[str, t.Any]) -> list[str]:
    """Adds one device, a list (``devices``), or ``count`` alike from ``address`` on. All or none; raises SpecError.

    In a series, ``{n}`` in ``hostname`` and ``serial`` becomes the number of the device, from 1.
    """
    if "devices" in spec:
        if set(spec) != {"devices"}:
            raise SpecError("beside 'devices' nothing may be given")
        single = [one for entry in spec["devices"] for one in series(entry)]
    else:
        single = list(series(spec))
    added: list[str] = []
    try:
        for entry in single:
            system = entry.pop("system", "panos")
            added.append(network.add(system, entry).address)
    except BaseException:
        for address in added:
            network.remove(address)
        raise
    return added


def series(spec: t.Mapping[str, t.Any]) -> t.Iterator[dict[str, t.Any]]:
    settings = dict(spec)
    count = settings.pop("count", None)
    if count is None:
        yield settings
        return
    check_address(str(settings.get("address", "")))
    first = ipaddress.IPv4Address(settings["address"])
    for number in range(1, int(count) + 1):
        one = dict(settings, address=str(first + number - 1))
        for name in ("hostname", "serial"):
            if name in one:
                one[name] = str(one[name]).replace("{n}", str(number))
        yield one


async def body_of(request: web.Request, known: t.Collection[str] | None = None) -> dict[str, t.Any]:
    """The JSON object of a request; none is an empty one. Raises SpecError for a field that is not known."""
    text = await request.text()
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError as exc:
        raise SpecError(f"the body is not JSON: {exc}") from exc
    if not isinstance(body, dict):
        raise SpecError("the body must be a JSON object")
    if known is not None and set(body) - set(known):
        raise SpecError(f"unknown fields: {', '.join(sorted(set(body) - set(known)))}")
    return body


def answer(value: t.Any, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)


@web.middleware
async def json_errors(
    request: web.Request, handler: t.Callable[[web.Request], t.Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as exc:
        return answer({"error": exc.text}, status=exc.status)
    except (SpecError, ValueError, TypeError, KeyError) as exc:
        return answer({"error": f"{exc}" if isinstance(exc, ValueError) else repr(exc)}, status=400)
    except Exception as exc:
        log.exception("the control API failed")
        return answer({"error": repr(exc)}, status=500)
