"""The channel that messages go through to phones, whichever the platform is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from huying.gateways.sms.codes import code_of
from huying.gateways.sms.platform import NotJoined, Platform, platform
from huying.matters.channels import Envelope, Outcome, Verdict

logger = logging.getLogger("huying.messages")

KEY = "sms"
AT_ONCE = 8  # requests


class Sms:
    """`huying.gateways.sms.channel.Sms` in `HUYING_CHANNELS`; it takes the console's place once a platform is set."""

    key = KEY
    name = "短信"
    batch = 100
    rings = True

    def __init__(self, joined: Platform | None = None) -> None:
        self._joined = joined

    @property
    def asks(self) -> bool:
        try:
            return self._platform.asks
        except NotJoined:
            return False

    @cached_property
    def _platform(self) -> Platform:
        return self._joined or platform()

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sms")

    def send(self, envelopes: Sequence[Envelope]) -> Sequence[Outcome]:
        try:
            joined = self._platform
        except NotJoined as error:
            return [Outcome(Verdict.RETRY, problem=error.words)] * len(envelopes)
        codes = [code_of(envelope.template) if joined.coded else "" for envelope in envelopes]

        def one(pair: tuple[Envelope, str]) -> Outcome:
            envelope, code = pair
            if joined.coded and not code:
                return Outcome(Verdict.FAILED, problem="这条消息还没有短信平台的模板编号")
            return _safely(lambda: joined.send(envelope, code))

        return list(self._threads.map(one, zip(envelopes, codes, strict=True)))

    def ask(self, envelopes: Sequence[Envelope]) -> Sequence[Outcome]:
        try:
            joined = self._platform
        except NotJoined as error:
            return [Outcome(Verdict.UNKNOWN, e.external_id, error.words) for e in envelopes]
        return list(self._threads.map(lambda e: _safely(lambda: joined.ask(e)), envelopes))


def _safely(work: Callable[[], Outcome]) -> Outcome:
    """A fault in one message leaves the others' outcomes known."""
    try:
        return work()
    except Exception:
        logger.exception("a message to the SMS platform failed")
        return Outcome(Verdict.UNKNOWN, problem="通道出错，结果未知")
