"""How a platform of HTTP is spoken to, as a file says it: `HUYING_SMS_MAPPING`, described in docs/how-to/sms.md.

Values of `url`, `headers` and `fields` may hold `{phone}`, `{text}` (with the signature in front), `{body}`, `{sign}`,
`{id}`, `{external_id}`, `{code}`, `{words}` (JSON), `{day}` (YYYYMMDD), `{key}` and `{secret}`.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

KNOWN = frozenset({"phone", "text", "body", "sign", "id", "external_id", "code", "words", "day", "key", "secret"})


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Test(Strict):
    """`field` (a path such as `data.0.status`) is one of `values`, compared as text."""

    field: str
    values: list[str] = Field(min_length=1)

    def holds(self, found: object) -> bool:
        value = at(found, self.field)
        return value is not None and _text(value) in self.values


class Call(Strict):
    method: Literal["GET", "POST", "PUT"] = "POST"
    url: str
    headers: dict[str, str] = {}
    format: Literal["json", "form", "query"] = "json"
    fields: dict[str, Any] = {}
    wrap: str = ""  # the JSON is a list of one of these under this name; empty: the fields themselves

    @field_validator("url")
    @classmethod
    def of_the_web(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("地址要以 https:// 开头")
        return url

    def model_post_init(self, _: object) -> None:
        for text in _texts([self.url, self.headers, self.fields]):
            unknown = {name for _, name, _, _ in Formatter().parse(text) if name is not None} - KNOWN
            if unknown:
                raise ValueError(f"不认识的字段 {'、'.join(sorted(unknown))}")


class Send(Call):
    success: Test
    refused: Test | None = None  # surely not sent and never will be; other failures are tried again
    unknown: Test | None = None
    id: str = ""
    problem: str = ""


class Ask(Call):
    found: str = ""  # path of the row, or of a list of rows; empty: the answer itself
    delivered: Test
    failed: Test
    waiting: Test | None = None
    problem: str = ""


class Told(Strict):
    """A callback: `rows` is the path of its list, empty for the body itself (a list, or one row)."""

    rows: str = ""
    id: str = ""
    external_id: str = ""
    delivered: Test
    failed: Test
    problem: str = ""


class Heard(Strict):
    rows: str = ""
    phone: str
    text: str


class Mapping(Strict):
    name: str = "短信平台"
    coded: bool = False
    send: Send
    ask: Ask | None = None
    receipt: Told | None = None
    reply: Heard | None = None


def read(path: Path) -> Mapping:
    """
    Raises:
        ValueError: in words for whoever wrote the file.
    """
    try:
        return Mapping.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ValueError(f"读不了文件 {path}：{error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{path} 的 {where or '内容'} 不对：{first['msg']}") from error
    except ValueError as error:
        raise ValueError(f"{path} 不是正确的 JSON：{error}") from error


def at(found: object, path: str) -> object:
    """What stands at a path of keys and positions; None where there is nothing."""
    for part in path.split(".") if path else ():
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


def rows(found: object, path: str) -> list[object]:
    here = at(found, path)
    return here if isinstance(here, list) else [] if here is None else [here]


def text_at(found: object, path: str) -> str:
    value = at(found, path) if path else None
    return "" if value is None else _text(value)


def filled(value: Any, values: dict[str, str]) -> Any:
    """A field with its placeholders filled, as deep as it goes."""
    if isinstance(value, str):
        return value.format(**values)
    if isinstance(value, dict):
        return {name: filled(one, values) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, values) for one in value]
    return value


def _text(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return []
