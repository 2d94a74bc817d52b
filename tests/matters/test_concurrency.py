"""Two people on one matter: real threads, real connections. One wins, the other reads why; nothing is lost."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huying.cases.flow import CASES
from huying.kernel.errors import Conflict, Refusal
from huying.matters.engine import Move, move, move_one
from huying.matters.ledger import verify
from huying.matters.models import Clock, LedgerLine, Matter
from tests.factories.cases import advance, receive
from tests.factories.district import District, make_district

pytestmark = pytest.mark.django_db(transaction=True)

# Anything anybody might press, right or wrong for the state the case is in
PRESSES = (
    ("triage", "call_taker", {"kind": "help", "category": "02.02.01"}),
    ("triage", "dispatcher", {"kind": "consult", "category": "02.02.01"}),
    ("answer", "call_taker", {"reply": "已答复", "basis": "知识库", "kind": "consult", "category": "02.02.01"}),
    ("dispatch", "dispatcher", {"lead": "URBAN"}),
    ("dispatch", "dispatcher2", {"lead": "HOUSING"}),
    ("hand_back", "handler", {"reason": "not_ours", "explanation": "应由房管部门办理"}),
    ("hand_back", "dispatcher", {"reason": "not_ours", "explanation": "应由房管部门办理"}),
    ("acknowledge", "handler", {"officer": "李工"}),
    ("acknowledge", "handler2", {"officer": "赵工"}),
    ("return_to_reporter", "call_taker", {"question": "请问在哪里？"}),
    ("add_information", "call_taker", {"text": "在三号门。"}),
    ("contact", "handler", {"exemption": "declined"}),
    ("approve", "chief", {}),
    ("send_back", "chief", {"reason": "请写明时间"}),
)


def at_once(presses: list[tuple[str, str, dict[str, object]]], matter_id: int, district: District) -> list[object]:
    """Everybody presses in the same moment; each gets the new version or a refusal."""
    barrier = Barrier(len(presses))

    def press(wanted: tuple[str, str, dict[str, object]]) -> object:
        step, who, data = wanted
        try:
            barrier.wait(timeout=10)
            return move_one(CASES, step, matter_id, by=district.actor(who), data=data).version
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(press, presses))


@pytest.mark.usefixtures("transactional_db")
def test_of_two_dispatchers_one_wins_and_the_other_reads_why() -> None:
    district = make_district()
    for _ in range(5):
        matter = advance(district, receive(district), "triaged")
        seen = matter.version

        def press(who: str, lead: str, seen: int = seen, pk: int = matter.pk) -> object:
            try:
                return move(CASES, "dispatch", [Move(pk, district.actor(who), {"lead": lead}, version=seen)])[
                    0
                ].unwrap()
            except Conflict as conflict:
                return conflict
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            answers = [
                f.result()
                for f in [pool.submit(press, "dispatcher", "URBAN"), pool.submit(press, "dispatcher2", "HOUSING")]
            ]
        lost = [a for a in answers if isinstance(a, Conflict)]
        assert len(lost) == 1
        assert "待签收" in lost[0].message
        assert LedgerLine.objects.filter(matter=matter, step="dispatch").count() == 1


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(st.sampled_from(PRESSES), min_size=2, max_size=4), min_size=2, max_size=5))
@pytest.mark.usefixtures("transactional_db")
def test_whatever_is_pressed_at_once_leaves_one_unbroken_chain(
    rounds: list[list[tuple[str, str, dict[str, object]]]],
) -> None:
    district = _district()
    matter = receive(district)
    accepted = 1
    for presses in rounds:
        answers = at_once(presses, matter.pk, district)
        versions = sorted(a for a in answers if isinstance(a, int))
        assert len(set(versions)) == len(versions), "two steps got the same version"
        accepted += len(versions)
        assert all(isinstance(a, int | Refusal) for a in answers)
    fresh = Matter.objects.get(pk=matter.pk)
    lines = list(LedgerLine.objects.filter(matter=fresh).order_by("seq"))
    assert [line.seq for line in lines] == list(range(1, accepted + 1))
    assert fresh.version == accepted
    for before, after in pairwise(lines):
        assert before.to_state == after.from_state
        step = CASES.step[after.step]
        assert after.from_state in step.sources
        assert after.to_state in step.targets(CASES)
    kinds = list(Clock.objects.filter(matter=fresh, stopped_at=None).values_list("kind", flat=True))
    assert len(kinds) == len(set(kinds))
    if fresh.state == "closed":
        assert not kinds
    proof = verify()
    assert proof.holds, proof.broken


@pytest.mark.usefixtures("transactional_db")
def test_batches_that_overlap_neither_block_for_ever_nor_move_twice() -> None:
    district = make_district()
    matters = [receive(district) for _ in range(12)]
    data = {"kind": "help", "category": "02.02.01"}

    def batch(seed: int) -> int:
        order = [m.pk for m in matters]
        random.Random(seed).shuffle(order)
        try:
            results = move(CASES, "triage", [Move(pk, district.actor("call_taker"), data) for pk in order])
            return sum(r.refusal is None for r in results)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        moved = list(pool.map(batch, range(4)))
    assert sum(moved) == 12
    assert verify().holds


def _district() -> District:
    """Hypothesis runs many examples inside one test: the district is made for the first one."""
    from django.contrib.auth import get_user_model

    if get_user_model().objects.exists():
        assert _kept
        return _kept[0]
    _kept[:] = [make_district()]
    return _kept[0]


_kept: list[District] = []
