"""Breaking the glass: in an emergency somebody whose post sees no personal data sees those of one matter's reporter.

    asked = ask(actor, "WC20261122000124", "公安机关协查：……", now)     # nothing is shown yet
    matter, person, told = show(actor, asked.ticket, now)              # once: logged, and others told in the same go

This is the one place that finds a matter outside `visible_to`: of the matter itself nothing is shown. Who asked for
confidence is known to nobody outside the centre, and stays so here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction

from huying.kernel.errors import Conflict, Invalid
from huying.kernel.privacy import mask_text
from huying.matters.messages import Draft, Recipients, people_of, send, templates
from huying.matters.models import Matter
from huying.matters.wording import Template
from huying.people.actors import Actor
from huying.people.contacts import Person, break_glass
from huying.people.directory import directory
from huying.people.models import Contact, Post, Reveal, User

PERMISSION = "people.break_glass"
ASKED_FOR = timedelta(minutes=10)  # between the question and the answer
WATCHERS = ("supervisor", "dispatcher")  # who is told; the second only where there is none of the first
TEMPLATE = "break_glass"
_SALT = "huying.matters.break_glass.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """What has been asked for and not been shown. `ticket` is what the answer carries."""

    matter: Matter
    purpose: str
    told: str  # who will be, by name
    ticket: str


def ask(actor: Actor, number: str, purpose: str, now: datetime) -> Asked:
    """Whether the reporter of this matter could be shown, and who would be told.

    Raises:
        Invalid: there is no such matter, nobody left a contact, or the reporter asked for confidence.
        Conflict: there is nobody who could be told.
    """
    matter = _matter(number)
    ticket = signing.dumps([matter.number, purpose, actor.user_id, now.isoformat()], salt=_SALT, compress=True)
    return Asked(matter, purpose, by_name(watchers(actor)), ticket)


def show(actor: Actor, ticket: str, now: datetime) -> tuple[Matter, Person, str]:
    """The matter, its reporter's data, and who has been told of it; once for each question. Logged and told in the
    transaction that reads them.

    Raises:
        Refusal: as `ask`; Conflict, too, when it has been shown already or the question is too old.
    """
    try:
        number, purpose, user_id, at = signing.loads(ticket, salt=_SALT, max_age=ASKED_FOR)
    except (signing.BadSignature, ValueError):
        raise Conflict(_AGAIN.format("说明原因后超过 10 分钟没有确认"), code="too_old") from None
    if user_id != actor.user_id:
        raise Conflict(_AGAIN.format("说明原因的是另一个账号"), code="not_yours")
    with transaction.atomic():
        matter = _matter(number)
        assert matter.raised_by_id is not None
        Contact.objects.select_for_update(no_key=True).get(pk=matter.raised_by_id)
        shown = Reveal.objects.filter(by=user_id, about=number, break_glass=True, at__gte=datetime.fromisoformat(at))
        if shown.exists():
            raise Conflict(_AGAIN.format("这次查看已经显示过，只显示一次"), code="shown_already")
        told = watchers(actor)
        person = break_glass(matter.raised_by_id, actor=actor, purpose=purpose, about=number, at=now)
        words = {"who": _named(actor), "purpose": mask_text(purpose)}
        send([Draft(TEMPLATE, matter, Recipients({user.pk for user in told}), words)], at=now)
    return matter, person, by_name(told)


_AGAIN = "{}，没有显示个人信息。确实需要时，请重新说明原因。"


def _matter(number: str) -> Matter:
    wanted = number.strip().upper()
    matter = Matter.objects.select_related("raised_by").filter(number=wanted).first()
    if matter is None:
        problem = "没有这个编号的件，请核对。"
    elif matter.confidential:
        centre = directory().centre
        phone = f"（{centre.duty_phone}）" if centre.duty_phone else ""
        problem = f"诉求人要求保密，应急时也不在这里显示。请转{centre.name}{phone}，由接线员、派单审核员或督导员联系。"
    elif matter.raised_by is None:
        problem = "这件是匿名诉求，没有留下联系方式。"
    elif matter.raised_by.forgotten_at is not None:
        problem = "这位诉求人的个人信息已按规定清除。"
    else:
        return matter
    raise Invalid(problem, fields={"number": [problem]})


def watchers(actor: Actor) -> list[User]:
    """Who is told at once: supervisors; where there is none, who dispatches. Never only the one who looks.

    Raises:
        Conflict: there is nobody.
    """
    rows = list(Post.objects.current().filter(role__in=WATCHERS).values_list("pk", "role"))
    people = people_of(pk for pk, _ in rows)
    for role in WATCHERS:
        users = {user for pk, held in rows if held == role for user in people[pk]} - {actor.user_id}
        if found := list(User.objects.filter(pk__in=users, is_active=True).order_by("full_name", "pk")):
            return found
    raise Conflict(
        "没有在任的督导员或派单审核员可以告知，不能应急查看。请先安排岗位，或者请区中心联系诉求人。",
        code="nobody_to_tell",
    )


def by_name(users: Sequence[User]) -> str:
    names = "、".join(user.display_name for user in users[:5])
    return f"{names}等 {len(users)} 人" if len(users) > 5 else names


def _named(actor: Actor) -> str:
    assert actor.user_id is not None
    return f"{actor.role.name}{User.objects.get(pk=actor.user_id).display_name}"


templates.add(
    TEMPLATE,
    Template(
        "应急查看个人信息",
        "{who}应急查看了 {number}“{title}”诉求人的联系方式，原因是“{purpose}”。请核实是否必要。",
    ),
)
