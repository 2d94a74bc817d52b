"""One reporter's name, phone, identity number and home, and everything that anybody can open, take out or be sent.

Nothing of what a reporter left beside the appeal is ever shown plain, but on the page of the reveal and after a purpose
was stated. What a confidential reporter wrote into the appeal is read by the centre alone; numbers in any appeal only
by whoever may phone.
"""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from huying.cases import exporting
from huying.cases.models import ExportRun
from huying.kernel import live, outbox
from huying.kernel.files import accept
from huying.kernel.logs import ObjectFormatter, TextFormatter
from huying.matters.attachments import uploader
from huying.matters.models import Attachment, Matter, Message
from huying.people.actors import Actor
from huying.people.contacts import Person, remember
from huying.people.models import User
from huying.people.roles import ROLES
from tests.cases.desk import settled
from tests.factories import callouts, dockets, supervision
from tests.factories.api import program
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.test_routes import ruled

pytestmark = pytest.mark.django_db

OPEN = {
    "name": "欧阳栖梧",
    "phone": "13987654321",
    "identity": "420106199003070032",
    "address": "岳家嘴小区7栋2单元1103室",
}
SECRET = {
    "name": "上官若水",
    "phone": "13698765432",
    "identity": "420106197512090016",
    "address": "东亭小区9栋3单元2204室",
}
TELLS = {"name": "钟离望舒", "phone": "13512348765"}
NUMBER = "13312349876"  # in an appeal whose reporter asked for no confidence
WITH_NUMBER = f"楼道灯不亮，晚上上下楼不安全，维修师傅请打{NUMBER}，身份证420106198501010011。"
WITH_ALL = f"我叫{SECRET['name']}，电话{SECRET['phone']}，身份证{SECRET['identity']}，楼下饭店油烟直排。"


@dataclass(frozen=True)
class Planted:
    """Cases of three reporters, what stands over them, and the words that nobody may come across."""

    plain: Matter
    secret: Matter
    numbered: Matter
    over: Matter
    docket: Matter
    callout: Matter
    file: str

    @property
    def cases(self) -> tuple[Matter, ...]:
        return (self.plain, self.secret, self.numbered)


def spellings(of: dict[str, str]) -> set[str]:
    phone = of["phone"]
    return {*of.values(), f"{phone[:3]} {phone[3:7]} {phone[7:]}", f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"} - {
        of.get("address", "")
    } | ({of["address"], of["address"][5:]} if "address" in of else set())


def forbidden(actor: Actor | None) -> set[str]:
    """What this reader may come across nowhere."""
    words = spellings(OPEN)
    if actor is None or not actor.may("cases.view_confidential"):
        words |= spellings(SECRET)
    if actor is None or not actor.may("cases.view_contact") or actor.role.deidentified:
        words |= {NUMBER, "420106198501010011"}
    return words


@pytest.fixture
def planted(district: District, settings: object) -> Planted:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]
    call_taker = district.actor("call_taker")
    photo = accept(SimpleUploadedFile("说明.txt", "楼道照片说明".encode()), uploader=uploader(call_taker))
    plain = receive(district, reporter=OPEN, attachments=[str(photo.pk)])
    advance(district, plain, "handling")
    secret = receive(district, reporter=SECRET, text=WITH_ALL, title=f"{SECRET['name']}反映油烟", confidential=True)
    advance(district, secret, "dispatched")
    numbered = receive(district, reporter=TELLS, text=WITH_NUMBER, title=f"楼道灯不亮，请打{NUMBER}")
    advance(district, numbered, "handling")
    numbers = [matter.number for matter in (plain, secret, numbered)]
    over = supervision.issue(district, matters=numbers)
    docket = dockets.draft(district, plain, secret, numbered)
    callout = callouts.call(district, title=f"楼道灯不亮，请打{NUMBER}", text=WITH_NUMBER, numbers=[plain.number])
    outbox.drain()
    settled()
    return Planted(plain, secret, numbered, over, docket, callout, str(photo.pk))


def text_of(answer: HttpResponse) -> str:
    """Everything that a page or a file says; sheets and documents are opened."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [archive.read(name).decode(errors="ignore") for name in archive.namelist()]
        return re.sub(r"<[^>]+>", "", "\n".join(parts))
    return unescape(content.decode(errors="ignore"))


def addresses(planted: Planted) -> Iterator[list[str]]:
    """Every page, with what was planted filled in wherever it asks for a thing; those of one pattern together."""
    (response,) = callouts.responses(planted.callout)
    of_room = {
        "supervisions": [(planted.over, "acknowledge")],
        "dockets": [(planted.docket, "open")],
        "callouts/responses": [(response, "respond")],
        "callouts": [(planted.callout, "add_units")],
    }
    of_cases = [(planted.plain, "propose"), (planted.secret, "contact"), (planted.numbered, "contact")]
    for pattern, _ in ruled():
        things = next((of_room[room] for room in of_room if f"/{room}/" in f"/{pattern}"), of_cases)
        found = []
        for matter, step in things:
            values = {"number:number": matter.number, "str:number": matter.number, "uuid:pk": planted.file}
            values |= {"int:pk": "1", "slug:key": step if "steps/" in pattern else "cases.overdue", "slug:name": "none"}
            values |= {"str:key": "dispatch", "str:code": "URBAN", "uuid:key": planted.file, "slug:code": "PK000001"}
            found.append(re.sub(r"<([a-z]+:[a-z]+)>", lambda asked: values[asked[1]], f"/{pattern}"))  # noqa: B023
        yield list(dict.fromkeys(found))
    queries = ("queue=all", "q=饭店", "q=路灯", "q=维修", "columns=address,text,reporter")
    yield [f"/desk/cases/?{query}" for query in queries]
    yield [f"/desk/cases/?q={matter.number}" for matter in planted.cases]
    yield [
        "/desk/callouts/?list=all",
        "/desk/callouts/responses/?list=waiting",
        "/desk/callouts/export/calls/?list=all",
    ]
    yield [f"/desk/search/?q={word}" for word in ("饭店", "楼道", planted.secret.number)]


@pytest.mark.parametrize("role", [role for role in (*ROLES, "visitor") if role != "integrator"])
def test_no_page_tells_who_it_was(
    district: District, planted: Planted, role: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[str] = []
    monkeypatch.setattr(live, "publish", lambda channels: published.extend(channels))
    client, actor = Client(), None
    if role != "visitor":
        client.force_login(district.users[role])
        actor = district.actor(role)
    words = forbidden(actor)
    told: list[str] = []
    opened, reads_numbers = 0, False
    with caplog.at_level(logging.INFO):
        for page in addresses(planted):
            for address in page:
                answer = client.get(address)
                said = text_of(answer)
                opened += answer.status_code == 200
                reads_numbers |= NUMBER in said
                told += [f"{address} ({answer.status_code}): {word}" for word in words if word in said]
                if answer.status_code in (302, 403):
                    break  # nor is it open for another one
    assert told == []
    assert opened > 3
    if role in ("call_taker", "handler"):
        assert reads_numbers, (
            "who may phone reads an appeal as it is: had it been masked here, this walk would prove nothing"
        )
    for line in lines(caplog.records):
        assert not [word for word in (*spellings(OPEN), *spellings(SECRET), NUMBER) if word in line], line
    assert not [channel for channel in published for word in words if word in channel]


def lines(records: list[logging.LogRecord]) -> Iterator[str]:
    """As they leave the process."""
    for record in records:
        if not record.name.startswith("django.db"):  # statements are never logged outside of debugging
            yield TextFormatter().format(record)
            yield ObjectFormatter().format(record)


def test_a_resident_reads_the_own_words_and_nobody_else_s(district: District, planted: Planted) -> None:
    resident = district.users["resident"]
    own = receive(district, by=district.actor("resident"), text="家门口路灯不亮，我叫周晓兰。", reporter=None)
    client = Client()
    client.force_login(resident)
    page = text_of(client.get(f"/follow/{own.number}/"))
    assert "路灯不亮" in page
    for matter in planted.cases:
        assert client.get(f"/follow/{matter.number}/").status_code in (302, 404)


def test_the_reveal_tells_after_a_purpose_was_stated(district: District, planted: Planted) -> None:
    client = Client()
    client.force_login(district.users["handler"])
    address = f"/desk/cases/{planted.plain.number}/contact/"
    assert OPEN["phone"] not in text_of(client.get(address))
    assert OPEN["phone"] not in text_of(client.post(address, {}))
    assert OPEN["phone"] in text_of(client.post(address, {"purpose": "办前沟通", "words": ""}, follow=True))
    refused = client.post(
        f"/desk/cases/{planted.secret.number}/contact/", {"purpose": "办前沟通", "words": ""}, follow=True
    )
    assert not [word for word in spellings(SECRET) if word in text_of(refused)]


# --- what is taken out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["dispatcher", "supervisor", "analyst", "leader"])
def test_no_export_tells_who_it_was(district: District, planted: Planted, role: str) -> None:
    client = Client()
    client.force_login(district.users[role])
    everything = ",".join(column.key for column in exporting.columns_of(exporting.FOR_EXPORT))
    answer = client.post("/desk/cases/export/", {"queue": "", "query": "", "columns": everything})
    if not district.actor(role).may("cases.export"):
        assert answer.status_code == 403
        return
    said = text_of(answer)
    assert planted.secret.number in said
    every = {*spellings(OPEN), *spellings(SECRET), NUMBER, "420106198501010011"}
    assert [word for word in every if word in said] == []
    boxes = [f"{matter.number}.{Matter.objects.get(pk=matter.pk).version}" for matter in planted.cases]
    said = text_of(client.post("/desk/cases/bulk/", {"act": "export", "case": boxes, "columns": everything}))
    assert planted.secret.number in said
    assert [word for word in every if word in said] == []
    assert ExportRun.objects.count() == 2


def test_the_command_s_export_tells_nothing_either(planted: Planted, tmp_path: object) -> None:
    from pathlib import Path

    sheet = Path(str(tmp_path)) / "x.csv"
    exporting.export_cases(sheet)
    said = sheet.read_text("utf-8-sig")
    assert planted.secret.number in said
    every = {*spellings(OPEN), *spellings(SECRET), NUMBER, "420106198501010011"}
    assert [word for word in every if word in said] == []


def test_no_operation_of_the_api_tells_who_it_was(district: District, planted: Planted) -> None:
    asking = program()
    document = json.loads(asking.get("/openapi.json").content)
    told, opened = [], 0
    for path, operations in document["paths"].items():
        if "get" not in operations:
            continue
        for matter in planted.cases:
            address = path.removeprefix("/api/v1").replace("{number}", matter.number)
            address = re.sub(r"\{[^}]+\}", planted.file, address)
            answer = asking._client.get(f"/api/v1{address}", headers={"Authorization": f"Bearer {asking.key}"})
            opened += answer.status_code == 200
            said = text_of(answer)
            every = {*spellings(OPEN), *spellings(SECRET), NUMBER, "420106198501010011"}
            told += [f"{address}: {word}" for word in every if word in said]
    assert told == []
    assert opened > 5


# --- what is kept and sent -------------------------------------------------------------------------------------------


def test_beside_the_words_nothing_is_kept_plain(district: District, planted: Planted) -> None:
    """Messages, events, jobs, logs, ledger lines: an appeal's own words and the titles made of them are the only place
    where numbers may stand, and of a confidential one not even the title tells."""
    words = {*spellings(OPEN), *spellings(SECRET), NUMBER}
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            found |= {(table, word) for (row,) in cursor.fetchall() for word in words if word in row}
    in_words = {(table, word) for table, word in found if table == "matters_words"}
    assert {word for _, word in in_words} == {SECRET["name"], SECRET["phone"], SECRET["identity"], NUMBER}
    assert found - in_words == {("matters_matter", NUMBER)}
    assert Message.objects.exists()


def test_files_are_only_for_those_who_may_see_the_matter(district: District, planted: Planted) -> None:
    assert Attachment.objects.filter(file=planted.file).exists()
    stranger = Client()
    assert stranger.get(f"/desk/files/{planted.file}/").status_code == 302
    stranger.force_login(district.users["handler2"])
    assert stranger.get(f"/desk/files/{planted.file}/").status_code in (403, 404)


def test_somebody_else_of_the_same_name_learns_nothing(district: District, planted: Planted) -> None:
    contact = remember(Person(OPEN["name"], "13100001111"))
    user = User.objects.create(username="namesake", kind="resident", contact_id=contact, created_at=timezone.now())
    client = Client()
    client.force_login(user)
    assert planted.plain.number not in text_of(client.get("/mine/"))
