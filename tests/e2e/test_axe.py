"""Every page, as somebody who may open it, on a desk and on a phone: nothing that keeps people out (axe), nothing wider
than the screen."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, TimeoutError

from huying.people.roles import ROLES
from tests.e2e.conftest import Visit
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.factories.supervision import issue, record
from tests.test_routes import ruled

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
NEEDS_AXE = pytest.mark.skipif(not AXE.exists(), reason="没有 axe-core：在 frontend 目录运行 npm ci")
WIDTHS = (1440, 360)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    NEEDS_AXE,
]

# Each address is looked at by the first of these who may open it; the others look at what is different for them.
FIRST = ("visitor", "resident", "call_taker", "dispatcher", "handler", "administrator", "chief", "supervisor")
GROUPS = (
    ("visitor", "resident"),
    ("call_taker",),
    ("dispatcher", "handler"),
    ("administrator",),
    ("chief", "supervisor", "leader", "analyst"),
    ("third_party", "grid_worker", "community_clerk", "street_clerk", "assistance", "enterprise"),
)
# Who opens many is shared out: one test takes every third page of theirs, beginning with this one.
SHARES = {("call_taker",): 3, ("administrator",): 2, ("chief", "supervisor", "leader", "analyst"): 2}
TURNS = [(group, turn) for group in GROUPS for turn in range(SHARES.get(group, 1))]
OWN = {role.key: ("/desk/", "/desk/cases/") for role in ROLES.values() if role.kind == "staff"} | {
    "administrator": ("/desk/",),
    "enterprise": ("/",),
    "resident": ("/",),
    "visitor": ("/",),
}
STEPS = {  # role -> steps of the case in that state
    "call_taker": (("received", "triage"), ("received", "answer"), ("resolved", "callback")),
    "dispatcher": (("triaged", "dispatch"),),
    "handler": (("dispatched", "acknowledge"), ("acknowledged", "contact"), ("handling", "propose")),
    "chief": (("awaiting_approval", "approve"), ("awaiting_approval", "send_back")),
}
STATES = ("received", "triaged", "dispatched", "acknowledged", "handling", "awaiting_approval", "resolved", "closed")


def addresses(role: str, served: District, numbers: dict[str, str]) -> list[str]:
    """What this role is to look at, pages or not."""
    found = list(OWN[role])
    if role in FIRST:
        actors = {key: served.actor(key) for key in FIRST if key != "visitor"}
        for address, rule in ruled():
            who = [key for key in FIRST if (rule.kind == "public" if key == "visitor" else rule.admits(actors[key]))]
            if who and who[0] == role and (url := filled(address, numbers)):
                found.append(url)
    case = [f"/desk/cases/{numbers[state]}/" for state in ("handling", "closed")]
    if role in ("call_taker", "handler", "leader", "analyst", "community_clerk"):
        found += case
    found += [f"/desk/cases/{numbers[state]}/steps/{step}/" for state, step in STEPS.get(role, ())]
    return list(dict.fromkeys(found))


def further(role: str, served: District, matters: dict[str, str]) -> list[str]:
    """Pages of supervisions and instructions, whose addresses take numbers of their own."""
    supervision = f"/desk/supervisions/{matters['supervision']}/"
    instruction = f"/desk/instructions/{matters['instruction']}/"
    pages = {
        "supervisor": (supervision, f"{supervision}steps/summon/", instruction, f"{instruction}steps/assign/"),
        "handler": (supervision, f"{supervision}steps/acknowledge/", f"{supervision}steps/hand_back/"),
        "leader": (supervision, instruction),
    }
    return list(pages.get(role, ()))


def filled(address: str, numbers: dict[str, str]) -> str:
    """ "" for what one cannot simply open: files, single messages, sessions."""
    values = {"<number:number>": numbers["handling"], "<str:code>": "URBAN", "figures/<slug:key>": "figures/late"}
    for name, value in values.items():
        address = address.replace(name, value)
    return "" if "<" in address else f"/{address}"


def is_page(role: str, url: str, served: District) -> bool:
    client = Client()
    if role != "visitor":
        client.force_login(served.users[role])
    answer = client.get(url)
    answer.close()
    kind = answer.headers.get("Content-Type", "")
    return answer.status_code == 200 and kind.startswith("text/html") and b"<!doctype" in answer.content[:20]


# A map draws its names anew when its size changes: what is looked at must stand still meanwhile.
STILL = """() => new Promise((done) => {
  const quiet = () => { watch.disconnect(); done(); };
  let timer = setTimeout(quiet, 250);
  const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(quiet, 250); });
  watch.observe(document.body, { childList: true, subtree: true });
})"""


@cache
def axe() -> str:
    return AXE.read_text()


def faults(page: Page) -> list[str]:
    if page.locator("[data-map]").count():
        with suppress(TimeoutError):  # a map without areas has no names
            page.wait_for_selector(".map-name, .map-note", state="attached", timeout=1500)
        page.evaluate(STILL)
    if not page.evaluate("'axe' in window"):  # what was looked at in another width has it still
        page.evaluate(axe())
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {[node['html'][:160] for node in violation['nodes']][:3]}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(("group", "turn"), TURNS, ids=[f"{'-'.join(group)}-{turn}" for group, turn in TURNS])
def test_nothing_keeps_people_out(
    visit: Visit, served: District, group: tuple[str, ...], turn: int, settings: object
) -> None:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]
    numbers = {state: advance(served, receive(served), state).number for state in STATES}
    about = [numbers["handling"]]
    matters = {"supervision": issue(served, matters=about).number, "instruction": record(served).number}
    wrong: list[str] = []
    for role in group:
        page = visit("" if role == "visitor" else role)
        mine = slice(turn, None, SHARES.get(group, 1))
        pages = [url for url in addresses(role, served, numbers)[mine] if is_page(role, url, served)]
        for url in [*pages, *further(role, served, matters)[mine]]:
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            page.goto(url)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                wrong += [f"{role} {width} {url} {fault}" for fault in faults(page)]
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    wrong.append(f"{role} {width} {url} wider than the screen")
    assert wrong == [], "\n".join(wrong)
