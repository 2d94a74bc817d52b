"""Documents of the ladder as Word files: who gets them, what they say, and the official form."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn

from huying.kernel.official import FALL_BACK, FANG, HEI, SONG
from huying.supervision.models import Letterhead, OfficialDocument
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import receive
from tests.factories.district import District
from tests.factories.supervision import REQUIREMENT, issue, step

pytestmark = pytest.mark.django_db

RUNGS = {
    1: ("督办提醒单", "区城市管理执法局：", REQUIREMENT),
    2: ("督办通知", "区城市管理执法局：", REQUIREMENT),
    3: ("约谈通知", "区城市管理执法局：", "两次督办无果。"),
    4: ("关于水岸星城小区路灯超时未修", "各街道办事处，区直各部门、各单位：", "多次督办仍未修复。"),
    5: ("关于移交区城市管理执法局", "武昌区纪委监委：", "拒不整改，造成不良影响。"),
}


def climbed(district: District) -> dict[int, OfficialDocument]:
    """One of each rung, all of them signed."""
    matter = issue(district, rung=1, matters=[receive(district).number])
    step(district, matter, "notify", "supervisor", reason=REQUIREMENT)
    at = (timezone.now() + timedelta(days=2)).isoformat()
    step(district, matter, "summon", "supervisor", reason="两次督办无果。", talk_at=at, talk_place="区政府三楼会议室")
    step(district, matter, "sign", "leader")
    step(district, matter, "publish", "supervisor", reason="多次督办仍未修复。")
    step(district, matter, "sign", "leader")
    step(district, matter, "hand_over", "supervisor", reason="拒不整改，造成不良影响。")
    step(district, matter, "sign", "leader")
    return {row.rung: row for row in OfficialDocument.objects.filter(supervision=matter.pk)}


def url_of(row: OfficialDocument) -> str:
    return f"/desk/supervisions/{row.supervision.matter.number}/documents/{row.pk}/"


def test_each_rung_is_a_document_that_says_whom_what_and_when(district: District) -> None:
    found = climbed(district)
    assert set(found) == set(RUNGS)
    client = at_desk(district, "handler")
    for rung, (title, addressee, said) in RUNGS.items():
        answer = client.get(url_of(found[rung]))
        assert answer["Content-Type"].endswith("wordprocessingml.document")
        assert "filename*=UTF-8''" in answer["Content-Disposition"]
        lines = [paragraph.text for paragraph in Document(io.BytesIO(answer.content)).paragraphs]
        text = "\n".join(lines)
        assert title in text, rung
        assert addressee in lines, rung
        assert said in text, rung
        assert f"〔{timezone.localdate().year}〕{found[rung].serial}号" in text
        today = timezone.localdate()
        assert f"{today.year}年{today.month}月{today.day}日" in lines
        assert "武昌区社会管理网格服务中心" in lines
        assert "尚未签发" not in text
    talk = Document(io.BytesIO(client.get(url_of(found[3])).content))
    assert any("区政府三楼会议室" in paragraph.text for paragraph in talk.paragraphs)


def test_the_signature_does_not_stand_on_a_page_alone(district: District) -> None:
    for row in climbed(district).values():
        content = at_desk(district, "supervisor").get(url_of(row)).content
        paragraphs = Document(io.BytesIO(content)).paragraphs
        day = max(n for n, p in enumerate(paragraphs) if re.fullmatch(r"\d{4}年\d+月\d+日", p.text))
        kept = [p for p in paragraphs[:day][::-1] if p.text]
        assert all(p.paragraph_format.keep_with_next for p in kept[:3])  # issuer and the last words before it
        headings = [p for p in paragraphs if re.match("[一二三四]、", p.text)]
        assert all(p.paragraph_format.keep_with_next for p in headings)


def test_the_form_is_that_of_the_standard(district: District) -> None:
    row = climbed(district)[2]
    content = at_desk(district, "supervisor").get(url_of(row)).content
    word = Document(io.BytesIO(content))
    section = word.sections[0]
    sides = ("page_width", "page_height", "top_margin", "bottom_margin", "left_margin", "right_margin")
    assert [round(getattr(section, side).mm) for side in sides] == [210, 297, 37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid is not None
    closer = word.styles["Normal"].element.rPr.find(qn("w:spacing"))
    assert int(225 / 25.4 * 1440 / int(grid.get(qn("w:linePitch")))) == 22  # lines on a page
    assert int(156 / 25.4 * 72 / (16 + int(closer.get(qn("w:val"))) / 20)) == 28  # characters in a line

    def of(text: str) -> tuple[str | None, float | None]:
        run = next(p.runs[0] for p in word.paragraphs if p.text == text)
        assert run._element.rPr is not None
        assert run._element.rPr.rFonts.get(qn("w:eastAsia")) == run.font.name
        return run.font.name, run.font.size.pt if run.font.size else None

    assert of("督办通知") == (SONG, 22)
    assert of(REQUIREMENT) == (FANG, 16)
    assert of("一、督办事项") == (HEI, 16)
    head = word.paragraphs[0]
    assert head.text == "武昌区社会管理网格服务中心"
    assert str(head.runs[0].font.color.rgb) == "FF0000"
    body = next(p for p in word.paragraphs if p.text == REQUIREMENT)
    assert body._p.pPr.ind.get(qn("w:firstLineChars")) == "200"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        table = parts.read("word/fontTable.xml").decode()
        document = parts.read("word/document.xml").decode()
        footers = "".join(parts.read(name).decode() for name in parts.namelist() if "footer" in name)
        settings = parts.read("word/settings.xml").decode()
    assert dict(re.findall(r'w:name="([^"]+)"><w:altName w:val="([^"]+)"', table)) == {
        name: other for name, (other, _, _) in FALL_BACK.items()
    }
    assert 'w:color="FF0000"' in document  # the red line
    assert footers.count("PAGE") == 2
    assert "evenAndOddHeaders" in settings


def test_a_draft_is_for_the_centre_only_and_says_what_it_is(district: District) -> None:
    matter = issue(district)
    step(district, matter, "publish", "supervisor", reason="多次督办仍未修复。")
    row = OfficialDocument.objects.get(supervision=matter.pk, rung=4)
    assert at_desk(district, "handler").get(url_of(row)).status_code == 404
    signing = text_of(at_desk(district, "leader").get(f"/desk/supervisions/{matter.number}/steps/sign/"))
    assert "拟好的文书" in signing
    assert "多次督办仍未修复。" in signing
    for name in ("supervisor", "leader"):
        word = Document(io.BytesIO(at_desk(district, name).get(url_of(row)).content))
        assert "尚未签发" in word.paragraphs[0].text
    step(district, matter, "decline", "leader", reason="先不通报。")
    assert at_desk(district, "supervisor").get(url_of(row)).status_code == 404
    assert at_desk(district, "handler2").get(url_of(row)).status_code == 404


def test_a_second_unit_does_not_read_why_the_first_gave_it_back(district: District) -> None:
    matter = issue(district)
    step(district, matter, "readdress", "supervisor", lead="HOUSING", reason="城管局推诿，改由住房局办。")
    row = OfficialDocument.objects.filter(supervision=matter.pk).order_by("-seq")[0]
    word = Document(io.BytesIO(at_desk(district, "handler2").get(url_of(row)).content))
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "区住房保障和房屋管理局：" in text
    assert REQUIREMENT in text
    assert "推诿" not in text


def test_the_letterhead_is_a_setting(district: District) -> None:
    client = at_desk(district, "administrator")
    page = text_of(client.get("/desk/settings/letterhead/"))
    assert "武督" in page
    data = {
        "issuer": "武昌区人民政府督查室",
        "code": "武政督",
        "everybody": "各单位",
        "accountability": "区纪委监委",
        "copies": "区委办公室",
        "phone": "",
    }
    assert client.post("/desk/settings/letterhead/", data | {"issuer": ""}).status_code == 422
    assert client.post("/desk/settings/letterhead/", data).status_code == 302
    assert Letterhead.objects.count() == 1
    row = climbed(district)[4]
    word = Document(io.BytesIO(at_desk(district, "supervisor").get(url_of(row)).content))
    lines = [paragraph.text for paragraph in word.paragraphs]
    assert lines[0] == "武昌区人民政府督查室文件"
    assert f"武政督〔{row.year}〕{row.serial}号" in lines
    assert "各单位：" in lines
    assert "抄送：区委办公室。" in lines
