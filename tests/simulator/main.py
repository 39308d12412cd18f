# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: starts the simulator and keeps it running."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import pathlib
import signal

from aiohttp import web

from .clock import Clock
from .control import Control, add_devices
from .cortex.system import CortexSystem
from .faults import FaultBook
from .illumio.system import IllumioSystem
from .ledger import Ledger
from .oracle_sbc.system import OracleSbcSystem
from .panos import PanosSystem
from .scm.system import ScmSystem
from .server import Network
from .system import System, World
from .tls import Authority


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description="A simulator of management APIs for tests.")
    parser.add_argument("--state-dir", type=pathlib.Path, required=True, help="where ready.json and ca.pem are written")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control API on 127.0.0.1 (0: any)")
    parser.add_argument("--device-port", type=int, default=0, help="port of all devices (0: any)")
    parser.add_argument("--time-scale", type=float, default=1.0, help="simulated seconds per real second")
    parser.add_argument("--frozen", action="store_true", help="start with the clock standing still")
    parser.add_argument("--devices", type=pathlib.Path, help="JSON file with the devices to start with")
    parser.add_argument("--max-lifetime", type=float, default=3600.0, help="end after this many real seconds")
    parser.add_argument(
        "--parent", type=int, default=os.getppid(), help="end when this process is gone (0: do not look)"
    )
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args(argv)


def raise_file_limit() -> None:
    """Every device holds a listening socket."""
    try:
        import resource
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def alive(pid: int, first_parent: int) -> bool:
    """Whether the process lives. Of our own parent the kernel tells at once: an orphan gets another one."""
    if pid == first_parent:
        return os.getppid() == pid
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def watch(arguments: argparse.Namespace, stop: asyncio.Event) -> None:
    """Ends the simulator when its parent is gone or its time is up."""
    first_parent = os.getppid()
    end = asyncio.get_running_loop().time() + arguments.max_lifetime
    while asyncio.get_running_loop().time() < end:
        if arguments.parent and not alive(arguments.parent, first_parent):
            break
        try:
            await asyncio.wait_for(stop.wait(), timeout=1.0)
            return
        except asyncio.TimeoutError:
            continue
    stop.set()


async def run(arguments: argparse.Namespace) -> None:
    state_dir: pathlib.Path = arguments.state_dir
    state_dir.mkdir(parents=True, exist_ok=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    clock = Clock(scale=arguments.time_scale, frozen=arguments.frozen)
    world = World(clock=clock, ledger=Ledger(clock))
    systems: list[System] = [
        PanosSystem(world),
        IllumioSystem(world),
        ScmSystem(world),
        CortexSystem(world),
        OracleSbcSystem(world),
    ]
    network = Network(world, systems, Authority(state_dir), FaultBook(), arguments.device_port)
    if arguments.devices:
        add_devices(network, json.loads(arguments.devices.read_text(encoding="utf-8")))

    runner = web.AppRunner(Control(network, stop.set).application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", arguments.control_port)
    await site.start()
    control_port = runner.addresses[0][1]

    ready = {
        "control_url": f"http://127.0.0.1:{control_port}",
        "port": network.port,
        "ca_path": str(network.authority.ca_path.resolve()),
        "pid": os.getpid(),
    }
    partial = state_dir / "ready.json.partial"
    partial.write_text(json.dumps(ready), encoding="utf-8")
    partial.replace(state_dir / "ready.json")
    print(f"simulator ready: control {ready['control_url']}, devices on port {network.port}", flush=True)
    try:
        await watch(arguments, stop)
    finally:
        (state_dir / "ready.json").unlink(missing_ok=True)
        await network.stop()
        await runner.cleanup()


def main() -> None:
    arguments = parse_arguments()
    logging.basicConfig(level=logging.INFO if arguments.verbose else logging.WARNING)
    raise_file_limit()
    asyncio.run(run(arguments))
