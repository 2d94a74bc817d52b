"""Third-party review (第三方评价): two from outside judge apart from each other whether a unit did what it should.

It is opened by a second “not solved” or “dissatisfied”, or drawn from closed cases. Where both say the same, that is
the result; where they do not, a third one or the supervisor decides. What was proper is closed as such, and says so;
what was not is done over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from huying.cases import inputs, reviewers
from huying.cases.enums import ReviewBasis, ReviewReason, ReviewResult, ReviewStage
from huying.cases.models import Case, Judgement, Review
from huying.cases.motions import is_motion
from huying.cases.parameters import REVIEW_FROM, REVIEW_SAMPLE
from huying.cases.reviewers import Reviewer
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.cases.steps.rounds import another_round, lead_of
from huying.kernel.bulk import insert_rows, reserve_ids, update_rows
from huying.kernel.calendar import current_calendar, due
from huying.kernel.errors import Conflict, Invalid, Refusal
from huying.matters.aspects import Aspect, aspects
from huying.matters.clocks import hours_of
from huying.matters.flow import Change
from huying.matters.limits import Case as Limited
from huying.matters.limits import limit_for
from huying.matters.messages import Draft, Recipients, send
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.ui.text import moment

REVIEW, SPLIT, PROPER, IMPROPER = "review", "review_split", "review_proper", "review_improper"
aspects.declare(
    Aspect(key=REVIEW, label="评价中", meaning="正在第三方评价", tone="purple", shown=False, order=60),
    Aspect(key=SPLIT, label="待裁定", meaning="第三方评价待裁定", tone="orange", order=61),
    Aspect(key=PROPER, label="评为得当", meaning="第三方评价处置得当，诉求人不满意", tone="teal", order=62),
    Aspect(key=IMPROPER, label="评为不当", meaning="第三方评价处置不当", tone="red", order=63),
)
_OPENED, _LEFT, _ROUND = "review_opened", "review_left", "another_round"  # in `Change.extra`


# --- opening ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """A review on its way: why, who judges and until when."""

    reason: ReviewReason
    two: tuple[Reviewer, Reviewer]
    due: tuple[datetime, datetime]


def is_another_time(matter: Matter) -> bool:
    """Whether whoever is not content now was not content before: then others judge. What they found proper once is not
    put before them again; what a proposer thinks of an answer is nobody else's to judge."""
    another = matter.rework_count + 1 >= REVIEW_FROM.value and PROPER not in matter.aspects
    return another and not is_motion(matter)


def is_drawn(number: str) -> bool:
    """Whether a case that was closed after a callback is judged: fixed by its number, so that nobody can choose."""
    share = REVIEW_SAMPLE.value
    return share > 0 and int.from_bytes(hashlib.sha256(f"review:{number}".encode()).digest()[:4]) % share == 0


def open_reviews(
    changes: Sequence[Change], reason: ReviewReason, otherwise: Callable[[Change], None] = lambda change: None
) -> None:
    """Give these to two reviewers each; `otherwise` for those for whom there are no two. The outcome has been chosen,
    or is chosen here where they were dissatisfied."""
    if not changes:
        return
    found = reviewers.two_for([change.matter for change in changes])
    for change in changes:
        two = found.get(change.matter.pk)
        if two is None:
            otherwise(change)
            continue
        try:
            until = (due_for(change, two[0]), due_for(change, two[1]))
        except Refusal as refusal:
            change.refuse(refusal)
            continue
        if reason is ReviewReason.DISSATISFIED:
            change.choose("under_review")
            change.set(holder_id=directory().centre.id, holder_user_id=None)
        change.extra[_OPENED] = Opened(reason, two, until)
        change.facts["review"] = {"reason": reason.value}
        change.mark(REVIEW)
        change.set(reviewers=[one.user_id for one in two])


def draw(changes: Sequence[Change]) -> None:
    """Of those that close now after a callback, what is judged all the same."""
    open_reviews([c for c in changes if c.refusal is None and is_drawn(c.matter.number)], ReviewReason.SAMPLED)


def due_for(change: Change, reviewer: Reviewer) -> datetime:
    """Until when this person judges, in the own body's working time."""
    matter, unit = change.matter, reviewer.organisation_id
    told = Limited(matter.subkind, matter.category, matter.urgency, matter.channel, unit)
    amount, counted = limit_for(change.flow.kind, "review", told, change.at)
    return due(change.at, amount, counted, hours_of(unit), current_calendar()).at


def record_opened(changes: Sequence[Change]) -> None:
    going = [(change, opened) for change in changes if isinstance(opened := change.extra.get(_OPENED), Opened)]
    if not going:
        return
    ids = reserve_ids(Review, len(going))
    insert_rows(
        Review,
        ("id", "case", "seq", "round", "reason", "opened_at", "stage", "result", "basis"),
        [
            (pk, c.matter.pk, c.seq, c.facts["round"], o.reason.value, c.at, ReviewStage.JUDGING.value, "", "")
            for pk, (c, o) in zip(ids, going, strict=True)
        ],
    )
    insert_rows(
        Judgement,
        ("review", "place", "reviewer", "organisation", "assigned_at", "due_at", "responsible"),
        [
            (pk, place, one.user_id, one.organisation_id, c.at, until, "")
            for pk, (c, o) in zip(ids, going, strict=True)
            for place, (one, until) in enumerate(zip(o.two, o.due, strict=True), start=1)
        ],
    )
    tell([(c, one.user_id, until) for c, o in going for one, until in zip(o.two, o.due, strict=True)])


def tell(asked: Sequence[tuple[Change, int, datetime]]) -> None:
    """Each reviewer that a judgement is wanted, and until when."""
    send(
        [
            Draft("case.judge", change.matter, Recipients({user}), {"until": moment(until)}, change.at, change.seq)
            for change, user, until in asked
            if not change.quiet
        ]
    )


# --- what is under way -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class UnderWay:
    """An open review with those who are asked now."""

    review: Review
    judgements: list[Judgement]

    def own(self, user_id: int | None) -> Judgement | None:
        """What is wanted of this person."""
        return next((j for j in self.judgements if j.reviewer_id == user_id and j.answered_at is None), None)

    @property
    def answered(self) -> list[Judgement]:
        return [j for j in self.judgements if j.answered_at is not None]

    @property
    def all_in(self) -> bool:
        return len(self.answered) == len(self.judgements)


def under_way(matters: Collection[int]) -> dict[int, UnderWay]:
    """By matter. Two queries."""
    found = {
        review.case_id: UnderWay(review, [])
        for review in Review.objects.filter(case__in=matters).exclude(stage=ReviewStage.DONE)
    }
    by_review = {one.review.pk: one for one in found.values()}
    for judgement in Judgement.objects.filter(review__in=by_review, replaced_at=None).order_by("place"):
        by_review[judgement.review_id].judgements.append(judgement)
    return found


def is_asked(actor: Actor, matter: Matter) -> bool:
    """Whose turn it is: theirs who were asked."""
    return actor.user_id is not None and actor.user_id in matter.reviewers


def may_judge(matter: Matter, actor: Actor) -> bool:
    wanted = Judgement.objects.filter(
        reviewer=actor.user_id, answered_at=None, replaced_at=None, review__case=matter.pk
    )
    return REVIEW in matter.aspects and wanted.exists()


def is_reviewed(matter: Matter, actor: Actor) -> bool:
    return REVIEW in matter.aspects


def is_split(matter: Matter, actor: Actor) -> bool:
    return SPLIT in matter.aspects


# --- judging ---------------------------------------------------------------------------------------------------------

SPLITS = 1  # of the two outcomes of `judge` that move nothing, the one that asks the supervisor


def check_judge(changes: Sequence[Change]) -> None:
    load(changes)
    found = under_way([c.matter.pk for c in changes])
    for change in changes:
        data = data_of(change, inputs.Judge)
        there = found.get(change.matter.pk)
        own = there.own(change.actor.user_id) if there else None
        change.facts |= figures(change)
        if there is None or own is None:
            change.refuse(Conflict("这件没有等您评价：没有交给您，或者您已经评价过。", code="not_asked"))
            continue
        change.extra |= {"there": there, "own": own}
        change.facts |= {"place": own.place, "due": own.due_at.isoformat(), "in_time": change.at <= own.due_at}
        others = [j for j in there.judgements if j is not own]
        if any(j.answered_at is None for j in others):
            continue
        says = [data.proper, *(bool(j.proper) for j in others)]
        change.facts["agreement"] = {"said": len(says), "proper": sum(says)}
        if len(set(says)) > 1 and len(says) == 2:
            change.outcome = change.step.outcomes[SPLITS]
            change.mark(SPLIT)
            change.extra["stage"] = ReviewStage.TO_DECIDE
            continue
        basis = ReviewBasis.AGREED if len(set(says)) == 1 and len(says) == 2 else ReviewBasis.MAJORITY
        conclude(change, proper=sum(says) * 2 > len(says), basis=basis)


def conclude(change: Change, *, proper: bool, basis: ReviewBasis) -> None:
    """What follows from a result. Whether a sampled case is done over when two from outside find it improper is for the
    supervisor to say: its reporter was content."""
    matter = change.matter
    sampled = matter.state == "closed"
    if sampled and not proper and basis is not ReviewBasis.RULED:
        change.outcome = change.step.outcomes[SPLITS]
        change.mark(SPLIT)
        change.extra["stage"] = ReviewStage.TO_DECIDE
        return
    result = ReviewResult.PROPER if proper else ReviewResult.IMPROPER
    change.extra |= {"stage": ReviewStage.DONE, "result": result, "basis": basis}
    change.facts["review"] = {"result": result.value, "basis": basis.value}
    change.unmark(REVIEW)
    change.unmark(SPLIT)
    if proper and sampled:
        return
    change.mark(PROPER if proper else IMPROPER)
    if proper:
        change.choose("closed")
        return
    do_over(change)


def do_over(change: Change) -> None:
    """Back to the unit, or to whoever finds another where it is no more."""
    if (lead := lead_of(change)) is not None:
        change.choose("handling")
        change.set(holder_id=lead.id)
    else:
        centre = directory().centre.id
        change.choose("received")
        change.set(holder_id=centre, first_holder_id=centre, lead_id=None, co_handlers=[])
    another_round(change)
    change.extra[_ROUND] = True


def record_judge(changes: Sequence[Change]) -> None:
    update_rows(
        Judgement,
        ("answered_at", "seq", "true", "solved", "proper", "responsible"),
        [
            (own.pk, c.at, c.seq, data.true, data.solved, data.proper, data.responsible.value)
            for c in changes
            for data, own in ((data_of(c, inputs.Judge), c.extra["own"]),)
            if isinstance(own, Judgement)
        ],
    )
    record_result(changes)


def record_result(changes: Sequence[Change]) -> None:
    """What became of the reviews of these, and the round that begins with it."""
    decided: list[tuple[object, ...]] = []
    for change in changes:
        there, stage = change.extra.get("there"), change.extra.get("stage")
        if not isinstance(there, UnderWay) or not isinstance(stage, ReviewStage):
            continue
        result, basis = change.extra.get("result", ""), change.extra.get("basis", "")
        done = stage is ReviewStage.DONE
        decided.append(
            (
                there.review.pk,
                stage.value,
                str(result),
                str(basis),
                change.at if done else None,
                change.seq if done else None,
            )
        )
    update_rows(Review, ("stage", "result", "basis", "decided_at", "decided_seq"), decided)
    update_rows(
        Case,
        ("round", "callback_tries", "contact_tries", "contacted_at", "resolved_at"),
        [(c.matter.pk, case_of(c).round, 0, 0, None, None) for c in changes if c.extra.get(_ROUND)],
    )


# --- what the supervisor arranges ------------------------------------------------------------------------------------


def check_assign_reviewer(changes: Sequence[Change]) -> None:
    load(changes)
    found = under_way([c.matter.pk for c in changes])
    everybody = {str(one.user_id): one for one in reviewers.pool()}
    taken = reviewers.acted(c.matter.pk for c in changes)
    for change in changes:
        data = data_of(change, inputs.AssignReviewer)
        there = found.get(change.matter.pk)
        change.facts |= figures(change)
        if there is None:
            change.refuse(Conflict("这件没有在第三方评价。", code="no_review"))
            continue
        if problem := _unfit_place(there, data.instead):
            change.refuse(Invalid(f"{problem}。", fields={"instead": [problem]}))
            continue
        place = 3 if data.instead == "new" else int(data.instead)
        one = everybody.get(data.reviewer)
        asked = {j.reviewer_id for j in there.judgements}
        apart = {*taken.get(change.matter.pk, ()), *asked}
        if one is None or not reviewers.eligible(change.matter, [one], apart):
            words = "这个人不能评这件：已经在评、办过这件，或者所在单位与这件有关"
            change.refuse(Invalid(f"{words}。", fields={"reviewer": [words]}))
            continue
        left = [j.reviewer_id for j in there.judgements if j.place != place]
        change.set(reviewers=[*left, one.user_id])
        try:
            until = due_for(change, one)
        except Refusal as refusal:
            change.refuse(refusal)
            continue
        change.extra |= {"there": there, "place": place, "reviewer": one, "until": until}
        if data.instead == "new":
            change.unmark(SPLIT)
            change.extra["stage"] = ReviewStage.JUDGING


def _unfit_place(there: UnderWay, place: str) -> str:
    """Why nobody can be put there now."""
    if place == "new":
        if not there.all_in:
            return "前两位都评完、意见不一，才能加派第三位"
        return "已经有第三位" if len(there.judgements) > 2 else ""
    now = next((j for j in there.judgements if j.place == int(place)), None)
    if now is None:
        return "还没有这一位"
    return "这一位已经提交评价，不能再换" if now.answered_at is not None else ""


def record_assign_reviewer(changes: Sequence[Change]) -> None:
    instead: list[tuple[object, ...]] = []
    added: list[tuple[object, ...]] = []
    asked: list[tuple[Change, int, datetime]] = []
    for change in changes:
        there, place, one, until = (change.extra[name] for name in ("there", "place", "reviewer", "until"))
        assert isinstance(there, UnderWay) and isinstance(one, Reviewer) and isinstance(until, datetime)
        instead += [(j.pk, change.at) for j in there.judgements if j.place == place]
        added.append(
            (there.review.pk, place, one.user_id, one.organisation_id, change.at, change.actor.user_id, until, "")
        )
        asked.append((change, one.user_id, until))
    update_rows(Judgement, ("replaced_at",), instead)
    names = ("review", "place", "reviewer", "organisation", "assigned_at", "assigned_by", "due_at", "responsible")
    insert_rows(Judgement, names, added)
    record_result(changes)
    tell(asked)


def check_decide_review(changes: Sequence[Change]) -> None:
    load(changes)
    found = under_way([c.matter.pk for c in changes])
    for change in changes:
        data, there = data_of(change, inputs.DecideReview), found.get(change.matter.pk)
        change.facts |= figures(change)
        if there is None or there.review.stage != ReviewStage.TO_DECIDE:
            change.refuse(Conflict("还不用裁定：两位没有评完，或者意见一致。", code="nothing_to_decide"))
            continue
        change.extra["there"] = there
        conclude(change, proper=data.proper, basis=ReviewBasis.RULED)


def check_skip_review(changes: Sequence[Change]) -> None:
    load(changes)
    leave(changes)
    for change in changes:
        change.facts |= figures(change)
        do_over(change)


def record_skip_review(changes: Sequence[Change]) -> None:
    record_left(changes)
    record_result(changes)


# --- leaving ---------------------------------------------------------------------------------------------------------


def leave(changes: Sequence[Change]) -> None:
    """What is judged no more, because the case is done over anyway."""
    for change in changes:
        if REVIEW in change.matter.aspects:
            change.unmark(REVIEW)
            change.unmark(SPLIT)
            change.set(reviewers=[])
            change.extra[_LEFT] = True
            change.facts["review"] = {"result": ReviewResult.DROPPED.value}


def record_left(changes: Sequence[Change]) -> None:
    left = {c.matter.pk: c for c in changes if c.extra.get(_LEFT)}
    if not left:
        return
    rows = Review.objects.filter(case__in=left).exclude(stage=ReviewStage.DONE).values_list("pk", "case_id")
    update_rows(
        Review,
        ("stage", "result", "decided_at", "decided_seq"),
        [(pk, ReviewStage.DONE.value, ReviewResult.DROPPED.value, left[c].at, left[c].seq) for pk, c in rows],
    )
