"""Writing rules: draft → submitted with its replay → published by somebody else. What is published is never changed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from huying.kernel.bulk import reserve_ids
from huying.kernel.changes import ACT, Words, record_change
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.kernel.generation import bump
from huying.knowledge.models import DispatchRule, RuleRun, RuleVersion
from huying.knowledge.rules import options, wording
from huying.knowledge.rules.conditions import Conditions
from huying.people.models import User
from huying.people.settings import who
from huying.ui.text import day

State = RuleVersion.State
WHAT = "派单口径"  # in the log of configuration
MOST_WORDS = 30
LONGEST_WORD = 20
MOST_HELPERS = 8
OPEN = (State.DRAFT, State.SUBMITTED)
_BETWEEN = re.compile(r"[,，、;；\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a version says, as typed or imported, before it is checked."""

    subject: str
    conditions: Conditions
    exceptions: tuple[Conditions, ...] = ()
    lead: str
    helpers: tuple[str, ...] = ()
    document: str
    clause: str
    quote: str = ""
    priority: int = 5
    valid_from: dt.date
    valid_to: dt.date | None = None
    why: str = ""

    @classmethod
    def of(cls, version: RuleVersion) -> Content:
        return cls(
            subject=version.subject,
            conditions=version.asked,
            exceptions=version.unless,
            lead=version.lead,
            helpers=tuple(version.helpers),
            document=version.document,
            clause=version.clause,
            quote=version.quote,
            priority=version.priority,
            valid_from=version.valid_from,
            valid_to=version.valid_to,
            why=version.why,
        )

    @property
    def sentence(self) -> str:
        return wording.sentence(self.conditions, self.exceptions, self.lead, self.helpers)


def split_words(typed: str) -> tuple[str, ...]:
    """Words as people put them into one box."""
    return tuple(dict.fromkeys(word for word in _BETWEEN.split(typed) if word))


def check(content: Content, *, had: Collection[str] = ()) -> dict[str, list[str]]:
    """What is wrong with it, beside the fields; empty when nothing is. `had`: units that it named before, which are
    told by the page of gaps when they are no more, and not here."""
    wrong: dict[str, list[str]] = {}

    def say(name: str, words: str) -> None:
        wrong.setdefault(name, []).append(words)

    if not content.subject.strip():
        say("subject", "请写明是什么事项")
    if not content.conditions.narrows:
        say("categories", "至少写一个条件：分类、说到的词或者地点")
    known_places = dict(options.places())
    for prefix, asked in [("", content.conditions), *((f"e{i}_", one) for i, one in enumerate(content.exceptions, 1))]:
        for code in asked.categories:
            if code not in options.category_paths():
                say(f"{prefix}categories", f"没有这个分类：{code}")
        for code in asked.places:
            if code not in known_places:
                say(f"{prefix}places", f"没有这个街道或社区：{code}")
        for part in ("any_words", "all_words", "none_words"):
            _check_words(getattr(asked, part), lambda words, part=part, at=prefix: say(f"{at}{part}", words))
    both = set(content.conditions.none_words) & {*content.conditions.any_words, *content.conditions.all_words}
    if both:
        say("none_words", f"“{min(both)}”不能既要说到又要不含")
    if not content.lead:
        say("lead", "请选择主办单位")
    elif not options.is_unit(content.lead):
        say("lead", f"{options.unit_name(content.lead)}已经撤销或者不承办诉求，请另选")
    if content.lead and content.lead in content.helpers:
        say("helpers", "主办单位不能同时协办")
    if len(content.helpers) > MOST_HELPERS:
        say("helpers", f"最多 {MOST_HELPERS} 个协办单位")
    for one in content.helpers:
        if not options.is_unit(one) and one not in had:
            say("helpers", f"没有这个单位：{options.unit_name(one)}")
    for name, label in (("document", "依据文件"), ("clause", "条款")):
        if not getattr(content, name).strip():
            say(name, f"请写明{label}")
    if not 1 <= content.priority <= 9:
        say("priority", "优先级是 1 到 9 的整数")
    if content.valid_to is not None and content.valid_to <= content.valid_from:
        say("valid_to", "失效日期要晚于生效日期")
    elif content.valid_to is not None and content.valid_to <= timezone.localdate():
        say("valid_to", "失效日期已经过了，口径不会起作用")
    return wrong


def _check_words(words: Sequence[str], say: object) -> None:
    assert callable(say)
    if len(words) > MOST_WORDS:
        say(f"最多 {MOST_WORDS} 个词，现有 {len(words)} 个")
    for word in words:
        if len(word) > LONGEST_WORD:
            say(f"“{word[:8]}……”太长，每个词最多 {LONGEST_WORD} 个字")


def checked(content: Content, *, had: Collection[str] = ()) -> Content:
    """
    Raises:
        Invalid: with what is wrong beside the fields.
    """
    if wrong := check(content, had=had):
        raise Invalid(next(iter(wrong.values()))[0] + "。", fields=wrong)
    return replace(content, subject=content.subject.strip(), document=content.document.strip())


def seal(versions: Sequence[RuleVersion]) -> str:
    """Digest of what drafts say: a replay speaks for these words only."""
    said = [
        [one.pk, one.conditions, one.exceptions, one.lead, list(one.helpers), one.priority, str(one.valid_to)]
        for one in sorted(versions, key=lambda one: one.pk)
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def evidence(version: RuleVersion) -> RuleRun | None:
    """The newest replay that speaks for what the draft says now; it may have been tried together with others."""
    runs = RuleRun.objects.filter(kind=RuleRun.Kind.REPLAY, versions__contains=[version.pk]).select_related("by")
    for run in runs.order_by("-pk")[:20]:
        if run.seal == seal(list(RuleVersion.objects.filter(pk__in=run.versions))):
            return run
    return None


# --- drafts ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft(
    content: Content,
    *,
    by: User,
    rule: DispatchRule | None = None,
    origins: Sequence[Mapping[str, object]] = (),
    batch: str = "",
) -> RuleVersion:
    """A new rule's first version, or the next one of a rule.

    Raises:
        Invalid: what is wrong with it.
        Conflict: somebody has a draft of this rule already.
    """
    content = checked(content)
    if rule is None:
        [key] = reserve_ids(DispatchRule, 1)
        rule = DispatchRule.objects.create(pk=key, code=f"K{key:03}")
        n = 1
    else:
        DispatchRule.objects.select_for_update().get(pk=rule.pk)
        versions = list(rule.versions.order_by("-n"))
        if any(one.state in OPEN for one in versions):
            raise Conflict(f"{rule.code} 已有一份没有办完的草稿，请先办完它。", code="has_draft")
        n = versions[0].n + 1 if versions else 1
    version = RuleVersion(rule=rule, n=n, author=by, origins=list(origins), batch=batch)
    put(version, content, by)
    version.save()
    return version


@transaction.atomic
def rewrite(version: RuleVersion, content: Content, *, by: User) -> RuleVersion:
    """Change a draft. Whoever writes on it will not approve it."""
    version = _locked(version, State.DRAFT)
    put(version, checked(content, had=version.helpers), by)
    version.save()
    return version


def put(version: RuleVersion, content: Content, by: User) -> None:
    version.subject, version.lead, version.helpers = content.subject, content.lead, list(content.helpers)
    version.conditions = content.conditions.kept()
    version.exceptions = [one.kept() for one in content.exceptions if one]
    version.document, version.clause, version.quote = content.document, content.clause.strip(), content.quote.strip()
    version.priority, version.why = content.priority, content.why.strip()
    version.valid_from, version.valid_to = content.valid_from, content.valid_to
    version.searched = f"{content.subject} {content.sentence} {content.document}{content.clause} {content.quote}"
    version.writers = list(dict.fromkeys([*version.writers, by.pk]))
    version.written_at = timezone.now()


def _locked(version: RuleVersion, *states: RuleVersion.State) -> RuleVersion:
    found = RuleVersion.objects.select_for_update(of=("self",)).select_related("rule").get(pk=version.pk)
    if found.state not in states:
        raise Conflict(f"{found} 现在是“{found.get_state_display()}”，不能这样办，请看最新情况。", code="already_moved")
    return found


@transaction.atomic
def drop(version: RuleVersion, *, by: User) -> None:
    """Throw a draft away; it stays in the history."""
    found = _locked(version, *OPEN)
    found.state, found.ended_by, found.ended_at = State.DROPPED, by, timezone.now()
    found.save(update_fields=["state", "ended_by", "ended_at"])


@transaction.atomic
def submit(version: RuleVersion, *, by: User) -> RuleVersion:
    """
    Raises:
        Conflict: it has not been tried on past cases as it is now.
    """
    found = _locked(version, State.DRAFT)
    run = evidence(found)
    if run is None or run.state != RuleRun.State.DONE:
        raise Conflict("请先用历史件回放这份草稿，看清楚会改派哪些件，再提交审批。", code="not_replayed")
    checked(Content.of(found), had=found.helpers)
    found.state, found.submitted_by, found.submitted_at = State.SUBMITTED, by, timezone.now()
    found.save(update_fields=["state", "submitted_by", "submitted_at"])
    return found


@transaction.atomic
def send_back(version: RuleVersion, *, by: User, why: str) -> None:
    """To its writers, with what is to be mended."""
    found = _locked(version, State.SUBMITTED)
    found.state, found.returned_by, found.returned_at = State.DRAFT, by, timezone.now()
    found.returned_why = why[:300]
    found.save(update_fields=["state", "returned_by", "returned_at", "returned_why"])


@transaction.atomic
def approve(version: RuleVersion, *, by: User, at: datetime | None = None) -> RuleVersion:
    """Publish it. A first day that has passed meanwhile becomes today: nothing is decided backwards.

    Raises:
        Forbidden: the approver has written on it.
        Conflict: it is not submitted any more.
    """
    at = at or timezone.now()
    found = _locked(version, State.SUBMITTED)
    if by.pk in found.writers:
        raise Forbidden("不能审批自己起草或改过的口径，请由另一位审批。", code="own_rule")
    today = timezone.localdate(at)
    found.valid_from = max(found.valid_from, today)
    if found.valid_to is not None and found.valid_to <= found.valid_from:
        raise Conflict("这份口径还没有生效就已过了失效日期，请退回修改。", code="expired")
    found.state, found.approver, found.approved_at = State.PUBLISHED, by, at
    found.save(update_fields=["state", "approver", "approved_at", "valid_from"])
    _note(by, found, before=before_of(found), after=told(found))
    return found


def may_approve(version: RuleVersion, user_id: int | None) -> bool:
    return version.state == State.SUBMITTED and user_id not in version.writers


@transaction.atomic
def withdraw(version: RuleVersion, *, by: User, why: str) -> RuleVersion | None:
    """Take a published version back; what it replaced holds again from now on. Returns that, None where there is none.

    Raises:
        Conflict: a newer version has replaced it, which is to be withdrawn first.
    """
    DispatchRule.objects.select_for_update().get(pk=version.rule_id)
    found = _locked(version, State.PUBLISHED)
    standing = list(found.rule.versions.filter(state=State.PUBLISHED).order_by("-valid_from", "-n"))
    if standing[0].pk != found.pk:
        raise Conflict(f"{found} 已被第 {standing[0].n} 版代替，请先撤回第 {standing[0].n} 版。", code="replaced")
    found.state, found.ended_by, found.ended_at, found.ended_why = State.WITHDRAWN, by, timezone.now(), why[:300]
    found.save(update_fields=["state", "ended_by", "ended_at", "ended_why"])
    _note(by, found, before=told(found), after={ACT: "撤回", "原因": why[:300]})
    return standing[1] if len(standing) > 1 else None


def before_of(version: RuleVersion) -> Words | None:
    """What it replaces, in words."""
    earlier = version.rule.versions.filter(state=State.PUBLISHED).exclude(pk=version.pk)
    last = earlier.order_by("-valid_from", "-n").first()
    return None if last is None else told(last)


def told(version: RuleVersion) -> dict[str, str]:
    """What a version says, field by field, for logs and for comparisons."""
    content = Content.of(version)
    found = {
        "事项": content.subject,
        "条件": wording.condition_words(content.conditions),
        "例外": wording.exception_words(content.exceptions),
        "主办单位": options.unit_name(content.lead),
        "协办单位": "、".join(options.unit_name(one) for one in content.helpers),
        "依据": f"{content.document}{content.clause}",
        "条文": content.quote,
        "优先级": str(content.priority),
        "失效日期": day(content.valid_to) if content.valid_to else "",
    }
    return {label: words for label, words in found.items() if words}


def _note(by: User, version: RuleVersion, *, before: Words | None, after: Words | None) -> None:
    record_change(who=who(by), what=WHAT, key=f"{version.rule.code} {version.subject}", before=before, after=after)
    bump("rules")
