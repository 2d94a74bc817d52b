"""The demo as a newcomer finds it: something in every list, accounts that work, a ledger that holds."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from huying.cases.flow import CASES, WAITING
from huying.cases.models import Case, CaseRequest, Resolution
from huying.cases.steps.intake import follow_hash
from huying.dockets.flow import DOCKETS
from huying.dockets.models import DocketMatter, Invitation, Meeting
from huying.dockets.work import WORK
from huying.kernel.calendar import SHANGHAI
from huying.kernel.errors import Conflict
from huying.kernel.generation import forget_all
from huying.kernel.models import Outbox
from huying.knowledge.history import past_cases
from huying.knowledge.models import RecommenderVersion
from huying.knowledge.recommender import learning
from huying.knowledge.replies.corpus import Corpus
from huying.knowledge.replies.fit import Message as Asked
from huying.knowledge.replies.fit import fit
from huying.knowledge.replies.source import answered
from huying.knowledge.rules.book import decide
from huying.matters import ledger
from huying.matters.enums import Warning
from huying.matters.models import Alarm, Clock, Delivery, LedgerLine, Matter, Message, Words
from huying.people.actors import actor_for, usable_posts
from huying.people.models import Organisation, Post, User
from huying.people.passwords import complaints
from huying.places.models import Place
from huying.simulator import demo, district, figures
from huying.simulator.accounts import ACCOUNTS, COMMUNITY, MACHINE, PASSWORD, SAMPLE_CODE, STREET
from huying.simulator.arrivals import arrivals
from huying.simulator.command import announce
from huying.simulator.district import is_built
from huying.simulator.play import Play, windows
from huying.simulator.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("built")]
HELD = ("dispatched", "acknowledged", "handling", "waiting", "awaiting_approval")


def states(**conditions: object) -> dict[str, int]:
    return dict(Matter.objects.filter(**conditions).values_list("state").annotate(n=Count("pk")))


def test_nobody_asks_for_time_that_the_upper_level_would_have_to_give() -> None:
    asked = CaseRequest.objects.filter(kind__in=("extension", "complex"))
    assert asked.count() >= 10
    assert not asked.filter(case__upper_due_at__isnull=False).exists()


def test_every_state_has_cases() -> None:
    found = states()
    few = {"objecting", "objected", "rejecting"}  # beside the main way
    assert [s.key for s in CASES.states if found.get(s.key, 0) < (1 if s.key in few else 20)] == []


def test_dockets_and_their_work_are_in_every_state() -> None:
    assert states(kind=DOCKETS.kind).keys() == DOCKETS.state.keys()
    assert states(kind=WORK.kind).keys() == WORK.state.keys()
    assert Meeting.objects.filter(held_seq=None, cancelled_at=None).exists()
    assert Invitation.objects.filter(answered_at=None, organisation__code="chengguan").exists()
    gathered = DocketMatter.objects.values("docket").annotate(n=Count("pk"))
    assert sum(row["n"] >= 2 for row in gathered) >= 3


@pytest.mark.parametrize("code", ["chengguan", STREET, COMMUNITY])
def test_a_unit_with_an_account_has_some_in_each_of_its_states(code: str) -> None:
    found = states(holder__code=code)
    assert all(found.get(state, 0) >= 2 for state in HELD), found


@pytest.mark.parametrize("username", ["jumin", "qiye"])
def test_residents_and_enterprises_have_cases_of_their_own(username: str) -> None:
    found = states(raised_by__users__username=username)
    assert {"received", "handling", "waiting", "resolved"} <= found.keys()


def test_late_yellow_paused_and_alarming_ones_are_there() -> None:
    warned = dict(Matter.objects.filter(closed_at=None).values_list("warning").annotate(n=Count("pk")))
    assert warned.get(Warning.YELLOW, 0) >= 1
    assert sum(n for level, n in warned.items() if level >= Warning.RED) >= 20
    assert Clock.objects.filter(paused_at__isnull=False, matter__state=WAITING).count() >= 15
    assert Alarm.objects.filter(acknowledged_at=None).count() >= 2
    assert Alarm.objects.exclude(acknowledged_at=None).exists()
    assert Matter.objects.filter(rework_count__gte=2).count() >= 15
    assert Case.objects.filter(anonymous=True).exists()
    assert Matter.objects.filter(community=None).exists()


def test_every_account_sees_something() -> None:
    for account in ACCOUNTS:
        user = User.objects.get(username=account.username)
        posts = usable_posts(user)
        actor = actor_for(user, posts[0] if posts else None)
        assert actor.role.key == account.role
        seen = Matter.objects.visible_to(actor).count()
        assert (seen == 0) == (account.role == "administrator"), account.username


def test_every_account_signs_in_and_lands_on_a_page() -> None:
    for account in ACCOUNTS:
        client = Client()
        answer = client.post("/account/sign-in/", {"username": account.username, "password": PASSWORD}, follow=True)
        assert answer.status_code == 200, account.username
        assert answer.redirect_chain, account.username
        assert answer.redirect_chain[-1][0] != "/account/sign-in/"


def test_the_password_is_a_good_one_and_nobody_else_has_it() -> None:
    assert not any(complaints(PASSWORD, User.objects.get(username=account.username)) for account in ACCOUNTS)
    with_password = {user.username for user in User.objects.all() if user.has_usable_password()}
    assert with_password == {account.username for account in ACCOUNTS}
    assert User.objects.filter(username=MACHINE.username).exists()


def test_everybody_who_must_differ_differs() -> None:
    for unit in Organisation.objects.handlers().exclude(kind="centre"):
        posts = Post.objects.filter(organisation=unit)
        chiefs = set(posts.filter(role="chief").values_list("user", flat=True))
        assert chiefs, unit.name
        assert set(posts.exclude(role__in=("chief", "grid_worker")).values_list("user", flat=True)) - chiefs, unit.name
    grids = Place.objects.grids()
    assert Post.objects.filter(role="grid_worker", grids__in=grids).values("grids").distinct().count() == grids.count()


def test_the_ledger_holds_and_nothing_was_refused() -> None:
    proof = ledger.verify()
    assert proof.holds, proof.broken
    assert proof.lines == LedgerLine.objects.count() > 1500


def test_the_past_is_recorded_as_it_happened() -> None:
    assert not LedgerLine.objects.filter(at__gt=timezone.now()).exists()
    late = LedgerLine.objects.exclude(step="no_answer").values_list("at", "recorded_at")
    assert all(at == recorded_at for at, recorded_at in late)


def test_people_were_told_lately_and_nothing_waits_to_be_sent() -> None:
    assert not Outbox.objects.exclude(topic="kernel.live").exists(), "pages are woken for what waits, no more"
    assert Message.objects.exists()
    assert not Delivery.objects.exclude(status=Delivery.Status.SENT).exists()
    oldest = Message.objects.order_by("created_at").values_list("created_at", flat=True)[0]
    assert oldest > timezone.now() - dt.timedelta(days=demo.TOLD_DAYS + 1)


def test_a_second_start_changes_nothing() -> None:
    before = (Matter.objects.count(), LedgerLine.objects.count(), User.objects.count(), Place.objects.count())
    assert is_built()
    assert not demo.ensure()
    assert before == (Matter.objects.count(), LedgerLine.objects.count(), User.objects.count(), Place.objects.count())


def test_a_number_and_a_code_are_told_to_whoever_has_no_account(capsys: pytest.CaptureFixture[str]) -> None:
    number = demo.sample_number()
    assert Case.objects.filter(matter__number=number, follow_hash=follow_hash(SAMPLE_CODE)).exists()
    announce("http://127.0.0.1:8000", number)
    told = capsys.readouterr().out
    assert number in told
    assert SAMPLE_CODE in told
    assert all(account.username in told for account in ACCOUNTS)


# --- a few days more, through the real engine ------------------------------------------------------------------------

UNTIL = dt.datetime(2026, 7, 14, 16, 0, tzinfo=SHANGHAI)
FIRST = UNTIL - dt.timedelta(days=4)


def play(world: World, seed: int, *, scale: float = 0.03) -> tuple[Play, int]:
    before = Matter.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    playing = Play(world, seed=seed, until=UNTIL)
    coming = arrivals(FIRST, UNTIL, scale=scale, seed=seed, calendar=world.calendar)
    playing.run(coming, windows(FIRST, UNTIL, length=dt.timedelta(days=2)))
    return playing, before


def story(after_id: int) -> list[tuple[object, ...]]:
    """Everything that a run wrote, but for numbers and ids."""
    first = after_id + 1
    lines = LedgerLine.objects.filter(matter_id__gte=first).order_by("matter_id", "seq")
    words = Words.objects.filter(matter_id__gte=first).order_by("matter_id", "seq", "field")
    return [
        *((m - first, seq, at, step, to, actor) for m, seq, at, step, to, actor in lines.values_list(
            "matter_id", "seq", "at", "step", "to_state", "actor_id")),
        *((m - first, seq, field, text) for m, seq, field, text in words.values_list(
            "matter_id", "seq", "field", "text")),
    ]  # fmt: skip


def test_the_same_seed_tells_the_same_story_through_the_engine() -> None:
    first, start = play(World(1, run="001"), 7)
    assert not first.played.refusals
    assert first.played.opened > 30
    one = story(start)
    start = Matter.objects.order_by("-pk").values_list("pk", flat=True)[0]
    play(World(1, run="002"), 7)  # external numbers arrive once, so a second run has its own
    assert story(start) == one
    start = Matter.objects.order_by("-pk").values_list("pk", flat=True)[0]
    play(World(1, run="003"), 8)
    assert story(start) != one
    proof = ledger.verify()
    assert proof.holds, proof.broken


def test_all_steps_of_the_main_way_are_taken_and_figures_tell() -> None:
    steps = set(LedgerLine.objects.values_list("step", flat=True).distinct())
    rare = {
        "import_history",
        "no_answer",
        "rework",
        "hand_back",
        "succeed",
        "unjoin",
        "close_joined",
        "sort_along",
        "correct_contact",
        "remind",
        "set_motion",
        "record_opinion",
        "spot_check",
        "decline_objection",
        "withdraw_objection",
        "assign_by_ruling",
        "decline_rejection",
        "lead_on",
        "follow_on",
        "withdraw_request",
        "deferral_review_due",
        "deferral_ends",
        "revoke_unreasonable",
        "ask_parts",
        "decline_part",
        "return_part",
        "drop_part",
        "pass_up",
        "take_back",
        "call_off_check",
        "reassign",
        "set_manager",
        "name_manager",
        "note_service",
        "decide_review",
        "assign_reviewer",
        "skip_review",
        "return_reply",
        "take_down_reply",
        "urge_from_above",
        "answer_above",
        "callback_from_above",
        "rework_from_above",
        "ruling_from_above",
        "follow",
        "tighten",
        "repeat",
        "mark_repeat",
        "change_batch",
        "stop_batch",
    }
    rare |= {step.reverse for step in CASES.steps}  # slips
    assert {step.key for step in CASES.steps} - rare <= steps
    told = {name: value for name, value, _ in figures.rows(0)}
    assert told["受理"] == f"{Matter.objects.filter(kind=CASES.kind).count():,}"
    assert told["回访满意"].endswith("%")


def test_what_is_said_and_what_is_recorded_agree() -> None:
    assert not Matter.objects.filter(subkind="praise", rework_count__gt=0).exists()
    said = {(m, seq): text for m, seq, text in Words.objects.values_list("matter", "seq", "text") if text}
    untrue = Resolution.objects.filter(true=False)
    assert untrue
    assert not untrue.filter(solved=False).exists()
    denials = ("没有发现", "与实际不符", "未发现所反映")
    for proposal in untrue:
        text = Words.objects.get(matter=proposal.case_id, seq=proposal.seq, field="done").text
        assert any(words in text for words in denials), text
    for line in LedgerLine.objects.filter(step="callback"):
        note = said.get((line.matter_id, line.seq), "")
        if "只处理了一半" in note or "没有改善" in note:
            assert json.loads(line.facts)["solved"] is False


def test_units_follow_the_dispatch_rules_and_a_model_has_learned_from_them() -> None:
    forget_all()
    today = timezone.localdate()
    cases = [case for batch in past_cases.get().since(today - dt.timedelta(days=400), closed=True) for case in batch]
    ruled = [(hit.lead, case.final) for case in cases if (hit := decide(case.asked)) is not None]
    assert len(ruled) > 0.9 * len(cases) > 50
    assert 0.85 < sum(said == final for said, final in ruled) / len(ruled) < 1
    learning.attempt(RecommenderVersion.objects.get().pk)  # as the worker does
    version = RecommenderVersion.objects.get(active=True)
    assert version.cases >= 50 and version.report["handler"]["wrong"]


def test_replies_are_about_what_was_asked_but_for_a_few() -> None:
    given = answered.get().newest(500)
    corpus = Corpus.of((one.message, one.reply) for one in given)
    doubted = [one for one in given if fit(Asked("", one.message, one.at), one.reply, corpus, by_dates=False).suspected]
    assert 0 < len(doubted) < 0.12 * len(given)


def test_the_plan_of_the_demo_is_the_same_every_time() -> None:
    world = World(1)
    first = UNTIL - dt.timedelta(days=30)
    assert demo.plan(world, first, UNTIL, background=20) == demo.plan(world, first, UNTIL, background=20)


def test_nothing_invented_is_mixed_with_what_is_real() -> None:
    User.objects.filter(username=MACHINE.username).update(username="their.machine")
    with pytest.raises(Conflict, match="已有别的单位"):
        district.is_built()


def test_the_centre_presses_for_some_and_every_unit_with_an_account_owes_something() -> None:
    from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS

    found = states(kind="supervision")
    assert {state.key for state in SUPERVISIONS.states} - {"withdrawn"} <= found.keys()
    assert {state.key for state in INSTRUCTIONS.states} - {"withdrawn"} <= states(kind="instruction").keys()
    for code in ("chengguan", STREET, COMMUNITY):
        assert states(kind="supervision", holder__code=code), code
