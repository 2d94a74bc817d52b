"""The pages of supervisions: who sees what, forms, lists, the board, the panel on a case."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.matters.models import Matter
from huying.supervision.models import Supervision
from tests.cases.desk import at_desk, statements, text_of, written
from tests.factories.cases import advance as advance_case
from tests.factories.cases import receive
from tests.factories.district import District
from tests.factories.supervision import REQUIREMENT, advance, issue, step

pytestmark = pytest.mark.django_db

HOME = "/desk/supervisions/"


def typed(**values: object) -> dict[str, object]:
    return {
        "kind": "overdue",
        "title": "水岸星城小区路灯超时未修",
        "lead": "URBAN",
        "requirement": REQUIREMENT,
        "rung": "2",
        **values,
    }


def test_a_supervisor_issues_one_from_the_page_of_a_case(district: District) -> None:
    case = advance_case(district, receive(district), "handling")
    client = at_desk(district, "supervisor")
    page = text_of(client.get(f"/desk/cases/{case.number}/"))
    assert "没有督办。" in page
    assert f"/desk/supervisions/new/?matter={case.number}" in page
    form = text_of(client.get(f"{HOME}new/?matter={case.number}"))
    assert f'value="{case.number}"' in form
    assert re.search(r'<option value="URBAN"[^>]* selected', form)
    answer = client.post(f"{HOME}new/", typed(matters=case.number.lower()))
    matter = Matter.objects.get(kind="supervision")
    assert answer.status_code == 302
    assert answer["Location"] == f"{HOME}{matter.number}/"
    page = text_of(client.get(answer["Location"]))
    for words in (REQUIREMENT, "区城市管理执法局，待签收", "黄色督办", "督办通知", "武督〔", case.number, "反馈"):
        assert words in page, words
    assert matter.number in text_of(client.get(f"/desk/cases/{case.number}/"))
    assert "同一件事已有在办的督办" in text_of(client.get(f"{HOME}new/?matter={case.number}"))


def test_bad_input_is_refused_beside_its_field_and_nothing_is_kept(district: District) -> None:
    client = at_desk(district, "supervisor")
    answer = client.post(f"{HOME}new/", typed(title="", matters="WC20990101000001", days="0"))
    assert answer.status_code == 422
    assert "请填写这一项" in text_of(answer)
    answer = client.post(f"{HOME}new/", typed(matters="WC20990101000001"))
    assert answer.status_code == 422
    assert "没有这些件" in text_of(answer)
    assert not Supervision.objects.exists()


@pytest.mark.parametrize("name", ["handler2", "call_taker", "analyst", "street_clerk", "administrator", "third_party"])
def test_nobody_else_learns_that_there_is_one(district: District, name: str) -> None:
    case = advance_case(district, receive(district), "handling")
    matter = issue(district, matters=[case.number])
    client = at_desk(district, name)
    for page in ("", "steps/feedback/", "steps/accept/", "documents/1/"):
        answer = client.get(f"{HOME}{matter.number}/{page}")
        assert answer.status_code in (403, 404)
        assert matter.title not in text_of(answer)
    seen = client.get(f"/desk/cases/{case.number}/")
    assert matter.number not in text_of(seen)


def test_the_unit_walks_the_way_by_its_pages(district: District) -> None:
    case = advance_case(district, receive(district), "handling")
    matter = issue(district, matters=[case.number])
    url = f"{HOME}{matter.number}/"

    def press(name: str, key: str, **data: object) -> str:
        client = at_desk(district, name)
        assert f"{url}steps/{key}/" in text_of(client.get(url)), (name, key)
        assert client.get(f"{url}steps/{key}/").status_code == 200
        matter.refresh_from_db()
        answer = client.post(f"{url}steps/{key}/", {"version": matter.version, **data})
        assert answer.status_code == 302, text_of(answer)
        return text_of(client.get(url))

    assert "待反馈" in press("handler", "acknowledge", officer="李工")
    page = press("handler", "feedback", solved="true", done="三盏路灯已全部更换。")
    assert "待负责人审核" in page
    review = text_of(at_desk(district, "chief").get(f"{url}steps/endorse/"))
    assert "请审阅反馈" in review
    assert "三盏路灯已全部更换。" in review
    assert "待督导审核" in press("chief", "endorse", note="属实。")
    assert "待反馈" in press("supervisor", "return_feedback", reason="还差一盏，没有修好。")
    press("handler", "feedback", solved="true", done="第三盏也已更换。")
    press("chief", "endorse")
    assert "已办结，没有待办" in press("supervisor", "accept")
    assert "退回 1 次" in text_of(at_desk(district, "handler").get(url))


def test_whoever_is_slower_is_told_what_happened(district: District) -> None:
    matter = advance(district, issue(district), "reported")
    client, url = at_desk(district, "supervisor"), f"{HOME}{matter.number}/steps/return_feedback/"
    seen = matter.version
    step(district, matter, "accept", "supervisor")
    answer = client.post(url, {"version": seen, "reason": "还差一盏，没有修好。"})
    assert answer.status_code == 409
    page = text_of(answer)
    assert "这件督办件现在是“已办结”" in page
    assert "还差一盏，没有修好。" in page  # what was written can be copied


def test_leaders_read_masked_words(district: District) -> None:
    matter = issue(district, requirement="请联系诉求人 13971112222 当面说明。")
    url = f"{HOME}{matter.number}/"
    assert "13971112222" in text_of(at_desk(district, "supervisor").get(url))
    assert "13971112222" not in text_of(at_desk(district, "leader").get(url))


def test_a_unit_does_not_read_the_cases_of_others(district: District) -> None:
    other = receive(district)
    matter = issue(district, matters=[other.number])
    page = text_of(at_desk(district, "handler").get(f"{HOME}{matter.number}/"))
    assert other.number in page
    assert other.title not in page
    assert "您的岗位不看内容" in page


def test_lists_are_narrowed_searched_and_empty_in_words(district: District) -> None:
    client = at_desk(district, "supervisor")
    assert "还没有督办件" in text_of(client.get(f"{HOME}all/"))
    assert "没有在办的督办件" in text_of(client.get(HOME))
    case = receive(district)
    first = issue(district, matters=[case.number])
    second = issue(district, kind="media", lead="HOUSING", title="外墙脱落被媒体曝光", rung=1)

    def found(query: str, queue: str = "") -> set[str]:
        page = text_of(client.get(f"{HOME}{queue}?{query}"))
        return {m.number for m in (first, second) if f'id="matter-{m.number}"' in page}

    assert found("") == {first.number, second.number}
    assert found("unit=URBAN") == {first.number}
    assert found("kind=media") == {second.number}
    assert found("colour=blue") == {second.number}
    assert found("rung=2") == {first.number}
    assert found("q=外墙脱落") == {second.number}
    assert found(f"q={case.number}") == {first.number}
    assert found("due=late") == set()
    assert found("", "reported/") == set()
    page = text_of(client.get(f"{HOME}?unit=URBAN&colour=yellow"))
    assert "被督办单位：区城市管理执法局" in page
    assert "没有符合条件的督办件" in text_of(client.get(f"{HOME}?unit=WATER"))
    assert client.get(f"{HOME}?unit=NOBODY").status_code == 422
    straight = client.get(f"{HOME}?q={first.number}")
    assert straight["Location"] == f"{HOME}{first.number}/"
    assert found("") == {first.number, second.number}
    assert f'id="matter-{second.number}"' not in text_of(at_desk(district, "handler").get(HOME))


def test_the_board_says_who_owes_what_and_each_figure_opens_to_its_rows(district: District) -> None:
    late = issue(district)
    Matter.objects.filter(pk=late.pk).update(next_due_at=timezone.now() - timedelta(days=1))
    back = advance(district, issue(district), "reported")
    step(district, back, "return_feedback", "supervisor", reason="没有办到位，再办。")
    advance(district, issue(district), "reported")
    issue(district, lead="HOUSING", rung=1)
    advance(district, issue(district), "closed")
    client = at_desk(district, "leader")
    page = text_of(client.get(f"{HOME}board/"))
    figures = re.findall(r'<a href="([^"]+)"[^>]*aria-label="(\S+)，(\S+) (\d+) 件"', page)
    told = {(unit, head): int(n) for _, unit, head, n in figures}
    urban = "区城市管理执法局"
    assert told[urban, "在办"] == 3
    assert told[urban, "在单位手上"] == 2
    assert told[urban, "单位超时"] == 1
    assert told[urban, "在区中心手上"] == 1
    assert told[urban, "退回再办"] == 1
    assert told["合计", "在办"] == 4
    assert told["合计", "蓝色"] == 1
    for url, unit, head, n in figures:
        rows = text_of(client.get(url.replace("&amp;", "&")))
        assert rows.count('id="matter-') == int(n), (unit, head)


def test_pages_cost_the_same_however_much_there_is(district: District) -> None:
    case = advance_case(district, receive(district), "handling")
    first = issue(district, matters=[case.number])
    client = at_desk(district, "supervisor")
    pages = (HOME, f"{HOME}board/", f"{HOME}{first.number}/", f"/desk/cases/{case.number}/", f"{HOME}new/")
    before = {url: statements(client, url) for url in pages}
    assert all(len(sql) <= 12 for sql in before.values()), {url: len(sql) for url, sql in before.items()}
    assert all(written(sql) == set() for sql in before.values())
    for _ in range(20):
        issue(district, matters=[case.number])
    assert {url: len(statements(client, url)) for url in pages} == {url: len(sql) for url, sql in before.items()}


def test_the_menu_counts_what_waits_for_this_post(district: District) -> None:
    from huying.supervision.queues import supervisions_for, waiting_for

    def waiting(name: str) -> int:
        actor = district.actor(name)
        return supervisions_for(actor).filter(waiting_for(actor)).count()

    matter = issue(district)
    assert (waiting("handler"), waiting("chief"), waiting("supervisor"), waiting("leader")) == (1, 0, 0, 0)
    advance(district, matter, "reviewing")
    assert (waiting("handler"), waiting("chief"), waiting("supervisor")) == (0, 1, 0)
    advance(district, matter, "reported")
    step(district, matter, "publish", "supervisor", reason="多次督办无果，予以通报。")
    assert (waiting("chief"), waiting("supervisor"), waiting("leader")) == (0, 1, 1)


def test_several_cases_of_a_list_are_supervised_together(district: District) -> None:
    cases = [advance_case(district, receive(district), "handling") for _ in range(3)]
    client = at_desk(district, "supervisor")
    assert "发起督办" in text_of(client.get("/desk/cases/open/"))
    picked = {"act": "supervise", "case": [f"{case.number}.{case.version}" for case in cases]}
    answer = client.post("/desk/cases/bulk/", picked)
    assert answer.status_code == 302
    form = text_of(client.get(answer["Location"]))
    assert all(case.number in form for case in cases)
    assert re.search(r'<option value="URBAN"[^>]* selected', form)
    numbers = "，".join(case.number for case in cases)
    client.post(f"{HOME}new/", typed(matters=numbers))
    assert Supervision.objects.get().about.count() == 3
    assert at_desk(district, "dispatcher").post("/desk/cases/bulk/", picked).status_code == 403
