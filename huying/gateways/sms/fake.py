"""A platform of short messages on this machine, for tests and for trying out: `python -m huying.gateways.sms.fake`.

It speaks as Alibaba Cloud does (with the signature checked) and as the simplest of HTTP platforms does, and behaves as
badly as it is told to, request by request. `phones` is the truth: what has really gone to somebody's phone.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY, SECRET = "fake-key", "fake-secret"


class Act(StrEnum):
    """What it does with one request to send."""

    TAKE = "take"
    REFUSE = "refuse"  # never: a wrong number
    LATER = "later"  # not now: too many for this number
    BUSY = "busy"  # 429
    SHUT = "shut"  # 403: it does not know us
    BROKEN = "broken"  # 500, not taken
    TAKE_AND_BREAK = "take_and_break"  # 500, and taken all the same
    HTML = "html"  # 200 and a page of somebody's proxy, not taken
    TAKE_AND_HANG = "take_and_hang"  # taken, no answer in time
    TAKE_AND_DROP = "take_and_drop"  # taken, the connection is cut
    DROP = "drop"  # the connection is cut, not taken
    LIE = "lie"  # “sent”, and the receipt says that it has not arrived
    WRONG_ID = "wrong_id"  # taken, under an id that it does not know itself


ARRIVED = frozenset({Act.TAKE, Act.TAKE_AND_BREAK, Act.TAKE_AND_HANG, Act.TAKE_AND_DROP, Act.WRONG_ID})


@dataclass(slots=True)
class Taken:
    """A message that it has let in. `arrived`: it reached the phone."""

    own_id: str
    id: str
    phone: str
    words: str
    arrived: bool


@dataclass(slots=True)
class Fake:
    url: str = ""
    acts: list[Act] = field(default_factory=list)  # of the next requests to send; then `usual`
    usual: Act = Act.TAKE
    answers: bool = True  # questions
    hang_seconds: float = 30.0
    seen: list[str] = field(default_factory=list)  # our ids, of every request to send
    asked: list[str] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def phones(self) -> list[str]:
        """Our ids of what reached a phone, as often as it did."""
        return [one.own_id for one in self.taken if one.arrived]

    def take(self, own_id: str, phone: str, words: str) -> tuple[Act, str]:
        with self._lock:
            act = self.acts.pop(0) if self.acts else self.usual
            self.seen.append(own_id)
            number = f"biz-{next(self._ids)}"
            if act in ARRIVED or act is Act.LIE:
                self.taken.append(Taken(own_id, number, phone, words, act is not Act.LIE))
            return act, f"wrong-{number}" if act is Act.WRONG_ID else number

    def of(self, own_id: str, number: str) -> list[Taken]:
        with self._lock:
            self.asked.append(own_id)
            return [t for t in self.taken if (t.id == number if number else t.own_id == own_id)]

    def receipts(self, *, twice: bool = False) -> list[dict[str, object]]:
        """What it would push about all that it let in, in Alibaba Cloud's form."""
        told: list[dict[str, object]] = [
            {
                "phone_number": one.phone,
                "send_time": "2026-11-23 10:00:00",
                "report_time": "2026-11-23 10:00:05",
                "success": one.arrived,
                "err_code": "DELIVERED" if one.arrived else "MK:0012",
                "err_msg": "用户接收成功" if one.arrived else "空号",
                "sms_size": "1",
                "biz_id": one.id,
                "out_id": one.own_id,
            }
            for one in self.taken
        ]
        return [row for row in told for _ in range(2)] if twice else told

    def stop(self) -> None:
        self._over.set()

    def wait(self) -> None:
        self._over.wait(self.hang_seconds)


def mapping(url: str) -> dict[str, Any]:
    """How its simple side is spoken to: an example of `HUYING_SMS_MAPPING`."""
    return {
        "name": "试用短信平台",
        "send": {
            "url": f"{url}/send",
            "headers": {"Authorization": "Bearer {secret}"},
            "fields": {"mobile": "{phone}", "content": "{text}", "ref": "{id}"},
            "success": {"field": "code", "values": ["0"]},
            "refused": {"field": "code", "values": ["1001"]},
            "id": "data.msgid",
            "problem": "msg",
        },
        "ask": {
            "method": "GET",
            "url": f"{url}/report",
            "headers": {"Authorization": "Bearer {secret}"},
            "format": "query",
            "fields": {"ref": "{id}", "msgid": "{external_id}"},
            "found": "data",
            "delivered": {"field": "status", "values": ["DELIVRD"]},
            "failed": {"field": "status", "values": ["UNDELIV", "REJECTD"]},
            "waiting": {"field": "status", "values": ["ACCEPTD"]},
            "problem": "reason",
        },
        "receipt": {
            "id": "out_id",
            "external_id": "biz_id",
            "delivered": {"field": "success", "values": ["true"]},
            "failed": {"field": "success", "values": ["false"]},
            "problem": "err_msg",
        },
        "reply": {"phone": "phone_number", "text": "content"},
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one segment: in two, the second would wait for the first's confirmation
    disable_nagle_algorithm = True
    fake: Fake

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:
        """Numbers of phones stand in its addresses."""

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        with suppress(BrokenPipeError, ConnectionResetError):
            if action := self.headers.get("x-acs-action"):
                self._aliyun(action, parts.query, query)
            elif parts.path == "/send":
                self._send(json.loads(body))
            elif parts.path == "/report":
                self._report(query)
            else:
                self._answer(404, {"code": 404})

    # -- as Alibaba Cloud

    def _aliyun(self, action: str, written: str, query: dict[str, str]) -> None:
        if not self._is_signed(written):
            self._answer(400, {"Code": "SignatureDoesNotMatch", "Message": "签名不对"})
        elif action == "SendSms":
            act, number = self.fake.take(query["OutId"], query["PhoneNumbers"], query.get("TemplateParam", ""))
            refusals = {
                Act.REFUSE: ("isv.MOBILE_NUMBER_ILLEGAL", "号码不合法"),
                Act.LATER: ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控"),
            }
            if act in refusals:
                code, words = refusals[act]
                self._answer(200, {"Code": code, "Message": words, "RequestId": "x"})
            elif not self._misbehaves(act):
                self._answer(200, {"Code": "OK", "Message": "OK", "BizId": number, "RequestId": "x"})
        elif action == "QuerySendDetails" and self.fake.answers:
            own = self.fake.of("", query["BizId"]) if "BizId" in query else list(self.fake.taken)
            rows = [
                {
                    "PhoneNum": one.phone,
                    "SendStatus": 3 if one.arrived else 2,
                    "ErrCode": "DELIVERED" if one.arrived else "MK:0012",
                    "OutId": one.own_id,
                }
                for one in own
                if one.phone == query["PhoneNumber"]
            ]
            found = {"SmsSendDetailDTO": rows}
            self._answer(200, {"Code": "OK", "Message": "OK", "TotalCount": len(rows), "SmsSendDetailDTOs": found})
        else:
            self._answer(500, {"Code": "isp.SYSTEM_ERROR", "Message": "系统错误"})

    def _is_signed(self, written: str) -> bool:
        """Worked out anew from what has come in, by the published rules."""
        said = self.headers.get("Authorization", "")
        algorithm, _, rest = said.partition(" ")
        parts = dict(part.partition("=")[::2] for part in rest.split(","))
        names = parts.get("SignedHeaders", "").split(";")
        lines = "".join(f"{name}:{self.headers.get(name, '')}\n" for name in names)
        digest = self.headers.get("x-acs-content-sha256", "")
        canonical = "\n".join(["POST", "/", written, lines, ";".join(names), digest])
        to_sign = f"{algorithm}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        wanted = hmac.new(SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        return parts.get("Credential") == KEY and hmac.compare_digest(wanted, parts.get("Signature", ""))

    # -- as a simple platform

    def _send(self, told: dict[str, str]) -> None:
        if self.headers.get("Authorization") != f"Bearer {SECRET}":
            self._answer(403, {"code": 403, "msg": "密钥不对"})
            return
        act, number = self.fake.take(told["ref"], told["mobile"], told["content"])
        if act is Act.REFUSE:
            self._answer(200, {"code": 1001, "msg": "号码不合法"})
        elif act is Act.LATER:
            self._answer(200, {"code": 1002, "msg": "发得太快"})
        elif not self._misbehaves(act):
            self._answer(200, {"code": 0, "msg": "成功", "data": {"msgid": number}})

    def _report(self, query: dict[str, str]) -> None:
        if not self.fake.answers:
            self._answer(500, {"code": 500})
            return
        found = self.fake.of(query.get("ref", ""), query.get("msgid", ""))
        rows = [{"status": "DELIVRD" if t.arrived else "UNDELIV", "reason": "空号"} for t in found]
        self._answer(200, {"code": 0, "data": rows})

    # -- as bad ones

    def _misbehaves(self, act: Act) -> bool:
        match act:
            case Act.BUSY:
                self._answer(429, {"code": 429, "msg": "请求过多"})
            case Act.SHUT:
                self._answer(403, {"code": 403, "msg": "密钥已停用"})
            case Act.BROKEN | Act.TAKE_AND_BREAK:
                self._answer(500, {"code": 500})
            case Act.HTML:
                self._answer(200, "<html><body>请登录网络</body></html>", "text/html")
            case Act.TAKE_AND_HANG:
                self.fake.wait()
                self.close_connection = True
            case Act.TAKE_AND_DROP | Act.DROP:
                self.close_connection = True
            case _:
                return False
        return True

    def _answer(self, status: int, told: object, kind: str = "application/json") -> None:
        body = (told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients go away in the middle; that is what it is for."""


@contextmanager
def running(port: int = 0) -> Iterator[Fake]:
    fake = Fake()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = _Server(("127.0.0.1", port), handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.stop()
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--act", type=Act, default=Act.TAKE, help="、".join(Act))
    options = parser.parse_args()
    with running(options.port) as fake:
        fake.usual = options.act
        print(f"试用短信平台在 {fake.url}，账号 {KEY}，密钥 {SECRET}；Ctrl+C 结束。")
        with suppress(KeyboardInterrupt):
            told = 0
            while True:
                for one in fake.taken[told:]:
                    print(f"收到第 {one.own_id} 条，{'已送达' if one.arrived else '没有送达'}：{one.words}")
                told = len(fake.taken)
                time.sleep(0.5)


if __name__ == "__main__":
    main()
