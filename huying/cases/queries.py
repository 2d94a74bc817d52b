"""Cases as pages show them: rows of lists, and one case with everything around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery

from huying.cases import options, parts
from huying.cases.enums import CaseKind
from huying.cases.flow import CASES
from huying.cases.models import Case, CaseLink
from huying.cases.queues import cases_for
from huying.cases.searching import sees_plain_words
from huying.cases.steps.requests import all_requests, asked_turn
from huying.kernel.errors import Missing
from huying.kernel.privacy import mask_text
from huying.matters import aspects
from huying.matters.detail import TONES, Mark, asked_along
from huying.matters.engine import UNKNOWN
from huying.matters.enums import Urgency
from huying.matters.flow import acts_on
from huying.matters.models import Alarm, Clock, Matter
from huying.matters.queries import Remaining, most_pressing
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.models import Contact
from huying.places.tree import place_tree
from huying.ui.components import Fact, Tone

URGENCY_TONES: dict[str, Tone] = {Urgency.URGENT: "orange", Urgency.EMERGENCY: "red"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list."""

    number: str
    title: str
    state: str
    tone: Tone
    holder: str
    place: str
    category: str
    opened_at: datetime
    closed_at: datetime | None
    remaining: Remaining | None
    marks: Sequence[Mark]


def listed(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """With what a row needs beside the matter."""
    waiting = Alarm.objects.filter(matter=OuterRef("pk"), acknowledged_at=None)
    return rows.annotate(alarmed=Exists(waiting))


def rows_of(matters: Sequence[Matter], actor: Actor, now: datetime) -> list[Row]:
    """One query, however many."""
    pressing = most_pressing(matters, CASES, now, actor.organisation_id)
    own_parts = parts.marks_for(matters, actor)
    return [_row(matter, pressing.get(matter.pk), actor, own_parts.get(matter.pk)) for matter in matters]


def _row(matter: Matter, remaining: Remaining | None, actor: Actor, own_part: Mark | None) -> Row:
    state = CASES.state[matter.state]
    return Row(
        number=matter.number,
        title=title_of(matter, actor),
        state=state.label,
        tone=TONES[state.tone],
        holder=directory().name_of(matter.holder_id) if matter.is_open else directory().name_of(matter.lead_id),
        place=place_of(matter, short=True),
        category=options.category_names().get(matter.category, "").rpartition(" / ")[2],
        opened_at=matter.opened_at,
        closed_at=matter.closed_at,
        remaining=remaining,
        marks=marks_of(matter, actor, alarmed=bool(getattr(matter, "alarmed", False)), own_part=own_part),
    )


def marks_of(matter: Matter, actor: Actor, *, alarmed: bool, own_part: Mark | None = None) -> list[Mark]:
    """What makes a case unlike others, as words. `own_part`: how far the reader's unit is with helping."""
    marks: list[Mark] = []
    if alarmed:
        marks.append(Mark("险情", "red"))
    if matter.urgency != Urgency.NORMAL:
        marks.append(Mark(Urgency(matter.urgency).label, URGENCY_TONES[matter.urgency]))
    if matter.confidential:
        marks.append(Mark("保密", "grey"))
    if matter.rework_count:
        marks.append(Mark(f"重办 {matter.rework_count} 次", "orange"))
    if matter.repeat_count > 1:
        marks.append(Mark(f"第 {matter.repeat_count} 次反映", "orange"))
    others = list(aspects.marks(matter))
    if actor.organisation_id in matter.co_handlers:
        marks.append(own_part or Mark("协办", "grey"))
        others = [mark for mark in others if mark.label != "协办"]  # told already, and from the reader's side
    return [*marks, *others]


def title_of(matter: Matter, actor: Actor) -> str:
    return matter.title if shows_plain_words(matter, actor) else mask_text(matter.title)


def shows_plain_words(matter: Matter, actor: Actor) -> bool:
    """A confidential reporter may have written the own number into the text: units read it masked."""
    return sees_plain_words(actor) and (not matter.confidential or actor.may("cases.view_confidential"))


def concealing(matter: Matter, actor: Actor) -> Callable[[str], str] | None:
    """What the words of a case pass through before this actor reads them; None: they are read as they are.

    The name of a reporter who asked for confidence is left out, and any reporter's for roles that read no identities;
    `raised_by` should be loaded.
    """
    if shows_plain_words(matter, actor):
        return None
    reporter = matter.raised_by if matter.confidential or actor.role.deidentified else None
    return reporter.concealed_in if reporter is not None else mask_text


def place_of(matter: Matter, *, short: bool = False) -> str:
    tree = place_tree()
    ids = (matter.street_id, matter.community_id) if short else (matter.street_id, matter.community_id, matter.grid_id)
    return " ".join(filter(None, map(tree.name_of, ids)))


# --- one case --------------------------------------------------------------------------------------------------------


def door(actor: Actor, number: str) -> Matter:
    """The case behind a number, if this actor may see it; otherwise it sounds as if there were none.

    Raises:
        Missing
    """
    # Whether there is more to ask for is asked here: most cases have no alarm and go along with no other.
    rows = cases_for(
        actor
    ).annotate(
        alarmed=Exists(Alarm.objects.filter(matter=OuterRef("pk"))),
        linked=Exists(CaseLink.objects.filter(Q(case=OuterRef("pk")) | Q(main=OuterRef("pk")))),
        given_at=Subquery(  # until when its unit may object counts from here; none while it is done over
            Clock.objects.filter(matter=OuterRef("pk"), kind="handle", stopped_at=None).values("started_at")[:1]
        ),
        requests_told=all_requests(),
        **asked_along(),
    )
    matter = rows.filter(number=number).select_related("case", "raised_by", "holder_user").first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter


def whose_turn(matter: Matter) -> str:
    """Who has it in hand, and what for."""
    state = CASES.state[matter.state]
    if state.final:
        return "已结案，没有待办"
    holder = directory().name_of(matter.holder_id)
    if matter.state == "joined":
        return "随同一件事一起办，等那一件结案，一起答复"
    if matter.state == "deferred":
        return f"{holder}推进条件，定期复核；条件具备了恢复办理"
    if matter.state == "waiting":
        return f"等诉求人补充，之后由{holder}继续"
    if matter.state == "under_review":
        split = "review_split" in matter.aspects
        return "等督导员裁定，或者加派第三位评价员" if split else "等第三方评价员评价"
    if waits_for_centre(matter):
        return "等区中心联系诉求人（保密）"
    if "disputed" in matter.aspects:
        return f"{holder}，责任争议待裁定承办单位"
    person = f"（{matter.holder_user.display_name}）" if matter.holder_user else ""
    return f"{holder}{person}，{state.label}{asked_turn(matter)}"


def who_answers(matter: Matter) -> str:
    """Who is responsible for it until somebody else has really taken it; "" where that is whoever has it in hand."""
    if (
        matter.state not in ("triaged", "dispatched", "objecting", "objected")
        or matter.first_holder_id == matter.holder_id
    ):
        return ""
    return f"首接负责：{directory().name_of(matter.first_holder_id)}，到有单位签收为止。"


def waits_for_centre(matter: Matter) -> bool:
    """Whether a unit has it in hand and the centre must first speak with a reporter who asked for confidence."""
    to_contact = matter.state in ("acknowledged", "handling") and matter.case.contacted_at is None
    return to_contact and matter.confidential and matter.holder_id != directory().centre.id


# Steps that another must take than whoever has had to do with it: why such a one finds no button.
FOUR_EYES = {
    "endorse_objection": "这件申诉是您提出的，由另一位负责人审核。",
    "rule": "这件您派过单或者办过申诉，由另一位派单审核员裁定。",
    "assign_by_ruling": "这件您派过单，由没有派过的派单审核员或者督导员裁定。",
    "approve_rejection": "不予受理是您提请的，由另一位派单审核员审核。",
}


def why_not_own(matter: Matter, actor: Actor) -> str:
    """What keeps somebody from a step of four eyes that the post would allow; "" for everybody else."""
    disputed = "disputed" in matter.aspects
    for key, words in FOUR_EYES.items():
        step = CASES.step[key]
        if matter.state not in step.sources or not actor.may(step.permission) or not acts_on(actor, matter):
            continue
        if (key == "assign_by_ruling" and not disputed) or (key == "rule" and disputed):
            continue
        if step.fits is not None and not step.fits(matter, actor):
            return words
    return ""


def why_waiting(matter: Matter, actor: Actor) -> str:
    """What whoever looks at a case that waits for another's step or for the centre's call should know."""
    if words := why_not_own(matter, actor):
        return words
    if not waits_for_centre(matter):
        return ""
    if actor.may("cases.view_confidential"):
        return "诉求人要求保密：由区中心先联系诉求人，记下沟通情况后，承办单位才能提交办理结果。"
    if actor.organisation_id == matter.holder_id:
        return (
            "诉求人要求保密，由区中心代为联系，联系之后才能提交办理结果；办理时限照常计时，可以先了解情况、着手办理。"
        )
    return "诉求人要求保密，由区中心代为联系，联系之后承办单位才能提交办理结果。"


def main_facts(matter: Matter, case: Case) -> list[Fact]:
    book = directory()
    co_handlers = "、".join(filter(None, (book.name_of(key) for key in matter.co_handlers)))
    facts = [
        Fact("来源渠道", options.channel_names().get(matter.channel, matter.channel)),
        Fact("来件编号", matter.external_number),
        Fact("诉求类型", CaseKind(matter.subkind).label if matter.subkind else ""),
        Fact("分类", options.category_names().get(matter.category, "")),
        Fact("紧急程度", Urgency(matter.urgency).label),
        Fact("主办单位", book.name_of(matter.lead_id)),
        Fact("协办单位", co_handlers),
        Fact("经办人", case.officer),
        Fact("首接单位", book.name_of(matter.first_holder_id)),
        Fact("标签", "、".join(case.tags)),
        Fact("要求答复", "" if case.wants_reply else "不要求"),
        Fact("满意度", case.get_satisfaction_display() if case.satisfaction else ""),
        Fact("诉求人评价", case.get_rating_display() if case.rating else ""),
    ]
    return [fact for fact in facts if fact.value]


# --- who raised it ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ContactBlock:
    """What of the reporter is shown. `note` instead of data where there is nothing to show, and why."""

    note: str = ""
    facts: Sequence[Fact] = field(default_factory=tuple)
    may_reveal: bool = False
    may_correct: bool = False


def contact_block(matter: Matter, case: Case, actor: Actor) -> ContactBlock | None:
    """None for de-identified roles: they are not even told that somebody left a name."""
    if actor.role.deidentified:
        return None
    if matter.confidential and not actor.may("cases.view_confidential"):
        asking = "需要了解的情况，请写在“退回补充”里。" if actor.may("cases.return_to_reporter") else ""
        return ContactBlock(f"诉求人要求保密，由区中心负责联系。{asking}")
    contact = matter.raised_by
    if contact is None:
        return ContactBlock("匿名诉求，没有留下联系方式。" if case.anonymous else "没有留下联系方式。")
    masked = contact.masked()
    facts = [
        Fact("姓名" if contact.kind == "person" else "单位", masked.name),
        Fact("电话", masked.phone),
        Fact("证件号码", masked.identity),
        Fact("住址", masked.address),
    ]
    there = contact.forgotten_at is None
    return ContactBlock(
        facts=facts,
        may_reveal=there and may_reveal(matter, actor),
        may_correct=there and actor.may("cases.correct_contact"),
    )


def may_reveal(matter: Matter, actor: Actor) -> bool:
    """Whether this actor may see the reporter's plain data of this case: the centre, and the units it was given to."""
    if not actor.may("cases.view_contact") or actor.role.deidentified or matter.raised_by_id is None:
        return False
    if matter.confidential and not actor.may("cases.view_confidential"):
        return False
    own = actor.organisation_id
    given = own is not None and (own in (matter.holder_id, matter.lead_id) or own in matter.co_handlers)
    return actor.scope == "all" or given


class _AmongFew(Func):
    """A column among the values of a query that gives a handful. As `IN (SELECT …)` PostgreSQL takes it for half of the
    table and walks down all cases; as an array it uses the index."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def other_cases_of(
    contact_ids: Sequence[int], actor: Actor, *, apart: int | None = None, most: int = 6
) -> list[Matter]:
    """The newest cases of the same person, as far as this actor may see them."""
    people = Contact.objects.same_person_as(contact_ids).values("pk")
    rows = cases_for(actor).filter(_AmongFew(F("raised_by_id"), ArraySubquery(people)))
    if not actor.may("cases.view_confidential"):
        rows = rows.filter(confidential=False)
    if apart is not None:
        rows = rows.exclude(pk=apart)
    return list(rows.order_by("-opened_at", "-id")[:most])
