"""Writing providers and offers: verbs, each one transaction with its trace in the log of changes.

proposed → active (or confirmed, until its first day) ⇄ paused; expired after its last day; withdrawn
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils import timezone

from huying.dockets.enums import OfferState, ProviderKind
from huying.dockets.models import Offer, Provider, Service
from huying.dockets.models.pool import changed
from huying.dockets.pool.access import answers_for, keeps_provider, may_confirm, places_words
from huying.dockets.pool.ranking import when_words
from huying.kernel.changes import record_change
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing
from huying.people.actors import Actor
from huying.people.contacts import Person, checked, remember
from huying.people.directory import directory
from huying.people.enums import OrganisationKind
from huying.people.models import User

OFFERS, PROVIDERS = "服务资源", "服务力量"  # as the log of changes calls them
_KINDS: Mapping[str, ProviderKind] = {
    OrganisationKind.DEPARTMENT: ProviderKind.DEPARTMENT,
    OrganisationKind.UTILITY: ProviderKind.UTILITY,
    OrganisationKind.PROPERTY: ProviderKind.PROPERTY,
}


@dataclass(frozen=True, slots=True)
class Content:
    """What an offer says. `person`: its contact; None leaves what is there."""

    provider: int
    service: int
    title: str
    valid_from: dt.date
    detail: str = ""
    qualifications: str = ""
    places: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    opens: dt.time | None = None
    closes: dt.time | None = None
    valid_to: dt.date | None = None
    per_day: int | None = None
    per_month: int | None = None
    person: Person | None = field(default=None, repr=False)


def problems_of(content: Content) -> dict[str, list[str]]:
    """What several fields together get wrong; the database agrees."""
    found: dict[str, list[str]] = {}
    if content.valid_to is not None and content.valid_to < content.valid_from:
        found["valid_to"] = ["有效期结束不能早于开始"]
    if (content.opens is None) != (content.closes is None):
        found["closes" if content.closes is None else "opens"] = ["时间要写起止两头，全天的都不填"]
    elif content.opens is not None and content.closes is not None and content.closes <= content.opens:
        found["closes"] = ["结束时间要晚于开始时间；过夜的请分成两条"]
    if content.per_day and content.per_month and content.per_month < content.per_day:
        found["per_month"] = ["每月最多不能少于每天最多"]
    return found


def said_by(actor: Actor) -> str:
    """How the log names who did it; for a deputy, on whose behalf."""
    users = User.objects.in_bulk([key for key in (actor.user_id, actor.on_behalf_of_id) if key is not None])
    user = users.get(actor.user_id or 0)
    if user is None:
        return "系统"
    behalf = users.get(actor.on_behalf_of_id or 0)
    return f"{user.display_name}{f'，代{behalf.display_name}' if behalf else ''}（{user.username}）"


def words_of(offer: Offer) -> dict[str, str]:
    """An offer as the log of changes keeps it: no personal data."""
    said = {
        "服务力量": offer.provider.name,
        "服务类别": offer.service.name,
        "资源名称": offer.title,
        "能做什么": offer.detail,
        "资质": offer.qualifications,
        "服务范围": places_words(offer.places),
        "服务时间": when_words(offer.weekdays, offer.months, offer.opens, offer.closes),
        "有效期": f"{offer.valid_from:%Y-%m-%d} 至 {f'{offer.valid_to:%Y-%m-%d}' if offer.valid_to else '长期'}",
        "每天最多": f"{offer.per_day}" if offer.per_day else "",
        "每月最多": f"{offer.per_month}" if offer.per_month else "",
        "状态": OfferState(offer.state).label,
        "原因": offer.reason,
    }
    return {name: value for name, value in said.items() if value}


def _locked(pk: int) -> Offer:
    offer = Offer.objects.select_for_update(of=("self",)).select_related("provider", "service").filter(pk=pk).first()
    if offer is None:
        raise Missing("没有这项资源，或者您的岗位无权查看。")
    return offer


def _begun(offer: Offer, today: dt.date) -> str:
    """The state of a confirmed offer on this day."""
    if offer.valid_to is not None and offer.valid_to < today:
        return OfferState.EXPIRED
    return OfferState.ACTIVE if offer.valid_from <= today else OfferState.CONFIRMED


@transaction.atomic
def save(pk: int | None, content: Content, *, by: Actor, at: dt.datetime | None = None) -> Offer:
    """Register an offer or change it. Who may confirm it does so by saving; else it waits for that.

    Raises:
        Invalid, Forbidden, Conflict
    """
    now = at or timezone.now()
    if problems := problems_of(content):
        raise Invalid("填写的内容有误，请按提示修改。", fields=problems)
    provider = Provider.objects.filter(pk=content.provider).first()
    if provider is None or not provider.active:
        raise Invalid("没有这个服务力量。", fields={"provider": ["没有这个服务力量，请重新选择"]})
    if not keeps_provider(by, provider):
        raise Forbidden("您的岗位不能登记这个服务力量的资源。")
    service = Service.objects.filter(pk=content.service).first()
    if service is None:
        raise Invalid("没有这个服务类别。", fields={"service": ["没有这个服务类别，请重新选择"]})
    before: dict[str, str] | None = None
    if pk is None:
        offer = Offer(proposed_at=now, proposed_by_id=by.user_id)
    else:
        offer = _locked(pk)
        if not keeps_provider(by, offer.provider):
            raise Forbidden("您的岗位不能修改这项资源。")
        if offer.state == OfferState.WITHDRAWN:
            raise Conflict("这项资源已经撤回，请另行登记。", code="withdrawn")
        before = words_of(offer)
    person = checked(content.person) if content.person is not None else None
    offer.provider, offer.service = provider, service
    for name in (
        "title",
        "detail",
        "qualifications",
        "valid_from",
        "valid_to",
        "opens",
        "closes",
        "per_day",
        "per_month",
    ):
        setattr(offer, name, getattr(content, name))
    offer.places, offer.weekdays, offer.months = list(content.places), list(content.weekdays), list(content.months)
    if person is not None and not person.is_anonymous:
        offer.contact_id = remember(person, at=now)
    offer.reason = ""
    if may_confirm(by, offer):
        offer.state = _begun(offer, timezone.localdate(now))
        offer.confirmed_at, offer.confirmed_by_id = now, by.user_id
    else:
        offer.state, offer.confirmed_at, offer.confirmed_by_id = OfferState.PROPOSED, None, None
    offer.save()
    _log(offer, before, by)
    changed()
    return offer


def _log(offer: Offer, before: dict[str, str] | None, by: Actor) -> None:
    record_change(who=said_by(by), what=OFFERS, key=offer.number, before=before, after=words_of(offer))


# --- deciding --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to an offer. `by_keeper`: its provider's people may, not only who confirms."""

    key: str
    label: str
    sources: tuple[str, ...]
    by_keeper: bool
    needs_reason: bool
    title: str
    body: str
    done: str
    danger: bool = False


ACTS: Mapping[str, Act] = {
    act.key: act
    for act in (
        Act(
            "confirm", "确认", (OfferState.PROPOSED,), False, False,
            "确认这项资源？", "确认后进入资源清单，有需求和呼叫时会推荐它。", "资源已确认",
        ),
        Act(
            "return", "退回", (OfferState.PROPOSED,), False, True,
            "退回这项资源？", "退回后由登记的单位修改，再次提交确认。", "资源已退回",
        ),
        Act(
            "pause", "暂停", (OfferState.ACTIVE, OfferState.CONFIRMED), True, True,
            "暂停这项资源？", "暂停期间不再推荐，已经认领的需求不受影响。", "资源已暂停",
        ),
        Act("resume", "恢复", (OfferState.PAUSED,), True, False, "恢复这项资源？", "恢复后重新推荐。", "资源已恢复"),
        Act(
            "withdraw", "撤回", tuple(one for one in OfferState.values if one != OfferState.WITHDRAWN), True, True,
            "撤回这项资源？", "撤回后不能恢复，要再提供请重新登记；已经认领的需求不受影响。", "资源已撤回", True,
        ),
    )
}  # fmt: skip


def may_act(actor: Actor, offer: Offer, act: Act) -> bool:
    if offer.state not in act.sources:
        return False
    return may_confirm(actor, offer) or (act.by_keeper and keeps_provider(actor, offer.provider))


@transaction.atomic
def take(pk: int, act: Act, *, by: Actor, reason: str = "", at: dt.datetime | None = None) -> Offer:
    """Do one of `ACTS`.

    Raises:
        Conflict: somebody else was faster. Forbidden, Invalid, Missing
    """
    now = at or timezone.now()
    offer = _locked(pk)
    if offer.state not in act.sources:
        raise Conflict(
            f"这项资源现在是“{OfferState(offer.state).label}”，不能{act.label}，请刷新后再看。", code="already_moved"
        )
    if not may_act(by, offer, act):
        raise Forbidden(f"您的岗位不能{act.label}这项资源。")
    if act.needs_reason and len(reason.strip()) < 2:
        raise Invalid("请写明原因。", fields={"reason": ["请写明原因"]})
    before = words_of(offer)
    today = timezone.localdate(now)
    match act.key:
        case "confirm":
            offer.state, offer.confirmed_at, offer.confirmed_by_id = _begun(offer, today), now, by.user_id
        case "resume":
            offer.state = _begun(offer, today)
        case "return":
            offer.state = OfferState.RETURNED
        case "pause":
            offer.state = OfferState.PAUSED
        case _:
            offer.state = OfferState.WITHDRAWN
    offer.reason = reason.strip()[:200] if act.needs_reason else ""
    offer.save(update_fields=["state", "reason", "confirmed_at", "confirmed_by"])
    _log(offer, before, by)
    changed()
    return offer


# --- providers -------------------------------------------------------------------------------------------------------


def words_of_provider(provider: Provider) -> dict[str, str]:
    said = {
        "类型": ProviderKind(provider.kind).label,
        "名称": provider.name,
        "对应单位": directory().name_of(provider.organisation_id),
        "所在地": places_words([provider.place_id]) if provider.place_id else "",
        "公开电话": provider.phone,
        "说明": provider.note,
        "在册": "是" if provider.active else "否",
    }
    return {name: value for name, value in said.items() if value}


@transaction.atomic
def save_provider(
    provider: Provider, *, by: Actor, person: Person | None = None, before: dict[str, str] | None = None
) -> Provider:
    """Store a provider that has been filled in; `before`: how it stood.

    Raises:
        Forbidden, Invalid
    """
    if not by.may("pool.offer") or not (
        by.scope == "all"
        or (provider.organisation_id is not None and provider.organisation_id == by.organisation_id)
        or (provider.organisation_id is None and answers_for(by, provider.place_id))
    ):
        raise Forbidden("只能登记本地或本单位的服务力量。")
    if person is not None and not person.is_anonymous:
        provider.contact_id = remember(checked(person))
    if provider.pk is None:
        provider.created_at = timezone.now()
    try:
        with transaction.atomic():
            provider.save()
    except IntegrityError as error:
        words = "这个地方已有同类同名的服务力量"
        raise Invalid(f"{words}。", fields={"name": [words]}) from error
    key = f"{ProviderKind(provider.kind).label} {provider.name}"
    record_change(who=said_by(by), what=PROVIDERS, key=key, before=before, after=words_of_provider(provider))
    changed()
    return provider


def own_provider(by: Actor) -> Provider | None:
    """That of the actor's organisation, made where there is none yet; None for those that are no providers."""
    unit = directory().by_id.get(by.organisation_id or 0)
    if unit is None or unit.kind not in _KINDS:
        return None
    found = Provider.objects.filter(organisation=unit.id).first()
    if found is not None:
        return found
    provider = Provider(
        kind=_KINDS[unit.kind], name=unit.name, organisation_id=unit.id, place_id=unit.place_id, phone=unit.duty_phone
    )
    return save_provider(provider, by=by)


def offers_something(organisation: int | None) -> bool:
    """Whether this organisation can have a provider of its own."""
    unit = directory().by_id.get(organisation or 0)
    return unit is not None and unit.kind in _KINDS


# --- by the calendar -------------------------------------------------------------------------------------------------


@transaction.atomic
def turn(today: dt.date) -> int:
    """What has begun today can be used, what ended yesterday cannot any more. Returns how many were changed."""
    begun = Offer.objects.filter(state=OfferState.CONFIRMED, valid_from__lte=today)
    n = begun.filter(valid_to=None).update(state=OfferState.ACTIVE)
    n += begun.filter(valid_to__gte=today).update(state=OfferState.ACTIVE)
    over = Offer.objects.filter(state__in=(OfferState.ACTIVE, OfferState.CONFIRMED, OfferState.PAUSED))
    n += over.filter(valid_to__lt=today).update(state=OfferState.EXPIRED)
    if n:
        changed()
    return n
