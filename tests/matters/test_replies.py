"""Reply templates: whose they are, where they are offered, what they say of the matter at hand."""

from __future__ import annotations

import pytest

from huying.kernel.models import ConfigChange
from huying.matters import replies
from huying.matters.enums import ReplyUse
from huying.matters.models import ReplyTemplate
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

TEXT = "您反映的“{标题}”（{编号}）已由{单位}办好。"


def template(title: str, **values: object) -> ReplyTemplate:
    return ReplyTemplate.objects.create(**{"title": title, "text": TEXT, "use": ReplyUse.REPLY, **values})


def test_a_unit_is_offered_its_own_and_the_districts_that_fit(district: District) -> None:
    ReplyTemplate.objects.all().delete()
    matter = advance(district, receive(district), "handling")
    urban, housing = district.organisations["urban"], district.organisations["housing"]
    template("本单位的", organisation=urban)
    template("全区的")
    template("这一类的", category="02.02")
    template("别的类的", category="03")
    template("别的单位的", organisation=housing)
    template("停用的", active=False)
    template("提问的", use=ReplyUse.QUESTION)
    offers = replies.offered(matter, district.actor("handler"), ReplyUse.REPLY)
    assert [offer.title for offer in offers] == ["本单位的", "全区的", "这一类的"]
    assert offers[0].text == f"您反映的“{matter.title}”（{matter.number}）已由区城市管理执法局办好。"


def test_a_template_fills_the_box_without_script_and_its_use_is_counted(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    row = template("办好了", organisation=district.organisations["urban"])
    client = at_desk(district, "handler")
    address = f"/desk/cases/{matter.number}/steps/return_to_reporter/"
    question = template("问地点", use=ReplyUse.QUESTION, text="请补充 {编号} 的地点。")
    page = text_of(client.get(address))
    assert f'<option value="{question.pk}" data-text="请补充 {matter.number} 的地点。">问地点</option>' in page
    assert row.title not in page
    data = {"version": matter.version, "question": "您好！", "question.template": str(question.pk)}
    filled = client.post(address, {**data, "insert": "question"})
    assert filled.status_code == 200
    assert f"您好！\n请补充 {matter.number} 的地点。</textarea>" in text_of(filled)
    matter.refresh_from_db()
    assert matter.state == "handling"
    assert client.post(address, data).status_code == 302
    question.refresh_from_db()
    assert question.used == 1


def test_a_unit_manages_its_own_templates_and_the_centre_those_of_the_district(district: District) -> None:
    client = at_desk(district, "handler")
    data = {"title": "现场已清理", "use": "reply", "text": "{标题} 已清理。", "active": "on"}
    assert client.post("/desk/templates/new/", data).status_code == 302
    mine = ReplyTemplate.objects.get(title="现场已清理")
    assert mine.organisation == district.organisations["urban"]
    assert "现场已清理" in text_of(client.get("/desk/templates/"))
    assert ConfigChange.objects.filter(what="答复模板", before__isnull=True).count() == 1
    assert at_desk(district, "handler2").get(f"/desk/templates/{mine.pk}/").status_code == 404
    again = client.post("/desk/templates/new/", data)
    assert again.status_code == 422
    assert "已经有一个同名的模板" in text_of(again)
    wrong = client.post("/desk/templates/new/", {**data, "title": "写错了", "text": "{姓名} 已清理。"})
    assert wrong.status_code == 422
    assert "认不出 {姓名}" in text_of(wrong)
    centre = at_desk(district, "dispatcher")
    assert centre.post("/desk/templates/new/", data).status_code == 302
    assert ReplyTemplate.objects.filter(title="现场已清理", organisation=None).exists()
    assert at_desk(district, "leader").get("/desk/templates/").status_code == 403
    assert at_desk(district, "administrator").get("/desk/templates/").status_code == 200


def test_what_a_new_district_starts_with_is_filled_in_without_a_rest(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    assert ReplyTemplate.objects.filter(organisation=None).count() >= 8
    for row in ReplyTemplate.objects.all():
        assert not replies.unknown_placeholders(row.text)
        assert "{" not in replies.filled(row.text, matter)
