"""Error pages: what happened and what to do next, in Chinese. They need neither database nor session."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template import loader

from huying.kernel.errors import Refusal, TooMany
from huying.kernel.problems import AWAY_SECONDS, problem, refused
from huying.ui.context import Frame


@dataclass(frozen=True, slots=True)
class ErrorWords:
    title: str
    what: str  # what happened
    todo: str  # what to do next


WORDS: dict[int, ErrorWords] = {
    400: ErrorWords("这个请求看不懂", "浏览器发来的内容不完整，或者被改动过。", "请返回上一页，刷新后重新填写再提交。"),
    403: ErrorWords(
        "您的岗位不能打开这一页",
        "当前岗位没有这项权限，或者这件事不在您的范围内。",
        "有多个岗位的，请在右上角切换后再试；确需办理的，请联系管理员。",
    ),
    404: ErrorWords(
        "没有找到这一页",
        "网址可能写错了，内容可能已经移走，也可能不在您的查看范围内。",
        "请核对网址或编号，或回到首页重新查找。",
    ),
    405: ErrorWords("不能这样打开", "这个网址只接受页面上的提交。", "请返回上一页，点页面上的按钮办理。"),
    409: ErrorWords(
        "别人刚刚先办了一步", "您看到的内容已经不是最新的，没有保存。", "请刷新页面，看清现在的情况再办理。"
    ),
    413: ErrorWords("内容太大", "上传的文件或文字超过了上限，没有保存。", "请压缩图片，或分几次提交。"),
    422: ErrorWords(
        "填写的内容还不能接受", "有的内容不完整或不合要求，没有保存。", "请返回上一页，按提示修改后再提交。"
    ),
    429: ErrorWords("操作太频繁", "短时间内请求太多，系统暂时没有受理。", "请稍等几分钟再试；紧急情况请直接拨打电话。"),
    500: ErrorWords(
        "系统出了问题",
        "不是您的操作有误。刚才的内容可能没有保存。",
        "请稍后再试；仍不行的，请把下面的编号告诉管理员。",
    ),
    503: ErrorWords("系统暂时不可用", "刚才的内容没有保存。", "请过几分钟再试；紧急情况请直接拨打电话。"),
}


def error_response(request: HttpRequest, status: int, *, what: str = "", todo: str = "") -> HttpResponse:
    """The page of a status. htmx requests get a note for the corner instead of a page inside a page, programs get
    problem+json."""
    words = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    if request.path.startswith("/api/"):
        return problem(request, status, f"status_{status}", what or f"{words.what}{words.todo}")
    context: dict[str, object] = {
        "ui": Frame(request),
        "request": request,
        "status": status,
        "title": words.title,
        "what": what or words.what,
        "todo": todo or ("" if what else words.todo),
        "home_url": "/desk/" if request.path.startswith("/desk/") else "/",
        "request_id": getattr(request, "request_id", "") if status >= 500 else "",
    }
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(loader.render_to_string("ui/errors/note.html", context), status=status)
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
        response.headers["HX-Push-Url"] = "false"
        return response
    return HttpResponse(loader.render_to_string("ui/errors/page.html", context), status=status)


def refusal_response(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The domain's own sentence on the page of its status; it already says what to do next."""
    if request.path.startswith("/api/"):
        return refused(request, refusal)
    response = error_response(request, refusal.status, what=refusal.message)
    if isinstance(refusal, TooMany) and refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database is away; it comes back."""
    response = error_response(request, 503)
    response.headers["Retry-After"] = str(AWAY_SECONDS)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Also where Django sends what is larger than a request may be."""
    return error_response(request, 413 if isinstance(exception, RequestDataTooBig | TooManyFilesSent) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_response(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a page that stood open too long, or a browser that keeps no cookies."""
    return error_response(
        request,
        403,
        what="页面停留太久，或者浏览器没有保存登录凭证，刚才的提交没有受理。",
        todo="请返回上一页，刷新后重新提交。仍不行的，请在浏览器设置里允许本站保存 Cookie。",
    )
