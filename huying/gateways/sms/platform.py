"""What a platform is to the channel, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.conf import settings

from huying.gateways.http import Answer, Client, NotSent, Unclear
from huying.matters.channels import Envelope, Outcome, Verdict
from huying.matters.receipts import Receipt

UNREADABLE = "短信平台的回应读不懂，不知道有没有发出"


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody has answered to a message."""

    phone: str
    text: str


class Platform(Protocol):
    """`coded`: it sends registered templates only. `asks`: receipts can be asked for, one by one."""

    @property
    def name(self) -> str: ...

    @property
    def coded(self) -> bool: ...

    @property
    def asks(self) -> bool: ...

    def send(self, envelope: Envelope, code: str) -> Outcome: ...

    def ask(self, envelope: Envelope) -> Outcome: ...

    def receipts(self, told: object) -> Sequence[Receipt]:
        """What a callback says, of JSON that has been parsed.

        Raises:
            ValueError: it is none of this platform's.
        """
        ...

    def replies(self, told: object) -> Sequence[Reply]: ...


class NotJoined(Exception):
    """No platform is set, or not wholly; `words` say what is missing."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@cache
def _client(seconds: float) -> Client:
    return Client(seconds)


def client() -> Client:
    return _client(float(settings.SMS_SECONDS))


def platform() -> Platform:
    """
    Raises:
        NotJoined
    """
    from huying.gateways.sms import aliyun, generic

    match settings.SMS_PLATFORM:
        case "aliyun":
            return aliyun.Aliyun.set_up()
        case "generic":
            return generic.Generic.set_up()
        case _:
            raise NotJoined("没有接通短信平台。")


def sent(request: Callable[[], Answer], read: Callable[[Answer], Outcome]) -> Outcome:
    """One attempt to send: what is sure, and what is not, by how far it came."""
    try:
        answer = request()
    except NotSent as error:
        return Outcome(Verdict.RETRY, problem=f"短信平台{error}")
    except Unclear as error:
        return Outcome(Verdict.UNKNOWN, problem=f"短信平台{error}，不知道有没有发出")
    if answer.status == 429:
        return Outcome(Verdict.RETRY, problem="短信平台正忙，请慢一点")
    if answer.status in (401, 403):
        return Outcome(Verdict.RETRY, problem="短信平台不接受我们的账号或密钥")
    if answer.status >= 500:
        return Outcome(Verdict.UNKNOWN, problem=f"短信平台出错（{answer.status}），不知道有没有发出")
    return read(answer)


def asked(request: Callable[[], Answer], read: Callable[[Answer], Outcome], envelope: Envelope) -> Outcome:
    """A question never makes anything worse: without a good answer all stays as it was."""
    stays = Outcome(Verdict.SENT if envelope.external_id else Verdict.UNKNOWN, envelope.external_id)
    try:
        answer = request()
        return read(answer) if answer.status == 200 else stays
    except (NotSent, Unclear, ValueError):
        return stays
