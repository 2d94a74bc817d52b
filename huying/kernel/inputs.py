"""Typed input with Chinese errors: one declaration serves the API, the web forms and the set-wise callers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from huying.kernel.calendar import FIRST_DAY, LAST_DAY
from huying.kernel.errors import Invalid

# Control characters but line breaks and tabs; bidirectional overrides can make a line read otherwise than it is stored;
# characters without width hide in a line. Joiners stay: families of emoji and some scripts are written with them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
# A text of nothing but blanks, joiners, fillers and marks that stand on nothing shows nothing.
_VISIBLE = re.compile(
    "[^\\s\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)


def _clean(value: str) -> str:
    if "\x00" in value:
        raise PydanticCustomError("null_byte", "含有空字符，请删除后重试")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise PydanticCustomError("surrogate", "含有无法保存的字符，请删除后重试") from error
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if not value.isascii() and not unicodedata.is_normalized("NFC", value):
        value = unicodedata.normalize("NFC", value)
    value = _UNWANTED.sub("", value).strip()
    return value if _VISIBLE.search(value) else ""


def clean_line(value: str) -> str:
    """One line: control characters and line breaks out, NFC, trimmed."""
    return " ".join(_clean(value).split())


def clean_text(value: str) -> str:
    """Several lines: the same, but line breaks and tabs stay."""
    return _clean(value)


@dataclass(frozen=True, slots=True)
class OneLine:
    """Metadata of a `str` field: one line of `least`–`most` characters, counted after cleaning.

    `free`: it may hold personal data, so whoever keeps a permanent record keeps a digest of it only.
    """

    most: int
    least: int = 0
    free: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _checked(handler(source), clean_line, self.least, self.most)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return _bounds(handler(core), self.least, self.most)


@dataclass(frozen=True, slots=True)
class LongText:
    """Metadata of a `str` field: several lines of `least`–`most` characters, counted after cleaning; always `free`."""

    most: int
    least: int = 0
    free: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _checked(handler(source), clean_text, self.least, self.most)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return _bounds(handler(core), self.least, self.most)


def _bounds(schema: JsonSchemaValue, least: int, most: int) -> JsonSchemaValue:
    """What is promised to readers: the bounds after cleaning."""
    schema["maxLength"] = most
    if least:
        schema["minLength"] = least
    return schema


def _checked(inner: CoreSchema, clean: Callable[[str], str], least: int, most: int) -> CoreSchema:
    # Ten megabytes are refused before they are cleaned; the outer limit is generous because cleaning shortens.
    bounded = core_schema.str_schema(max_length=most * 4 + 1000) if inner["type"] == "str" else inner
    cleaned = core_schema.no_info_after_validator_function(clean, bounded)
    return core_schema.no_info_after_validator_function(_within(least, most), cleaned)


def _within(least: int, most: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if len(value) > most:
            raise PydanticCustomError("too_long", "最多 {most} 个字，现有 {n} 个字", {"most": most, "n": len(value)})
        if len(value) < least:
            if not value:
                raise PydanticCustomError("blank", "请填写这一项")
            raise PydanticCustomError("too_short", "至少 {least} 个字", {"least": least})
        return value

    return check


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


class _BlankIsNone:
    """Metadata of a field: a form sends "" for what was left open. JSON has null for that, and is read strictly."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler(source)
        from_form = core_schema.no_info_before_validator_function(_blank_is_none, inner)
        return core_schema.json_or_python_schema(json_schema=inner, python_schema=from_form)


BlankIsNone = _BlankIsNone()

_EARLIEST = datetime(FIRST_DAY.year, 1, 2, tzinfo=UTC)
_LATEST = datetime(LAST_DAY.year, 12, 30, tzinfo=UTC)


def is_countable(moment: datetime) -> bool:
    """Whether the calendar can count with it. Far outside, PostgreSQL stores what Python cannot read back."""
    return _EARLIEST <= moment <= _LATEST


def _countable(moment: datetime) -> datetime:
    if not is_countable(moment):
        raise PydanticCustomError(
            "moment_range", "时间应在 {first}–{last} 年之间", {"first": FIRST_DAY.year, "last": LAST_DAY.year}
        )
    return moment.astimezone(UTC)  # a zone of +23:49 is one for Python, but not for PostgreSQL


_MOMENT = TypeAdapter(datetime)
_WRITTEN_MOMENT = re.compile(r"\s*\d{4}-")


class _Countable:
    """Metadata of a moment: written as a date with time, never as a number of seconds, and one that the calendar can
    count with."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._read, handler(source))

    @staticmethod
    def _read(value: object, handler: ValidatorFunctionWrapHandler) -> datetime | None:
        if isinstance(value, str):
            # pydantic would take "1700000000" for seconds since 1970, where the document promises a date-time
            if not _WRITTEN_MOMENT.match(value):
                raise PydanticCustomError("datetime_parsing", "no date-time")
            value = _MOMENT.validate_python(value)
        elif isinstance(value, int | float):
            raise PydanticCustomError("datetime_type", "no date-time")
        moment = handler(value)
        return None if moment is None else _countable(moment)


Countable = _Countable()

AHEAD = timedelta(minutes=5)  # by which another machine's clock may be ahead of ours


def _past(moment: datetime | None) -> datetime | None:
    if moment is not None and moment > datetime.now(UTC) + AHEAD:
        raise PydanticCustomError("future", "不能晚于现在")
    return moment


Past = AfterValidator(_past)  # metadata of a moment: what has happened has happened already


def _written_day(value: object) -> object:
    # pydantic would take 1700000000 for seconds since 1970, where the document promises a date
    if isinstance(value, int | float):
        raise PydanticCustomError("date_type", "no date")
    if isinstance(value, str) and value:
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise PydanticCustomError("date_type", "no date") from None
    return value


WrittenDay = BeforeValidator(_written_day)  # metadata of a date: written as one, never as a number of seconds


@dataclass(frozen=True, slots=True)
class Options:
    """Metadata of a field: where its choices come from, as `(value, label)` pairs in display order."""

    source: Callable[[], Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class More:
    """Metadata of a field: shown behind “more” on a form."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Metadata of an optional choice: left out, what is so stays so. A form shows what is so, and needs no blank."""


@dataclass(frozen=True, slots=True)
class YesNo:
    """Metadata of a truth that may be left out for a reason of its own: a form asks for it in these two words, and
    neither is chosen before somebody has."""

    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """Metadata of a field that is asked for only where another one says this: a form shows it then."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Personal:
    """Metadata of a field: personal data on their way to a contact. No record keeps it, not even as a digest."""


class Input(BaseModel):
    """Base of every input. Unknown fields are refused, so that a misspelt name is noticed."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_enum_values=False,
        json_schema_extra=lambda schema: _for_readers(schema),
    )


def _for_readers(schema: dict[str, Any]) -> None:
    """Docstrings are for programmers; who reads a schema reads the titles of its fields."""
    schema.pop("description", None)


_CHINESE: dict[str, str] = {
    "missing": "请填写这一项",
    "string_type": "应为文字",
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "至少 {min_length} 个字",
    "string_unicode": "含有无法保存的字符，请删除后重试",
    "string_pattern_mismatch": "格式不对",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "数字太大",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "请填写数字",
    "bool_type": "应为是或否",
    "bool_parsing": "应为是或否",
    "greater_than_equal": "不能小于 {ge}",
    "greater_than": "应大于 {gt}",
    "less_than_equal": "不能大于 {le}",
    "less_than": "应小于 {lt}",
    "enum": "请从可选项中选择：{expected}",
    "literal_error": "请从可选项中选择：{expected}",
    "list_type": "应为列表",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "extra_forbidden": "没有这个字段，请检查名称",
    "uuid_parsing": "编号格式不对",
    "uuid_type": "编号格式不对",
    "datetime_type": "时间格式不对，例如 2026-11-22T14:05:00+08:00",
    "datetime_parsing": "时间格式不对，例如 2026-11-22T14:05:00+08:00",
    "datetime_from_date_parsing": "时间格式不对，例如 2026-11-22T14:05:00+08:00",
    "datetime_object_invalid": "时间格式不对，例如 2026-11-22T14:05:00+08:00",
    "timezone_aware": "时间要带时区，例如 +08:00",
    "date_type": "日期格式不对，例如 2026-11-22",
    "date_parsing": "日期格式不对，例如 2026-11-22",
    "date_from_datetime_parsing": "日期格式不对，例如 2026-11-22",
    "json_invalid": "不是有效的 JSON",
    "json_type": "不是有效的 JSON",
}


def chinese(detail: ErrorDetails) -> str:
    """The Chinese sentence for one pydantic error. Our own errors already are Chinese."""
    template = _CHINESE.get(detail["type"])
    context = {k: v for k, v in detail.get("ctx", {}).items() if k != "error"}
    if template is not None:
        try:
            return template.format(**{k: _in_words(v) for k, v in context.items()})
        except KeyError:  # the same code with another context, e.g. our own too_long
            return detail["msg"]
    if any("\u4e00" <= c <= "\u9fff" for c in detail["msg"]):
        return detail["msg"].removeprefix("Value error, ")
    return "填写的内容不符合要求"


def _in_words(value: object) -> str:
    """A bound or a list of choices as a Chinese sentence has it."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace("'", "").replace(" or ", "、").replace(", ", "、")


def explain(error: ValidationError) -> dict[str, list[str]]:
    """Field name (dotted for nested ones, "" for the whole) to its Chinese messages."""
    return explain_details(error.errors(include_url=False, include_input=False))


def explain_details(details: Sequence[ErrorDetails], skip: int = 0) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for detail in details:
        path = [str(part) for part in detail["loc"][skip:]]
        for names in [[*path, name] for name in detail.get("ctx", {}).get(_BESIDE, ())] or [path]:
            fields.setdefault(".".join(names), []).append(chinese(detail))
    return fields


_BESIDE = "beside"


def beside(names: Sequence[str], code: str, sentence: str) -> PydanticCustomError:
    """What a validator of a whole input raises when a rule over several fields is told beside the ones to mend."""
    return PydanticCustomError(code, "{sentence}", {"sentence": sentence, _BESIDE: list(names)})


I = TypeVar("I", bound=Input)  # noqa: E741


def parse(kind: type[I], data: Mapping[str, object] | I) -> I:
    """`data` as `kind`.

    Raises:
        Invalid: with one list of Chinese messages per field.
    """
    if isinstance(data, kind):
        return data
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise Invalid("填写的内容有误，请按提示修改。", fields=explain(error)) from error
