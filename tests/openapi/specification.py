# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One published OpenAPI file, corrected where it is known to be wrong, and what does not agree with it.

Only a test that asks for a specification needs the library: where it is not installed, that test is skipped.
"""

from __future__ import annotations

import copy
import dataclasses
import pathlib
import re
import typing as t
import urllib.parse

import pytest

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
ORIGIN = "https://server.example"


@dataclasses.dataclass(frozen=True)
class Correction:
    """One place of the file, as the keys and indices that lead to it, and what stands there instead."""

    place: tuple[str | int, ...]
    value: t.Any
    reason: str

    def apply(self, document: dict[str, t.Any]) -> None:
        """Raises KeyError if the file has no such place: then it has changed, and the correction is out of date."""
        where: t.Any = document
        for step in self.place[:-1]:
            where = where[step]
        where[self.place[-1]] = copy.deepcopy(self.value)


class Specification:
    """``base`` is the path below which a server has the paths of the file; the host of a request does not matter.

    Of a request, query parameters and fields of a body that the file does not know are errors too, except where it
    says ``additionalProperties``. An answer may hold more than the file knows.
    """

    def __init__(
        self, document: t.Mapping[str, t.Any], *, base: str = "", corrections: t.Iterable[Correction] = ()
    ) -> None:
        self.document = copy.deepcopy(dict(document))
        for correction in corrections:
            correction.apply(self.document)
        self.document["servers"] = [{"url": ORIGIN + base}]
        self._base = base
        library = pytest.importorskip("openapi_core")
        paths = pytest.importorskip("jsonschema_path").SchemaPath.from_dict(self.document)
        self._mocks = pytest.importorskip("openapi_core.testing")
        # The file is not judged, only what is compared with it.
        self._requests = library.OpenAPI(
            paths, config=library.Config(spec_validator_cls=None, additional_properties_default_policy="forbid")
        )
        self._answers = library.OpenAPI(paths, config=library.Config(spec_validator_cls=None))

    @classmethod
    def load(cls, name: str, *, base: str = "", corrections: t.Iterable[Correction] = ()) -> Specification:
        """The file ``name`` in tests/data, YAML or JSON."""
        text = (DATA / name).read_text(encoding="utf-8")
        return cls(pytest.importorskip("yaml").safe_load(text), base=base, corrections=corrections)

    def request_errors(
        self, method: str, url: str, headers: t.Mapping[str, str] | None = None, body: bytes | str | None = None
    ) -> list[str]:
        """What of a request is not as the file says; nothing if all is. ``url``: whole, or from the path on."""
        request = self._request(method, url, headers or {}, body)
        errors = [described(error) for error in self._requests.iter_request_errors(request)]
        return errors + self._unknown_parameters(method, url)

    def answer_errors(
        self,
        method: str,
        url: str,
        status: int,
        headers: t.Mapping[str, str],
        body: bytes | str,
    ) -> list[str]:
        """What of the answer to a request with that method and URL is not as the file says."""
        data = body.encode() if isinstance(body, str) else body
        answer = self._mocks.MockResponse(
            data, status_code=status, headers=dict(headers), content_type=content_type(headers)
        )
        request = self._request(method, url, {}, None)
        return [described(error) for error in self._answers.iter_response_errors(request, answer)]

    def _request(self, method: str, url: str, headers: t.Mapping[str, str], body: bytes | str | None) -> t.Any:
        parts = urllib.parse.urlsplit(url)
        return self._mocks.MockRequest(
            ORIGIN,
            method,
            parts.path,
            args=urllib.parse.parse_qs(parts.query, keep_blank_values=True),
            headers=dict(headers),
            data=body.encode() if isinstance(body, str) else body,
            content_type=content_type(headers),
        )

    def _unknown_parameters(self, method: str, url: str) -> list[str]:
        """The library ignores those."""
        parts = urllib.parse.urlsplit(url)
        path = parts.path[len(self._base) :]
        templates = [
            template
            for template in sorted(self.document["paths"], key=lambda template: template.count("{"))
            if re.fullmatch("[^/]+".join(re.escape(text) for text in re.split(r"\{[^}]*\}", template)), path)
            and method.lower() in self.document["paths"][template]
        ]
        if not templates:
            return []  # an error that the library names
        item = self.document["paths"][templates[0]]
        declared = [*item.get("parameters", ()), *item[method.lower()].get("parameters", ())]
        known = {self._resolved(parameter)["name"] for parameter in declared}
        found = urllib.parse.parse_qs(parts.query, keep_blank_values=True)
        return [f"unknown query parameter: {name}" for name in found if name not in known]

    def _resolved(self, parameter: dict[str, t.Any]) -> dict[str, t.Any]:
        found: t.Any = self.document
        for step in parameter["$ref"].split("/")[1:] if "$ref" in parameter else ():
            found = found[step]
        return parameter if found is self.document else found


def content_type(headers: t.Mapping[str, str]) -> str:
    """In lower case, as the library wants it."""
    return next((value.lower() for name, value in headers.items() if name.lower() == "content-type"), "")


def described(error: BaseException) -> str:
    """An error of the library, down to the fields that are wrong."""
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    fields = {
        f"{'/'.join(str(step) for step in found.absolute_path) or 'body'}: {found.message}": None
        for link in chain
        for found in getattr(link, "schema_errors", ())
    }
    # Without them the innermost says it best; with them the outermost has the value whole, which nobody wants to read.
    return f"{str(error).partition(': Value ')[0]}: {'; '.join(fields)}" if fields else str(chain[-1])
