"""Reading rules: the list, one rule with its versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.kernel.paging import keyset
from huying.knowledge.forms import PeriodForm, RuleFilterForm, WhyForm
from huying.knowledge.models import RuleVersion
from huying.knowledge.rules import actions, options, proposals
from huying.knowledge.rules.actions import Content, told
from huying.knowledge.rules.conditions import is_below
from huying.knowledge.rules.queries import (
    APPROVE,
    MAINTAIN,
    VIEW,
    in_force,
    names_of,
    rule_door,
    sees_all,
)
from huying.knowledge.rules.wording import PRECEDENCE
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.ui.components import Chip, Confirmation, Crumb, Fact, Tone, chip

PAGE = 50
State = RuleVersion.State
TONES: Mapping[str, Tone] = {
    State.DRAFT: "grey",
    State.SUBMITTED: "yellow",
    State.PUBLISHED: "green",
    State.WITHDRAWN: "red",
    State.DROPPED: "grey",
}
HOME = "knowledge:rules"
TABS: Mapping[str, str] = {"": "在用", "coming": "待生效", "drafts": "草稿", "waiting": "待审批", "ended": "已停用"}


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Row:
    version: RuleVersion
    sentence: str
    lead: str
    helpers: str
    objections: int
    tone: Tone

    @property
    def code(self) -> str:
        return self.version.rule.code


def crumbs(*further: Crumb) -> list[Crumb]:
    return [Crumb("派单口径", reverse(HOME) if further else ""), *further]


def rule_crumb(version: RuleVersion) -> Crumb:
    return Crumb(version.rule.code, reverse("knowledge:rule", args=[version.rule.code]))


def row_of(version: RuleVersion, groups: Sequence[proposals.Repeated] = ()) -> Row:
    content = Content.of(version)
    return Row(
        version=version,
        sentence=content.sentence,
        lead=options.unit_name(version.lead),
        helpers="、".join(options.unit_name(one) for one in version.helpers),
        objections=sum(one.n for one in proposals.against(version, groups)),
        tone=TONES[version.state],
    )


def _kept(key: str, everything: bool) -> Q:
    """Versions of a tab; those that hold are known from memory."""
    today = timezone.localdate()
    standing = [one.pk for one in in_force()]
    match key:
        case "drafts" if everything:
            return Q(state=State.DRAFT)
        case "waiting" if everything:
            return Q(state=State.SUBMITTED)
        case "coming":
            return Q(state=State.PUBLISHED, valid_from__gt=today)
        case "ended" if everything:
            rules = [one.rule_id for one in in_force()]
            return Q(state__in=(State.PUBLISHED, State.WITHDRAWN), valid_from__lte=today) & ~Q(rule__in=rules)
        case _:
            return Q(pk__in=standing)


@desk(VIEW)
@require_GET
def rules(request: UserRequest) -> HttpResponse:
    actor = request.actor
    everything = sees_all(actor)
    shown = request.GET.get("list", "")
    tabs = {key: label for key, label in TABS.items() if everything or key in ("", "coming")}
    shown = shown if shown in tabs else ""
    rows = RuleVersion.objects.select_related("rule")
    found = {key: rows.filter(_kept(key, everything)) for key in tabs}
    if not everything:
        names = names_of(actor)
        own = Q(lead__in=names) | Q(helpers__overlap=list(names))
        found = {key: some.filter(own) for key, some in found.items()}
    form = RuleFilterForm(request.GET, all_units=everything)
    form.is_valid()
    page_rows, chips = found[shown], list[Chip]()
    typed = form.cleaned_data
    if words := " ".join((typed.get("q") or "").split()):
        for word in words.split():
            page_rows = page_rows.filter(Q(searched__icontains=word) | Q(rule__code__iexact=word))
        chips.append(chip(request, "q", "找", words))
    if unit := typed.get("unit"):
        page_rows = page_rows.filter(Q(lead=unit) | Q(helpers__contains=[unit]))
        chips.append(chip(request, "unit", "单位", options.unit_name(unit)))
    narrowed = page_rows
    category, place = typed.get("category") or "", typed.get("place") or ""
    if category or place:
        keys = [one.pk for one in page_rows if _about(one, category, place)]
        narrowed = rows.filter(pk__in=keys)
        if category:
            chips.append(chip(request, "category", "分类", options.category_paths().get(category, category)))
        if place:
            chips.append(chip(request, "place", "街道", dict(options.places()).get(place, place)))
    page = keyset(narrowed, ["rule", "n"], request.GET.get("cursor"), PAGE)
    groups = proposals.repeated(objected_since()) if everything else ()
    base = reverse(HOME)
    context = {
        "tabs": [
            Tab(label, f"{base}?list={key}" if key else base, found[key].count(), key == shown)
            for key, label in tabs.items()
        ],
        "shown": shown,
        "form": form,
        "chips": chips,
        "rows": [row_of(one, groups) for one in page.rows],
        "page": page,
        "summary": f"{narrowed.count() if chips else found[shown].count()} 条",
        "everything": everything,
        "may_write": actor.may(MAINTAIN),
        "may_approve": actor.may(APPROVE),
        "repeated": len(groups),
        "batches": open_batches() if shown in ("drafts", "waiting") else (),
        "precedence": PRECEDENCE,
    }
    return render(request, "knowledge/rules/list.html", context)


def open_batches() -> list[tuple[str, int, str]]:
    """Imports of which drafts are still open: key, how many, by whom."""
    rows = RuleVersion.objects.filter(state__in=(State.DRAFT, State.SUBMITTED)).exclude(batch="")
    counted = rows.values_list("batch", "author__full_name").annotate(n=Count("pk")).order_by("-n")
    return [(name, n, who) for name, who, n in counted[:10]]


def _about(version: RuleVersion, category: str, place: str) -> bool:
    """Whether a rule could hold for a category, and for a street: those that ask for none hold everywhere."""
    asked = version.asked
    if category and not any(is_below(category, one) or is_below(one, category) for one in asked.categories):
        return False
    return not place or any(one.startswith(place) or place.startswith(one) for one in asked.places)


def objected_since() -> dt.date:
    return timezone.localdate() - dt.timedelta(days=proposals.LATELY)


@dataclass(frozen=True, slots=True)
class Compared:
    """A version beside the one before it: label, what stood there, what stands there now."""

    version: RuleVersion
    tone: Tone
    lines: Sequence[tuple[str, str, str]]
    first: bool
    in_force: bool
    withdraw: Confirmation | None = None


def differences(version: RuleVersion, earlier: RuleVersion | None) -> list[tuple[str, str, str]]:
    now, before = told(version), told(earlier) if earlier else {}
    labels = dict.fromkeys([*now, *before])
    return [
        (label, before.get(label, ""), now.get(label, ""))
        for label in labels
        if now.get(label, "") != before.get(label, "")
    ]


def history(versions: Sequence[RuleVersion], standing: RuleVersion | None) -> list[Compared]:
    """Newest first, each beside the one before it; the draft stands on its own."""
    published = [one for one in versions if one.state in (State.PUBLISHED, State.WITHDRAWN)]
    found = []
    for version in versions:
        if version.is_open:
            continue
        earlier = next((one for one in published if one.n < version.n), None)
        found.append(
            Compared(
                version,
                TONES[version.state],
                differences(version, earlier),
                earlier is None,
                standing is not None and version.pk == standing.pk,
            )
        )
    return found


def withdrawal(version: RuleVersion, earlier: RuleVersion | None) -> Confirmation:
    after = f"第 {earlier.n} 版恢复适用" if earlier else "这条口径停用，它管的件由人工判断"
    return Confirmation(
        id="withdraw",
        label="撤回这一版",
        title=f"撤回 {version.rule.code} 第 {version.n} 版？",
        body=f"从现在起不再按它派单，{after}。以前按它派的件不变。",
        verb="撤回",
        action=reverse("knowledge:withdraw-rule", args=[version.pk]),
        danger=True,
        form=WhyForm(auto_id="withdraw-%s"),
        back_url=reverse("knowledge:rule", args=[version.rule.code]),
    )


@desk(VIEW)
@require_GET
def rule(request: UserRequest, code: str) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    found, versions = rule_door(actor, code)
    standing = next((one for one in in_force() if one.rule_id == found.pk), None)
    published = sorted(
        (one for one in versions if one.state == State.PUBLISHED), key=lambda v: (v.valid_from, v.n), reverse=True
    )
    coming = published[0] if published and published[0].valid_from > today else None
    main = next((one for one in versions if standing and one.pk == standing.pk), None) or coming or versions[0]
    draft = next((one for one in versions if one.is_open), None)
    everything = sees_all(actor)
    groups = proposals.against(main, proposals.repeated(objected_since())) if everything and standing else []
    run = actions.evidence(draft) if draft and everything else None
    last = published[0] if published else None
    context = {
        "rule": found,
        "main": main,
        "sentence": Content.of(main).sentence,
        "facts": facts_of(main),
        "tone": TONES[main.state],
        "standing": standing is not None and main.pk == standing.pk,
        "coming": coming if coming is not None and coming.pk != main.pk else None,
        "draft": draft,
        "draft_sentence": Content.of(draft).sentence if draft else "",
        "draft_lines": differences(draft, last) if draft else [],
        "run": run,
        "period": PeriodForm(auto_id="period-%s"),
        "history": history(versions, standing),
        "groups": groups,
        "objections": sum(one.n for one in groups),
        "everything": everything,
        "may_write": actor.may(MAINTAIN),
        "may_approve": actor.may(APPROVE),
        "may_approve_this": draft is not None and actions.may_approve(draft, actor.user_id),
        "withdraw": withdrawal(last, published[1] if len(published) > 1 else None)
        if last and actor.may(APPROVE)
        else None,
        "drop": drop_question(draft) if draft else None,
        "crumbs": crumbs(Crumb(found.code)),
    }
    return render(request, "knowledge/rules/rule.html", context)


def drop_question(version: RuleVersion) -> Confirmation:
    return Confirmation(
        id="drop-draft",
        label="作废草稿",
        title=f"作废 {version.rule.code} 的这份草稿？",
        body="草稿作废后不能再改、不能提交，留在历史里。正在适用的口径不变。",
        verb="作废",
        action=reverse("knowledge:drop-rule", args=[version.pk]),
        danger=True,
        back_url=reverse("knowledge:rule", args=[version.rule.code]),
    )


def facts_of(version: RuleVersion) -> list[Fact]:
    until = (
        f"{version.valid_to:%Y年}{version.valid_to.month}月{version.valid_to.day}日起失效" if version.valid_to else ""
    )
    day = version.valid_from
    facts = [
        Fact("主办单位", options.unit_name(version.lead)),
        Fact("协办单位", "、".join(options.unit_name(one) for one in version.helpers)),
        Fact("依据", f"{version.document}{version.clause}"),
        Fact("条文", version.quote),
        Fact("版本", f"第 {version.n} 版"),
        Fact("生效日期", f"{day:%Y年}{day.month}月{day.day}日"),
        Fact("失效日期", until),
        Fact("优先级", str(version.priority)),
        Fact("起草", f"{version.author.display_name}"),
        Fact("审批", version.approver.display_name if version.approver else ""),
        Fact("修改原因", version.why),
        Fact("来源申诉", "、".join(f"{one['number']}" for one in version.origins)),
    ]
    return [fact for fact in facts if fact.value]
