"""The frame of the HTTP API: how a body is read, how a refusal is said, what the OpenAPI document adds to the types.

    router = Router(tags=["诉求件"])
    @router.post("/cases", auth=Bearer("cases.receive"), response={201: Received}, …)
    def receive(request: HttpRequest, data: Annotated[Receive, JsonBody()]) -> HttpResponse: …

A program has no session, no cookie and no form: `ApiMiddleware` answers it without what pages need, and everything it
gets is JSON, whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, resolve
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as ParametersInvalid
from ninja.operation import Operation
from ninja.params.models import Body, BodyModel, File, FileModel
from pydantic import BaseModel

from huying.kernel.errors import Invalid, TooLarge, Unauthenticated
from huying.kernel.idempotency import Answer, Sending, checked_key, once
from huying.kernel.inputs import explain_details
from huying.kernel.problems import (
    CONTENT_TYPE,
    TITLES,
    BadRequest,
    LengthRequired,
    Problem,
    UnsupportedType,
    failed,
    problem,
)

PREFIX = "/api/"
JSON_TYPE = "application/json"
FILE_TYPE = "multipart/form-data"
ROOM_FOR_PARTS = 64 * 1024  # what a form with one file is longer than the file
NO_KEY = "请求没有带上有效的密钥。请在请求头写：Authorization: Bearer 密钥。"

READING = (401, 403, 404, 422, 429, 500, 503)
WRITING = (400, 401, 403, 404, 409, 411, 413, 415, 422, 429, 500, 503)

View = Callable[..., HttpResponseBase]
M = TypeVar("M", bound=BodyModel)
F = TypeVar("F", bound=FileModel)


def length_of(request: HttpRequest, content_type: str) -> int:
    """How long the body says it is.

    Raises:
        UnsupportedType, LengthRequired
    """
    if request.content_type != content_type:
        raise UnsupportedType(f"请用 Content-Type: {content_type} 提交。")
    stated = request.META.get("CONTENT_LENGTH", "")
    if not stated.isdecimal():
        raise LengthRequired("请在请求头写明 Content-Length；不接受分块传输。")
    return int(stated)


def body_of(request: HttpRequest, content_type: str) -> bytes:
    """The body. RequestDataTooBig before anything is read of one beyond the limit."""
    return request.body if length_of(request, content_type) else b""


class _OneFile(FileModel):
    @classmethod
    def resolve(cls: type[F], request: HttpRequest, api: NinjaAPI, path_params: dict[str, Any]) -> F:
        most: int = settings.MAX_ATTACHMENT_BYTES
        if length_of(request, FILE_TYPE) > most + ROOM_FOR_PARTS:
            raise TooLarge(f"文件超过 {most // 1024 // 1024} MB，没有读取，也没有保存。", code="file_too_large")
        return super().resolve(request, api, path_params)


class OneFile(File):  # type: ignore[misc]
    """Marks the one parameter that is an upload."""

    _model = _OneFile

    def __init__(self, **said: Any) -> None:
        super().__init__(..., **said)

    @classmethod
    def _param_source(cls) -> str:
        return "file"


class _JsonBody(BodyModel):
    @classmethod
    def resolve(cls: type[M], request: HttpRequest, api: NinjaAPI, path_params: dict[str, Any]) -> M:
        name: str = cls.__read_from_single_attr__
        kind = cast(type[BaseModel], cls.model_fields[name].annotation)
        # Straight from bytes to types, and strictly: a number is no text, "yes" is no boolean.
        data = kind.model_validate_json(body_of(request, JSON_TYPE) or b"{}", strict=True)
        return cast(M, cls.model_construct(None, **{name: data}))


class JsonBody(Body):  # type: ignore[misc]
    """Marks the one parameter that is read from the JSON body."""

    _model = _JsonBody

    def __init__(self) -> None:
        super().__init__(...)

    @classmethod
    def _param_source(cls) -> str:
        return "body"


def json_response(answer: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(answer.model_dump_json(), status=status, content_type=JSON_TYPE, headers=dict(headers or {}))


def answer_once(
    request: HttpRequest, who: str, work: Callable[[], Answer], body: Callable[[], bytes] | None = None
) -> HttpResponse:
    """Do the work in one transaction; under an `Idempotency-Key`, once however often the request comes.

    `body`: what tells one request from another where the bytes themselves have been read by somebody else.
    """
    given = request.headers.get("Idempotency-Key")
    key = "" if given is None else checked_key(given)
    said = (body() if body else request.body) if key else b""
    answer = once(Sending(who, request.path, key, request.META.get("QUERY_STRING", "").encode() + b"\n" + said), work)
    response = HttpResponse(answer.body, status=answer.status, content_type=JSON_TYPE, headers=answer.headers)
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


class Api(NinjaAPI):
    """NinjaAPI whose every refusal is a problem, and whose document says so."""

    def __init__(self, *, root: str, title: str, version: str, description: str) -> None:
        """`root`: the path under which its routes are included."""
        self.root = root
        # Document and page are views of ours: the document is made once, the page fetches nothing from elsewhere.
        super().__init__(title=title, version=version, description=description, openapi_url=None, docs_url=None)

    def set_default_exception_handlers(self) -> None:
        for kind in (Exception, HttpError, ParametersInvalid):
            self.add_exception_handler(kind, answer_error)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document: dict[str, Any] = self.get_openapi_schema(path_prefix=self.root)
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema(mode="serialization")
        for operations in document["paths"].values():
            for method, operation in operations.items():
                for status in (*(WRITING if method == "post" else READING), *operation.pop("x-problems", ())):
                    operation["responses"][status] = _problem_response(status)
                if permissions := operation.get("x-permissions"):  # any of them
                    (scheme,) = operation["security"][0]
                    operation["security"] = [{scheme: [permission]} for permission in permissions]
        return document

    def get_openapi_operation_id(self, operation: Any) -> str:
        return str(operation.view_func.__name__)

    def routes(self) -> Iterator[tuple[URLPattern, tuple[str, ...]]]:
        """The route of each operation, with the permissions that are asked for at this path."""
        for bound in self._get_bound_routers():
            patterns = bound.urls_paths(bound.prefix)
            for path_view in bound.path_operations.values():
                asked = [p for op in path_view.operations for p in (op.openapi_extra or {}).get("x-permissions", ())]
                known = {method: _query_names(op) for op in path_view.operations for method in op.methods}
                for _, pattern in zip(path_view.operations, patterns, strict=False):
                    pattern.callback = for_programs(_nothing_unknown(pattern.callback, known))
                    yield pattern, tuple(asked)


def _query_names(operation: Operation) -> frozenset[str]:
    return frozenset(
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    )


def _nothing_unknown(view: View, known: Mapping[str, frozenset[str]]) -> View:
    """Refuse a parameter that the operation does not have: a misspelt filter or version must not go unnoticed."""

    def checked(request: HttpRequest, **path: object) -> HttpResponseBase:
        if request.GET and (unknown := request.GET.keys() - known.get(str(request.method), request.GET.keys())):
            fields = {name: ["没有这个参数"] for name in sorted(unknown)}
            return failed(request, Invalid("有不认识的查询参数，请检查名称。", code="unknown_parameter", fields=fields))
        return view(request, **path)

    return checked


def _problem_response(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": TITLES[status], "content": {CONTENT_TYPE: {"schema": schema}}}


def answer_error(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    assert isinstance(error, Exception)
    match error:
        case ParametersInvalid():
            unreadable = next((e for e in error.errors if e["type"] == "json_invalid"), None)
            if unreadable is not None:
                return failed(request, BadRequest(f"请求正文不是有效的 JSON：{_where(unreadable)}。", code="bad_json"))
            fields = explain_details(cast(Any, error.errors), skip=1)
            return failed(request, Invalid("填写的内容有误，请按提示修改。", fields=fields))
        case AuthenticationError():
            return failed(request, Unauthenticated(NO_KEY))
        case HttpError():
            return failed(request, BadRequest("请求无法识别，请对照接口说明检查。"))
        case _:
            return failed(request, error)


def _where(error: Mapping[str, Any]) -> str:
    found = str(error.get("ctx", {}).get("error", ""))
    if "recursion limit" in found:
        return "嵌套太深"
    if "surrogate" in found or "unicode code point" in found:
        return "含有无法保存的字符"
    at = found.rpartition(" at ")[2].replace("line ", "第 ").replace(" column ", " 行第 ")
    return f"{at} 字节处读不下去" if at.startswith("第") else "读不下去"


def for_programs(view: View) -> View:
    """Mark a view whose readers are programs."""
    view.for_programs = True  # type: ignore[attr-defined]
    return view


class ApiMiddleware:
    """Answers what lies under `/api/` itself, unless it is a page for people. Stands before everything of pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        try:
            match = resolve(request.path_info)
            if not getattr(match.func, "for_programs", False):
                return self.get_response(request)
            request.resolver_match = match
            request.get_host()  # refuses a name that is not ours
            response = cast(HttpResponseBase, match.func(request, *match.args, **match.kwargs))
        except Exception as error:
            response = failed(request, error)
        if response.status_code == 405:
            response = self._not_allowed(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        if isinstance(response, HttpResponse):
            response.headers["Content-Length"] = str(len(response.content))
        return response

    @staticmethod
    def _not_allowed(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
        allowed = response.headers.get("Allow", "")
        told = problem(request, 405, "method_not_allowed", f"这个地址只支持：{allowed}。")
        told.headers["Allow"] = allowed
        return told
