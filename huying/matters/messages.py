"""Telling people: what is said, to whom, once each, set-wise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils import timezone
from psycopg.types.json import Jsonb

from huying.kernel import live, outbox, parameters
from huying.kernel.bulk import insert_rows, reserve_ids
from huying.kernel.outbox import Payload
from huying.kernel.privacy import mask_text
from huying.kernel.registry import Registry
from huying.matters import undoing
from huying.matters.channels import IN_APP, outward
from huying.matters.engine import MOVED
from huying.matters.enums import Urgency, Warning
from huying.matters.flow import flows
from huying.matters.models import Alarm, Delivery, Matter, Message
from huying.matters.parameters import UNDO_SECONDS
from huying.matters.wording import PLACEHOLDERS, Template, filled, wording
from huying.people.contacts import reachable
from huying.people.directory import directory
from huying.people.models import Deputy, Post, User
from huying.people.phones import textable

templates: Registry[Template] = Registry("message templates")
urls: Registry[Callable[[Matter], str]] = Registry("matter urls")  # by kind: where staff open it

_MESSAGE = ("id", "key", "matter", "title", "body", "url", "created_at", "seq", "words", "urgent")
_DELIVERY = (
    *("message", "channel", "user", "contact", "organisation"),
    *("status", "attempts", "next_try_at", "sent_at", "external_id", "problem"),
)
DUE = "%-m月%-d日 %H:%M"
HANDLERS = ("handler", "street_clerk", "community_clerk", "assistance")
GIVERS = ("dispatcher",)
CENTRE = ("call_taker", *GIVERS)


@dataclass(slots=True)
class Recipients:
    """User and contact ids of one message. `on_duty`: organisations whose duty phone gets it as well."""

    users: set[int]
    contact: int | None = None
    on_duty: set[int] = field(default_factory=set)

    @classmethod
    def with_duty_phone(cls, posts: Posts, organisations: Iterable[int]) -> Recipients:
        """Who works on what these bodies hold, and their duty phones."""
        units = set(organisations)
        return cls({user for unit in units for user in posts.of_unit(unit)}, on_duty=units)


@dataclass(frozen=True, slots=True)
class Posts:
    """Current posts of the organisations and roles that a batch speaks to, read once."""

    rows: Sequence[tuple[str, int, frozenset[int]]]  # role, organisation, who holds it or stands in

    @classmethod
    def read(cls, organisations: Iterable[int]) -> Posts:
        rows = list(
            Post.objects.current()
            .filter(
                Q(organisation__in=set(organisations), role__in=(*HANDLERS, "chief"))
                | Q(role__in=(*CENTRE, "supervisor", "leader"))
            )
            .values_list("pk", "role", "organisation_id")
        )
        people = people_of(pk for pk, _, _ in rows)
        return cls([(role, organisation, people[pk]) for pk, role, organisation in rows])

    def users(self, roles: Sequence[str], organisations: Sequence[int] | None = None) -> set[int]:
        return {
            user
            for role, organisation, people in self.rows
            if role in roles and (organisations is None or organisation in organisations)
            for user in people
        }

    def of_unit(self, organisation: int) -> set[int]:
        """Who works on what this body holds. Where nobody does its chief is told, and where there is none either
        those who can give it to somebody else: nothing lies with a body that does not know of it."""
        if organisation == directory().centre.id:
            return self.users(CENTRE)
        return self.users(HANDLERS, [organisation]) or self.users(("chief",), [organisation]) or self.users(GIVERS)

    def chiefs_of(self, organisation: int) -> set[int]:
        return self.users(("chief",), [organisation]) or self.users(("supervisor",))

    def chiefs_above(self, organisation: int) -> set[int]:
        """The body's chiefs, else those of the body above it: told where that one takes part."""
        listed = directory().by_id.get(organisation)
        above = listed.parent_id if listed is not None else None
        return (
            self.users(("chief",), [organisation])
            or (self.users(("chief",), [above]) if above is not None else set())
            or self.users(("supervisor",))
        )


def people_of(posts: Iterable[int]) -> dict[int, frozenset[int]]:
    """Who is spoken to when a post is: its holder and whoever stands in today."""
    wanted = list(posts)
    found: dict[int, set[int]] = {pk: set() for pk in wanted}
    today = timezone.localdate()
    holders = Post.objects.filter(pk__in=wanted).values_list("pk", "user_id")
    deputies = Deputy.objects.filter(post__in=wanted, valid_from__lte=today, valid_to__gt=today)
    for pk, user in (*holders, *deputies.values_list("post_id", "user_id")):
        found[pk].add(user)
    return {pk: frozenset(users) for pk, users in found.items()}


def _left(matter: Matter) -> Sequence[int]:
    """The bodies from which a step has taken it, the centre aside; only of a matter as it was after that step."""
    return [unit for unit in getattr(matter, "left_by_step", ()) if unit != directory().centre.id]


def _reporter(matter: Matter, posts: Posts) -> Recipients:
    return Recipients(set(), matter.raised_by_id)


RECIPIENTS: dict[str, Callable[[Matter, Posts], Recipients]] = {
    "reporter": _reporter,
    "holder": lambda m, p: Recipients(p.of_unit(m.holder_id)),
    "chiefs": lambda m, p: Recipients(p.chiefs_of(m.lead_id or m.holder_id)),
    "chiefs_above": lambda m, p: Recipients(p.chiefs_above(m.lead_id or m.holder_id)),
    "holders_chiefs": lambda m, p: Recipients(p.chiefs_of(m.holder_id)),
    "lead": lambda m, p: Recipients(p.of_unit(m.lead_id or m.holder_id)),
    "holder_user": lambda m, p: Recipients({m.holder_user_id} if m.holder_user_id else p.of_unit(m.holder_id)),
    "co_handlers": lambda m, p: Recipients({user for unit in m.co_handlers for user in p.of_unit(unit)}),
    "caller": lambda m, p: Recipients({user for unit in m.co_handlers[:1] for user in p.of_unit(unit)}),
    "left": lambda m, p: Recipients({user for unit in _left(m) for user in p.of_unit(unit) | p.chiefs_of(unit)}),
    "centre_if_confidential": lambda m, p: Recipients(p.users(("call_taker",)) if m.confidential else set()),
    "on_duty": lambda m, p: Recipients.with_duty_phone(p, [m.lead_id or m.holder_id]),
    # those that the step names: `recipients_of` knows them
    "units": lambda m, p: Recipients(set()),
    "units_on_duty": lambda m, p: Recipients(set()),
    "sent_there": lambda m, p: Recipients(set()),
    "dispatchers": lambda m, p: Recipients(p.users(GIVERS)),
    "dispatchers_if_urgent": lambda m, p: Recipients(p.users(GIVERS) if m.urgency != Urgency.NORMAL else set()),
    "supervisors": lambda m, p: Recipients(p.users(("supervisor",))),
    "unit": lambda m, p: Recipients(p.of_unit(m.lead_id) if m.lead_id else set()),
    "leaders": lambda m, p: Recipients(p.users(("leader",))),
}


def recipients_of(
    to: str, matter: Matter, posts: Posts, units: Sequence[int], people: Sequence[int] = ()
) -> Recipients:
    """Who is meant by a notice; `units`, `people`: the organisations and the users that its step names."""
    if to == "units":
        return Recipients({user for unit in units for user in posts.of_unit(unit)})
    if to == "units_on_duty":
        return Recipients.with_duty_phone(posts, units)
    if to == "sent_there":
        return Recipients(set(people))
    return RECIPIENTS[to](matter, posts)


@dataclass(slots=True)
class Draft:
    """One message on its way: who said so is left out of `users`. `at`: its own moment, if not the batch's. `seq`: the
    line that says it. `held`: what goes outward waits as long as that line may be taken back."""

    template: str
    matter: Matter
    recipients: Recipients
    words: dict[str, str]
    at: datetime | None = None
    seq: int | None = None
    held: bool = False


def send(drafts: Sequence[Draft], *, at: datetime | None = None, past: bool = False) -> int:
    """Store messages and deliveries, a few statements for the whole batch. Returns the number of deliveries.

    `past`: it all happened long ago; what goes outward counts as sent, and nobody's page is woken (simulations only).
    """
    now = at or timezone.now()
    drafts = [d for d in drafts if d.recipients.users or d.recipients.contact or d.recipients.on_duty]
    if not drafts:
        return 0
    contacts = [d.recipients.contact for d in drafts if d.recipients.contact]
    accounts = _accounts(contacts)
    texted = _texted([(d.template, d.recipients.users) for d in drafts]) if outward() else {}
    with_phone = reachable(contacts)
    messages: list[tuple[object, ...]] = []
    deliveries: list[tuple[object, ...]] = []
    told: set[int] = set()
    for pk, draft in zip(reserve_ids(Message, len(drafts)), drafts, strict=True):
        words = wording(draft.template, templates[draft.template])
        values = _values(draft)
        link = urls.get(draft.matter.kind)
        at = draft.at or now
        leaves = at + timedelta(seconds=UNDO_SECONDS.value) if draft.held else at
        users = set(draft.recipients.users)
        contact = draft.recipients.contact
        away: list[tuple[int | None, int | None, int | None]] = []  # user, contact, organisation
        away += [(user, None, None) for user in sorted(users) if draft.template in texted.get(user, ())]
        if contact is not None:
            users |= accounts.get(contact, set())
            if contact in with_phone:
                away.append((None, contact, None))
        away += [(None, None, unit) for unit in sorted(draft.recipients.on_duty) if textable(_duty_phone(unit))]
        deliveries += [
            (pk, channel.key, *whom, Delivery.Status.SENT, 1, None, at, "", "")
            if past
            else (pk, channel.key, *whom, Delivery.Status.PENDING, 0, leaves, None, "", "")
            for whom in away
            for channel in outward()
            if channel.key not in words.muted
        ]
        deliveries += [
            (pk, IN_APP, user, None, None, Delivery.Status.SENT, 1, None, at, "", "") for user in sorted(users)
        ]
        messages.append(
            (
                pk,
                draft.template,
                draft.matter.pk,
                words.title.format(**values)[:120],
                words.body.format(**values),
                link(draft.matter) if link else "",
                at,
                draft.seq,
                Jsonb(filled(words.body, values)) if away and not past else None,
                words.urgent or draft.matter.urgency == Urgency.EMERGENCY,
            )
        )
        told |= users
    insert_rows(Message, _MESSAGE, messages)
    insert_rows(Delivery, _DELIVERY, deliveries)
    if not past:
        live.publish(f"user:{user}" for user in told)
    return len(deliveries)


def _texted(spoken: Sequence[tuple[str, set[int]]]) -> Mapping[int, set[str]]:
    """Which of these templates, each with its users, go to whose phones, of the staff."""
    from huying.matters.preferences import kind_of, wanting

    used = {template for template, _ in spoken}
    wanted = wanting({user for _, users in spoken for user in users})
    return {
        user: {key for key in used if templates[key].must or kind_of(key) in kinds} for user, kinds in wanted.items()
    }


def _duty_phone(organisation: int) -> str:
    listed = directory().by_id.get(organisation)
    return listed.duty_phone if listed else ""


def tell(
    template: str,
    users: Iterable[int],
    words: Mapping[str, str],
    *,
    url: str,
    at: datetime,
    on_duty: Iterable[int] = (),
) -> int:
    """One message of the desk that is about no matter, to these users, on their phones too where it must reach them or
    they asked for it, and to the duty phones of these bodies; `words` fill what its template names. What the district
    may write into every message (`wording.PLACEHOLDERS`) stays empty where `words` do not say it. Returns how many
    users."""
    told, units = sorted(set(users)), sorted({unit for unit in on_duty if textable(_duty_phone(unit))})
    if not told and not units:
        return 0
    said = wording(template, templates[template])
    figures = {parameter.key: parameter.value for parameter in parameters.declared()}
    values: dict[str, object] = {**dict.fromkeys(PLACEHOLDERS, ""), "p": figures, **words}
    texted = _texted([(template, set(told))]) if outward() else {}
    away: list[tuple[int | None, int | None]] = [(user, None) for user in told if template in texted.get(user, ())]
    away += [(None, unit) for unit in units]
    [pk] = reserve_ids(Message, 1)
    title, body = said.title.format(**values)[:120], said.body.format(**values)
    filling = Jsonb(filled(said.body, values)) if away else None
    row = (pk, template, None, title, body, url, at, None, filling, said.urgent)
    insert_rows(Message, _MESSAGE, [row])
    away_rows: list[tuple[object, ...]] = [
        (pk, channel.key, user, None, unit, Delivery.Status.PENDING, 0, at, None, "", "")
        for user, unit in away
        for channel in outward()
        if channel.key not in said.muted
    ]
    here = [(pk, IN_APP, user, None, None, Delivery.Status.SENT, 1, None, at, "", "") for user in told]
    insert_rows(Delivery, _DELIVERY, [*away_rows, *here])
    live.publish(f"user:{user}" for user in told)
    return len(told)


def _accounts(contacts: Sequence[int]) -> dict[int, set[int]]:
    """Accounts of residents and enterprises by contact."""
    found: dict[int, set[int]] = {}
    if contacts:
        for user, contact in User.objects.filter(contact_id__in=contacts, is_active=True).values_list(
            "pk", "contact_id"
        ):
            assert contact is not None
            found.setdefault(contact, set()).add(user)
    return found


def _values(draft: Draft) -> dict[str, object]:
    matter = draft.matter
    # It goes to phones, and to units that a confidential reporter's own number is kept from.
    title = mask_text(matter.title)
    due = timezone.localtime(matter.next_due_at).strftime(DUE) if matter.next_due_at else "—"
    return {
        "number": matter.number,
        "title": title,
        "holder": directory().name_of(matter.holder_id),
        "state": flows[matter.kind].state[matter.state].label,
        "due": due,
        "p": {parameter.key: parameter.value for parameter in parameters.declared()},
        **draft.words,
    }


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who is told of each step of matters with this aspect. `who`: users by matter."""

    aspect: str
    template: str
    who: Callable[[Sequence[Matter]], Mapping[int, set[int]]]


followers: Registry[Follower] = Registry("followers of matters")


def _followed(speaking: Sequence[tuple[Payload, Matter]]) -> list[Draft]:
    """One query for each follower whose aspect stands on any of the batch."""
    drafts: list[Draft] = []
    for follower in followers:
        concerned = [(p, m) for p, m in speaking if follower.aspect in m.aspects]
        told = follower.who([m for _, m in concerned]) if concerned else {}
        for payload, matter in concerned:
            users = told.get(matter.pk, set()) - {int(str(payload["user"] or 0))}
            drafts.append(Draft(follower.template, matter, Recipients(users), {}, seq=int(str(payload["seq"]))))
    return drafts


@outbox.handler(MOVED)
def after_moves(payloads: list[Payload]) -> None:
    """Messages of a batch of steps, and one live event for whoever looks at these matters."""
    matters = Matter.objects.in_bulk([int(str(p["matter"])) for p in payloads])
    speaking = [(p, _as_it_was(matters[int(str(p["matter"]))], p)) for p in payloads if p["notices"]]
    posts = Posts.read(
        unit
        for p, m in speaking
        for unit in (m.holder_id, m.lead_id, *m.co_handlers, *_left(m), *_units(p))
        if unit is not None
    )
    undone = {(int(str(p["matter"])), int(str(p["undoes"]))) for p in payloads if p.get("undoes")}
    drafts: list[Draft] = []
    for payload, matter in speaking:
        seq = int(str(payload["seq"]))
        if (matter.pk, seq) in undone:
            continue
        held = bool(flows[matter.kind].step[str(payload["step"])].reverse)
        notices = payload["notices"]
        assert isinstance(notices, list)
        for to, template in notices:
            recipients = recipients_of(to, matter, posts, _units(payload), _named(payload, "people"))
            recipients.users.discard(int(str(payload["user"] or 0)))
            words = {"due": _told(payload["due"]), **_own_words(payload)}
            drafts.append(Draft(f"{matter.kind}.{template}", matter, recipients, words, seq=seq, held=held))
    everything = [(p, _as_it_was(matters[int(str(p["matter"]))], p)) for p in payloads]
    drafts += _followed([(p, m) for p, m in everything if (m.pk, int(str(p["seq"]))) not in undone])
    send(drafts)
    _withdraw(undone)
    live.publish({c for m in matters.values() for c in live_channels(m)})


def _units(payload: Payload) -> list[int]:
    return _named(payload, "units")


def _named(payload: Payload, name: str) -> list[int]:
    keys = payload.get(name) or []  # a row from before it was told lacks it
    assert isinstance(keys, list)
    return [int(key) for key in keys]


def _withdraw(undone: set[tuple[int, int]]) -> None:
    """What the lines taken back had said. The step has done so itself; what was still being written comes here."""
    if not undone:
        return
    said = reduce(or_, (Q(message__matter_id=matter, message__seq=seq) for matter, seq in sorted(undone)))
    undoing.cancel(said)
    told = Delivery.objects.filter(said, channel=IN_APP, user__isnull=False).values_list("user_id", flat=True)
    live.publish(f"user:{user}" for user in told)


def _as_it_was(matter: Matter, payload: Payload) -> Matter:
    """The matter with the bodies and the state it had after that step: others may have moved it since."""
    found = copy(matter)
    found.state, found.holder_id = str(payload["state"]), int(str(payload["holder"]))
    found.lead_id = int(str(payload["lead"])) if payload["lead"] else None
    if "holder_user" in payload:  # rows from before it was told lack it
        found.holder_user_id = int(str(payload["holder_user"])) if payload["holder_user"] else None
    units = payload["co_handlers"]
    assert isinstance(units, list)
    found.co_handlers = [int(unit) for unit in units]
    found.left_by_step = [int(unit) for unit in payload.get("left", ())]  # type: ignore[attr-defined]
    return found


def _own_words(payload: Payload) -> dict[str, str]:
    told = payload.get("told")  # a row from before there were any has none
    return {str(name): str(words) for name, words in told.items()} if isinstance(told, dict) else {}


def _told(due: object) -> str:
    return timezone.localtime(datetime.fromisoformat(due)).strftime(DUE) if isinstance(due, str) and due else "—"


def live_channels(matter: Matter) -> list[str]:
    """Streams on which a change of this matter is news. They carry names only, never data."""
    channels = [f"matter:{matter.pk}", f"kind:{matter.kind}", f"holder:{matter.holder_id}"]
    if matter.lead_id and matter.lead_id != matter.holder_id:
        channels.append(f"holder:{matter.lead_id}")
    return [*channels, *(f"holder:{unit}" for unit in matter.co_handlers)]


def tell_posts(alarm: Alarm, posts: Sequence[int], *, at: datetime) -> None:
    """An alarm to the holders of these posts."""
    users = {user for people in people_of(posts).values() for user in people}
    words = {"words": "、".join(alarm.words), "groups": "、".join(alarm.groups)}
    send([Draft("alarm", alarm.matter, Recipients(users), words)], at=at)


@dataclass(frozen=True, slots=True)
class Raised:
    """A clock whose warning rose in one sweep, and the organisation that it measures. `helper_due`: when that is due,
    of an organisation that helps: it is warned, and whoever has the matter in hand is not."""

    matter: Matter
    clock: str
    warning: int
    organisation_id: int
    helper_due: datetime | None = None
    told: tuple[str, ...] = ()  # roles that are warned instead of the holder


def tell_warnings(raised: Sequence[Raised], *, at: datetime, past: bool = False) -> None:
    """Yellow, red and escalations of one sweep. `past` as in `send`."""
    posts = Posts.read(
        o for one in raised for o in (one.matter.holder_id, one.matter.lead_id, one.organisation_id) if o
    )
    centre = directory().centre
    drafts: list[Draft] = []
    for one in raised:
        matter, warning = one.matter, one.warning
        words = {"clock": one.clock}
        by_centre = matter.holder_id == centre.id
        holder = posts.users(GIVERS) if by_centre and warning >= Warning.RED else posts.of_unit(matter.holder_id)
        if by_centre and (roles := flows[matter.kind].at_centre):
            holder = posts.users(roles)
        chiefs = posts.users(("chief",), [matter.holder_id])
        if one.organisation_id == centre.id and not by_centre:  # the centre's own part of what a unit has in hand
            holder, chiefs, words["holder"] = posts.users(CENTRE), set(), centre.label
        elif one.helper_due is not None:
            holder, chiefs = posts.of_unit(one.organisation_id), posts.users(("chief",), [one.organisation_id])
            words["holder"] = directory().name_of(one.organisation_id)
            words["due"] = timezone.localtime(one.helper_due).strftime(DUE)
        elif flows[matter.kind].state[matter.state].chiefs_turn:
            holder = chiefs or holder
        elif one.organisation_id == matter.lead_id != matter.holder_id:  # passed on, and still the lead's own limit
            holder = holder | posts.of_unit(matter.lead_id)
            chiefs = chiefs | posts.users(("chief",), [matter.lead_id])
        if one.told:
            holder, chiefs = posts.users(one.told), set()
        supervisors = posts.users(("supervisor",))
        users = {
            Warning.YELLOW: holder,
            Warning.RED: holder | chiefs,
            Warning.CHIEF: chiefs | holder,
            Warning.DISTRICT: supervisors | chiefs,
        }[Warning(warning)]
        drafts.append(Draft(f"warning.{Warning(warning).name.lower()}", matter, Recipients(users), words))
    send(drafts, at=at, past=past)
    if not past:
        live.publish({c for one in raised for c in live_channels(one.matter)})


for _key, _template in {
    "alarm": Template(
        "险情提示：{groups}", "{number}“{title}”出现“{words}”，请立即核实处置并确认。", urgent=True, must=True
    ),
    "warning.yellow": Template("黄牌：{clock}即将到期", "{number}“{title}”的{clock}时限快到了（{due}），请抓紧。"),
    "warning.red": Template("红牌：{clock}已超时", "{number}“{title}”的{clock}已超过时限，请立即处理。"),
    "warning.chief": Template(
        "超时一个工作日：{clock}", "{number}“{title}”由{holder}负责，{clock}超时已满一个工作日，请负责人督促。"
    ),
    "warning.district": Template(
        "超时五个工作日：{clock}", "{number}“{title}”由{holder}负责，{clock}超时已满五个工作日，请区中心介入。"
    ),
}.items():
    templates.add(_key, _template)
