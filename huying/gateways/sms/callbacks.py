"""Where the platform tells us what has become of messages, and what people answer to them.

Both bring the secret of `HUYING_SMS_CALLBACK_TOKEN`, as `?token=` (queries are not logged) or as a bearer token. They
answer 200 to whatever they have understood, known or not: a platform that is refused sends again for days.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from huying.gateways.sms.channel import KEY
from huying.gateways.sms.platform import NotJoined, Platform, platform
from huying.matters import receipts as taking
from huying.people.access import public

logger = logging.getLogger("huying.messages")

MOST_BYTES = 1_000_000
MOST_ROWS = 2_000


@csrf_exempt
@require_POST
@public
def receipts(request: HttpRequest) -> JsonResponse:
    def take(joined: Platform, told: object) -> int:
        return taking.receive(KEY, joined.receipts(told)[:MOST_ROWS], timezone.now())

    return _answer(request, take)


@csrf_exempt
@require_POST
@public
def replies(request: HttpRequest) -> JsonResponse:
    def take(joined: Platform, told: object) -> int:
        now = timezone.now()
        return sum(taking.hear(reply.phone, reply.text, now) for reply in joined.replies(told)[:MOST_ROWS])

    return _answer(request, take)


def _answer(request: HttpRequest, take: Callable[[Platform, object], int]) -> JsonResponse:
    if not _known(request):
        return _said(404, "没有这个页面")
    try:
        joined = platform()
    except NotJoined:
        return _said(404, "没有这个页面")
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return _said(413, "内容太长")
    try:
        taken = take(joined, json.loads(request.body))
    except (ValueError, RecursionError, TypeError) as error:
        logger.warning("A callback of the SMS platform was not understood: %s", type(error).__name__)
        return _said(400, "内容读不懂")
    logger.info("The SMS platform told %s new things", taken)
    return _said(200, "接收成功")


def _known(request: HttpRequest) -> bool:
    secret = settings.SMS_CALLBACK_TOKEN
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    given = request.GET.get("token") or bearer
    return bool(secret) and hmac.compare_digest(given.encode(), secret.encode())


def _said(status: int, words: str) -> JsonResponse:
    # code and msg: what Alibaba Cloud and many others look for in the answer
    return JsonResponse({"code": 0 if status == 200 else status, "msg": words}, status=status)
