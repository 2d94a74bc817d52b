"""Third-party review: two who know nothing of each other's opinion, agreement, and what follows from it."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.utils import timezone

from huying.cases.agreement import agreements, came_to, kappa
from huying.cases.enums import ReviewReason
from huying.cases.flow import CASES
from huying.cases.models import Judgement, Review
from huying.cases.portal.story import plain_story
from huying.cases.review_reminders import remind
from huying.kernel import outbox, parameters
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing
from huying.matters.engine import Move, move, move_one
from huying.matters.models import Clock, Delivery, LedgerLine, Limit, Matter
from huying.people.actors import actor_for, visitor
from huying.people.models import Organisation, Post, User
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.api import program, told
from tests.factories.cases import advance, receive
from tests.factories.district import BORN, District

pytestmark = pytest.mark.django_db

UNHAPPY = {"reached": True, "solved": False, "satisfied": 2, "real": True, "note": "灯还是不亮。"}
PROPER = {
    "true": True,
    "solved": False,
    "proper": True,
    "responsible": "nobody",
    "reason": "现场照片和材料都齐，等厂家配件是客观原因。",
}
IMPROPER = PROPER | {"proper": False, "responsible": "unit", "reason": "答复说修好了，回访说没有亮，没有再去看。"}


@pytest.fixture
def outside(district: District) -> District:
    """Three reviewers of two bodies that have nothing to do with the district."""
    for body, people in {"江城调查": ("judge1", "judge3"), "汉阳评估": ("judge2",)}.items():
        district.organisations[body] = Organisation.objects.create(
            code=f"OUT{len(people)}", name=body, kind="other", valid_from=BORN, sort_key=body
        )
        for name in people:
            user = User.objects.create(username=name, full_name=f"评价员{name[-1]}")
            post = Post.objects.create(
                user=user,
                role="third_party",
                organisation=district.organisations[body],
                is_primary=True,
                valid_from=BORN,
            )
            district.users[name], district.actors[name] = user, actor_for(user, post)
    return district


def unhappy_twice(district: District, **values: object) -> Matter:
    matter = advance(district, receive(district, **values), "resolved")
    matter = move_one(CASES, "callback", matter.pk, by=district.actor("call_taker"), data=UNHAPPY)
    assert matter.state == "handling"
    matter = advance(district, matter, "resolved")
    return move_one(CASES, "callback", matter.pk, by=district.actor("call_taker"), data=UNHAPPY)


def asked(matter: Matter, district: District) -> tuple[str, str]:
    """Who was asked first and second, by the names of the tests."""
    names = {district.users[name].pk: name for name in ("judge1", "judge2", "judge3")}
    first, second = (names[pk] for pk in matter.reviewers)
    return first, second


def judge(district: District, matter: Matter, name: str, says: dict[str, object]) -> Matter:
    return move_one(CASES, "judge", matter.pk, by=district.actor(name), data=says)


def url(matter: Matter, step: str = "") -> str:
    return f"/desk/cases/{matter.number}/" + (f"steps/{step}/" if step else "")


def test_a_second_dissatisfaction_goes_to_two_of_different_bodies(outside: District) -> None:
    matter = unhappy_twice(outside)
    assert (matter.state, matter.rework_count, matter.closed_at) == ("under_review", 1, None)
    first, second = asked(matter, outside)
    assert {first, second} >= {"judge2"}  # the other one is of the other body
    for name in (first, second):
        client = at_desk(outside, name)
        assert matter.number in text_of(client.get("/desk/cases/to-review/"))
        page = text_of(client.get(url(matter)))
        assert f'btn-primary" href="{url(matter, "judge")}"' in page
    other = next(name for name in ("judge1", "judge3") if name not in (first, second))
    assert at_desk(outside, other).get(url(matter)).status_code == 404
    due = Judgement.objects.filter(review__case=matter.pk).values_list("due_at", flat=True)
    assert all(at > timezone.now() + dt.timedelta(days=4) for at in due)
    assert Clock.objects.get(matter=matter, kind="review", stopped_at=None).due_at > timezone.now()


def test_load_is_balanced_and_nobody_with_a_part_in_it_judges(outside: District) -> None:
    Post.objects.filter(user=outside.users["judge1"]).update(organisation=outside.organisations["urban"])
    matters = [unhappy_twice(outside) for _ in range(2)]
    assert all({*asked(m, outside)} == {"judge2", "judge3"} for m in matters)
    Post.objects.filter(user=outside.users["judge3"]).update(organisation=outside.organisations["urban"])
    alone = unhappy_twice(outside)  # one is left: the unit does it over as before
    assert (alone.state, alone.rework_count) == ("handling", 2)


def test_the_limit_of_a_reviewer_is_data(outside: District) -> None:
    from huying.kernel.generation import bump

    Limit.objects.filter(clock="review").update(amount=1)
    bump("limits")
    matter = unhappy_twice(outside)
    assert (
        Judgement.objects.filter(review__case=matter.pk, due_at__lt=timezone.now() + dt.timedelta(days=10)).count() == 2
    )


def test_neither_reads_the_other_before_both_are_in(outside: District) -> None:
    matter = unhappy_twice(outside)
    first, second = asked(matter, outside)
    matter = judge(outside, matter, first, IMPROPER | {"remains": "要换整流器"})
    secret = ("没有再去看", "要换整流器", "责任在谁：承办单位")
    for name in (second, "supervisor", "dispatcher", "chief", "leader"):
        client = at_desk(outside, name)
        answer = client.get(url(matter))
        if answer.status_code == 404:  # the unit does not hold it now
            continue
        page = text_of(answer)
        assert not any(words in page for words in secret), name
        assert "两位都提交之后才显示" in page
    page = text_of(at_desk(outside, second).get(url(matter, "judge")))
    assert not any(words in page for words in secret)
    assert outside.users[first].full_name not in page
    machine = program()
    assert not any(
        words in json.dumps(told(machine.get(f"/cases/{matter.number}")), ensure_ascii=False) for words in secret
    )
    machine.post(f"/cases/{matter.number}/steps/judge", PROPER)
    outbox.drain()
    assert not Delivery.objects.filter(message__body__contains="没有再去看").exists()
    sheet = at_desk(outside, "supervisor").get(f"/desk/cases/{matter.number}/work-order/")
    assert "没有再去看" not in text_of(sheet)
    own = text_of(at_desk(outside, first).get(url(matter)))
    assert "没有再去看" in own
    with pytest.raises(Conflict):
        judge(outside, matter, first, PROPER)

    matter = judge(outside, matter, second, IMPROPER | {"reason": "第二位也认为没有核实。"})
    for name in (first, second, "supervisor"):
        page = text_of(at_desk(outside, name).get(url(matter)))
        assert "没有再去看" in page and "第二位也认为没有核实" in page
    assert outside.users[second].full_name not in text_of(at_desk(outside, first).get(url(matter)))


def test_the_reporter_stays_unknown_to_reviewers(outside: District) -> None:
    text = "我是王秀英，电话13971112222，门口路灯不亮。"
    matter = unhappy_twice(outside, text=text, title="王秀英反映路灯不亮")
    page = text_of(at_desk(outside, asked(matter, outside)[0]).get(url(matter)))
    assert "王秀英" not in page and "13971112222" not in page
    assert "门口路灯不亮" in page
    assert "王秀英" in text_of(at_desk(outside, "dispatcher").get(url(matter)))


def test_both_find_it_improper_and_the_unit_does_it_over(outside: District) -> None:
    matter = unhappy_twice(outside)
    for name in asked(matter, outside):
        matter = judge(outside, matter, name, IMPROPER)
    assert (matter.state, matter.rework_count, matter.case.round) == ("handling", 2, 3)
    assert matter.aspects == ["review_improper"]
    assert Clock.objects.get(matter=matter, stopped_at=None).kind == "rework"
    review = Review.objects.get(case=matter.pk)
    assert (review.reason, review.result, review.basis) == (ReviewReason.DISSATISFIED, "improper", "agreed")
    facts = json.loads(LedgerLine.objects.filter(matter=matter).order_by("-seq")[0].facts)
    assert facts["review"] == {"result": "improper", "basis": "agreed"}
    assert (facts["handler"], facts["in_time"]) == ("URBAN", True)
    outbox.drain()
    told_to = Delivery.objects.filter(message__key="case.review_improper_told").values_list("user", flat=True)
    assert outside.users["supervisor"].pk in told_to
    story = plain_story(matter, visitor(matter_id=matter.pk))
    assert story.entries[0].what == "第三方评价认为处置不当，重新办理"


def test_both_find_it_proper_and_it_is_closed_as_such(outside: District) -> None:
    matter = unhappy_twice(outside)
    for name in asked(matter, outside):
        matter = judge(outside, matter, name, PROPER)
    assert (matter.state, matter.rework_count, matter.aspects) == ("closed", 1, ["review_proper"])
    case = Matter.objects.select_related("case").get(pk=matter.pk).case
    assert (case.solved, case.satisfaction) == (False, 2)  # what the reporter said stands, and counts
    reader = visitor(matter_id=matter.pk)
    story = plain_story(matter, reader)
    assert "rework" not in story.step_keys
    assert "处置得当，不再重新办理" in story.afterwards
    with pytest.raises(Conflict) as refused:
        move_one(CASES, "rework", matter.pk, by=reader, data={"reason": "还是不亮"})
    assert refused.value.code == "found_proper"
    again = move_one(CASES, "rework", matter.pk, by=outside.actor("call_taker"), data={"reason": "有了新情况"})
    assert again.state == "handling"


def test_where_they_disagree_the_supervisor_decides(outside: District) -> None:
    matter = unhappy_twice(outside)
    first, second = asked(matter, outside)
    judge(outside, matter, first, PROPER)
    supervisor = outside.actor("supervisor")
    with pytest.raises(Conflict):
        move_one(CASES, "decide_review", matter.pk, by=supervisor, data={"proper": True, "reason": "材料齐全"})
    matter = judge(outside, matter, second, IMPROPER)
    assert (matter.state, "review_split" in matter.aspects) == ("under_review", True)
    client = at_desk(outside, "supervisor")
    assert matter.number in text_of(client.get("/desk/cases/review-split/"))
    page = text_of(client.get(url(matter)))
    assert "不一致" in page and f'btn-primary" href="{url(matter, "decide_review")}"' in page
    answer = client.post(
        url(matter, "decide_review"),
        {"version": matter.version, "proper": "false", "reason": "没有再到现场"},
        follow=True,
    )
    assert "裁定已记下：处置不当" in text_of(answer)
    matter.refresh_from_db()
    assert (matter.state, matter.aspects) == ("handling", ["review_improper"])
    assert Review.objects.get(case=matter.pk).basis == "ruled"


def test_a_third_one_makes_a_majority_and_reads_nobody_before(outside: District) -> None:
    matter = unhappy_twice(outside)
    first, second = asked(matter, outside)
    third = next(name for name in ("judge1", "judge2", "judge3") if name not in (first, second))
    judge(outside, matter, first, PROPER)
    supervisor = at_desk(outside, "supervisor")
    early = {"instead": "new", "reviewer": str(outside.users[third].pk), "reason": "意见不一"}
    with pytest.raises(Invalid):
        move_one(CASES, "assign_reviewer", matter.pk, by=outside.actor("supervisor"), data=early)
    judge(outside, matter, second, IMPROPER)
    form = text_of(supervisor.get(url(matter, "assign_reviewer")))
    assert f'value="{outside.users[third].pk}"' in form
    assert f'value="{outside.users[first].pk}"' not in form
    supervisor.post(url(matter, "assign_reviewer"), early)
    matter.refresh_from_db()
    assert "review_split" not in matter.aspects
    page = text_of(at_desk(outside, third).get(url(matter)))
    assert "没有再去看" not in page and "等厂家配件" not in page
    assert "没有再去看" in text_of(at_desk(outside, first).get(url(matter)))
    matter = judge(outside, matter, third, PROPER)
    assert (matter.state, Review.objects.get(case=matter.pk).basis) == ("closed", "majority")


def test_the_supervisor_replaces_who_does_not_answer(outside: District) -> None:
    matter = unhappy_twice(outside)
    first, second = asked(matter, outside)
    third = next(name for name in ("judge1", "judge2", "judge3") if name not in (first, second))
    by = outside.actor("supervisor")
    data = {"instead": "1", "reviewer": str(outside.users[third].pk), "reason": "出差"}
    for wrong in (
        {"reviewer": str(outside.users[second].pk)},
        {"reviewer": str(outside.users["handler"].pk)},
        {"instead": "3"},
    ):
        with pytest.raises(Invalid):
            move_one(CASES, "assign_reviewer", matter.pk, by=by, data=data | wrong)
    matter = move_one(CASES, "assign_reviewer", matter.pk, by=by, data=data)
    with pytest.raises(Missing):
        judge(outside, matter, first, PROPER)
    assert at_desk(outside, first).get(url(matter)).status_code == 404
    for name in (third, second):
        matter = judge(outside, matter, name, PROPER)
    assert matter.state == "closed"
    page = text_of(at_desk(outside, "supervisor").get(url(matter)))
    assert outside.users[first].full_name in page and "已换人" in page


def test_what_is_urgent_does_not_wait_for_reviewers(outside: District) -> None:
    matter = unhappy_twice(outside)
    first, _ = asked(matter, outside)
    matter = judge(outside, matter, first, PROPER)
    with pytest.raises(Forbidden):
        move_one(CASES, "skip_review", matter.pk, by=outside.actor("dispatcher"), data={"reason": "老人要过路"})
    matter = move_one(CASES, "skip_review", matter.pk, by=outside.actor("supervisor"), data={"reason": "老人要过路"})
    assert (matter.state, matter.rework_count, matter.aspects, matter.reviewers) == ("handling", 2, [], [])
    assert Review.objects.get(case=matter.pk).result == "dropped"


def test_closed_cases_are_drawn_by_their_number(outside: District, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters.set_value("cases.review_sample", 1)
    matter = advance(outside, receive(outside), "closed")
    assert matter.aspects == ["review"]
    first, second = asked(matter, outside)
    judge(outside, matter, first, IMPROPER)
    matter = judge(outside, matter, second, IMPROPER)
    assert (matter.state, "review_split" in matter.aspects) == ("closed", True)  # its reporter was content
    supervisor = outside.actor("supervisor")
    matter = move_one(CASES, "decide_review", matter.pk, by=supervisor, data={"proper": True, "reason": "已经整改"})
    assert (matter.state, matter.aspects) == ("closed", [])
    fine = advance(outside, receive(outside), "closed")
    for name in asked(fine, outside):
        fine = judge(outside, fine, name, PROPER)
    assert (fine.state, fine.aspects) == ("closed", [])
    redone = advance(outside, receive(outside), "closed")
    redone = move_one(CASES, "rework", redone.pk, by=outside.actor("call_taker"), data={"reason": "又坏了"})
    assert (redone.state, redone.aspects, redone.reviewers) == ("handling", [], [])
    assert Review.objects.get(case=redone.pk).result == "dropped"


def test_who_is_late_is_reminded_and_the_supervisors_are_told(outside: District) -> None:
    matter = unhappy_twice(outside)
    due = min(Judgement.objects.filter(review__case=matter.pk).values_list("due_at", flat=True))
    assert remind(due - dt.timedelta(hours=2)) == 2
    assert remind(due - dt.timedelta(hours=1)) == 0
    assert remind(due + dt.timedelta(days=1)) == 2
    keys = Delivery.objects.filter(message__key="case.review_late").values_list("user", flat=True)
    assert list(keys) == [outside.users["supervisor"].pk]


def test_agreement_of_a_period(outside: District) -> None:
    says = ((PROPER, PROPER), (IMPROPER, IMPROPER), (PROPER, IMPROPER))
    for pair in says:
        matter = unhappy_twice(outside)
        for name, answer in zip(asked(matter, outside), pair, strict=True):
            matter = judge(outside, matter, name, answer)
        if pair[0] != pair[1]:
            data = {"proper": True, "reason": "材料齐全"}
            move_one(CASES, "decide_review", matter.pk, by=outside.actor("supervisor"), data=data)
    today = timezone.localdate()
    actor = outside.actor("supervisor")
    proper = next(one for one in agreements(actor, today, today) if one.question == "处置是否得当")
    assert (proper.pairs, proper.alike) == (3, 2)
    assert proper.kappa == pytest.approx((2 / 3 - 4 / 9) / (5 / 9))
    came = came_to(actor, today, today)
    assert (came.proper, came.improper, came.agreed, came.ruled) == (2, 1, 2, 1)
    page = text_of(at_desk(outside, "supervisor").get("/desk/cases/reviews/"))
    assert "2 / 3" in page and "66.7%" in page
    assert at_desk(outside, "supervisor").get("/desk/cases/reviews/?first=2026-02-30").status_code == 422


def test_kappa() -> None:
    assert kappa([]) is None
    assert kappa([(True, True)] * 4) is None
    assert kappa([(True, True), (False, False)]) == 1
    # 20 both yes, 5 only the first, 10 only the second, 15 both no: the example of the textbooks
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert kappa(pairs) == pytest.approx(0.4)


def test_a_batch_is_opened_together(outside: District) -> None:
    matters = []
    for _ in range(3):
        matter = advance(outside, receive(outside), "resolved")
        matter = move_one(CASES, "callback", matter.pk, by=outside.actor("call_taker"), data=UNHAPPY)
        matters.append(advance(outside, matter, "resolved"))
    moves = [Move(m.pk, outside.actor("call_taker"), UNHAPPY) for m in matters]
    assert [r.unwrap().state for r in move(CASES, "callback", moves)] == ["under_review"] * 3
    loads = [Judgement.objects.filter(reviewer=outside.users[f"judge{n}"]).count() for n in (1, 2, 3)]
    assert sorted(loads) == [1, 2, 3] or sorted(loads) == [2, 2, 2] or loads[1] == 3


def test_pages_cost_the_same_with_and_without(outside: District) -> None:
    matter = unhappy_twice(outside)
    first, second = asked(matter, outside)
    judge(outside, matter, first, PROPER)
    for name in (second, "supervisor", "call_taker"):
        assert len(statements(at_desk(outside, name), url(matter))) <= 12
    few = statements(at_desk(outside, "supervisor"), "/desk/cases/reviews/")
    unhappy_twice(outside)
    assert len(statements(at_desk(outside, "supervisor"), "/desk/cases/reviews/")) == len(few) <= 12


def test_who_takes_it_back_is_not_judged_any_more(outside: District) -> None:
    matter = unhappy_twice(outside)
    said = {"means": "phone", "reason": "诉求人说问题已经解决，不用再评了。"}
    matter = move_one(CASES, "withdraw", matter.pk, by=outside.actor("call_taker"), data=said)
    assert (matter.state, matter.reviewers, matter.aspects) == ("closed", [], ["withdrawn"])
    assert Review.objects.get(case=matter.pk).result == "dropped"
    assert not Clock.objects.filter(matter=matter, stopped_at=None).exists()
