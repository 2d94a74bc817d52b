"""Steps taken at the desk: forms, refusals, conflicts, files."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from huying.cases.flow import CASES
from huying.cases.options import checklist_items
from huying.kernel.models import StoredFile
from huying.matters.engine import move_one
from huying.matters.models import Attachment, LedgerLine, Matter, Words
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def url(matter: Matter, step: str) -> str:
    return f"/desk/cases/{matter.number}/steps/{step}/"


def state(matter: Matter) -> str:
    return Matter.objects.values_list("state", flat=True).get(pk=matter.pk)


def picture(name: str = "现场.png") -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (30, 20), "navy").save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), "image/png")


def ticked() -> list[str]:
    return [str(key) for key, _, _, required in checklist_items() if required]


WAY: tuple[tuple[str, str, Mapping[str, object], str], ...] = (
    ("call_taker", "triage", {"kind": "help", "category": "02.02.01", "urgency": "normal"}, "triaged"),
    ("dispatcher", "dispatch", {"lead": "URBAN", "note": "请三日内办结"}, "dispatched"),
    ("handler", "acknowledge", {"officer": "李工"}, "acknowledged"),
    (
        "handler",
        "contact",
        {"at": "now", "means": "phone", "reached": "true", "outcome": "已电话了解情况。"},
        "handling",
    ),
    (
        "handler",
        "propose",
        {
            "true": "true",
            "solved": "true",
            "done": "更换灯头三盏。",
            "by_whom": "市政所李工",
            "public_reply": "您好，门口的路灯已经修好。",
            "checklist": "ticked",
        },
        "awaiting_approval",
    ),
    ("chief", "approve", {"note": "同意"}, "resolved"),
    ("call_taker", "callback", {"reached": "true", "solved": "true", "satisfied": "5"}, "closed"),
)

DONE = {
    "triage": "已研判，等待派单",
    "dispatch": "已派给区城市管理执法局，等待签收",
    "acknowledge": "已签收，接下来办前沟通",
    "contact": "办前沟通已记下：联系上了",
    "propose": "办理结果已提交，等负责人审批",
    "approve": "已审批通过，答复发给诉求人，转区中心回访",
    "callback": "回访已记下，这件诉求已结案",
}


def test_the_main_way_is_walked_by_forms(district: District) -> None:
    matter = receive(district, at=timezone.now() - timedelta(minutes=20))
    for who, step, data, target in WAY:
        client = at_desk(district, who)
        form = client.get(url(matter, step))
        assert form.status_code == 200
        matter.refresh_from_db()
        filled: dict[str, object] = {**data, "version": matter.version}
        if step == "contact":
            filled["at"] = form.context["form"]["at"].value()  # now, as the page suggests
        if step == "propose":
            filled["checklist"] = ticked()
        answer = client.post(url(matter, step), filled, follow=True)
        assert answer.redirect_chain == [(f"/desk/cases/{matter.number}/", 302)], (step, text_of(answer))
        assert state(matter) == target
        assert f'<span class="number">{matter.number}</span> {DONE[step]}。' in text_of(answer)
    assert Words.objects.get(matter=matter, field="public_reply").text == "您好，门口的路灯已经修好。"
    last = LedgerLine.objects.filter(matter=matter).latest("seq")
    assert (last.actor, last.via) == (district.users["call_taker"], "desk")


def test_triage_shows_how_pressing_it_is_and_keeps_that_unless_another_is_chosen(district: District) -> None:
    matter = receive(district, urgency="emergency")
    client = at_desk(district, "call_taker")
    page = text_of(client.get(url(matter, "triage")))
    assert 'type="radio" name="urgency" value="emergency"' in page
    assert page.partition('name="urgency" value="emergency"')[2].partition(">")[0].endswith("checked")
    client.post(url(matter, "triage"), {"version": matter.version, "kind": "help", "category": "02.02.01"})
    matter.refresh_from_db()
    assert (matter.state, matter.urgency) == ("triaged", "emergency")


def test_what_is_missing_is_told_beside_the_fields_and_what_was_typed_stays(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, "handler")
    answer = client.post(
        url(matter, "propose"),
        {"version": matter.version, "true": "true", "done": "更换灯头三盏。", "checklist": []},
    )
    page = text_of(answer)
    assert answer.status_code == 422
    assert state(matter) == "handling"
    assert "更换灯头三盏。</textarea>" in page
    assert 'id="id_public_reply_error"><li>请填写这一项</li>' in page
    assert 'name="true" value="true" id="id_true_0" checked' in page or "checked" in page
    assert "有 " in page
    assert " 处需要修改" in page


def test_a_refusal_of_the_domain_is_told_beside_its_field(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, "handler")
    data = {**WAY[4][2], "version": matter.version, "checklist": []}
    answer = client.post(url(matter, "propose"), data)
    assert answer.status_code == 422
    assert "还没有完成：" in text_of(answer)
    assert "一次面对面或电话沟通" in text_of(answer)


def test_yes_or_no_must_be_said(district: District) -> None:
    matter = advance(district, receive(district), "resolved")
    client = at_desk(district, "call_taker")
    page = text_of(client.get(url(matter, "callback")))
    assert page.count('type="radio" name="reached"') == 2
    answer = client.post(url(matter, "callback"), {"version": matter.version})
    assert answer.status_code == 422
    answer = client.post(url(matter, "callback"), {"version": matter.version, "reached": "false", "solved": "true"})
    assert "没有接通，这一项不要填" in text_of(answer)
    answer = client.post(url(matter, "callback"), {"version": matter.version, "reached": "false"}, follow=True)
    assert "回访已记下：这次没有接通，仍在待回访" in text_of(answer)


def test_whoever_comes_second_reads_what_happened(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    second = at_desk(district, "dispatcher2")
    seen = second.get(url(matter, "dispatch")).context["version"]
    move_one(CASES, "dispatch", matter.pk, by=district.actor("dispatcher"), data={"lead": "URBAN"}, version=seen)
    answer = second.post(url(matter, "dispatch"), {"version": seen, "lead": "HOUSING"})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "现在是“待签收”" in page
    assert "派单审核员甲" in page
    assert "派单 → 待签收" in page
    assert "区城市管理执法局" in page
    assert Matter.objects.get(pk=matter.pk).lead == district.organisations["urban"]


def test_the_same_state_but_another_version_is_a_conflict_too(district: District) -> None:
    matter = advance(district, receive(district), "resolved")
    client = at_desk(district, "call_taker")
    seen = matter.version
    move_one(CASES, "callback", matter.pk, by=district.actor("call_taker2"), data={"reached": False})
    answer = client.post(
        url(matter, "callback"), {"version": seen, "reached": "true", "solved": "true", "satisfied": "5"}
    )
    assert answer.status_code == 409
    assert "接线员甲" in text_of(answer)
    assert state(matter) == "resolved"


def test_a_form_that_is_not_due_is_not_offered(district: District) -> None:
    matter = receive(district)
    answer = at_desk(district, "dispatcher").get(url(matter, "dispatch"))
    assert answer.status_code == 409
    assert "现在是“待研判”" in text_of(answer)
    assert "<textarea" not in text_of(answer)


@pytest.mark.parametrize("step", ["receive", "import_history", "no_answer", "nonsense"])
def test_steps_that_are_nobodys_button_are_not_there(district: District, step: str) -> None:
    matter = receive(district)
    assert at_desk(district, "call_taker").get(url(matter, step)).status_code == 404


def test_a_post_without_the_permission_is_refused(district: District) -> None:
    matter = receive(district)
    for name in ("supervisor", "leader", "analyst"):
        client = at_desk(district, name)
        assert client.get(url(matter, "triage")).status_code == 403
        assert client.post(url(matter, "triage"), {"kind": "help", "category": "02.02.01"}).status_code == 403
    assert state(matter) == "received"


def test_the_second_pair_of_eyes_and_the_own_proposal_are_refused_at_the_form(district: District) -> None:
    from huying.kernel.generation import bump
    from huying.matters.models import Category

    Category.objects.filter(pk="02.02").update(second_eyes=True)
    bump("categories")
    matter = receive(district)
    dispatcher = district.actor("dispatcher")
    move_one(CASES, "triage", matter.pk, by=dispatcher, data={"kind": "help", "category": "02.02.01"})
    answer = at_desk(district, "dispatcher").post(url(matter, "dispatch"), {"version": 2, "lead": "URBAN"})
    assert answer.status_code == 403
    assert "由研判人以外的人派单" in text_of(answer)
    assert re.search(r'value="URBAN"[^>]* selected', text_of(answer))


def test_an_irreversible_step_says_what_will_happen(district: District) -> None:
    matter = advance(district, receive(district), "awaiting_approval")
    page = text_of(at_desk(district, "chief").get(url(matter, "approve")))
    assert CASES.step["approve"].confirm in page
    assert "确认审批通过" in page
    assert "您好，门口三盏路灯已更换" in page  # what is approved stands beside it


def test_files_come_along_and_stay_when_something_else_was_refused(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, "handler")
    data = {**WAY[4][2], "version": matter.version, "checklist": ticked()}
    refused = client.post(url(matter, "propose"), {**data, "done": "", "attachments": [picture()]})
    assert refused.status_code == 422
    [kept] = StoredFile.objects.filter(state="loose")
    assert f'name="attachments.kept" value="{kept.pk}" checked' in text_of(refused)
    assert "现场.png" in text_of(refused)
    taken = client.post(
        url(matter, "propose"), {**data, "attachments.kept": [str(kept.pk)], "attachments": [picture("二.png")]}
    )
    assert taken.status_code == 302, text_of(taken)
    assert Attachment.objects.filter(matter=matter).count() == 2
    page = client.get(f"/desk/cases/{matter.number}/")
    assert f"/desk/files/{kept.pk}/" in text_of(page)


def test_a_file_that_is_not_what_it_says_is_refused_beside_its_field(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    bad = SimpleUploadedFile("照片.jpg", b"<script>alert(1)</script>", "image/jpeg")
    data = {**WAY[4][2], "version": matter.version, "checklist": ticked(), "attachments": [bad]}
    client = at_desk(district, "handler")
    client.words = frozenset({"SVG"})
    answer = client.post(url(matter, "propose"), data)
    assert answer.status_code == 422
    assert "照片.jpg：" in text_of(answer)
    assert state(matter) == "handling"
    assert not StoredFile.objects.exists()


def test_nobody_attaches_what_another_uploaded(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    from huying.kernel.files import accept

    foreign = accept(picture(), uploader="user:1")
    data = {**WAY[4][2], "version": matter.version, "checklist": ticked(), "attachments.kept": [str(foreign.pk)]}
    answer = at_desk(district, "handler").post(url(matter, "propose"), data)
    assert answer.status_code == 422
    assert "请重新上传" in text_of(answer)
    assert "现场.png" not in text_of(answer)


@pytest.mark.parametrize("text", ["\x00", "长" * 5001, "😀" * 10, "<b>粗</b>", "\u202e反"])
def test_odd_text_is_refused_in_words_or_kept_as_it_is(district: District, text: str) -> None:
    matter = receive(district)
    client = at_desk(district, "call_taker")
    client.words = frozenset({"b"})
    data = {"version": matter.version, "question": text}
    answer = client.post(url(matter, "return_to_reporter"), data, follow=True)
    assert answer.status_code in (200, 422)
    assert "<b>粗</b>" not in text_of(answer)


def test_version_that_is_no_number_is_not_trusted(district: District) -> None:
    matter = receive(district)
    for version in ("", "abc", "99999999999999999999", "1.0", "１"):
        answer = at_desk(district, "call_taker").post(
            url(matter, "return_to_reporter"), {"version": version, "question": ""}
        )
        assert answer.status_code == 422


def test_units_are_chosen_by_typing_departments_first(district: District) -> None:
    page = text_of(
        at_desk(district, "dispatcher").get(url(advance(district, receive(district), "triaged"), "dispatch"))
    )
    lead = page[page.index('name="lead"') - 80 :]
    lead = lead[: lead.index("</select>")]
    assert "data-combobox" in lead
    assert "autofocus" in lead
    assert re.findall(r'optgroup label="([^"]+)"', lead)[:4] == ["部门", "公用事业单位", "街道", "社区"]
    assert 'value="URBAN" data-keys="qcsglzfj"' in lead


def test_several_units_help_and_the_one_that_leads_is_none_of_them(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    client = at_desk(district, "dispatcher")
    page = text_of(client.get(url(matter, "dispatch")))
    helpers = page[page.index('name="co_handlers"') - 120 :]
    helpers = helpers[: helpers.index("</select>")]
    assert "multiple" in helpers
    assert "data-combobox" in helpers
    assert 'optgroup label="公用事业单位"' in helpers
    assert 'type="checkbox" name="co_handlers"' not in page
    refused = client.post(url(matter, "dispatch"), {"lead": "URBAN", "co_handlers": ["WATER", "URBAN"]})
    assert refused.status_code == 422
    page = text_of(refused)
    assert "已经是主办单位，不能同时协办" in page[page.index('name="co_handlers"') :]
    assert 'value="WATER" data-keys="' in page
    assert page.count(" selected>") >= 3  # what was chosen stays chosen
    done = client.post(url(matter, "dispatch"), {"lead": "URBAN", "co_handlers": ["WATER", "HOUSING"]})
    assert done.status_code == 302
    matter.refresh_from_db()
    units = district.organisations
    assert matter.co_handlers == [units["water"].pk, units["housing"].pk]


def test_what_a_callback_lacks_is_said_beside_its_field(district: District) -> None:
    matter = advance(district, receive(district), "resolved")
    client = at_desk(district, "call_taker")
    asked = text_of(client.get(url(matter, "callback")))
    assert asked.count('data-only-if="reached=true"') == 3
    missing = client.post(url(matter, "callback"), {"reached": "true", "solved": "true"})
    assert missing.status_code == 422
    page = text_of(missing)
    assert "接通的回访要填写这一项" in page[page.index('name="satisfied"') :][:3000]
    assert "接通的回访要填写这一项" not in page[page.index('name="solved"') : page.index('name="satisfied"')]
    too_much = text_of(client.post(url(matter, "callback"), {"reached": "false", "satisfied": "4"}))
    assert "没有接通，这一项不要填" in too_much[too_much.index('name="satisfied"') :][:3000]
    matter.refresh_from_db()
    assert matter.state == "resolved"


def test_a_category_is_chosen_by_typing_and_every_step_taken_by_keys(district: District) -> None:
    matter = receive(district)
    page = text_of(at_desk(district, "call_taker").get(url(matter, "triage")))
    before = page.index('name="category"')
    select = page[page.rindex("<select", 0, before) : page.index(">", before)]
    assert "data-combobox" in select
    assert "data-whole" in select
    assert "data-keyboard data-focus" in page
    assert "<kbd>Ctrl</kbd> + <kbd>回车</kbd></dt><dd>研判</dd>" in page
