# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts the simulator as a process of its own and talks to its control API. Standard library only."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import subprocess
import sys
import time
import typing as t
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent


class SimulatorError(Exception):
    """The simulator did not start, or the control API refused a demand."""


class Simulator:
    """The control API of a simulator that is running already.

    Every method returns the decoded JSON answer and raises SimulatorError with the text of a refusal.
    """

    def __init__(self, control_url: str, port: int, ca_path: str) -> None:
        self.control_url, self.port, self.ca_path = control_url, port, ca_path

    @classmethod
    def from_state_dir(cls, state_dir: str | os.PathLike[str]) -> Simulator:
        ready = json.loads((pathlib.Path(state_dir) / "ready.json").read_text(encoding="utf-8"))
        return cls(ready["control_url"], ready["port"], ready["ca_path"])

    def call(self, method: str, path: str, body: t.Mapping[str, t.Any] | None = None) -> t.Any:
        # Not urllib.request: its opener reads all the system's certificates, 50 ms for every call.
        connection = http.client.HTTPConnection("127.0.0.1", urllib.parse.urlsplit(self.control_url).port, timeout=60)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, body=text, headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 400:
            raise SimulatorError(f"{method} {path}: {content}")
        return json.loads(content)

    def info(self) -> t.Any:
        return self.call("GET", "/")

    def add_device(self, address: str, /, **settings: t.Any) -> str:
        """Returns the address."""
        return str(self.call("POST", "/devices", {"address": address, **settings})["addresses"][0])

    def add_devices(self, address: str, count: int, /, **settings: t.Any) -> list[str]:
        """Adds ``count`` alike from that address on; ``{n}`` in hostname and serial is replaced by the number."""
        return t.cast(
            "list[str]", self.call("POST", "/devices", {"address": address, "count": count, **settings})["addresses"]
        )

    def device(self, address: str) -> t.Any:
        return self.call("GET", f"/devices/{address}")

    def configure(self, address: str, /, **settings: t.Any) -> t.Any:
        return self.call("PATCH", f"/devices/{address}", settings)

    def remove_device(self, address: str) -> t.Any:
        return self.call("DELETE", f"/devices/{address}")

    def act(self, address: str, action: str, /, **arguments: t.Any) -> t.Any:
        """One of the actions of the device's system, e.g. ``act(address, "reboot", down=30)``."""
        return self.call("POST", f"/devices/{address}/{action}", arguments)

    def outage(self, address: str, mode: str = "refused", /, **arguments: t.Any) -> t.Any:
        return self.call("POST", f"/devices/{address}/outage", {"mode": mode, **arguments})

    def fault(self, kind: str, device: str = "*", /, **arguments: t.Any) -> t.Any:
        """E.g. ``fault("drop_after", address, match={"step": "submit"}, times=1)``."""
        return self.call("POST", "/faults", {"fault": kind, "device": device, **arguments})

    def faults(self) -> t.Any:
        return self.call("GET", "/faults")

    def clear_faults(self) -> t.Any:
        return self.call("DELETE", "/faults")

    def clock(self, **arguments: t.Any) -> t.Any:
        """``scale``, ``frozen``, ``advance`` (seconds); without arguments reads it."""
        return self.call("POST", "/clock", arguments) if arguments else self.call("GET", "/clock")

    def advance(self, seconds: float) -> t.Any:
        return self.clock(advance=seconds)

    def ledger(self, device: str = "") -> t.Any:
        return self.call("GET", f"/ledger?device={device}")

    def reset_ledger(self) -> t.Any:
        return self.call("POST", "/ledger/reset", {})

    def requests(self, device: str = "") -> t.Any:
        return self.call("GET", f"/requests?device={device}")

    def client_certificate(self, name: str = "client", *, trusted: bool = True) -> t.Any:
        return self.call("POST", "/client-certificates", {"name": name, "trusted": trusted})


class SimulatorProcess(Simulator):
    """A simulator of one's own; a context manager. It also ends by itself when ``parent`` (this process) is gone."""

    def __init__(
        self,
        state_dir: str | os.PathLike[str],
        *,
        time_scale: float = 1.0,
        frozen: bool = False,
        control_port: int = 0,
        device_port: int = 0,
        parent: int | None = None,
        max_lifetime: float = 3600.0,
        devices: t.Mapping[str, t.Any] | None = None,
        python: str = sys.executable,
        start_timeout: float = 30.0,
    ) -> None:
        directory = pathlib.Path(state_dir)
        directory.mkdir(parents=True, exist_ok=True)
        ready = directory / "ready.json"
        ready.unlink(missing_ok=True)
        command = [python, str(HERE), "--state-dir", str(directory), "--parent", str(parent or os.getpid())]
        command += ["--time-scale", str(time_scale), "--max-lifetime", str(max_lifetime)]
        command += ["--control-port", str(control_port), "--device-port", str(device_port)]
        if frozen:
            command.append("--frozen")
        if devices is not None:
            (directory / "devices.json").write_text(json.dumps(devices), encoding="utf-8")
            command += ["--devices", str(directory / "devices.json")]
        self.log_path = directory / "simulator.log"
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + start_timeout
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                text = self.log_path.read_text(encoding="utf-8", errors="replace")
                raise SimulatorError(f"the simulator did not start:\n{text}")
            time.sleep(0.02)
        found = Simulator.from_state_dir(directory)
        super().__init__(found.control_url, found.port, found.ca_path)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self) -> SimulatorProcess:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()
