"""The recommender in a district: versions learned from closed cases, put to use, taken back, and seen at the desk."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from huying.kernel.generation import forget_all
from huying.knowledge.history import Asked, PastCase, past_cases
from huying.knowledge.models import RecommenderVersion
from huying.knowledge.recommender import advising, learning
from huying.knowledge.recommender.advising import suggest
from huying.knowledge.rules.matcher import RuleHit
from huying.people.directory import directory
from tests.cases.desk import at_desk
from tests.factories.district import District
from tests.knowledge.test_recommender import some

pytestmark = pytest.mark.django_db


class Told:
    """Closed cases as a room would tell of them."""

    def __init__(self, cases: list[PastCase]) -> None:
        self.cases = cases

    def since(self, first, last=None, *, closed=False):  # type: ignore[no-untyped-def]
        yield [c for c in self.cases if first <= timezone.localdate(c.opened_at) < last]

    def of(self, numbers):  # type: ignore[no-untyped-def]
        return [c for c in self.cases if c.number in numbers]


@pytest.fixture
def learned(district: District, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A version learned from ninety closed cases of three units; their ids."""
    forget_all()
    units = [listed.id for listed in directory().handlers()[:3]]
    names = sorted({e.answers["category"] for e in some()})
    start = timezone.now() - dt.timedelta(days=40)
    cases = [
        PastCase(
            n,
            f"HY{n}",
            Asked(f"{e.text.title}\n{e.text.body}"),
            start + dt.timedelta(hours=n),
            timezone.now(),
            units[0],
            units[names.index(e.answers["category"])],
            upheld=n % 2,
        )
        for n, e in enumerate(some())
    ]
    monkeypatch.setattr(past_cases, "_source", Told(cases))
    version = RecommenderVersion.objects.create(asked_at=timezone.now())
    learning.attempt(version.pk)
    forget_all()
    return units


def test_it_learns_who_led_in_the_end_and_rules_come_first(learned: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    version = RecommenderVersion.objects.get()
    assert (version.state, version.active, version.cases, version.upheld) == ("ready", True, 90, 45)
    assert version.report["handler"]["n"] == 18  # the newest fifth
    found = suggest(Asked("学校又补课\n老师在校外违规补课收费"))
    assert found.sure_of_handler
    assert found.handlers[0].words
    hit = RuleHit(1, 1, "K001", 1, "占道", "职责清单", "第 3 条", learned[0], ())
    monkeypatch.setattr(advising, "decide", lambda asked: hit)
    ruled = suggest(Asked("学校又补课\n老师在校外违规补课收费"))
    assert (ruled.handlers[0].key, ruled.handlers[0].clause) == (str(learned[0]), "职责清单第 3 条")


def test_too_few_cases_are_said(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_cases, "_source", Told([]))
    version = RecommenderVersion.objects.create(asked_at=timezone.now())
    learning.attempt(version.pk)
    version.refresh_from_db()
    assert (version.state, version.problem) == ("failed", "办结的件只有 0 件，至少要 50 件才能训练。")


def test_the_page_tells_retrains_and_rolls_back(learned: list[int], district: District) -> None:
    client = at_desk(district, "dispatcher")
    first = RecommenderVersion.objects.get()
    page = client.get("/desk/recommender/")
    assert "90 件" in page.content.decode()
    report = client.get(f"/desk/recommender/{first.pk}/").content.decode()
    assert "概率与实际相差" in report
    assert client.post("/desk/recommender/train/").status_code == 302
    assert client.post("/desk/recommender/train/").status_code == 409
    second = RecommenderVersion.objects.exclude(pk=first.pk).get()
    assert client.post(f"/desk/recommender/{second.pk}/activate/").status_code == 409
    learning.attempt(second.pk)
    assert not RecommenderVersion.objects.get(pk=second.pk).active
    assert client.post(f"/desk/recommender/{second.pk}/activate/").status_code == 302
    assert RecommenderVersion.objects.get(active=True).pk == second.pk
    assert client.post(f"/desk/recommender/{first.pk}/activate/").status_code == 302
    assert RecommenderVersion.objects.get(active=True).pk == first.pk


def test_a_version_of_an_older_program_is_said_to_be_unreadable(learned: list[int], district: District) -> None:
    client = at_desk(district, "dispatcher")
    assert "现在读不了" not in client.get("/desk/recommender/").content.decode()
    RecommenderVersion.objects.update(content=b"an older form")
    forget_all()
    assert "现在读不了" in client.get("/desk/recommender/").content.decode()
    assert suggest(Asked("学校又补课\n老师在校外违规补课收费")).handlers == []


def test_units_are_suggested_while_one_types(learned: list[int], district: District) -> None:
    client = at_desk(district, "call_taker")
    assert "推荐分类" in client.get("/desk/cases/new/").content.decode()
    said = client.post("/desk/cases/new/suggested/", {"text": "小区门口夜市占道经营，流动摊贩摆摊"}).content.decode()
    assert "承办单位多半是" in said or "承办单位可能是" in said
