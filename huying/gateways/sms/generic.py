"""Any platform of HTTP, spoken to as its mapping says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils import timezone

from huying.gateways.http import Answer
from huying.gateways.sms import mapping as reading
from huying.gateways.sms.mapping import Ask, Call, Mapping, Send
from huying.gateways.sms.platform import UNREADABLE, NotJoined, Reply, asked, client, sent
from huying.matters.channels import Envelope, Outcome, Verdict
from huying.matters.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Generic:
    mapping: Mapping
    key: str = ""
    secret: str = field(default="", repr=False)
    sign: str = ""

    @classmethod
    def set_up(cls) -> Generic:
        if not settings.SMS_MAPPING:
            raise NotJoined("短信平台的设置不全，还缺 HUYING_SMS_MAPPING。")
        try:
            said = reading.read(Path(settings.SMS_MAPPING))
        except ValueError as error:
            raise NotJoined(f"短信平台的对接说明有误：{error}。") from error
        return cls(said, settings.SMS_KEY, settings.SMS_SECRET, settings.SMS_SIGN)

    @property
    def name(self) -> str:
        return self.mapping.name

    @property
    def coded(self) -> bool:
        return self.mapping.coded

    @property
    def asks(self) -> bool:
        return self.mapping.ask is not None

    def send(self, envelope: Envelope, code: str) -> Outcome:
        call = self.mapping.send
        return sent(lambda: self._request(call, envelope, code), lambda answer: self._sent(call, answer))

    def ask(self, envelope: Envelope) -> Outcome:
        call = self.mapping.ask
        if call is None:
            return Outcome(Verdict.UNKNOWN, envelope.external_id)
        return asked(
            lambda: self._request(call, envelope, ""), lambda answer: self._found(call, answer, envelope), envelope
        )

    def receipts(self, told: object) -> Sequence[Receipt]:
        said = self.mapping.receipt
        if said is None:
            raise ValueError("receipts are not described")
        found: list[Receipt] = []
        for row in reading.rows(told, said.rows):
            delivered, failed = said.delivered.holds(row), said.failed.holds(row)
            if delivered == failed:
                continue  # a state on the way
            own = reading.text_at(row, said.id)
            number = int(own) if own.isascii() and own.isdigit() and len(own) < 19 else None
            words = reading.text_at(row, said.problem)
            found.append(Receipt(delivered, number, reading.text_at(row, said.external_id), words))
        return found

    def replies(self, told: object) -> Sequence[Reply]:
        said = self.mapping.reply
        if said is None:
            raise ValueError("replies are not described")
        return [
            Reply(reading.text_at(row, said.phone), reading.text_at(row, said.text))
            for row in reading.rows(told, said.rows)
        ]

    def _request(self, call: Call, envelope: Envelope, code: str) -> Answer:
        values = {
            "phone": envelope.phone,
            "text": f"【{self.sign}】{envelope.body}" if self.sign else envelope.body,
            "body": envelope.body,
            "sign": self.sign,
            "id": str(envelope.id),
            "external_id": envelope.external_id,
            "code": code,
            "words": json.dumps(dict(envelope.words), ensure_ascii=False),
            "day": f"{timezone.localtime(envelope.sent_at):%Y%m%d}",
            "key": self.key,
            "secret": self.secret,
        }
        fields = reading.filled(call.fields, values)
        headers = {name: reading.filled(value, values) for name, value in call.headers.items()}
        url = call.url.format(**{name: quote(value, safe="") for name, value in values.items()})
        body: bytes | None = None
        match call.format:
            case "json":
                body = json.dumps({call.wrap: [fields]} if call.wrap else fields, ensure_ascii=False).encode()
                headers.setdefault("Content-Type", "application/json; charset=utf-8")
            case "form":
                body = urlencode(fields).encode()
                headers.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
            case "query":
                url += ("&" if "?" in url else "?") + urlencode(fields)
        return client().request(call.method, url, headers, body)

    @staticmethod
    def _sent(call: Send, answer: Answer) -> Outcome:
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            return Outcome(Verdict.UNKNOWN, problem=UNREADABLE)
        if call.success.holds(found):
            return Outcome(Verdict.SENT, reading.text_at(found, call.id)[:80])
        if reading.at(found, call.success.field) is None:
            return Outcome(Verdict.UNKNOWN, problem=UNREADABLE)
        words = reading.text_at(found, call.problem)
        problem = f"短信平台没有发：{words or '没有说明原因'}"
        if call.unknown is not None and call.unknown.holds(found):
            return Outcome(Verdict.UNKNOWN, problem=problem)
        if call.refused is not None and call.refused.holds(found):
            return Outcome(Verdict.FAILED, problem=problem)
        return Outcome(Verdict.RETRY, problem=problem)

    @staticmethod
    def _found(call: Ask, answer: Answer, envelope: Envelope) -> Outcome:
        stays = Verdict.SENT if envelope.external_id else Verdict.UNKNOWN
        rows = reading.rows(json.loads(answer.body), call.found)
        if any(call.delivered.holds(row) for row in rows):
            return Outcome(Verdict.DELIVERED, envelope.external_id)
        if call.waiting is not None and any(call.waiting.holds(row) for row in rows):
            return Outcome(Verdict.SENT, envelope.external_id)
        for row in rows:
            if call.failed.holds(row):
                words = reading.text_at(row, call.problem)
                return Outcome(
                    Verdict.FAILED, envelope.external_id, f"对方没有收到：{words}" if words else "对方没有收到"
                )
        return Outcome(stays, envelope.external_id, "" if rows else "短信平台查无此条，是否发出不能确定")
