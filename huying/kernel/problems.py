"""What a program reads when something is refused or goes wrong: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from pydantic import BaseModel, Field

from huying.kernel.errors import Refusal, TooLarge, TooMany
from huying.kernel.logs import request_id

logger = logging.getLogger("huying.api")

CONTENT_TYPE = "application/problem+json"
KINDS = "/api/v1/docs#status-"  # where each kind of problem is explained

TITLES: dict[int, str] = {
    400: "请求无法识别",
    401: "没有有效的密钥",
    403: "没有权限",
    404: "没有找到",
    405: "不支持这种方法",
    409: "与现有情况冲突",
    411: "没有说明长度",
    413: "内容太大",
    415: "内容类型不对",
    422: "内容有误",
    429: "请求太频繁",
    500: "系统出了问题",
    503: "系统暂时不可用",
    507: "存储空间不足",
}
AWAY_SECONDS = 5  # when to come back while the database is away


class BadRequest(Refusal):
    """It cannot even be read."""

    status = 400
    default_code = "bad_request"


class LengthRequired(Refusal):
    status = 411
    default_code = "length_required"


class UnsupportedType(Refusal):
    """The body is of another type than this operation reads."""

    status = 415
    default_code = "unsupported_type"


class Problem(BaseModel):
    """一次没有成功的请求。`type`、`title` 只取决于 `status`；程序按 `code` 判断，`detail` 给人看。"""

    type: str = Field(title="问题类别", description="说明这一类问题的地址")
    title: str = Field(title="问题名称")
    status: int = Field(title="状态码")
    detail: str = Field(title="说明", description="发生了什么、怎么办")
    code: str = Field(title="代码", description="固定不变，供程序判断")
    errors: dict[str, list[str]] = Field(
        default_factory=dict, title="各字段的问题", description="字段名（嵌套的用点分隔，整体的为空）到说明"
    )
    number: str | None = Field(None, title="编号", description="仅 already_received：已经受理的那一件的编号")
    request_id: str = Field(title="请求编号", description="向管理员反映时请附上")


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    *,
    fields: Mapping[str, Sequence[str]] | None = None,
    facts: Mapping[str, str] | None = None,
) -> HttpResponse:
    body: dict[str, object] = {
        "type": f"{KINDS}{status}",
        "title": TITLES.get(status, TITLES[500 if status >= 500 else 400]),
        "status": status,
        "detail": detail,
        "code": code,
        "errors": fields or {},
        **(facts or {}),
        "request_id": request_id.get(),
    }
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="huying"'
    return response


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    response = problem(
        request, refusal.status, refusal.code, refusal.message, fields=refusal.fields, facts=refusal.facts
    )
    if isinstance(refusal, TooMany) and refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer to anything that was raised. What is our own fault is logged and not shown."""
    match error:
        case Refusal():
            if error.status >= 500:
                logger.error("%s: %s", error.code, error.message)
            return refused(request, error)
        case RequestDataTooBig():
            return refused(
                request, TooLarge("内容超过了上限，没有读取，也没有保存。请分几次提交；大文件请按附件上传。")
            )
        case Http404():
            return problem(request, 404, "missing", "没有这个地址，请对照接口说明检查路径。")
        case MultiPartParserError():
            return refused(request, BadRequest("上传的内容不完整，请按 multipart/form-data 重新提交。"))
        case SuspiciousOperation() | UnreadablePostError():
            return refused(request, BadRequest("请求不完整或被改动过，请检查后重试。"))
        case OperationalError() | InterfaceError():
            logger.warning("The database is away: %s", error)
            response = problem(request, 503, "unavailable", "系统暂时不可用，没有保存，请稍后重试。")
            response.headers["Retry-After"] = str(AWAY_SECONDS)
            return response
        case _:
            logger.error("An API request failed", exc_info=error)
            return problem(
                request, 500, "internal", "系统出了问题，没有保存。请稍后重试；仍不行的，请附上请求编号告诉管理员。"
            )
