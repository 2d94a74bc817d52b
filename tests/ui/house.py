"""The house checks: what every page that a person may see must pass, whichever room draws it.

    from tests.ui.house import HouseClient, check_page

`HouseClient` is Django's test client that checks each HTML answer as it comes; `check_page(html)` and
`check_fragment(html)` do it for text from elsewhere. All faults of a page are reported at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import html5lib
from django.db import connection
from django.http import HttpResponse
from django.test import Client

LABELLED = {"input", "select", "textarea"}
UNLABELLED_TYPES = {"hidden", "submit", "button", "reset", "image"}
INVISIBLE = {"script", "style", "template", "svg", "head"}

# What may stand in Latin letters on a page: units, file kinds, names that everybody writes so, our own numbers.
ALLOWED_WORDS = {
    "App", "Cookie", "Excel", "GIF", "IC", "ID", "IP", "JPG", "KB", "MB", "GB", "PDF", "PNG", "SIM", "Word", "WPS",
    "Wi-Fi", "WiFi", "Webhook", "API", "TOTP", "km", "kg", "m", "mp3", "mp4", "jpg", "jpeg", "png", "pdf", "docx",
    "xlsx", "xls", "csv", "webp", "gif", "txt", "wav", "m4a", "amr", "Ctrl", "Enter", "Esc", "Tab", "Shift", "Alt",
    "QR", "VIP", "LED", "KTV", "CT", "GPS", "AED", "HEIC", "SM4", "HTTPS",
}  # fmt: skip
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.'-]*")
NOT_WORDS = re.compile(
    r"[A-Z]{1,6}-?\d[\w-]*"  # numbers of cases, rooms, licence plates
    r"|https?://\S+|[\w.+-]+@[\w-]+\.\w+"  # addresses
    r"|\b[0-9a-f]{8,}\b|\b[A-Z2-7]{16,}\b"  # digests, secrets of the second factor
)


class HouseError(AssertionError):
    """A page broke the rules of the house."""


def check_page(html: str, *, allow: frozenset[str] = frozenset()) -> None:
    """`HouseError` naming every fault. `allow` adds words in Latin letters that this page rightly shows."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(html)
    faults = [f"not valid HTML at {position}: {code} {data}" for position, code, data in parser.errors]
    if root.get("lang") != "zh-CN":
        faults.append("<html> has no lang=zh-CN")
    title = (root.findtext("head/title") or "").strip(" ·\n")
    if not title or title.startswith("呼应"):
        faults.append("no <title> of its own")
    mains = root.findall(".//main")
    if len(mains) != 1:
        faults.append(f"{len(mains)} <main> instead of one")
    headings = [element for element in root.iter("h1") if "".join(element.itertext()).strip()]
    if len(headings) != 1:
        faults.append(f"{len(headings)} <h1> with words instead of one")
    faults += faults_of(root, allow)
    _raise(faults, html)


def check_fragment(html: str, *, allow: frozenset[str] = frozenset()) -> None:
    """The same for a part of a page, as htmx swaps it in."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parseFragment(html)
    faults = [f"not valid HTML at {position}: {code} {data}" for position, code, data in parser.errors]
    _raise(faults + faults_of(root, allow), html)


def _raise(faults: list[str], html: str) -> None:
    if faults:
        raise HouseError("\n".join(["the page breaks the rules of the house:", *faults, "", html]))


def faults_of(root: ElementTree.Element, allow: frozenset[str]) -> list[str]:
    parents = {child: parent for parent in root.iter() for child in parent}
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    return [
        *duplicate_ids(elements),
        *unlabelled(elements, parents),
        *inline_code(elements),
        *dead_references(elements),
        *(f"<button> without type: {words(e)!r}" for e in elements if e.tag == "button" and not e.get("type")),
        *(f"<img> without alt: {e.get('src')}" for e in elements if e.tag == "img" and e.get("alt") is None),
        *(f"<{e.tag}> without words: {e.attrib}" for e in elements if nameless(e)),
        *(f"form that posts without a CSRF token: {e.attrib}" for e in elements if posts_unguarded(e)),
        *(f"<table> without header cells: {words(e)[:60]!r}" for e in elements if headless(e)),
        *english(root, allow),
    ]


def duplicate_ids(elements: list[ElementTree.Element]) -> Iterator[str]:
    for identifier, n in Counter(e.get("id") for e in elements if e.get("id") is not None).items():
        if n > 1:
            yield f"id {identifier!r} stands {n} times"
        if not identifier or re.search(r"\s", identifier):
            yield f"id {identifier!r} is empty or holds a space"


def unlabelled(
    elements: list[ElementTree.Element], parents: dict[ElementTree.Element, ElementTree.Element]
) -> Iterator[str]:
    labels = {e.get("for") for e in elements if e.tag == "label" and words(e)}
    for element in elements:
        if element.tag not in LABELLED or element.get("type") in UNLABELLED_TYPES:
            continue
        if element.get("aria-label") or element.get("aria-labelledby") or element.get("id") in labels:
            continue
        above: ElementTree.Element | None = element
        while above is not None and above.tag != "label":
            above = parents.get(above)
        if above is None or not words(above):
            yield f"<{element.tag} name={element.get('name')!r}> has no label"


def inline_code(elements: list[ElementTree.Element]) -> Iterator[str]:
    for element in elements:
        if element.tag == "style":
            yield "<style> element"
        if element.tag == "script" and not element.get("src") and element.get("type") != "application/json":
            yield "inline <script>"
        for name, value in element.attrib.items():
            if name == "style" or re.match(r"on[a-z]+$|(data-)?hx-on", name):
                yield f"inline code or style: {name}={value!r}"
            if (
                name in {"src", "href"}
                and re.match(r"(https?:)?//", value)
                and element.tag in {"script", "link", "img"}
            ):
                yield f"loaded from outside: {value}"
            if value.strip().lower().startswith(("javascript:", "js:")):
                yield f"code in {name}: {value!r}"


def dead_references(elements: list[ElementTree.Element]) -> Iterator[str]:
    """Names in the page that point to nothing in the page."""
    ids = {e.get("id") for e in elements}
    if "main" not in ids:
        return  # a fragment: the rest of the page is not here
    for element in elements:
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "data-dialog"):
            for reference in (element.get(name) or "").split():
                if reference not in ids:
                    yield f"{name}={reference!r} points to nothing"


def headless(element: ElementTree.Element) -> bool:
    return element.tag == "table" and element.get("role") != "presentation" and element.find(".//th") is None


def posts_unguarded(element: ElementTree.Element) -> bool:
    if element.tag != "form" or (element.get("method") or "").lower() != "post":
        return False
    return not any(field.get("name") == "csrfmiddlewaretoken" for field in element.iter("input"))


def words(element: ElementTree.Element) -> str:
    return "".join(visible(element)).strip()


def nameless(element: ElementTree.Element) -> bool:
    return element.tag in {"a", "button"} and element.get("aria-hidden") != "true" and not name_of(element)


def name_of(element: ElementTree.Element) -> str:
    """What a screen reader says for a link or a button."""
    images = " ".join(image.get("alt") or "" for image in element.iter("img")).strip()
    return element.get("aria-label") or words(element) or images


def visible(element: ElementTree.Element) -> Iterator[str]:
    """Text and attributes that people read, without what the browser does not show. `<code>`, and what carries
    `data-verbatim` or another language, is shown as it is on purpose."""
    if not isinstance(element.tag, str) or element.tag in INVISIBLE:
        return
    if element.tag == "code" or element.get("data-verbatim") is not None or element.get("lang", "zh")[:2] != "zh":
        return
    yield element.text or ""
    for child in element:
        yield from visible(child)
        yield child.tail or ""


def english(root: ElementTree.Element, allow: frozenset[str]) -> Iterator[str]:
    """Words in Latin letters that somebody forgot to write in Chinese (`DoesNotExist`, `Submit`, `None`)."""
    texts = list(visible(root)) if root.tag != "html" else [root.findtext("head/title") or "", *visible_body(root)]
    for element in root.iter():
        if isinstance(element.tag, str) and element.get("data-verbatim") is None:
            texts += [element.get(name) or "" for name in ("placeholder", "title", "aria-label", "alt")]
    found: Counter[str] = Counter()
    for text in texts:
        for word in WORD.findall(NOT_WORDS.sub(" ", text)):
            if word.strip(".-'") not in ALLOWED_WORDS | allow and not re.fullmatch(r"[A-Z]", word):
                found[word] += 1
    for word in found:
        yield f"English word in visible text: {word!r}"


def visible_body(root: ElementTree.Element) -> Iterator[str]:
    body = root.find("body")
    return visible(body) if body is not None else iter(())


@contextmanager
def _own_transactions() -> Iterator[None]:
    """A test that is rolled back is one long transaction, in which a view could tell of a change outside its own and
    nobody would see it fail: here only transactions count that the request has begun."""
    begun = len(connection.savepoint_ids) if connection.in_atomic_block else None

    def inside() -> bool:
        return connection.in_atomic_block and (begun is None or len(connection.savepoint_ids) > begun)

    with mock.patch("huying.kernel.outbox.emit.in_transaction", inside):
        yield


class HouseClient(Client):
    """Checks every HTML answer; what it refuses fails the test that asked for it. `words` are allowed besides."""

    words: frozenset[str] = frozenset()

    def request(self, **request: Any) -> HttpResponse:
        with _own_transactions():
            response = super().request(**request)
        kind = response.headers.get("Content-Type", "")
        if kind.startswith("text/html") and not response.streaming and response.content:
            html = response.content.decode()
            if html.lstrip()[:9].lower() == "<!doctype":
                check_page(html, allow=self.words)
            else:
                check_fragment(html, allow=self.words)
        return response
