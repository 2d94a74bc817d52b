"""A supervision from issue to the end: every state, one holder always, four eyes, clocks and messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.ledger import verify
from huying.matters.models import Clock, Delivery, Matter
from huying.matters.succession import hand_over
from huying.people.actions import dissolve
from huying.supervision.flow import OPEN, SUPERVISIONS
from huying.supervision.models import OfficialDocument, SupervisedMatter
from tests.factories.cases import receive
from tests.factories.district import District
from tests.factories.supervision import advance, issue, step

pytestmark = pytest.mark.django_db


def holder(matter: Matter) -> str:
    return matter.holder.code


def running(matter: Matter) -> set[str]:
    return set(Clock.objects.filter(matter=matter, stopped_at=None).values_list("kind", flat=True))


def test_from_issue_to_the_end(district: District) -> None:
    case = receive(district)
    matter = issue(district, matters=[case.number])
    assert matter.number.startswith("WCDB")
    assert (matter.state, holder(matter), running(matter)) == ("issued", "URBAN", {"acknowledge", "feedback"})
    assert SupervisedMatter.objects.get(supervision=matter.pk).matter == case
    matter = advance(district, matter, "working")
    assert (holder(matter), running(matter)) == ("URBAN", {"feedback"})
    matter = advance(district, matter, "reviewing")
    assert holder(matter) == "URBAN"
    matter = advance(district, matter, "reported")
    assert (holder(matter), running(matter)) == ("CENTRE", {"review"})
    matter = advance(district, matter, "closed")
    assert (holder(matter), running(matter), matter.closed_at is not None) == ("URBAN", set(), True)
    assert verify().holds


def test_the_limit_is_that_of_its_kind_unless_it_is_given(district: District) -> None:
    for kind, days in (("media", 2), ("assigned", 10)):
        assert Clock.objects.get(matter=issue(district, kind=kind), kind="feedback").amount == days
    given = issue(district, days=7)
    assert Clock.objects.get(matter=given, kind="feedback").amount == 7
    upper = timezone.now() + timedelta(hours=30)
    strict = issue(district, days=30, upper_due_at=upper)
    assert Clock.objects.get(matter=strict, kind="feedback").due_at == upper


def test_what_is_not_done_well_goes_back_with_a_clock_of_its_own(district: District) -> None:
    matter = advance(district, issue(district), "reported")
    matter = step(district, matter, "return_feedback", "supervisor", reason="只修了一盏，还差两盏。")
    assert (matter.state, holder(matter), matter.rework_count) == ("working", "URBAN", 1)
    assert running(matter) == {"rework"}
    matter = advance(district, matter, "closed")
    assert matter.closed_at is not None


def test_nobody_passes_the_own_feedback_on(district: District) -> None:
    from huying.matters.engine import move_one
    from huying.people.actors import actor_for
    from huying.people.models import Post

    matter = advance(district, issue(district), "working")
    user = district.users["handler"]
    post = Post.objects.create(
        user=user, role="chief", organisation=district.organisations["urban"], valid_from=timezone.localdate()
    )
    matter = advance(district, matter, "reviewing")
    with pytest.raises(Forbidden, match="不能审核自己提交的反馈"):
        move_one(SUPERVISIONS, "endorse", matter.pk, by=actor_for(user, post), data={})
    matter = step(district, matter, "send_back", "chief", reason="原因没有写清楚。")
    assert (matter.state, holder(matter)) == ("working", "URBAN")


def test_without_a_plan_nothing_unsolved_is_reported(district: District) -> None:
    matter = advance(district, issue(district), "working")
    with pytest.raises(Invalid) as refused:
        step(district, matter, "feedback", "handler", solved=False, done="已经联系厂家。")
    assert "下一步措施" in refused.value.fields["plan"][0]
    step(district, matter, "feedback", "handler", solved=False, done="已经联系厂家。", plan="周五前换完。")


def test_a_unit_hands_back_and_another_gets_it(district: District) -> None:
    matter = issue(district)
    why = {"reason": "not_ours", "explanation": "路灯归住房局管，有移交协议。"}
    matter = step(district, matter, "hand_back", "handler", **why)
    assert (matter.state, holder(matter), running(matter)) == ("unassigned", "CENTRE", set())
    matter = step(district, matter, "readdress", "supervisor", lead="HOUSING", reason="按移交协议。")
    assert (matter.state, holder(matter), matter.lead.code) == ("issued", "HOUSING", "HOUSING")  # type: ignore[union-attr]
    assert running(matter) == {"acknowledge", "feedback"}
    assert OfficialDocument.objects.filter(supervision=matter.pk).count() == 2
    again = step(district, matter, "readdress", "supervisor", lead="WATER", reason="再核实归水务。")
    assert running(again) == {"acknowledge", "feedback"}
    with pytest.raises(Invalid):
        step(district, again, "readdress", "supervisor", lead="WATER", reason="重复。")


def test_the_ladder_only_goes_up_and_higher_rungs_need_a_second_pair_of_eyes(district: District) -> None:
    matter = issue(district, rung=1)
    assert (matter.supervision.rung, matter.supervision.colour) == (1, "blue")
    matter = step(district, matter, "notify", "supervisor", reason="提醒后仍未动工。")
    matter.supervision.refresh_from_db()
    assert (matter.supervision.rung, matter.supervision.colour) == (2, "yellow")
    with pytest.raises(Conflict, match="只能往上升级"):
        step(district, matter, "notify", "supervisor", reason="再发一次。")
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    step(district, matter, "summon", "supervisor", reason="两次督办无果。", talk_at=tomorrow, talk_place="区政府三楼")
    matter.supervision.refresh_from_db()
    assert (matter.supervision.rung, matter.supervision.draft) == (2, 3)  # not before it is signed
    with pytest.raises(Conflict, match="等着签发"):
        step(district, matter, "publish", "supervisor", reason="一并通报。")
    with pytest.raises(Conflict, match="等着签发"):
        step(district, matter, "cancel", "supervisor", reason="不再督办了。")
    step(district, matter, "sign", "leader", note="同意约谈。")
    matter.supervision.refresh_from_db()
    assert (matter.supervision.rung, matter.supervision.draft, matter.supervision.colour) == (3, None, "red")
    step(district, matter, "hand_over", "supervisor", reason="约谈之后仍然没有整改。")
    step(district, matter, "decline", "leader", reason="先再给一周。")
    matter.supervision.refresh_from_db()
    assert (matter.supervision.rung, matter.supervision.draft) == (3, None)
    numbers = OfficialDocument.objects.filter(supervision=matter.pk).order_by("seq").values_list("rung", "serial")
    first = numbers[0][1]
    assert first is not None
    assert list(numbers) == [(1, first), (2, first + 1), (3, first + 2), (5, None)]


def test_whoever_drafted_a_document_does_not_sign_it(district: District) -> None:
    from huying.matters.engine import move_one
    from huying.people.actors import actor_for
    from huying.people.models import Post

    matter = issue(district)
    step(district, matter, "publish", "supervisor", reason="多次督办无果，予以通报。")
    user = district.users["supervisor"]
    post = Post.objects.create(
        user=user, role="leader", organisation=district.organisations["centre"], valid_from=timezone.localdate()
    )
    with pytest.raises(Forbidden, match="不能签发自己拟的文书"):
        move_one(SUPERVISIONS, "sign", matter.pk, by=actor_for(user, post), data={})
    step(district, matter, "retract", "supervisor", reason="措辞要改。")
    matter.supervision.refresh_from_db()
    assert matter.supervision.draft is None


def test_a_talk_is_not_called_for_yesterday(district: District) -> None:
    matter = issue(district)
    with pytest.raises(Invalid, match="约谈时间"):
        step(
            district,
            matter,
            "summon",
            "supervisor",
            reason="两次督办无果。",
            talk_at="2026-01-05T09:00:00+08:00",
            talk_place="区政府三楼",
        )


@pytest.mark.parametrize("state", OPEN)
def test_every_open_state_can_be_cancelled_and_has_one_holder(district: District, state: str) -> None:
    matter = issue(district)
    if state == "unassigned":
        step(district, matter, "hand_back", "handler", reason="unclear", explanation="不知道指的是哪一盏灯。")
    else:
        advance(district, matter, state)
    matter.refresh_from_db()
    assert matter.state == state
    assert matter.holder_id
    step(district, matter, "cancel", "supervisor", reason="诉求人已经撤回。")
    matter.refresh_from_db()
    assert (matter.state, running(matter)) == ("withdrawn", set())


def test_unit_and_chief_hear_that_it_was_cancelled_while_the_centre_had_it(
    district: District,
) -> None:
    matter = issue(district)
    advance(district, matter, "reported")
    step(district, matter, "cancel", "supervisor", reason="诉求人已经撤回。")
    outbox.drain()
    told = Delivery.objects.filter(message__key="supervision.cancelled").values_list("user__username", flat=True)
    assert {*told} >= {"handler", "chief"}


def test_a_dissolved_unit_is_followed_by_its_heir_or_by_nobody(district: District) -> None:
    first, second = issue(district), issue(district, lead="HOUSING")
    dissolve(district.organisations["urban"], on=timezone.localdate(), successor=district.organisations["water"])
    dissolve(district.organisations["housing"], on=timezone.localdate())
    hand_over()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, holder(first)) == ("issued", "WATER")
    assert (second.state, holder(second), running(second)) == ("unassigned", "CENTRE", set())


def test_what_is_supervised_must_be_there_and_be_seen(district: District) -> None:
    with pytest.raises(Invalid) as refused:
        issue(district, matters=["WC20990101000001"])
    assert "WC20990101000001" in refused.value.fields["matters"][0]
    with pytest.raises(Invalid):
        issue(district, matters=[issue(district).number])  # supervisions are not supervised
    with pytest.raises(Forbidden):
        issue(district, by=district.actor("handler"))


def test_the_unit_and_its_chief_are_told(district: District) -> None:
    matter = issue(district)
    outbox.drain()

    def told(name: str) -> list[str]:
        rows = Delivery.objects.filter(user=district.users[name], channel="in_app").order_by("pk")
        return [row.message.title for row in rows.select_related("message")]

    assert told("handler") == told("chief") == ["督办件待签收"]
    advance(district, matter, "reported")
    step(district, matter, "publish", "supervisor", reason="多次督办无果，予以通报。")
    outbox.drain()
    assert told("leader") == ["督办文书待签发"]
    assert "督办反馈已报" in told("supervisor")


def test_what_is_late_at_the_centre_is_the_supervisors_affair(district: District) -> None:
    from huying.matters.sweep import sweep

    advance(district, issue(district), "reported")
    outbox.drain()
    Delivery.objects.all().delete()
    sweep(timezone.now() + timedelta(days=30))
    told = set(Delivery.objects.values_list("user__username", flat=True))
    assert told == {district.users["supervisor"].username}


def test_another_unit_begins_no_higher_than_with_a_notice(district: District) -> None:
    matter = issue(district)
    step(district, matter, "publish", "supervisor", reason="多次督办无果，予以通报。")
    step(district, matter, "sign", "leader")
    step(district, matter, "readdress", "supervisor", lead="HOUSING", reason="按移交协议。")
    matter.supervision.refresh_from_db()
    assert (matter.supervision.rung, matter.supervision.colour) == (2, "yellow")
    newest = OfficialDocument.objects.filter(supervision=matter.pk).order_by("-seq")[0]
    assert (newest.rung, newest.lead.code) == (2, "HOUSING")
