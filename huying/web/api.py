"""The HTTP API of all rooms, under `/api/v1/`, its OpenAPI document and the page that explains it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from ninja import Router
from pydantic import Field

from huying.callouts.api import router as callouts
from huying.cases.api import attachments, cases, choices
from huying.cases.api.answers import Named, Told
from huying.kernel.api import JSON_TYPE, Api, for_programs, json_response
from huying.kernel.problems import CONTENT_TYPE, TITLES
from huying.people.access import keyed, public
from huying.people.bearer import Bearer, key_of
from huying.people.directory import directory
from huying.people.permissions import PERMISSIONS

ROOT = "api/v1/"

api = Api(
    root=ROOT,
    title="呼应接口",
    version="1.0",
    description="供外部系统提交和办理诉求件，发起、响应呼叫。"
    "每个请求带密钥（Authorization: Bearer 密钥），出错时答复 problem+json。",
)
keys = Router(tags=["密钥"])


class Me(Told):
    """当前密钥。"""

    name: str = Field(title="名称")
    prefix: str = Field(title="前缀")
    scopes: list[Named] = Field(title="权限")
    organisation: Named | None = Field(title="单位", description="只看得到交给这个单位的诉求件")
    channel: str | None = Field(title="渠道", description="只能提交、只看得到这个渠道的诉求件")
    expires_at: datetime | None = Field(title="到期时间")
    per_minute: int = Field(title="每分钟次数")


@keys.get("/me", auth=Bearer(), response={200: Me}, summary="查看密钥", description="这个密钥是谁的、能做什么。")
def me(request: HttpRequest) -> HttpResponse:
    key = key_of(request)
    unit = directory().by_id.get(key.actor.organisation_id or 0)
    return json_response(
        Me(
            name=key.name,
            prefix=key.prefix,
            scopes=[Named(code=p, name=PERMISSIONS[p]) for p in sorted(key.actor.granted or ())],
            organisation=Named(code=unit.code, name=unit.label) if unit else None,
            channel=key.actor.channel or None,
            expires_at=key.expires_at,
            per_minute=key.per_minute,
        )
    )


for router in (cases, callouts, choices, attachments, keys):
    api.add_router("", router)


@public
@require_safe
def openapi_document(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_document(), content_type=JSON_TYPE)
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def _document() -> str:
    return json.dumps(api.document, ensure_ascii=False)


# --- the page --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A parameter or a field; those of nested objects are named with dots."""

    name: str
    title: str
    kind: str
    required: bool
    note: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One operation, as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scopes: Sequence[tuple[str, str]]  # any of them
    parameters: Sequence[Line]
    body: Sequence[Line]
    body_type: str
    status: str
    answer: str
    answer_id: str


@public
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as a page for people: plain HTML, nothing from elsewhere."""
    return render(request, "web/api_docs.html", _explained())


@cache
def _explained() -> Mapping[str, object]:
    document = api.document
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    groups: dict[str, list[Explained]] = {}
    for address, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_explain(address, method, operation, schemas))
    answers = {op.answer_id for group in groups.values() for op in group if op.answer_id} | {"Problem"}
    return {
        "groups": groups,
        "answers": [(name, schemas[name].get("description", ""), _lines(schemas[name], schemas)) for name in answers],
        "statuses": list(TITLES.items()),
        "problem_type": CONTENT_TYPE,
    }


def _explain(address: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Explained:
    scopes: Sequence[str] = operation.get("x-permissions", ())
    body_type, body = _content(operation.get("requestBody", {}))
    status, answer = next((s, a) for s, a in operation["responses"].items() if int(s) < 300)
    told = _content(answer)[1].get("$ref", "").rpartition("/")[2]
    return Explained(
        id=operation["operationId"],
        method=method.upper(),
        path=address,
        summary=operation["summary"],
        description=operation.get("description", ""),
        scopes=[(scope, PERMISSIONS[scope]) for scope in scopes],
        parameters=[
            Line(p["name"], p["schema"].get("title", ""), _kind(p["schema"], schemas), p["required"], _note(p))
            for p in operation["parameters"]
        ],
        body=_lines(body, schemas),
        body_type=body_type,
        status=str(status),
        answer=schemas.get(told, {}).get("description", ""),
        answer_id=told,
    )


def _content(told: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Type and schema of a body; empty when there is none."""
    for content_type, content in told.get("content", {}).items():
        return content_type, content["schema"]
    return "", {}


_KINDS = {"string": "文字", "integer": "整数", "number": "数字", "boolean": "是否", "object": "对象", "array": "列表"}
_FORMATS = {"date-time": "时间", "uuid": "标识", "binary": "文件"}


def _lines(schema: Mapping[str, Any], schemas: Mapping[str, Any], prefix: str = "") -> list[Line]:
    schema = _resolved(schema, schemas)
    required = schema.get("required", ())
    lines: list[Line] = []
    for name, given in schema.get("properties", {}).items():
        field = _resolved(given, schemas)
        title = given.get("title") or field.get("title", "")
        lines.append(Line(f"{prefix}{name}", title, _kind(field, schemas), name in required, _note(given | field)))
        if "properties" in field:
            lines += _lines(field, schemas, f"{prefix}{name}.")
    return lines


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The schema itself, or what its reference or its one alternative to null stands for."""
    others = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(others) == 1:
        return {**_resolved(others[0], schemas), **{k: v for k, v in schema.items() if k != "anyOf"}}
    if reference := schema.get("$ref", ""):
        return {**schemas[reference.rpartition("/")[2]], **{k: v for k, v in schema.items() if k != "$ref"}}
    return dict(schema)


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    field = _resolved(schema, schemas)
    if "enum" in field:
        return "选一：" + "、".join(str(value) for value in field["enum"])
    if field.get("type") == "array":
        return f"列表，每项为{_kind(field.get('items', {}), schemas)}"
    return _FORMATS.get(field.get("format", ""), "") or _KINDS.get(field.get("type", ""), "")


def _note(field: Mapping[str, Any]) -> str:
    schema = field.get("schema", field)
    bounds = [
        f"{words} {schema[name]}{unit}"
        for name, words, unit in (
            ("minLength", "至少", " 字"),
            ("maxLength", "最多", " 字"),
            ("minimum", "不小于", ""),
            ("maximum", "不大于", ""),
            ("maxItems", "最多", " 项"),
        )
        if name in schema
    ]
    return "；".join(filter(None, (field.get("description", ""), "，".join(bounds))))


# Fixed addresses first: a path of the API never hides them.
urlpatterns: list[URLPattern] = [
    path(f"{ROOT}openapi.json", for_programs(openapi_document), name="openapi"),
    path(f"{ROOT}docs", docs, name="api-docs"),
]
for _pattern, _permissions in api.routes():
    keyed(_pattern.callback, _permissions)
    urlpatterns.append(path(f"{ROOT}{_pattern.pattern}", _pattern.callback, name=_pattern.name))
