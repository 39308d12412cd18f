# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a body travels: whole, or announced wrongly, cut, stalled, slowly. No body is ever joined here."""

from __future__ import annotations

import asyncio
import dataclasses
import typing as t

from aiohttp import web

from .system import Reply, SpecError, Stream

PIECE = 65536
# Faults that let the request take effect and disturb only the way of its answer.
DELIVERY_FAULTS = frozenset({"cut_body", "wrong_length", "chunked", "no_length", "stall", "slow_body"})


@dataclasses.dataclass(frozen=True)
class Delivery:
    """``framing`` tells the client where the body ends: by ``length``, by ``chunked`` encoding, by ``close``.

    ``announced`` is the Content-Length when it is not the truth; the connection is gone after ``stop`` bytes; after
    ``pause_at`` bytes nothing comes for ``pause`` real seconds; the whole takes ``seconds`` real seconds.
    """

    framing: str = "length"
    announced: int | None = None
    stop: int | None = None
    pause_at: int | None = None
    pause: float = 0.0
    seconds: float = 0.0


PLAIN = Delivery()


class EndsWithConnection(web.StreamResponse):
    """An answer of HTTP/1.1 with neither a Content-Length nor chunks: its end is that of the connection."""

    _length_check = False  # as aiohttp's own WebSocketResponse does to be left alone


def planned(kind: str, options: t.Mapping[str, t.Any], reply: Reply) -> Delivery:
    """What a fault does to this answer. Raises SpecError for a number that is none."""
    size = stream_of(reply).size
    try:
        place = int(options.get("bytes", size // 2))
        seconds = float(options.get("seconds", 5))
    except (TypeError, ValueError) as exc:
        raise SpecError("'bytes' and 'seconds' of a fault are numbers") from exc
    if kind == "cut_body":
        return Delivery(stop=min(place, size))
    if kind == "wrong_length":
        return Delivery(announced=int(options.get("bytes", size + 1024)))
    if kind in ("chunked", "no_length"):
        framing = "chunked" if kind == "chunked" else "close"
        return Delivery(framing=framing, stop=min(place, size) if "bytes" in options else None)
    if kind == "stall":
        return Delivery(pause_at=min(place, size), pause=seconds)
    if kind == "slow_body":
        return Delivery(seconds=seconds)
    raise SpecError(f"unknown fault {kind!r}")


def stream_of(reply: Reply) -> Stream:
    body = reply.body
    if reply.stream is not None:
        return reply.stream
    return Stream(len(body), lambda: (body[start : start + PIECE] for start in range(0, len(body), PIECE)))


async def deliver(
    request: web.BaseRequest, transport: asyncio.Transport, reply: Reply, delivery: Delivery
) -> web.StreamResponse:
    """Sends the answer piece by piece, as fast as the client takes it."""
    stream = stream_of(reply)
    kind = EndsWithConnection if delivery.framing == "close" else web.StreamResponse
    response = kind(status=reply.status, headers={"Content-Type": reply.content_type, **reply.headers})
    framing = delivery.framing
    if framing == "length" and stream.chunked and delivery.announced is None:
        framing = "chunked"
    if framing == "length":
        response.content_length = stream.size if delivery.announced is None else delivery.announced
    elif framing == "chunked":
        response.enable_chunked_encoding()
    else:
        response.force_close()
    try:
        await response.prepare(request)
        async for piece in paced(stream, delivery):
            await response.write(piece)
        if delivery.stop is None and delivery.announced is None:
            await response.write_eof()
            if stream.sent is not None:
                stream.sent()
            return response
        await flushed(transport)
    except ConnectionError:
        pass  # the client has gone
    if delivery.framing == "close":
        transport.close()  # such an end looks like any other
    else:
        transport.abort()
    return response


async def paced(stream: Stream, delivery: Delivery) -> t.AsyncIterator[bytes]:
    """The pieces of the body up to its end, with the pauses in between."""
    marks = sorted({mark for mark in (delivery.stop, delivery.pause_at) if mark is not None})
    done = 0
    for chunk in stream.chunks():
        while chunk:
            # A piece ends where something is to happen.
            room = next((mark - done for mark in marks if mark > done), len(chunk))
            piece, chunk = chunk[:room], chunk[room:]
            if done == delivery.pause_at:
                await asyncio.sleep(delivery.pause)
            if done == delivery.stop:
                return
            yield piece
            # Others must get their turn also while the client reads as fast as this writes.
            await asyncio.sleep(delivery.seconds * len(piece) / stream.size)
            done += len(piece)


async def flushed(transport: asyncio.Transport) -> None:
    for _attempt in range(500):
        if transport.is_closing() or transport.get_write_buffer_size() == 0:
            return
        await asyncio.sleep(0.01)
