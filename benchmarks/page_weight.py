"""What a first visit costs: `python -m benchmarks.page_weight`.

A served Huying, a browser's requests without a browser: the page itself and everything it names (styles, scripts, the
modules they import, icons, fonts that a style sheet loads), with `Accept-Encoding: br, gzip`, nothing kept from before.
What counts is the bodies as they came over the wire. The heaviest page of each kind is told.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from http.client import HTTPConnection
from urllib.parse import urlencode, urljoin, urlsplit

from benchmarks import report
from benchmarks._served import served

STAFF_GOAL, RESIDENT_GOAL = 300.0, 100.0  # kilobytes
RESIDENT_PAGES = ("/", "/report/", "/follow/")
STAFF_PAGES = ("/desk/", "/desk/cases/", "/desk/cases/new/", "/desk/messages/", "/desk/units/", "/desk/help/")
NAMED = re.compile(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"#]+)"')
IMPORTED = re.compile(r'(?:from|import)\s*"(\./[^"]+)"')
LOADED = re.compile(r"url\(([^)]+\.(?:woff2?|ttf|otf))\)")
LAZY = re.compile(r"<img\b[^>]*\bloading=\"lazy\"[^>]*>")
USER, PASSWORD = "page.weight", "Huying-2026-weight"


class Visitor:
    """A browser that has never been here."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Accept-Encoding": "br, gzip", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if form is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"http://127.0.0.1:{self.port}/",
            }
        connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = connection.getresponse()
        body = answer.read()
        for line in answer.msg.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, body

    def plain(self, path: str) -> str:
        """A text as it is, for reading what it names."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers={"Accept-Encoding": "identity"})
        body = connection.getresponse().read()
        connection.close()
        return body.decode(errors="replace")

    def sign_in(self) -> None:
        self.ask("GET", "/account/sign-in/")
        form = {"username": USER, "password": PASSWORD, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        status, _, _ = self.ask("POST", "/account/sign-in/", form)
        if status != 302:
            raise SystemExit(f"登录没有成功（{status}）。")

    def weigh(self, path: str) -> dict[str, int]:
        """Address → bytes over the wire of this page and of everything it loads."""
        status, headers, body = self.ask("GET", path)
        if status != 200 or headers.get("content-encoding"):
            raise SystemExit(f"{path} 返回 {status}，{headers.get('content-encoding', '没有压缩')}。")
        weights = {path: len(body)}
        waiting = [urljoin(path, name) for name in NAMED.findall(LAZY.sub("", body.decode()))]
        while waiting:
            address = urlsplit(waiting.pop()).path
            if address in weights:
                continue
            status, headers, loaded = self.ask("GET", address)
            if status != 200:
                raise SystemExit(f"{address} 返回 {status}。")
            weights[address] = len(loaded)
            if address.endswith(".js"):
                waiting += [urljoin(address, name) for name in IMPORTED.findall(self.plain(address))]
            elif address.endswith(".css"):
                waiting += [urljoin(address, name.strip("\"'")) for name in LOADED.findall(self.plain(address))]
        return weights


def heaviest(port: int, pages: Sequence[str], *, signed_in: bool) -> tuple[str, dict[str, int]]:
    found: list[tuple[str, dict[str, int]]] = []
    visitor = Visitor(port)
    if signed_in:
        visitor.sign_in()
    for page in pages:
        found.append((page, visitor.weigh(page)))
    return max(found, key=lambda pair: sum(pair[1].values()))


def call_taker() -> None:
    """The account whose first visit is weighed."""
    from django.utils import timezone

    from huying.people.models import Organisation, Post, User

    user = User(username=USER, full_name="测量")
    user.set_password(PASSWORD)
    user.save()
    Post.objects.create(
        user=user,
        role="call_taker",
        organisation=Organisation.objects.get(code="centre"),
        is_primary=True,
        valid_from=timezone.localdate(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    parser.parse_args()
    with served(call_taker) as here:
        for name, pages, goal, signed_in in (
            ("page-weight-staff", STAFF_PAGES, STAFF_GOAL, True),
            ("page-weight-residents", RESIDENT_PAGES, RESIDENT_GOAL, False),
        ):
            page, weights = heaviest(here.port, pages, signed_in=signed_in)
            total = sum(weights.values()) / 1024
            report(name, total, "KB", floor=None, goal=goal, n=len(weights), page=page)


if __name__ == "__main__":
    main()
