"""Alibaba Cloud SMS (and what is compatible with it): SendSms, QuerySendDetails, SmsReport, SmsUp of 2017-05-25.

Requests are signed by ACS3-HMAC-SHA256: everything that is sent is in the signature, the secret is not sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils import timezone

from huying.gateways.http import Answer
from huying.gateways.sms.platform import UNREADABLE, NotJoined, Reply, asked, client, sent
from huying.matters.channels import Envelope, Outcome, Verdict
from huying.matters.receipts import Receipt

VERSION = "2017-05-25"
ENDPOINT = "https://dysmsapi.aliyuncs.com"
ALGORITHM = "ACS3-HMAC-SHA256"
MOST_CHARACTERS = 35  # of one variable of a template
# Not taken because of the moment or of our account, and taken once that is mended. Whatever begins with isp. is the
# platform's own trouble: nobody can tell.
LATER = frozenset(
    {"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE"}
)
WAITING, NOT_ARRIVED, ARRIVED = "1", "2", "3"  # SendStatus


@dataclass(frozen=True, slots=True)
class Aliyun:
    key: str
    secret: str = field(repr=False)
    sign: str
    endpoint: str = ENDPOINT
    name: str = "阿里云短信"
    coded: bool = True
    asks: bool = True

    @classmethod
    def set_up(cls) -> Aliyun:
        missing = [
            words
            for words, value in (
                ("HUYING_SMS_KEY", settings.SMS_KEY),
                ("HUYING_SMS_SECRET", settings.SMS_SECRET),
                ("HUYING_SMS_SIGN", settings.SMS_SIGN),
            )
            if not value
        ]
        if missing:
            raise NotJoined(f"短信平台的设置不全，还缺 {'、'.join(missing)}。")
        endpoint = settings.SMS_URL or ENDPOINT
        return cls(settings.SMS_KEY, settings.SMS_SECRET, settings.SMS_SIGN, endpoint.rstrip("/"))

    def send(self, envelope: Envelope, code: str) -> Outcome:
        query = {
            "PhoneNumbers": envelope.phone,
            "SignName": self.sign,
            "TemplateCode": code,
            "TemplateParam": json.dumps(
                {name: shortened(value) for name, value in envelope.words.items()}, ensure_ascii=False
            ),
            "OutId": str(envelope.id),
        }
        return sent(lambda: self._post("SendSms", query), _sent)

    def ask(self, envelope: Envelope) -> Outcome:
        query = {
            "PhoneNumber": envelope.phone,
            "SendDate": f"{timezone.localtime(envelope.sent_at):%Y%m%d}",
            "PageSize": "50",
            "CurrentPage": "1",
        }
        if envelope.external_id:
            query["BizId"] = envelope.external_id
        return asked(lambda: self._post("QuerySendDetails", query), lambda answer: _found(answer, envelope), envelope)

    def receipts(self, told: object) -> Sequence[Receipt]:
        if not isinstance(told, list):
            raise ValueError("a list is expected")
        found: list[Receipt] = []
        for one in told:
            if not isinstance(one, dict) or not isinstance(one.get("success"), bool):
                raise ValueError("a receipt lacks what makes it one")
            words = str(one.get("err_msg") or one.get("err_code") or "")
            out = str(one.get("out_id") or "")
            own = int(out) if out.isascii() and out.isdigit() and len(out) < 19 else None
            found.append(Receipt(one["success"], own, str(one.get("biz_id") or ""), words))
        return found

    def replies(self, told: object) -> Sequence[Reply]:
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
            raise ValueError("a list is expected")
        return [Reply(str(one.get("phone_number") or ""), str(one.get("content") or "")) for one in told]

    def _post(self, action: str, query: Mapping[str, str]) -> Answer:
        nonce, at = secrets.token_hex(16), datetime.now(UTC)
        headers, written = signed(self.endpoint, action, query, key=self.key, secret=self.secret, nonce=nonce, at=at)
        return client().request("POST", f"{self.endpoint}/?{written}", headers, b"")


def shortened(value: str) -> str:
    """A variable that is longer refuses the whole message."""
    return value if len(value) <= MOST_CHARACTERS else value[: MOST_CHARACTERS - 1] + "…"


def signed(
    endpoint: str,
    action: str,
    query: Mapping[str, str],
    *,
    key: str,
    secret: str,
    nonce: str,
    at: datetime,
    version: str = VERSION,
) -> tuple[dict[str, str], str]:
    """The headers of a request with an empty body, and its query as it was signed."""
    nothing = hashlib.sha256(b"").hexdigest()
    written = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(query.items()))
    headers = {
        "host": urlsplit(endpoint).netloc,
        "x-acs-action": action,
        "x-acs-content-sha256": nothing,
        "x-acs-date": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    listed = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = f"POST\n/\n{written}\n{listed}\n{names}\n{nothing}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = f"{ALGORITHM} Credential={key},SignedHeaders={names},Signature={signature}"
    return headers, written


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _parsed(answer: Answer) -> dict[str, Any]:
    found = json.loads(answer.body)
    if not isinstance(found, dict) or not isinstance(found.get("Code"), str):
        raise ValueError("no answer of this interface")
    return found


def _sent(answer: Answer) -> Outcome:
    try:
        found = _parsed(answer)
    except (ValueError, RecursionError):
        return Outcome(Verdict.UNKNOWN, problem=UNREADABLE)
    code, words = found["Code"], str(found.get("Message") or "")
    if code == "OK":
        return Outcome(Verdict.SENT, str(found.get("BizId") or ""))
    problem = f"短信平台没有发：{words or code}（{code}）"
    if code in LATER or code.startswith(("Throttling", "SignatureNonceUsed", "InvalidAccessKeyId", "Forbidden")):
        return Outcome(Verdict.RETRY, problem=problem)
    if code.startswith(("isp.", "ServiceUnavailable", "InternalError")):
        return Outcome(Verdict.UNKNOWN, problem=problem)
    return Outcome(Verdict.FAILED, problem=problem)


def _found(answer: Answer, envelope: Envelope) -> Outcome:
    found = _parsed(answer)
    details = found.get("SmsSendDetailDTOs")
    rows = details.get("SmsSendDetailDTO") if isinstance(details, dict) else None
    own = [row for row in rows or [] if isinstance(row, dict) and str(row.get("OutId")) == str(envelope.id)]
    stays = Verdict.SENT if envelope.external_id else Verdict.UNKNOWN
    if found["Code"] != "OK" or not own:
        words = "" if envelope.external_id or found["Code"] != "OK" else "短信平台查无此条，是否发出不能确定"
        return Outcome(stays, envelope.external_id, words)
    status = {str(row.get("SendStatus")) for row in own}  # of several sends of one message one that arrived is enough
    if ARRIVED in status:
        return Outcome(Verdict.DELIVERED, envelope.external_id)
    if WAITING in status:
        return Outcome(Verdict.SENT, envelope.external_id)
    if status == {NOT_ARRIVED}:
        code = str(own[0].get("ErrCode") or "")
        return Outcome(Verdict.FAILED, envelope.external_id, f"对方没有收到（{code}）" if code else "对方没有收到")
    return Outcome(stays, envelope.external_id)
