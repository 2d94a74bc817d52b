"""Error pages: what happened and what to do next, in Chinese and in the frame of whoever reads them. Those of our own
faults need neither database nor session."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import Error as AnyDatabaseError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import loader

from huying.kernel.errors import Refusal, TooMany
from huying.kernel.problems import AWAY_SECONDS, problem, refused
from huying.ui.context import Frame
from huying.ui.shell import CITY_LINE, Phone, Reader, shell


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
        "确需办理的，请换一个岗位，或联系管理员。",
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


PLAIN_WORDS: dict[int, ErrorWords] = {
    400: ErrorWords("这一步没有成功", "手机或浏览器发来的内容不完整。", "请返回上一页，再试一次。"),
    403: ErrorWords("这一页打不开", "它是给工作人员用的，或者不是您的事。", "要反映事情、查进展，请从首页进。"),
    404: ErrorWords("没有这一页", "网址可能抄错了，也可能这一页已经没有了。", "请从首页重新找。"),
    405: ErrorWords("这一页不能直接打开", "要按前面一页上的按钮才能到这里。", "请从首页重新进来。"),
    409: ErrorWords("情况刚刚有变", "您看到的已经不是最新的，刚才填的没有保存。", "请返回上一页，看清现在的情况。"),
    413: ErrorWords("内容太大了", "照片或文件太大，没有传上来。", "请返回上一页，少选几张再提交。"),
    422: ErrorWords("还差一点", "有的地方没有填对，没有保存。", "请返回上一页，改好再提交。"),
    429: ErrorWords("按得太快了", "短时间内来得太多，刚才的没有受理。", "请等几分钟再试。"),
    500: ErrorWords("我们这里出了问题", "不是您的错。刚才填的可能没有保存。", "请过一会儿再试。"),
    503: ErrorWords("暂时用不了", "刚才填的没有保存。", "请过几分钟再试。"),
}
_FRAMES = {"staff": "ui/errors/staff.html", "resident": "ui/errors/resident.html", "": "ui/errors/page.html"}


def error_response(request: HttpRequest, status: int, *, what: str = "", todo: str = "") -> HttpResponse:
    """The page of a status in its reader's frame and words. htmx requests get a note for the corner instead of a page
    inside a page, programs get problem+json."""
    reader = _reader(request, status)
    known = PLAIN_WORDS if reader == "resident" else WORDS
    words = known.get(status, known[500 if status >= 500 else 400])
    if request.path.startswith("/api/"):
        return problem(request, status, f"status_{status}", what or f"{words.what}{words.todo}")
    said = ErrorWords(words.title, what or words.what, todo or ("" if what else words.todo))
    return _say(request, status, reader, said)


def _say(
    request: HttpRequest, status: int, reader: Reader, words: ErrorWords, again: Again | None = None
) -> HttpResponse:
    context: dict[str, object] = {
        "ui": Frame(request),
        "request": request,
        "status": status,
        "title": words.title,
        "what": words.what,
        "todo": words.todo,
        "home_url": "/desk/" if reader == "staff" or (not reader and request.path.startswith("/desk/")) else "/",
        "back_url": _came_from(request),
        "again": again,
        "request_id": getattr(request, "request_id", "") if status >= 500 else "",
    }
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(loader.render_to_string("ui/errors/note.html", context), status=status)
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
        response.headers["HX-Push-Url"] = "false"
        return response
    if reader == "resident":
        context["phone"] = _help_line(status)
    given = request if status < 500 else None  # what the request carries may be what is broken
    return HttpResponse(loader.render_to_string(_FRAMES[reader], context, given), status=status)


def _reader(request: HttpRequest, status: int) -> Reader:
    """Above 500 nothing is asked of what may be broken: whoever is not at the desk is taken for a resident."""
    inside: Reader = "" if request.path.startswith(("/desk/", "/account/")) else "resident"
    if status >= 500 or shell.reader is None or not hasattr(request, "user"):
        return inside
    try:
        return shell.reader(request) or inside
    except AnyDatabaseError:
        return inside


def _help_line(status: int) -> Phone:
    if status >= 500 or shell.help_line is None:
        return CITY_LINE
    try:
        return shell.help_line()
    except AnyDatabaseError:
        return CITY_LINE


def _came_from(request: HttpRequest) -> str:
    """The page of ours that led here, "" when there is none."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host() or (page.path == request.path and request.method == "GET"):
        return ""
    return f"{page.path}?{page.query}" if page.query else page.path


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


# --- a form whose page stood open too long -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Again:
    """A form to be sent once more by a press, with what was typed."""

    action: str
    fields: list[tuple[str, str]]
    longest: str  # of what was typed, to be read again
    lost_files: bool


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a page that stood open while somebody signed in or out, or a browser that keeps no cookies.

    What was typed is shown again and goes with one press, if it came from a page of ours. Scripts find the token that
    is good from now on in the header `X-CSRFToken`.
    """
    token = get_token(request)
    reader = _reader(request, 403)
    again = _again(request)
    if request.path.startswith("/api/"):
        response = error_response(request, 403, what="页面放久了，刚才的没有提交。", todo="请重新打开页面再提交。")
    elif "X-CSRFToken" in request.headers:
        words = ErrorWords("页面放久了", "刚才的没有提交。", "请再按一次。")
        response = _say(request, 403, reader, words)
    elif again is not None:
        response = _say(request, 403, reader, ErrorWords("请再提交一次", "页面放久了，刚才的没有提交。", ""), again)
    else:
        words = ErrorWords("请再填一次", "页面放久了，或者浏览器不让本站记东西，刚才的没有提交。", "")
        response = _say(request, 403, reader, words)
    response.headers["X-CSRFToken"] = token
    return response


def _again(request: HttpRequest) -> Again | None:
    """None for what came from a stranger's page, which must not be sent by a press on ours, and for secrets."""
    source = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    if (
        source.netloc != request.get_host()
        and f"{source.scheme}://{source.netloc}" not in settings.CSRF_TRUSTED_ORIGINS
    ):
        return None
    fields = [(name, text) for name, texts in request.POST.lists() for text in texts if name != "csrfmiddlewaretoken"]
    if any("password" in name for name, _ in fields):
        return None
    longest = max((text for _, text in fields if not text.isascii()), key=len, default="")
    return Again(request.get_full_path(), fields, longest, bool(request.FILES))
