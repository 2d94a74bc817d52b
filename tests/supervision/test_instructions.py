"""A leader's instruction: recorded with its page, made into tasks, reported back; and what runs the same way."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from huying.kernel import outbox
from huying.kernel.errors import Conflict, Invalid
from huying.matters.engine import move_one
from huying.matters.ledger import verify
from huying.matters.models import Clock, Delivery, Matter
from huying.supervision.flow import INSTRUCTIONS
from huying.supervision.tasks import gather_done
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import receive
from tests.factories.district import District
from tests.factories.supervision import advance, assign, record, step

pytestmark = pytest.mark.django_db

HOME = "/desk/instructions/"
REPORT = {"report": "路灯都已修好，办法已经印发。"}


def tasks_of(matter: Matter) -> list[Matter]:
    return list(Matter.objects.filter(supervision__instruction=matter.pk).order_by("pk"))


def finish(district: District, matter: Matter) -> Matter:
    for task in tasks_of(matter):
        if task.lead == district.organisations["urban"]:
            advance(district, task, "closed")
        else:
            step(district, task, "cancel", "supervisor", reason="并入城管局一起办。")
    gather_done()
    matter.refresh_from_db()
    return matter


def test_an_instruction_becomes_tasks_and_is_reported_when_all_are_done(district: District) -> None:
    matter = record(district, upper_due_at="2099-01-05T17:00:00+08:00")
    assert matter.number.startswith("WCJB")
    assert (matter.state, matter.holder.code) == ("recorded", "CENTRE")
    matter = assign(district, matter)
    urban, housing = tasks_of(matter)
    assert matter.state == "tasked"
    assert (urban.subkind, urban.holder.code, housing.holder.code) == ("signed_item", "URBAN", "HOUSING")
    assert urban.supervision.source.startswith("区委书记陈某")
    gather_done()
    matter.refresh_from_db()
    assert matter.state == "tasked"
    matter = finish(district, matter)
    assert matter.state == "to_report"
    matter = move_one(
        INSTRUCTIONS,
        "report",
        matter.pk,
        by=district.actor("supervisor"),
        data=REPORT,
    )
    assert matter.state == "closed"
    assert not Clock.objects.filter(matter=matter, stopped_at=None).exists()
    outbox.drain()
    told = Delivery.objects.filter(user=district.users["leader"]).values_list("message__title", flat=True)
    assert "批示办理情况" in told
    assert verify().holds


def test_a_leader_who_is_not_content_instructs_again(district: District) -> None:
    matter = finish(district, assign(district, record(district, "leader")))
    supervisor = district.actor("supervisor")
    move_one(INSTRUCTIONS, "report", matter.pk, by=supervisor, data=REPORT)
    leader = district.actor("leader")
    again = move_one(INSTRUCTIONS, "instruct_again", matter.pk, by=leader, data={"text": "背街小巷也要一并排查。"})
    assert (again.state, again.closed_at, again.rework_count) == ("recorded", None, 1)
    assert assign(district, again, "WATER").state == "tasked"
    assert len(tasks_of(again)) == 3


@pytest.mark.parametrize(("kind", "task"), [("assigned", "assigned"), ("daily_report", "daily_report")])
def test_assigned_tasks_and_items_of_daily_reports_run_the_same_way(district: District, kind: str, task: str) -> None:
    matter = assign(district, record(district, kind=kind, source="市政府督查室", reference="2026年第21期"))
    assert {one.subkind for one in tasks_of(matter)} == {task}
    assert finish(district, matter).state == "to_report"


def test_what_stands_against_one_task_stands_against_all(district: District) -> None:
    matter = record(district)
    with pytest.raises(Invalid):
        assign(district, matter, "URBAN", "NOBODY")
    with pytest.raises(Invalid):
        assign(district, matter, "URBAN", "HOUSING", matters=["WC20990101000001"])
    matter.refresh_from_db()
    assert (matter.state, tasks_of(matter)) == ("recorded", [])


def test_an_instruction_with_open_tasks_is_not_withdrawn(district: District) -> None:
    matter = assign(district, record(district), "URBAN")
    supervisor = district.actor("supervisor")
    with pytest.raises(Conflict, match="还有在办的任务"):
        move_one(INSTRUCTIONS, "withdraw", matter.pk, by=supervisor, data={"reason": "登记重复了。"})
    step(district, tasks_of(matter)[0], "cancel", "supervisor", reason="登记重复了。")
    moved = move_one(INSTRUCTIONS, "withdraw", matter.pk, by=supervisor, data={"reason": "登记重复了。"})
    assert moved.state == "withdrawn"


def scanned() -> SimpleUploadedFile:
    import io

    made = io.BytesIO()
    Image.new("RGB", (400, 560), "white").save(made, "PNG")
    return SimpleUploadedFile("批示原件.png", made.getvalue(), content_type="image/png")


def test_the_pages_from_the_scanned_page_to_the_report(district: District) -> None:
    client = at_desk(district, "supervisor")
    assert "这里还没有交办件" in text_of(client.get(HOME))
    assert client.get(f"{HOME}new/").status_code == 200
    data = {
        "kind": "leader",
        "title": "加快老旧小区路灯维修",
        "source": "区委书记陈某",
        "dated": "2026-01-05T09:00",
        "text": "请城管部门一周内拿出办法，结果报我。",
        "attachments": scanned(),
    }
    answer = client.post(f"{HOME}new/", data)
    matter = Matter.objects.get(kind="instruction")
    assert answer["Location"] == f"{HOME}{matter.number}/"
    page = text_of(client.get(answer["Location"]))
    for words in ("请城管部门一周内拿出办法", "批示原件.png", "还没有分解任务", "2026年1月5日"):
        assert words in page, words
    steps = f"{HOME}{matter.number}/steps/"
    assert client.get(f"{steps}assign/").status_code == 200
    answer = client.post(
        f"{steps}assign/", {"version": matter.version, "leads": ["URBAN"], "requirement": "一周内报来办法。"}
    )
    assert answer.status_code == 302, text_of(answer)
    (task,) = tasks_of(matter)
    unit = text_of(at_desk(district, "handler").get(f"/desk/supervisions/{task.number}/"))
    assert "请城管部门一周内拿出办法" in unit  # the words, though the instruction itself is not theirs to see
    assert at_desk(district, "handler").get(f"{HOME}{matter.number}/").status_code == 403
    finish(district, matter)
    form = text_of(client.get(f"{steps}report/"))
    assert "区城市管理执法局：三盏路灯已全部更换" in form
    matter.refresh_from_db()
    assert client.post(f"{steps}report/", {"version": matter.version, **REPORT}).status_code == 302
    leader = at_desk(district, "leader")
    page = text_of(leader.get(f"{HOME}{matter.number}/"))
    assert "办理情况报告" in page
    assert "再次批示" in page
    assert "1 / 1 办结" in page
    assert matter.number in text_of(leader.get(f"{HOME}?list=closed&q=陈某"))


def test_a_leader_writes_one(district: District) -> None:
    client = at_desk(district, "leader")
    form = text_of(client.get(f"{HOME}new/"))
    assert "写批示" in form
    assert district.users["leader"].display_name in form
    data = {
        "kind": "leader",
        "title": "防汛排涝",
        "source": "领导甲",
        "dated": "2026-01-05T09:00",
        "text": "立即排查。",
    }
    assert client.post(f"{HOME}new/", data).status_code == 302
    assert client.post(f"{HOME}new/", data | {"text": ""}).status_code == 422
    matter = Matter.objects.get(kind="instruction")
    assert "分解任务" not in text_of(client.get(f"{HOME}{matter.number}/")).partition("step-buttons")[2]


def test_a_leader_writes_one_about_a_case_and_its_tasks_are_about_it_too(district: District) -> None:
    case = receive(district)
    client = at_desk(district, "leader")
    page = text_of(client.get(f"/desk/cases/{case.number}/"))
    assert f"/desk/instructions/new/?matter={case.number}" in page
    form = text_of(client.get(f"{HOME}new/?matter={case.number}"))
    assert case.number in form
    with pytest.raises(Invalid):
        record(district, "leader", matters=["WC20990101000001"])
    matter = record(district, "leader", matters=[case.number])
    assert case.title in text_of(client.get(f"{HOME}{matter.number}/"))
    supervisor = at_desk(district, "supervisor")
    assert case.number in text_of(supervisor.get(f"{HOME}{matter.number}/steps/assign/"))
    (task,) = tasks_of(assign(district, matter, "URBAN", matters=[case.number]))
    assert task.number in text_of(supervisor.get(f"/desk/cases/{case.number}/"))
