"""One search over everything that somebody may look for: cases, units, places, pages, help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from huying.callouts.filters import search as callouts_said
from huying.callouts.flow import CALLOUTS
from huying.callouts.queries import callouts_for
from huying.callouts.responses import RESPONSES
from huying.cases.flow import CASES
from huying.cases.queries import Row, listed, rows_of
from huying.cases.queues import NEWEST, cases_for
from huying.cases.searching import find, hides, looks_like_number, searched_by, sees_plain_words
from huying.dockets import queries as dockets
from huying.dockets.flow import DOCKETS
from huying.dockets.queries import dockets_for
from huying.dockets.work import WORK
from huying.kernel.paging import CappedCount, capped_count
from huying.kernel.registry import navigation, settings_pages
from huying.kernel.search import fold
from huying.matters.messages import urls
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.enums import OrganisationKind
from huying.places.enums import Level
from huying.places.tree import place_tree
from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS
from huying.ui.context import address as address_of
from huying.web import manual
from huying.web.figures import Narrowing, address
from huying.web.units import may_see, unit_url

KINDS = {  # who may open it
    CASES.kind: "cases.view",
    SUPERVISIONS.kind: "supervision.view",
    INSTRUCTIONS.kind: "supervision.board",
    DOCKETS.kind: "dockets.view",
    CALLOUTS.kind: "callouts.view",
    RESPONSES.kind: "callouts.view",
    WORK.kind: "dockets.view",
}
CASES_SHOWN, OTHERS_SHOWN, MOST_DOCKETS = 8, 8, 200
COUNTED_TO = 1_000


@dataclass(frozen=True, slots=True)
class Hit:
    label: str
    url: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Hits:
    """One group of what was found. `more`: how many further ones there are."""

    label: str
    hits: Sequence[Hit]
    more: int = 0


@dataclass(frozen=True, slots=True)
class FoundCases:
    rows: Sequence[Row]
    count: CappedCount
    url: str
    refused: bool  # a phone typed by somebody who may look up none
    alike: bool  # nobody says just that, these come near


def search_words(request: HttpRequest) -> str:
    """What the box of the top bar says can be found: no cases for whoever may see none."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or not actor.may("cases.view"):
        return "搜索单位、账号、设置"
    return f"搜索{searched_by(actor)}"


def matter_url(actor: Actor, typed: str) -> str:
    """Straight to the matter of any kind whose number was typed; "" when there is none this actor may see."""
    number = looks_like_number(typed)
    if not number:
        return ""
    kinds = [kind for kind, permission in KINDS.items() if actor.may(permission)]
    matter = Matter.objects.visible_to(actor).filter(number=number, kind__in=kinds).first()
    return urls[matter.kind](matter) if matter is not None else ""


def found_cases(actor: Actor, typed: str, now: datetime) -> FoundCases | None:
    if not actor.may("cases.view"):
        return None
    found = find(cases_for(actor), actor, typed)
    rows = found.rows
    first = list(listed(rows).order_by(*NEWEST)[:CASES_SHOWN])
    if len(first) < CASES_SHOWN:
        count = CappedCount(len(first), False)
    elif found.many and actor.scope == "all":
        count = CappedCount(COUNTED_TO, True)
    elif found.costly:
        count = CappedCount(len(first), True)
    else:
        count = capped_count(rows, COUNTED_TO)
    refused = not first and not sees_plain_words(actor) and hides(typed)
    return FoundCases(
        rows_of(first, actor, now), count, f"{reverse('cases:list')}?{urlencode({'q': typed})}", refused, found.alike
    )


def found_elsewhere(actor: Actor, typed: str) -> list[Hits]:
    """The groups beside cases that have something; only call-outs and dockets ask the database, once each."""
    words = [fold(word) for word in typed.split()]
    groups = (
        ("呼叫", _callouts(actor, typed)),
        ("议题", _dockets(actor, typed)),
        ("单位", _units(actor, words)),
        ("区域", _places(actor, words)),
        ("页面和设置", _pages(actor, words)),
        ("使用手册", _help(words)),
    )
    return [Hits(label, hits[:OTHERS_SHOWN], max(len(hits) - OTHERS_SHOWN, 0)) for label, hits in groups if hits]


def _holds(words: Sequence[str], *texts: str) -> bool:
    whole = fold(" ".join(texts))
    return all(word in whole for word in words)


def _dockets(actor: Actor, typed: str) -> list[Hit]:
    if not actor.may("dockets.view") or (hides(typed) and not sees_plain_words(actor)):
        return []
    found = dockets.search(dockets_for(actor), typed).order_by("-opened_at", "-id")[:MOST_DOCKETS]
    return [
        Hit(
            dockets.title_of(docket, actor),
            urls[docket.kind](docket),
            f"{docket.number}，{DOCKETS.state[docket.state].label}",
        )
        for docket in found
    ]


def _callouts(actor: Actor, typed: str) -> list[Hit]:
    if not actor.may("callouts.view") or (hides(typed) and not sees_plain_words(actor)):
        return []
    found = callouts_said(callouts_for(actor), typed).order_by("-opened_at", "-id")[:MOST_DOCKETS]
    return [
        Hit(
            dockets.title_of(callout, actor),
            urls[callout.kind](callout),
            f"{callout.number}，{CALLOUTS.state[callout.state].label}",
        )
        for callout in found
    ]


def _units(actor: Actor, words: Sequence[str]) -> list[Hit]:
    return [
        Hit(unit.label, unit_url(unit), "，".join(filter(None, (OrganisationKind(unit.kind).label, unit.duty_phone))))
        for unit in directory().by_id.values()
        if unit.current and _holds(words, unit.name, unit.short_name, unit.code) and may_see(actor, unit)
    ]


def _places(actor: Actor, words: Sequence[str]) -> list[Hit]:
    """A place leads to the cases that are open in it, so it is of use to those who see cases."""
    if not actor.may("cases.view"):
        return []
    tree, hits = place_tree(), []
    for place in tree.by_code.values():
        if place.level != Level.DISTRICT and _holds(words, place.name, place.code):
            around = [tree.name_of(key) for key in (place.street_id, place.community_id) if key not in (None, place.id)]
            line = " ".join([*around, Level(place.level).label])
            hits.append(Hit(place.name, address("open", Narrowing(place=place)), f"{line}，看在办的诉求件"))
    return hits


def _pages(actor: Actor, words: Sequence[str]) -> list[Hit]:
    lines = [
        (entry.label, "", entry.url_name) for entry in navigation if not entry.permission or actor.may(entry.permission)
    ]
    lines += [(page.label, page.line, page.url_name) for page in settings_pages if actor.may(page.permission)]
    found: dict[str, Hit] = {}
    for label, line, url_name in lines:
        url = address_of(url_name)
        if url and _holds(words, label, line):
            found.setdefault(url, Hit(label, url, line))
    return list(found.values())


def _help(words: Sequence[str]) -> list[Hit]:
    return [
        Hit(part.title, f"{reverse('web:help')}#{part.id}", "" if part.title == section.title else section.title)
        for section, part in manual.find(words)
    ]
