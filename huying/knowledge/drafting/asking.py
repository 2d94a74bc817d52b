"""Asking for a draft, writing it outside the web request, finding it again, and what became of it.

What is sent is masked before it is stored for the job; what comes back is marked as written by a machine until a person
has changed it or said that it is right. Both are kept for `KEPT_DAYS`.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from huying.kernel import parameters
from huying.kernel.errors import Conflict
from huying.kernel.parameters import Parameter
from huying.knowledge.drafting.endpoint import DraftingFailed, Question, answer, is_on
from huying.knowledge.models import MachineDraft
from huying.knowledge.replies.words import grams, is_form, sentences

MARK = "机器起草，须人工核对"
KEPT_DAYS = 30
LATE = 60  # seconds beyond the time that the service has, after which nobody writes any more
SAME_WORDS = 0.5  # of the draft's pairs, from which on a text has come out of it
LEAST_PAIRS = 10  # of a draft: less says nothing that another would not write
MOST_MATERIAL = 6000  # characters

HOURLY = parameters.declare(
    Parameter(
        key="knowledge.drafts_hourly",
        label="每人每小时机器起草",
        unit="次",
        default=20,
        least=1,
        most=500,
        note="设置了大模型服务才用得上。",
    )
)
DAILY = parameters.declare(
    Parameter(
        key="knowledge.drafts_daily",
        label="全区每天机器起草",
        unit="次",
        default=500,
        least=1,
        most=100_000,
        note="设置了大模型服务才用得上；到数后当天不再请求，免得费用失控。",
    )
)

_ROLES = {
    MachineDraft.Kind.REPLY: (
        "你替区里的承办单位起草给诉求人的答复。只依据给出的来件和办理情况，不得编造事实、日期、金额、政策和电话；"
        "材料里没有的，用“【填：……】”留空。先称呼和说明收悉，再逐项回答问了什么、做了什么、结果如何，最后留一句致谢。"
        "用通俗的中文，不超过四百字，不用标题和列表，不写落款。"
    ),
    MachineDraft.Kind.SUMMARY: (
        "你替区里的承办单位把来件和办理情况概括成一段摘要：何人何时何地因为什么要求什么，办到哪一步。只依据给出的材料，"
        "不得编造，不加评论。用中文，不超过一百五十字。"
    ),
}


def ask(matter_id: int, user_id: int, kind: str, material: str) -> MachineDraft:
    """Have a draft written. `material` is masked already.

    Raises:
        Conflict: it is not set up, the last one is still being written, or enough have been asked for.
    """
    from huying.knowledge.tasks import write_draft

    if not is_on():
        raise Conflict("还没有设置大模型服务。", code="drafting_off")
    now = timezone.now()
    _within_limits(user_id, now)
    try:
        with transaction.atomic():
            made = MachineDraft.objects.create(
                matter_id=matter_id, user_id=user_id, kind=kind, prompt=material[:MOST_MATERIAL], asked_at=now
            )
            write_draft.defer(pk=made.pk)
    except IntegrityError as error:
        raise Conflict("上一份还在起草，请等它写完。", code="drafting_already") from error
    return made


def _within_limits(user_id: int, now: datetime) -> None:
    asked = MachineDraft.objects.filter(asked_at__gt=now - timedelta(hours=1), user=user_id).count()
    if asked >= HOURLY.value:
        raise Conflict(f"一小时内已经起草了 {asked} 次，请稍后再用。", code="drafting_limit")
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if MachineDraft.objects.filter(asked_at__gte=today).count() >= DAILY.value:
        raise Conflict("全区今天的机器起草次数已经用完。", code="drafting_limit")


def write(pk: int) -> None:
    """Called by the job. A second run of the same job finds it begun and asks nothing."""
    now = timezone.now()
    begun = MachineDraft.objects.filter(pk=pk, state=MachineDraft.State.WAITING, started_at=None)
    if not begun.update(started_at=now):
        MachineDraft.objects.filter(pk=pk, state=MachineDraft.State.WAITING).update(
            state=MachineDraft.State.FAILED, problem="起草中断了，没有重试，以免重复计费。", done_at=now
        )
        return
    draft = MachineDraft.objects.get(pk=pk)
    start = time.monotonic()
    try:
        if not is_on():
            raise DraftingFailed("大模型服务已经停用。")
        draft.text = answer(Question(_ROLES[MachineDraft.Kind(draft.kind)], draft.prompt))
        draft.state = MachineDraft.State.DONE
    except DraftingFailed as failure:
        draft.problem, draft.state = failure.words, MachineDraft.State.FAILED
    draft.done_at, draft.milliseconds = timezone.now(), int(1000 * (time.monotonic() - start))
    draft.save(update_fields=["text", "problem", "state", "done_at", "milliseconds"])


def newest(matter_id: int, user_id: int) -> MachineDraft | None:
    """What this person asked for last about this matter; no query while it is off."""
    if not is_on():
        return None
    return MachineDraft.objects.filter(matter=matter_id, user=user_id).order_by("-asked_at").first()


Use = Literal["accepted", "edited"]


def use_of(text: str, matter_id: int, user_id: int) -> Use | None:
    """Whether this text is the draft of a machine as it was written, or has come out of one; None where not."""
    if not is_on():
        return None
    drafts = MachineDraft.objects.filter(
        matter=matter_id, user=user_id, kind=MachineDraft.Kind.REPLY, state=MachineDraft.State.DONE
    )
    for draft in drafts.order_by("-asked_at")[:3]:
        if " ".join(draft.text.split()) == " ".join(text.split()):
            return "accepted"
        theirs = _own_pairs(draft.text)
        if len(theirs) >= LEAST_PAIRS and len(theirs & set(grams(text))) / len(theirs) >= SAME_WORDS:
            return "edited"
    return None


def _own_pairs(text: str) -> set[int]:
    """Without greeting, receipt and thanks, which whoever writes a reply himself writes as well."""
    said = (text[start:end] for start, end in sentences(text))
    return set(grams("\n".join(one for one in said if not is_form(one))))


def tidy(now: datetime) -> None:
    """Drafts that nobody writes any more have failed; old ones go."""
    late = now - timedelta(seconds=settings.DRAFTING_SECONDS + LATE)
    MachineDraft.objects.filter(state=MachineDraft.State.WAITING, asked_at__lt=late).update(
        state=MachineDraft.State.FAILED, problem="等了太久，没有写成。", done_at=now
    )
    MachineDraft.objects.filter(asked_at__lt=now - timedelta(days=KEPT_DAYS)).delete()
