"""From the district's closed cases to a version of the model: learned on the earlier ones, judged on the later ones,
then learned on all."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from huying.kernel.errors import Conflict, Missing
from huying.kernel.generation import bump
from huying.knowledge.history import Asked, PastCase, past_cases
from huying.knowledge.models import RecommenderVersion
from huying.knowledge.recommender.judging import figures
from huying.knowledge.recommender.model import Model
from huying.knowledge.recommender.training import Example, Told, TooLittle, train
from huying.knowledge.recommender.words import Text
from huying.knowledge.rules.book import current_units
from huying.knowledge.rules.matcher import COMMUNITY, STREET, TERRITORIAL
from huying.people.directory import directory
from huying.people.models import User

logger = logging.getLogger(__name__)

KEY = "recommender"  # of the cached model
CATEGORY, HANDLER = "category", "handler"
TARGETS = (CATEGORY, HANDLER)
BLIND: dict[str, tuple[str, ...]] = {CATEGORY: ("category",)}
MOST_CASES = 6_000  # the newest
WINDOW = timedelta(days=30)
WINDOWS = 24
LEAST_CASES = 50
LATER = 0.2  # of the cases, the newest, judge
TAUGHT = 2.0  # a case on which a unit rightly objected weighs so much

Version = RecommenderVersion


def text_of(asked: Asked) -> Text:
    title, _, body = asked.text.partition("\n")
    known = {
        "kind": asked.kind,
        "category": asked.category,
        "channel": asked.channel,
        "street": asked.street,
        "community": asked.community,
    }
    return Text(title, body, tuple(f"{name}:{value}" for name, value in known.items() if value))


def handler_label(unit: int, asked: Asked, by_place: Mapping[int, int]) -> str:
    """How the model calls a unit: the street and the community of the place by what they are to it, so that what is
    learned in one community holds in all of them."""
    heir = directory().heir_of(unit)
    key = heir.id if heir is not None else unit
    if key == by_place.get(asked.community or 0):
        return COMMUNITY
    return STREET if key == by_place.get(asked.street or 0) else str(key)


def unit_of(label: str, asked: Asked, by_place: Mapping[int, int]) -> str:
    """The other way round, as an id; "" where the place has no such unit, or is not known."""
    if label not in TERRITORIAL:
        return label
    unit = by_place.get((asked.community if label == COMMUNITY else asked.street) or 0)
    return str(unit) if unit is not None else ""


def example_of(past: PastCase, by_place: Mapping[int, int]) -> Example:
    """It learns from who led it in the end, not from the first guess."""
    answers = {HANDLER: handler_label(past.final, past.asked, by_place)}
    if past.asked.category:
        answers[CATEGORY] = past.asked.category
    return Example(text_of(past.asked), answers, TAUGHT if past.upheld else 1.0)


def newest_closed(now: datetime) -> list[PastCase]:
    """Up to `MOST_CASES` closed cases in the order of their receipt; read back month by month."""
    found: list[PastCase] = []
    end = timezone.localdate(now) + timedelta(days=1)
    for _ in range(WINDOWS):
        window: list[PastCase] = []
        for batch in past_cases.get().since(end - WINDOW, end, closed=True):
            window += batch
        found = window + found
        end -= WINDOW
        if len(found) >= MOST_CASES:
            break
    return found[-MOST_CASES:]


def learn(cases: Sequence[PastCase], *, told: Told) -> tuple[Model, dict[str, object]]:
    """The model, and its report on cases later than those it was tried with.

    Raises:
        TooLittle
    """
    if len(cases) < LEAST_CASES:
        raise TooLittle(f"办结的件只有 {len(cases)} 件，至少要 {LEAST_CASES} 件才能训练。")
    by_place = current_units().by_place
    rows = [example_of(past, by_place) for past in cases]
    cut = round(len(rows) * (1 - LATER))
    tried = train(rows[:cut], TARGETS, blind=BLIND, told=lambda share: told(share / 2))
    report: dict[str, object] = {}
    for target, head in tried.heads.items():
        later = [(past, row) for past, row in zip(cases[cut:], rows[cut:], strict=True) if target in row.answers]
        if not later:
            continue
        said = tried.probabilities([row.text for _, row in later], target)
        found = figures(said, head.labels, [row.answers[target] for _, row in later], head.threshold)
        plain = found.plain()
        plain["wrong"] = [
            {
                "right": pair.right,
                "said": pair.said,
                "n": pair.n,
                "examples": [later[row][0].number for row in pair.rows],
            }
            for pair in found.wrong
        ]
        report[target] = plain
    report["judged_from"] = timezone.localdate(cases[cut].opened_at).isoformat()
    return train(rows, TARGETS, blind=BLIND, told=lambda share: told(0.5 + share / 2)), report


def ask(by: User | None) -> RecommenderVersion:
    """A new version, to be trained by a job.

    Raises:
        Conflict: one is being trained.
    """
    from huying.kernel import jobs
    from huying.knowledge.tasks import train_recommender

    with transaction.atomic():
        bump(KEY)  # two who press at once follow each other
        if Version.objects.filter(state__in=(Version.State.WAITING, Version.State.RUNNING)).exists():
            raise Conflict("已经有一个版本在训练，等它完成后再训练。", code="training")
        version = Version.objects.create(asked_at=timezone.now(), asked_by=by)
        jobs.defer(train_recommender, pk=version.pk)
    return version


def attempt(pk: int) -> None:
    """The job. What goes wrong is said on the page; the first version that is ready is used at once."""
    version = Version.objects.filter(pk=pk).defer("content").first()
    if version is None or version.state == Version.State.READY:
        return
    rows = Version.objects.filter(pk=pk)
    rows.update(state=Version.State.RUNNING, progress=0, problem="")

    def told(share: float) -> None:
        rows.update(progress=min(int(share * 100), 99))

    try:
        cases = newest_closed(timezone.now())
        told(0.05)
        model, report = learn(cases, told=lambda share: told(0.05 + 0.9 * share))
    except TooLittle as little:
        rows.update(state=Version.State.FAILED, problem=str(little), finished_at=timezone.now())
        return
    except Exception:
        rows.update(
            state=Version.State.FAILED, problem="程序出错，请把时间告诉管理员查看日志。", finished_at=timezone.now()
        )
        raise
    with transaction.atomic():
        rows.update(
            state=Version.State.READY,
            progress=100,
            finished_at=timezone.now(),
            first_day=timezone.localdate(cases[0].opened_at),
            last_day=timezone.localdate(cases[-1].opened_at),
            cases=len(cases),
            upheld=sum(past.upheld > 0 for past in cases),
            report=report,
            content=model.to_bytes(),
        )
        if not Version.objects.filter(active=True).exists():
            activate(pk, None)


@transaction.atomic
def activate(pk: int, by: User | None) -> RecommenderVersion:
    """Use this version from now on, in every process within seconds. Also the way back to an earlier one.

    Raises:
        Missing, Conflict
    """
    bump(KEY)
    version = Version.objects.filter(pk=pk).defer("content").first()
    if version is None:
        raise Missing("没有这个版本。")
    if version.state != Version.State.READY:
        raise Conflict("这个版本还没有训练好，不能启用。", code="not_ready")
    Version.objects.filter(active=True).update(active=False)
    Version.objects.filter(pk=pk).update(active=True, activated_at=timezone.now(), activated_by=by)
    version.active = True
    return version
