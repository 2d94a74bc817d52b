"""Somebody is forgotten: nothing tells of them any more, and the chain still holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import Case, ExportRun, SavedView
from huying.cli import cli
from huying.kernel.errors import Conflict, Invalid, Missing
from huying.kernel.files import accept
from huying.kernel.models import ConfigChange
from huying.kernel.privacy import Traces
from huying.matters import forgetting, ledger
from huying.matters.attachments import uploader
from huying.matters.engine import move_one
from huying.matters.models import Attachment, Delivery, Matter, Message, Words
from huying.people import contacts, drafts
from huying.people.actions import system_user
from huying.people.contacts import Person, reveal
from huying.people.models import Contact, Draft, Reveal, Session
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

NAME, PHONE, IDENTITY = "欧阳栖梧", "13987654321", "420106199003070032"
HOME = "中北路岳家嘴小区7栋2单元1103室"
TEXT = f"我叫{NAME}，电话 139-8765-4321，身份证{IDENTITY}，住{HOME}。楼下物业（电话13300000001）不修路灯，晚上很黑。"
REPORTER = {"name": NAME, "phone": PHONE, "identity": IDENTITY, "address": HOME}
PLAIN = (NAME, PHONE, "139-8765-4321", IDENTITY, "7栋2单元1103")


def reported(district: District, **values: object) -> Matter:
    wanted = {"text": TEXT, "title": f"{NAME}反映路灯不亮", "address": HOME, "reporter": REPORTER}
    return advance(district, receive(district, **(wanted | values)), "closed")


def forget(given: str, **options: object) -> dict[str, int]:
    name = str(options.pop("name", ""))
    asked = forgetting.meant(given, name=name)
    return forgetting.forget(asked, by=system_user(), who="测试", reason="本人申请清除", **options)  # type: ignore[arg-type]


def everything() -> Iterator[tuple[str, str]]:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            for (row,) in cursor.fetchall():
                yield table, row


def test_nothing_in_the_database_tells_of_them_any_more(district: District) -> None:
    matter = reported(district)
    ledger.take_anchor(timezone.now())
    told = forget(PHONE)
    assert told["联系人"] == 1
    assert {"去除个人信息的文字", "去除个人信息的标题", "去除门牌的事发地址", "查询码"} <= told.keys()
    assert [(table, row) for table, row in everything() for plain in PLAIN if plain in row] == []
    words = Words.objects.get(matter=matter, field="text")
    assert words.text.startswith("我叫某某，电话 ****，身份证****，住中北路岳家嘴小区****。")
    assert "楼下物业（电话13300000001）不修路灯" in words.text
    assert Matter.objects.get(pk=matter.pk).title == "某某反映路灯不亮"
    assert Case.objects.get(pk=matter.pk).address == "中北路岳家嘴小区****"


def test_the_chain_holds_and_what_is_left_cannot_be_changed(district: District) -> None:
    matter = reported(district)
    forget(IDENTITY)
    proof = ledger.verify()
    assert proof.holds, proof.broken
    Words.objects.filter(matter=matter, field="text").update(text="没有这回事")
    assert "签名不符" in ledger.verify().broken


def test_a_search_finds_what_is_left_and_no_name(district: District) -> None:
    matter = reported(district)
    desk = at_desk(district, "call_taker")
    assert matter.number in text_of(desk.get("/desk/cases/?q=栖梧"))
    forget(matter.number)
    assert matter.number not in text_of(desk.get("/desk/cases/?q=栖梧"))
    assert matter.number in text_of(desk.get("/desk/cases/?q=岳家嘴小区"))
    page = text_of(desk.get(f"/desk/cases/{matter.number}/"))
    assert "已清除" in page
    assert not [plain for plain in PLAIN if plain in page]


def test_a_dry_run_counts_the_same_and_changes_nothing(district: District) -> None:
    reported(district)
    system_user()
    before = sorted(everything())
    told = forget(PHONE, dry_run=True)
    assert sorted(everything()) == before
    assert told == forget(PHONE)


def test_done_again_there_is_nothing_more(district: District) -> None:
    matter = reported(district)
    number = f"#{matter.raised_by_id}"
    assert forget(number)
    changes = ConfigChange.objects.count()
    assert forget(number) == {}
    assert forgetting.meant(number).already
    assert ConfigChange.objects.count() == changes
    with pytest.raises(Missing, match="没有登记过这个号码"):
        forgetting.meant(PHONE)


def test_an_open_case_needs_its_reporter(district: District) -> None:
    matter = receive(district, reporter=REPORTER)
    with pytest.raises(Conflict, match="还有 1 件没有办结"):
        forget(PHONE)
    assert Contact.objects.get(pk=matter.raised_by_id).forgotten_at is None
    assert forget(PHONE, even_open=True)["联系人"] == 1


def test_a_phone_is_not_a_person(district: District) -> None:
    mother = receive(district, reporter={"name": "王秀英", "phone": PHONE})
    son = receive(district, reporter={"name": "李小军", "phone": PHONE})
    nameless = receive(district, reporter={"phone": PHONE, "handle": "x1"})
    with pytest.raises(Invalid, match=r"2 个不同的姓名（李\*\*、王\*\*）"):
        forgetting.meant(PHONE)
    asked = forgetting.meant(PHONE, name="王秀英")
    assert {contact.pk for contact in asked.contacts} == {mother.raised_by_id, nameless.raised_by_id}
    assert asked.others == 1
    assert len(forgetting.meant(PHONE, everybody=True).contacts) == 3
    forgetting.forget(asked, by=system_user(), who="测试", reason="本人申请清除", even_open=True)
    assert Contact.objects.get(pk=son.raised_by_id)._name == "李小军"


def test_what_was_said_and_sent_in_goes_whole_when_asked(district: District) -> None:
    call_taker = district.actor("call_taker")
    photo = accept(SimpleUploadedFile("说明.txt", "楼道照片说明".encode()), uploader=uploader(call_taker))
    matter = reported(district, attachments=[str(photo.pk)])
    told = forget(PHONE, texts=True, files=True)
    assert told["诉求人提供的附件"] == 1
    assert told["整段抹除的文字"] >= 1
    assert not Attachment.objects.filter(matter=matter, seq=1).exists()
    assert Words.objects.get(matter=matter, field="text").erased_at
    assert Words.objects.get(matter=matter, field="public_reply").text  # the unit's own words stay
    assert ledger.verify().holds
    assert "内容已按规定抹除" in text_of(at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/"))


def test_the_log_says_who_and_why_and_how_much_and_nothing_else(district: District) -> None:
    matter = reported(district)
    reveal(matter.raised_by_id or 0, actor=district.actor("handler"), purpose="回访", about=matter.number)
    forget(PHONE)
    [change] = ConfigChange.objects.filter(what=forgetting.WHAT)
    assert (change.who, change.key) == ("测试", f"联系人 #{matter.raised_by_id}")
    assert ["原因", "本人申请清除"] in change.after
    [seen] = Reveal.objects.all()
    assert (seen.about, seen.contact.name) == (matter.number, "已清除")
    with pytest.raises(Missing, match="已按规定清除"):
        reveal(matter.raised_by_id or 0, actor=district.actor("handler"), purpose="回访", about=matter.number)


def test_account_drafts_views_sheets_and_what_was_to_be_sent(district: District, tmp_path: Path) -> None:
    from huying.cases import exporting
    from huying.kernel.files import kinds
    from huying.kernel.files.making import keep_made

    user = district.users["resident"]
    matter = reported(
        district, reporter={"name": "周晓兰", "phone": "13800001111"}, text="周晓兰反映：路灯坏了，请修。"
    )
    assert matter.raised_by_id == user.contact_id
    Session.objects.create(session_key="x", session_data="", expire_date=timezone.now(), user=user)
    taker = district.actor("call_taker")
    drafts.save(taker, "intake", '{"reporter-phone": ["138 0000 1111"]}')
    drafts.save(taker, "intake-2", '{"text": ["别的事"]}')
    SavedView.objects.create(owner=district.users["call_taker"], name="周家的", query={"q": "13800001111"})
    message = Message.objects.create(
        key="x", matter=matter, title="周晓兰的件", body="周晓兰", created_at=timezone.now()
    )
    waiting = Delivery.objects.create(message=message, channel="sms", contact_id=user.contact_id)
    sheet = tmp_path / "x.xlsx"
    exporting.export_cases(sheet)
    run = ExportRun.objects.create(by=district.users["call_taker"], what="全部", state=ExportRun.State.DONE)
    ExportRun.objects.filter(pk=run.pk).update(
        file=keep_made(sheet, name="x.xlsx", kind=kinds.XLSX, owner=("cases.export", str(run.pk)))
    )
    told = forget("13800001111", name="周晓兰")
    assert {"账号", "登录会话", "没有写完的草稿", "还没有发出的消息", "含有其诉求件的导出文件"} <= told.keys()
    user.refresh_from_db()
    waiting.refresh_from_db()
    message.refresh_from_db()
    assert (user.is_active, user.username, user.has_usable_password()) == (False, f"forgotten-{user.pk}", False)
    assert not user.sessions.exists()
    assert [draft.key for draft in Draft.objects.all()] == ["intake-2"]
    assert not SavedView.objects.exists()
    assert waiting.status == Delivery.Status.CANCELLED
    assert "周晓兰" not in f"{message.title}{message.body}"
    assert ExportRun.objects.get().file is None


def test_a_case_under_supervision_is_evidence(district: District) -> None:
    from tests.factories.supervision import issue

    matter = reported(district)
    supervision = issue(district, matters=[matter.number], requirement=f"请当面向{NAME}说明，电话{PHONE}。")
    with pytest.raises(Conflict, match="正在督办"):
        forget(PHONE)
    assert forget(PHONE, even_open=True)["联系人"] == 1
    assert Words.objects.get(matter=supervision, field="requirement").text == "请当面向某某说明，电话****。"
    assert ledger.verify().holds


def test_by_command_first_told_then_done(district: District) -> None:
    matter = reported(district)
    run = CliRunner()
    first = run.invoke(cli, ["forget", PHONE])
    assert first.exit_code == 0, first.output
    assert "欧阳**（139****4321）" in first.output
    assert "现在什么都没有改" in first.output
    assert Contact.objects.get(pk=matter.raised_by_id).forgotten_at is None
    assert run.invoke(cli, ["forget", PHONE, "--yes"]).exit_code == 2
    done = run.invoke(cli, ["forget", "--yes", "--reason", "本人申请清除"], input=f"{PHONE}\n")
    assert done.exit_code == 0, done.output
    assert Contact.objects.get(pk=matter.raised_by_id).forgotten_at
    assert run.invoke(cli, ["forget", PHONE]).exit_code == 1
    assert run.invoke(cli, ["forget", "不是号码"]).exit_code == 2
    for output in (first.output, done.output):
        assert not [plain for plain in PLAIN if plain in output]


# --- what stands in texts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("打１３９８７６５４３２１或+86 139 8765 4321", "打****或****"),
        ("座机027-88936000转8012、88936000", "座机****转8012、****"),
        ("证号42010619900307003 2，旧证420106900307003", "证号****，旧证****"),
        ("欧阳 栖梧住岳家嘴小区7栋2单元1103", "某某住岳家嘴小区****"),
        ("139876543210、17栋2单元1103、13971112222", "139876543210、17栋2单元1103、13971112222"),
    ],
)
def test_only_what_is_theirs_goes_out_of_a_text(text: str, left: str) -> None:
    theirs = Traces.of([NAME], [PHONE, "027-88936000转12"], [IDENTITY], [HOME])
    assert theirs.out_of(text) == left
    assert theirs.in_(text) == (text != left)


def test_contacts_of_one_identity_number_are_one_person(district: District) -> None:
    first = contacts.remember(Person(NAME, PHONE, IDENTITY))
    second = contacts.remember(Person(NAME, "13700000000", handle="app:1", identity=IDENTITY))
    third = contacts.remember(Person(NAME, "13700000000"))
    asked = forgetting.meant(IDENTITY)
    assert {contact.pk for contact in asked.contacts} == {first, second, third}


def test_a_line_of_the_reporter_at_rework_counts_as_theirs(district: District) -> None:
    matter = reported(district)
    move_one(
        CASES,
        "rework",
        matter.pk,
        by=district.actor("call_taker"),
        data={"reason": f"{NAME}说还是不亮，请打{PHONE}。"},
    )
    told = forget(PHONE, even_open=True)
    assert told["去除个人信息的文字"] == 2
    assert Words.objects.get(matter=matter, field="reason").text == "某某说还是不亮，请打****。"
