# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site into FOLDER/html: python -m tools.docs FOLDER.

Nothing is written twice: the pages of the modules and the guides (docs/docsite/rst) come from antsibull-docs, the texts
in Markdown from where they lie in the repository. A link to a file that is no page of the site goes to the repository.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import zlib
from html.parser import HTMLParser
from pathlib import Path

from tools.env import ROOT

REPOSITORY = "https://github.com/netops-jobs/netops.jobs/blob/main/"
COLLECTION = "netops.jobs"
IMAGES = Path("docs", "images")

# Texts that have their home elsewhere and are pages of the site under the same path.
TEXTS = (
    "docs/*.md",
    "docs/traps/*.md",
    "tests/simulator/README.md",
    "benchmarks/*/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
)
MARKDOWN_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)")
# In the index of the collection: the list of guides, which the site has beside it, and the entries of the side bar.
GUIDES = re.compile(r"^Guides\n-+\n.*?(?=^\.\. _plugin_index)", re.MULTILINE | re.DOTALL)
CONTENTS = re.compile(r"^\.\. contents::\n(?: +:.*\n)+", re.MULTILINE)  # the theme has them beside the page
ENTRY = re.compile(r"^    (\w+)_(module|role)$", re.MULTILINE)
RST_LINK = re.compile(r"`([^`<]+) <" + re.escape(REPOSITORY) + r"([^>#]+\.md)>`__")

# Labels of Ansible's documentation to which the generated pages refer.
LABELS = {
    "ansible_configuration_settings": "reference_appendices/config.html",
    "action_plugins": "plugins/action.html",
    "ansible_collections.ansible.builtin.async_status_module": "collections/ansible/builtin/async_status_module.html",
    "ansible_collections.ansible.builtin.debug_module": "collections/ansible/builtin/debug_module.html",
    "callback_plugins": "plugins/callback.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "module_defaults_groups": "playbook_guide/playbooks_module_defaults.html",
}


class Failure(Exception):
    """The site cannot be built; the text says why."""


def texts() -> list[Path]:
    """The texts in Markdown that are pages, relative to the checkout."""
    return sorted(path.relative_to(ROOT) for pattern in TEXTS for path in ROOT.glob(pattern))


def with_links(text: str, page: Path, pages: set[Path]) -> str:
    """Return the text with links to files that are no pages turned to the repository.

    Raises Failure for a link to a file that does not exist.
    """

    def turn(match: re.Match[str]) -> str:
        target = Path(os.path.normpath(page.parent / match[1]))
        if not (ROOT / target).exists():
            raise Failure(f"{page} links to {match[1]}, which does not exist")
        return match[1] if target in pages or target.is_relative_to(IMAGES) else REPOSITORY + target.as_posix()

    return MARKDOWN_LINK.sub(turn, text)


def with_pages(text: str, guide: Path, pages: set[Path]) -> str:
    """Return a guide with links to texts in the repository turned to the pages that they are."""

    def turn(match: re.Match[str]) -> str:
        if Path(match[2]) not in pages:
            raise Failure(f"{guide.name} links to {match[2]}, which is no page")
        return f":doc:`{match[1]} </{match[2].removesuffix('.md')}>`"

    return RST_LINK.sub(turn, text)


def write_labels(file: Path) -> None:
    """Write LABELS as an inventory that intersphinx reads."""
    header = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: latest\n"
    header += "# The remainder of this file is compressed using zlib.\n"
    lines = "".join(f"{label} std:label -1 {address} -\n" for label, address in LABELS.items())
    file.write_bytes(header.encode() + zlib.compress(lines.encode()))


def lay_out(source: Path) -> None:
    """Put together what Sphinx reads."""
    shutil.copytree(ROOT / "docs" / "site", source)
    write_labels(source / "ansible.inv")
    shutil.copytree(ROOT / IMAGES, source / IMAGES)
    pages = set(texts())
    for page in sorted(pages):
        (source / page).parent.mkdir(parents=True, exist_ok=True)
        (source / page).write_text(with_links((ROOT / page).read_text(encoding="utf-8"), page, pages), encoding="utf-8")
    reference = source / "collection"
    reference.mkdir()
    command = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
    subprocess.run([*command, "--dest-dir", str(reference), COLLECTION], check=True)
    for page in sorted(reference.glob("*.rst")):
        page.write_text(CONTENTS.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
    index = reference / "index.rst"
    text = GUIDES.sub("", index.read_text(encoding="utf-8")).replace("Netops.Jobs\n===========", "Modules\n=======")
    index.write_text(ENTRY.sub(r"    \1 <\1_\2>", text), encoding="utf-8")
    for guide in sorted(reference.glob("docsite/*.rst")):
        guide.write_text(with_pages(guide.read_text(encoding="utf-8"), guide, pages), encoding="utf-8")


class _Page(HTMLParser):
    """What a page offers to link to, and where it links to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = {"", "top"}
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.add(value)


def broken_links(html: Path) -> list[str]:
    """Every link inside the site that leads nowhere, as page and link. Sphinx does not see raw addresses."""
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(html.rglob("*.html"))}
    broken = []
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = Path(os.path.normpath(path.parent / urllib.parse.unquote(parts.path))) if parts.path else path
            there = pages.get(target)
            if not target.is_file() or (there and urllib.parse.unquote(parts.fragment) not in there.anchors):
                broken.append(f"{path.relative_to(html)}: {link}")
    return broken


def build(folder: Path) -> int:
    """Returns the number of pages."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source, html = folder / "source", folder / "html"
    lay_out(source)
    command = ["sphinx-build", "-b", "html", "-n", "-W", "--keep-going", "-q", "-d", str(folder / "doctrees")]
    subprocess.run([*command, str(source), str(html)], check=True)
    if broken := broken_links(html):
        raise Failure("links that lead nowhere:\n" + "\n".join(broken))
    return len(list(html.rglob("*.html")))


def main(folder: str) -> None:
    try:
        pages = build(Path(folder).resolve())
    except (Failure, subprocess.CalledProcessError) as exc:
        sys.exit(f"The site was not built: {exc}")
    print(f"{pages} pages: {Path(folder) / 'html' / 'index.html'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
