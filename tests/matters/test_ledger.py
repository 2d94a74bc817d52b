"""The ledger proves itself, and shows when somebody has been at it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from huying.matters import ledger
from huying.matters.models import Anchor, LedgerLine, Matter, Words
from tests.factories.cases import advance, receive
from tests.factories.district import make_district

pytestmark = pytest.mark.django_db(transaction=True)


def forge(sql: str, *parameters: object) -> None:
    """What somebody with the owner's rights could do: triggers off, change, triggers on."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET session_replication_role = origin")


@pytest.fixture
def matter(transactional_db: None) -> Matter:
    district = make_district()
    return advance(district, receive(district), "handling")


def test_an_untouched_ledger_holds(matter: Matter) -> None:
    anchor = ledger.take_anchor(timezone.now())
    assert anchor is not None
    proof = ledger.verify()
    assert proof.holds, proof.broken
    assert (proof.lines, proof.matters, proof.anchors) == (matter.version, 1, 1)
    assert ledger.take_anchor(timezone.now()) is None or Anchor.objects.count() == 2


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE matters_ledgerline SET facts = replace(facts, 'help', 'tip') WHERE seq = 2", "内容与校验值不符"),
        ("UPDATE matters_ledgerline SET at = at - interval '1 hour' WHERE seq = 3", "内容与校验值不符"),
        ("UPDATE matters_ledgerline SET actor_id = NULL WHERE seq = 3", "内容与校验值不符"),
        ("DELETE FROM matters_ledgerline WHERE seq = 2", "缺第 2 条留痕"),
        ("DELETE FROM matters_ledgerline WHERE seq = 5", "末尾"),
        ("UPDATE matters_matter SET state = 'closed'", "状态与留痕不一致"),
        ("UPDATE matters_words SET text = '没有这回事' WHERE field = 'text'", "摘要不符"),
    ],
)
def test_whatever_is_changed_is_found(matter: Matter, sql: str, says: str) -> None:
    forge(sql)
    assert says in ledger.verify().broken


def test_a_tail_cut_off_together_with_the_matter_is_found_by_the_anchor(matter: Matter) -> None:
    ledger.take_anchor(timezone.now())
    last = LedgerLine.objects.filter(matter=matter).order_by("-seq")[:2]
    newest, before = last[0], last[1]
    forge("DELETE FROM matters_words WHERE matter_id = %s AND seq = %s", matter.pk, newest.seq)
    forge("DELETE FROM matters_ledgerline WHERE id = %s", newest.pk)
    forge(
        "UPDATE matters_matter SET version = %s, head = %s, state = %s WHERE id = %s",
        before.seq,
        bytes(before.hash),
        before.to_state,
        matter.pk,
    )
    assert "增减或改动" in ledger.verify().broken


def test_a_text_taken_away_is_found(matter: Matter) -> None:
    Words.objects.filter(matter=matter, field="text").delete()
    assert "文字不见了" in ledger.verify().broken


def test_a_forged_anchor_is_found(matter: Matter) -> None:
    ledger.take_anchor(timezone.now())
    forge("UPDATE matters_anchor SET lines = lines - 1")
    assert "签名不对" in ledger.verify().broken


def test_words_can_be_forgotten_and_the_chain_still_holds(matter: Matter) -> None:
    Words.objects.filter(matter=matter).update(text="", salt=None, document=None, erased_at=timezone.now())
    assert ledger.verify().holds
