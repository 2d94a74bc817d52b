"""Joining a case to one about the same thing that is being handled already, and closing it with the main case's
answer. Setting it free again is in `parting`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Count

from huying.cases import inputs
from huying.cases.enums import LinkKind
from huying.cases.models import Case, CaseLink
from huying.cases.motions import ALONE, is_motion
from huying.cases.steps.particulars import data_of, figures, load
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid, Refusal
from huying.kernel.search import fold
from huying.matters.engine import UNKNOWN
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.matters.scopes import scope_of
from huying.people.directory import directory

JOINED = "joined"
DONE = {  # what a case that was done already is said to be
    "resolved": "已经办结、正在回访",
    "reply_review": "已经办结、正在审核答复",
    "under_review": "已经办过、正在第三方评价",
}
MAIN = "main"  # in `Change.extra`: the main case; as a fact: its number


def check_arrivals(changes: Sequence[Change]) -> None:
    """Of `receive`: what names another case on arrival is tied to it and is not triaged."""
    joining = [c for c in changes if c.refusal is None and data_of(c, inputs.Receive).joins]
    for change in joining:
        if not change.actor.may("cases.join"):
            change.refuse(Forbidden("您的岗位不能并入。", fields={"joins": ["您的岗位不能并入"]}))
    find_mains([(c, data_of(c, inputs.Receive).joins) for c in joining if c.refusal is None], "joins")
    for change in joining:
        if change.refusal is None:
            change.choose(JOINED)


def check_join(changes: Sequence[Change]) -> None:
    find_mains([(c, data_of(c, inputs.Join).main) for c in changes], "main")
    going = [c for c in changes if c.refusal is None]
    tied = CaseLink.objects.waiting().filter(main__in=[c.matter.pk for c in going])
    followers = dict(tied.values_list("main").annotate(Count("pk")))
    for change in going:
        main = main_of(change)
        assert main is not None
        if n := followers.get(change.matter.pk):
            sentence = f"已有 {n} 件并入这一件，它不能再并入别的件；请改为把 {main.number} 并入这一件"
            change.refuse(Conflict(f"{sentence}。", code="has_joined", fields={"main": [sentence]}))
        take_over(change, main)


def sorted_as(kind: str, category: str, main: Matter | None) -> tuple[str, str]:
    """Kind and category, of the main case where it has none of its own: else no count by categories would hold it."""
    return (kind, category) if main is None else (kind or main.subkind, category or main.category)


def take_over(change: Change, main: Matter) -> None:
    """What it lacks it has from the main case. A motion is answered by a letter of its own."""
    if is_motion(change.matter):
        change.refuse(Conflict(f"{ALONE}。", code="motion_alone"))
    kind, category = sorted_as(change.matter.subkind, change.matter.category, main)
    change.set(subkind=kind, category=category)
    change.facts |= {"kind": kind, "category": category, MAIN: main.number}


def check_sort_along(changes: Sequence[Change]) -> None:
    """The main case has been triaged since."""
    links = links_of(changes)
    for change in changes:
        link = links.get(change.matter.pk)
        if link is None:
            change.refuse(Conflict("这一件没有并入别的件。", code="not_joined"))
        else:
            take_over(change, link.main.matter)


def record_join(changes: Sequence[Change]) -> None:
    tie(changes, LinkKind.JOINED)


def check_close_joined(changes: Sequence[Change]) -> None:
    """It takes over from the main case what it lacks: whoever has handled that handles this one if it is done over."""
    load(changes)
    links, book = links_of(changes), directory()
    for change in changes:
        link = links.get(change.matter.pk)
        if link is None:
            change.refuse(Conflict("这一件没有并入别的件。", code="not_joined"))
            continue
        change.extra["link"] = link
        main, matter = link.main.matter, change.matter
        lead = book.by_id.get(main.lead_id or 0)
        kind, category = sorted_as(matter.subkind, matter.category, main)
        change.set(lead_id=main.lead_id, subkind=kind, category=category)
        change.facts |= figures(change) | {
            "handler": lead.code if lead else "",
            "kind": kind,
            "category": category,
            MAIN: main.number,
            "excluded": "merged",  # it counts as a voice, and not in closing rates: there is one handling
        }


def record_close_joined(changes: Sequence[Change]) -> None:
    end(changes, answered=True)
    update_rows(Case, ("resolved_at",), [(c.matter.pk, c.at) for c in changes])


def main_of(change: Change) -> Matter | None:
    """The case that it is joined to by this step."""
    main = change.extra.get(MAIN)
    return main if isinstance(main, Matter) else None


LINK = ("case", "main", "kind", "by", "at", "answered", "through", "counted")


def tie(changes: Sequence[Change], kind: LinkKind) -> None:
    rows = [
        (c.matter.pk, main.pk, kind.value, c.actor.user_id, c.at, False, None, True)
        for c in changes
        if (main := main_of(c))
    ]
    insert_rows(CaseLink, LINK, rows)


# --- the parts -------------------------------------------------------------------------------------------------------


def find_mains(wanted: Sequence[tuple[Change, str]], field: str, *, known: Mapping[str, Matter] | None = None) -> None:
    """Put the main case into each change, or refuse it. A case that is joined itself leads to its main.

    Nothing is locked: one that is closed in the same moment is found by whoever closes what is joined.
    """
    if not wanted:
        return
    numbers = {id(change): fold(typed).strip().upper() for change, typed in wanted}
    going = {change.matter.pk for change, _ in wanted if change.matter.pk}
    found = known or {m.number: m for m in Matter.objects.filter(kind="case", number__in=set(numbers.values()))}
    leading = {
        link.case_id: link.main.matter
        for link in CaseLink.objects.waiting()
        .filter(case__in=[m.pk for m in found.values() if m.state == JOINED])
        .select_related("main__matter")
    }
    for change, _ in wanted:
        main = found.get(numbers[id(change)])
        if main is not None:
            main = leading.get(main.pk, main)
        refusal = _against(change, main, field)
        if refusal is None and main is not None and main.pk in going:
            sentence = f"{main.number} 也在这一批里，不能互相并入"
            refusal = Conflict(f"{sentence}。", code="both_joined", fields={field: [sentence]})
        if refusal is not None:
            change.refuse(refusal)
        else:
            change.extra[MAIN] = main


def _against(change: Change, main: Matter | None, field: str) -> Refusal | None:
    """What stands against joining this one; None: nothing."""
    if main is None or not scope_of(change.actor).allows(change.actor, main):
        return Invalid(UNKNOWN, code="no_main", fields={field: ["没有这一件，或者您的岗位无权查看"]})
    if main.pk == change.matter.pk:
        sentence = "这就是这一件自己，请填写另一件的编号"
    elif main.closed_at is not None:
        sentence = f"{main.number} 已经结案，不能并入；问题还在的请单独办理"
    elif main.state in DONE:
        sentence = f"{main.number} {DONE[main.state]}，不能并入；问题还在的请单独办理"
    else:
        return None
    return Conflict(f"{sentence}。", code="not_joinable", fields={field: [sentence]})


def links_of(changes: Sequence[Change]) -> dict[int, CaseLink]:
    rows = CaseLink.objects.waiting().filter(case__in=[c.matter.pk for c in changes])
    rows = rows.select_related("main__matter", "through__matter")
    return {link.case_id: link for link in rows}


def end(changes: Sequence[Change], *, answered: bool) -> None:
    links = [(c.extra.get("link"), c.at) for c in changes]
    rows = [(link.pk, at, answered) for link, at in links if isinstance(link, CaseLink)]
    update_rows(CaseLink, ("ended_at", "answered"), rows)
