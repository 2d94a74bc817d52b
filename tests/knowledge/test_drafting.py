"""Drafts of a drafting service: one that answers, fails, dawdles or talks nonsense; nobody's data leave; a person
says that it is right."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from huying.kernel.errors import Conflict
from huying.knowledge.drafting import asking
from huying.knowledge.drafting.endpoint import DraftingFailed, Question, answer
from huying.knowledge.drafting.masking import masked
from huying.knowledge.models import MachineDraft
from huying.matters.models import LedgerLine, Matter
from tests.cases.desk import at_desk, text_of
from tests.cases.test_reply_check import result, seen, url
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

DRAFT = "您好！您反映的徐东大街水岸星城小区门口路灯不亮的问题收悉。我们当天换好三盏路灯的灯头，现在路灯已经恢复照明。"


class FakeModel:
    """What it says next, and what it was asked. It is as slow as `delay` says, between `pieces` as well."""

    def __init__(self) -> None:
        self.status, self.body, self.delay, self.pieces = 200, self.said(DRAFT), 0.0, 1
        self.drops = 0  # headers, one after each delay
        self.asked: list[dict[str, object]] = []
        self.keys: list[str] = []

    @staticmethod
    def said(text: object) -> bytes:
        return json.dumps({"choices": [{"message": {"content": text}}]}).encode()


@pytest.fixture
def model(settings: Settings) -> Iterator[FakeModel]:
    fake = FakeModel()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fake.asked.append(json.loads(body) | {"path": self.path})
            fake.keys.append(self.headers.get("Authorization", ""))
            time.sleep(fake.delay)
            try:
                for drop in range(fake.drops):
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n" if not drop else b"X-Drop: 1\r\n")
                    self.wfile.flush()
                    time.sleep(fake.delay)
            except OSError:
                return
            self.send_response(fake.status)
            self.send_header("Content-Length", str(len(fake.body)))
            self.end_headers()
            size = -(-len(fake.body) // fake.pieces)
            try:
                for start in range(0, len(fake.body), size):
                    self.wfile.write(fake.body[start : start + size])
                    self.wfile.flush()
                    time.sleep(fake.delay)
            except OSError:
                pass  # the other side has given up

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.DRAFTING_URL = f"http://127.0.0.1:{server.server_port}/v1"
    settings.DRAFTING_KEY, settings.DRAFTING_MODEL, settings.DRAFTING_SECONDS = "sk-test", "small", 1
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


def handling(district: District, **values: object) -> Matter:
    return advance(district, receive(district, **values), "handling")


def written(district: District, matter: Matter) -> MachineDraft:
    """A draft asked for and written, as the worker does it."""
    draft = asking.ask(matter.pk, district.users["handler"].pk, MachineDraft.Kind.REPLY, "来件：路灯不亮")
    asking.write(draft.pk)
    draft.refresh_from_db()
    return draft


def test_it_is_asked_as_the_service_wants_it(model: FakeModel) -> None:
    assert answer(Question("你替单位起草", "路灯不亮")) == DRAFT
    [asked] = model.asked
    assert (asked["path"], asked["model"], model.keys) == ("/v1/chat/completions", "small", ["Bearer sk-test"])


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, b"", "没有正常回应（500）"),
        (302, b"", "没有正常回应（302）"),
        (401, b"", "密钥"),
        (429, b"", "额度"),
        (200, b"<html>", "读不懂"),
        (200, b"[1]", "读不懂"),
        (200, FakeModel.said("长" * 100_000), "太长"),
        (200, FakeModel.said(None), "没有写出内容"),
        (200, FakeModel.said("  \n"), "没有写出内容"),
        (200, b"x" * 300_000, "太长"),
    ],
)
def test_failure_is_told_in_words_and_never_tried_again(model: FakeModel, status: int, body: bytes, words: str) -> None:
    model.status, model.body = status, body
    with pytest.raises(DraftingFailed, match=words):
        answer(Question("", ""))
    assert len(model.asked) == 1


@pytest.mark.parametrize(("delay", "pieces"), [(1.5, 1), (0.3, 8)])
def test_a_slow_service_is_not_waited_for(model: FakeModel, delay: float, pieces: int) -> None:
    model.delay, model.pieces = delay, pieces
    start = time.monotonic()
    with pytest.raises(DraftingFailed, match="1 秒内没有写完"):
        answer(Question("", ""))
    assert time.monotonic() - start < 1.8


def test_headers_that_come_drop_by_drop_are_not_waited_for(model: FakeModel) -> None:
    model.delay, model.drops = 0.3, 20
    began = time.monotonic()
    with pytest.raises(DraftingFailed, match="1 秒内没有写完"):
        answer(Question("起草", "路灯不亮"))
    assert time.monotonic() - began < 3


def test_nobody_is_told_of() -> None:
    text = "我叫王秀英，住3栋2单元501室，电话13971112222，身份证420106199001011234，车牌鄂A12345，请找李建国师傅。"
    left = masked(text, lambda said: said.replace("王秀英", "某某"))
    for data in ("王秀英", "501", "13971112222", "199001011234", "A12345", "建国"):
        assert data not in left, data


def test_it_cannot_be_seen_while_it_is_off(district: District) -> None:
    matter = handling(district)
    client = at_desk(district, "handler")
    page = text_of(client.get(url(matter, "propose")))
    assert "机器起草" not in page and "ask_draft" not in page
    assert client.get(f"/desk/cases/{matter.number}/machine-draft/").status_code == 404
    with pytest.raises(Conflict, match="还没有设置"):
        asking.ask(matter.pk, district.users["handler"].pk, "reply", "")


def test_a_handler_asks_reads_uses_and_answers_for_it(
    district: District, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred: list[int] = []
    from huying.knowledge import tasks

    monkeypatch.setattr(tasks.write_draft, "defer", lambda **given: deferred.append(given["pk"]))
    matter = handling(district)
    client = at_desk(district, "handler")
    assert "请机器起草答复" in text_of(client.get(url(matter, "propose")))
    typed = {"version": matter.version, **result("")}
    page = text_of(client.post(url(matter, "propose"), typed | {"ask_draft": "reply"}))
    assert "正在起草" in page and "当日更换灯头三盏" in page  # what was typed stays
    assert model.asked == []  # not in the request
    asking.write(deferred[0])
    sent = str(model.asked[0]["messages"])
    assert "王秀英" not in sent and "13971112222" not in sent and "路灯坏了三天" in sent and "更换灯头三盏" in sent
    panel = text_of(client.get(f"/desk/cases/{matter.number}/machine-draft/"))
    assert "机器起草，须人工核对" in panel and DRAFT in panel
    draft = MachineDraft.objects.get()
    page = text_of(client.post(url(matter, "propose"), typed | {"use_draft": str(draft.pk)}))
    assert DRAFT in re.sub(r"(?s)<section.*?</section>", "", page) and "须人工核对" in page
    stopped = text_of(client.post(url(matter, "propose"), typed | {"public_reply": DRAFT}))
    assert "一字不差" in stopped and "已核对，提交办理结果" in stopped
    client.post(url(matter, "propose"), typed | {"public_reply": DRAFT, "reply_seen": seen(stopped)})
    facts = json.loads(LedgerLine.objects.get(matter=matter, step="propose").facts)
    assert facts["machine_draft"] == "accepted"


def test_what_a_person_has_changed_is_recorded_as_that(district: District, model: FakeModel) -> None:
    matter = handling(district)
    assert written(district, matter).state == MachineDraft.State.DONE
    reply = DRAFT.replace("现在路灯已经恢复照明", "今晚请您再看看亮不亮")
    client = at_desk(district, "handler")
    client.post(url(matter, "propose"), {"version": matter.version, **result(reply)})
    facts = json.loads(LedgerLine.objects.get(matter=matter, step="propose").facts)
    assert facts["machine_draft"] == "edited"


def test_what_a_person_writes_himself_is_no_draft_of_a_machine(district: District, model: FakeModel) -> None:
    matter, user = handling(district), district.users["handler"].pk
    model.body = FakeModel.said("您好！您反映的问题已收悉。经核实，我们已经到场查看。感谢您对我们工作的支持。")
    assert written(district, matter).state == MachineDraft.State.DONE
    own = "您好！您反映的问题已收悉。今天上午换了灯头，路灯重新亮了。感谢您对我们工作的支持。"
    assert asking.use_of(own, matter.pk, user) is None


def test_a_draft_that_failed_says_why_and_a_killed_worker_costs_nothing_twice(
    district: District, model: FakeModel
) -> None:
    matter = handling(district)
    model.status = 429
    failed = written(district, matter)
    assert (failed.state, failed.problem) == ("failed", "大模型服务正忙，或者额度已用完。")
    panel = text_of(at_desk(district, "handler").get(f"/desk/cases/{matter.number}/machine-draft/"))
    assert "没有写成" in panel and "额度已用完" in panel
    again = asking.ask(matter.pk, district.users["handler"].pk, MachineDraft.Kind.REPLY, "")
    MachineDraft.objects.filter(pk=again.pk).update(started_at=timezone.now())
    asked = len(model.asked)
    asking.write(again.pk)
    again.refresh_from_db()
    assert again.state == "failed" and len(model.asked) == asked


def test_limits_bound_what_it_costs(district: District, model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    matter, user = handling(district), district.users["handler"].pk
    asking.ask(matter.pk, user, MachineDraft.Kind.REPLY, "")
    with pytest.raises(Conflict, match="还在起草"):
        asking.ask(matter.pk, user, MachineDraft.Kind.REPLY, "")
    monkeypatch.setattr(type(asking.HOURLY), "value", property(lambda self: 1))
    with pytest.raises(Conflict, match="一小时内"):
        asking.ask(matter.pk, user, MachineDraft.Kind.SUMMARY, "")
    with pytest.raises(Conflict, match="全区今天"):
        asking.ask(matter.pk, district.users["chief"].pk, MachineDraft.Kind.SUMMARY, "")


def test_what_nobody_writes_any_more_has_failed_and_old_ones_go(district: District, model: FakeModel) -> None:
    matter = handling(district)
    draft = asking.ask(matter.pk, district.users["handler"].pk, MachineDraft.Kind.REPLY, "")
    asking.tidy(timezone.now() + timedelta(minutes=10))
    draft.refresh_from_db()
    assert draft.state == "failed"
    asking.tidy(timezone.now() + timedelta(days=asking.KEPT_DAYS + 1))
    assert not MachineDraft.objects.exists()


def test_a_confidential_appeal_stays_in_the_house(district: District, model: FakeModel) -> None:
    matter = handling(district)
    Matter.objects.filter(pk=matter.pk).update(confidential=True)
    page = text_of(at_desk(district, "handler").get(url(matter, "propose")))
    assert "请机器起草答复" not in page
