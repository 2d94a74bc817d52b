"""What somebody has written into the form of a step is not written twice: after it was sent back, taken back, or sent
by somebody whose session had ended."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from huying.cases.flow import CASES
from huying.cases.models import Resolution
from huying.cases.options import checklist_items
from huying.cases.portal.story import plain_story
from huying.kernel.files import accept
from huying.matters.attachments import uploader
from huying.matters.engine import move_one
from huying.matters.models import Attachment, LedgerLine, Matter, Words
from huying.people.actions import deactivate
from huying.people.models import Draft
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import PASSWORD, District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

DONE = "更换灯头三盏，检查了线路。"
REPLY = "您好，门口三盏路灯已换好。"
NOTE = "配件库存不足，已申请补充。"


def url(matter: Matter, step: str = "propose") -> str:
    return f"/desk/cases/{matter.number}/steps/{step}/"


def picture(name: str) -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (30, 20), "navy").save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), "image/png")


def ticked() -> list[int]:
    return [key for key, *_ in checklist_items()]


def proposed(district: District, *files: str, show: bool = False) -> Matter:
    matter = advance(district, receive(district, at=timezone.now() - timedelta(hours=2)), "handling")
    handler = district.actor("handler")
    data = {
        "true": True,
        "solved": False,
        "done": DONE,
        "by_whom": "市政所王工",
        "public_reply": REPLY,
        "internal_note": NOTE,
        "checklist": ticked(),
        "attachments": [accept(picture(name), uploader=uploader(handler)).pk for name in files],
        "show_files": show,
    }
    return move_one(CASES, "propose", matter.pk, by=handler, data=data)


def sent_back(district: District, matter: Matter, reason: str = "请写明更换的日期。") -> Matter:
    return move_one(CASES, "send_back", matter.pk, by=district.actor("chief"), data={"reason": reason})


def typed_of(page: str) -> dict[str, object]:
    """What a browser would send of the form as it stands."""
    form = page[page.index('action="/desk/cases/') :]
    form = form[: form.index("</form>")]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="(\w+)"', tag)
        if name is None or (kind and kind[1] in ("radio", "checkbox") and " checked" not in tag):
            continue
        if kind is None or kind[1] != "file":
            found.setdefault(name[1], []).append(value[1] if value else "on")
    for name_, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', form):
        found.setdefault(name_, []).append(text)
    return dict(found)


# --- sent back, taken back -------------------------------------------------------------------------------------------


def test_what_was_sent_back_is_there_to_be_mended_under_the_reason(district: District) -> None:
    matter = sent_back(district, proposed(district, "换灯前.png", "换灯后.png", show=True))
    client = at_desk(district, "handler")
    page = text_of(client.get(url(matter)))
    assert page.index("请写明更换的日期。") < page.index('<form class="card"')
    assert "退回的原因" in page
    form = typed_of(page)
    assert form["done"] == [DONE]
    assert form["public_reply"] == [REPLY]
    assert form["internal_note"] == [NOTE]
    assert (form["true"], form["solved"], form["by_whom"]) == (["true"], ["false"], ["市政所王工"])
    assert form["checklist"] == [str(key) for key in ticked()]
    assert form["show_files"] == ["on"]
    before, after = (str(row.file_id) for row in Attachment.objects.filter(matter=matter).order_by("pk"))
    assert form["attachments.kept"] == [before, after]

    form["attachments.kept"] = [after]  # one is taken out
    form["public_reply"] = [f"{REPLY}三月二日更换。"]
    answer = client.post(url(matter), form)
    assert answer.status_code == 302, text_of(answer)
    last = Resolution.objects.filter(case=matter.pk).latest("seq")
    assert [str(row.file_id) for row in Attachment.objects.filter(matter=matter, seq=last.seq)] == [after]
    assert Words.objects.get(matter=matter, seq=last.seq, field="done").text == DONE


def test_what_was_taken_back_is_there_too_and_another_round_begins_anew(district: District) -> None:
    matter = proposed(district)
    move_one(CASES, "withdraw_proposal", matter.pk, by=district.actor("handler"), data={})
    client = at_desk(district, "handler")
    page = text_of(client.get(url(matter)))
    assert typed_of(page)["done"] == [DONE]
    assert "负责人退回的原因" not in page
    assert "上次提交的内容已经填好" in page
    assert client.post(url(matter), typed_of(page)).status_code == 302
    move_one(CASES, "approve", matter.pk, by=district.actor("chief"), data={})
    asked = {"reached": True, "solved": False, "satisfied": 2}
    move_one(CASES, "callback", matter.pk, by=district.actor("call_taker"), data=asked)
    contact = {"at": timezone.now().isoformat(), "means": "phone", "reached": True, "outcome": "已联系。"}
    move_one(CASES, "contact", matter.pk, by=district.actor("handler"), data=contact)
    page = text_of(client.get(url(matter)))
    assert DONE not in typed_of(page).get("done", [""])[0]  # type: ignore[index]
    assert "上次提交的内容" not in page


def test_files_come_along_again_to_the_same_step_only(district: District) -> None:
    matter = sent_back(district, proposed(district, "换灯后.png"))
    other = advance(district, receive(district), "handling")
    [file] = Attachment.objects.filter(matter=matter).values_list("file_id", flat=True)
    client = at_desk(district, "handler")
    form = typed_of(text_of(client.get(url(matter))))
    elsewhere = client.post(url(other), {**form, "version": other.version})
    assert elsewhere.status_code == 422
    assert "请重新上传" in text_of(elsewhere)
    contact = {
        "at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "means": "phone",
        "reached": "true",
        "outcome": "好",
    }
    another_step = client.post(url(matter, "contact"), {**contact, "attachments.kept": [str(file)]})
    assert another_step.status_code == 422
    assert Attachment.objects.count() == 1


def test_a_reporter_sees_the_files_of_what_was_approved(district: District) -> None:
    matter = sent_back(district, proposed(district, "换灯后.png", show=True))
    handler, chief = at_desk(district, "handler"), at_desk(district, "chief")
    page = text_of(handler.get(f"/desk/cases/{matter.number}/"))
    assert "没有给诉求人看" in page
    assert "诉求人可见" not in page
    handler.post(url(matter), typed_of(text_of(handler.get(url(matter)))))
    assert "审批通过后诉求人可见" in text_of(chief.get(f"/desk/cases/{matter.number}/"))
    resident = district.actor("resident")
    assert plain_story(matter_now(matter), resident).reply_files == []
    move_one(CASES, "approve", matter.pk, by=district.actor("chief"), data={})
    page = text_of(handler.get(f"/desk/cases/{matter.number}/"))
    assert "诉求人可见" in page.replace("审批通过后诉求人可见", "")
    [shown] = plain_story(matter_now(matter), resident).reply_files
    assert shown.name == "换灯后.png"


def matter_now(matter: Matter) -> Matter:
    return Matter.objects.get(pk=matter.pk)


# --- drafts ----------------------------------------------------------------------------------------------------------


def keep(client: HouseClient, key: str, **values: list[str]) -> None:
    assert client.post(f"/account/drafts/{key}/", {"content": json.dumps(values)}).status_code == 200


def test_what_was_typed_into_a_step_is_gone_on_with_until_it_is_done(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    client = at_desk(district, "handler")
    page = text_of(client.get(url(matter, "hand_back")))
    [where] = re.findall(r'data-kept-draft="([^"]+)"', page)
    key = where.split("/")[-2]
    keep(client, key, explanation=["这条路归建设局养护。"], version=[str(matter.version)])
    page = text_of(client.get(url(matter, "hand_back")))
    assert "写的草稿，还没有提交" in page
    assert "这条路归建设局养护。</textarea>" in page
    assert "field-error" not in page
    assert "这条路归建设局养护" not in text_of(at_desk(district, "handler2").get(url(matter, "hand_back")))
    assert len(statements(client, url(matter, "hand_back"))) <= 12
    sent = {"version": matter.version, "reason": "not_ours", "explanation": "这条路归建设局养护。"}
    answer = client.post(url(matter, "hand_back"), {**sent, "reason": ""})
    assert answer.status_code == 422
    assert Draft.objects.exists()
    client.post(url(matter, "hand_back"), sent)
    assert matter_now(matter).state == "triaged"
    assert not Draft.objects.exists()


def test_a_draft_that_others_have_overtaken_says_so(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, "handler")
    keep(client, f"step-propose-{matter.pk}", done=["换灯"], version=[str(matter.version)])
    move_one(CASES, "remind", matter.pk, by=district.actor("supervisor"), data={"note": "请抓紧"})
    page = text_of(client.get(url(matter)))
    assert "您写这份草稿之后，这件诉求有了新进展" in page
    assert "请抓紧" in page
    assert f'name="version" value="{matter.version + 1}"' in page


def test_a_session_that_ended_while_somebody_wrote_loses_no_text(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, "handler")
    form = typed_of(text_of(client.get(url(matter)))) | {"done": DONE, "public_reply": REPLY}
    client.logout()
    answer = client.post(url(matter), form, headers={"Referer": f"http://testserver{url(matter)}"})
    door = client.get(answer["Location"])
    assert "刚才没有提交成功" in text_of(door)
    assert "已保存为草稿" in text_of(door)
    assert DONE not in text_of(door)
    wrong = {"username": district.users["handler"].username, "password": "不对", "next": door.context["next"]}
    again = client.post("/account/sign-in/", wrong | {"unsent": "kept"})
    assert "已保存为草稿" in text_of(again)
    page = client.post("/account/sign-in/", wrong | {"password": PASSWORD}, follow=True)
    assert page.redirect_chain[-1][0].startswith(url(matter))
    assert "没有提交成功，写的内容已保存为草稿" in text_of(page)
    assert f"{DONE}</textarea>" in text_of(page)
    assert not LedgerLine.objects.filter(matter=matter, step="propose").exists()


def test_nobody_elses_draft_is_written_and_what_is_not_kept_is_not_promised(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    form = {"done": DONE, "public_reply": REPLY}
    anybody = HouseClient()
    for seal in ("", "abc", "WzEsICJ4Il0:1abc:def"):
        answer = anybody.post(
            url(matter), form | {"draft_seal": seal}, headers={"Referer": f"http://testserver{url(matter)}"}
        )
        page = text_of(anybody.get(answer["Location"]))
        assert "刚才没有提交成功" in page
        assert "草稿" not in page
    client = at_desk(district, "handler")
    seal = typed_of(text_of(client.get(url(matter))))["draft_seal"]
    deactivate(district.users["handler"], by=district.users["administrator"])
    anybody.post(url(matter), form | {"draft_seal": seal})
    assert not Draft.objects.exists()


def test_a_case_being_registered_is_kept_as_well(district: District) -> None:
    client = at_desk(district, "call_taker")
    page = text_of(client.get("/desk/cases/new/"))
    [seal] = re.findall(r'name="draft_seal" value="([^"]+)"', page)
    client.logout()
    sent = {"draft": "intake", "draft_seal": seal, "text": "三号门的路灯坏了", "channel": "phone"}
    answer = client.post("/desk/cases/new/", sent, headers={"Referer": "http://testserver/desk/cases/new/"})
    assert "unsent=kept" in answer["Location"]
    page = text_of(at_desk(district, "call_taker").get("/desk/cases/new/?draft=intake"))
    assert "三号门的路灯坏了" in page
