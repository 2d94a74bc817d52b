"""One row of an import as the input of a step, or everything that is wrong with it, told at once.

What a column cannot do for a row is pointed out, never dropped without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.utils import timezone
from pydantic import ValidationError

from huying.cases import options
from huying.cases.enums import CaseKind
from huying.cases.inputs import AS_WRITTEN, ImportHistory, Receive
from huying.cases.steps.intake import body_named
from huying.kernel.errors import Invalid, Refusal
from huying.kernel.inputs import AHEAD, chinese
from huying.kernel.tabular import Row
from huying.matters.enums import Urgency
from huying.people.enums import ContactKind
from huying.people.phones import problem_of
from huying.places.locate import grid_index, locate

END_OF_DAY = time(17, 30)  # of a day that was given without a time
OFFERED = 6  # names of things that a sentence can hold

KINDS = {kind.label: kind.value for kind in CaseKind} | {kind.value: kind.value for kind in CaseKind}
URGENCIES = {u.label: u.value for u in Urgency} | {u.value: u.value for u in Urgency}
CONTACT_KINDS = {k.label: k.value for k in ContactKind} | {k.value: k.value for k in ContactKind}
# the input's field → the column it came from, where the names differ
_COLUMN_OF = {
    "reporter.name": "reporter_name",
    "reporter.phone": "reporter_phone",
    "reporter.handle": "reporter_handle",
    "at": "opened_at",
    "": "text",
    # what is wrong with the whole, by its kind
    "half_point": "lat",
    "anonymous_named": "anonymous",
}


@dataclass(frozen=True, slots=True)
class Taken:
    row: Row
    step: str
    data: Receive
    at: datetime | None


def read(row: Row, now: datetime) -> Taken | None:
    """The row as input of a step; None when it has faults."""
    opened_at, happened_at = row.moment("opened_at"), row.moment("happened_at")
    closed_at = _closing(row, opened_at)
    over = str(row.raw("closed_at") or "").strip() != ""
    _check_times(row, opened_at, closed_at, now, over=over)
    values: dict[str, object] = {
        "channel": _channel(row, over=over),
        "external_number": row.code("external_number"),
        "title": row.text("title")[:120],
        "text": row.text("text", required=True, lines=True),
        "happened_at": happened_at,
        "kind": row.choice("kind", KINDS),
        "category": _category(row, over=over),
        "urgency": row.choice("urgency", URGENCIES) or Urgency.NORMAL.value,
        "address": row.text("address"),
        "lon": row.number_of("lon"),
        "lat": row.number_of("lat"),
        "anonymous": row.yes("anonymous"),
        "confidential": row.yes("confidential"),
        "wants_reply": row.yes("wants_reply", default=True),
        "upper_due_at": row.moment("upper_due_at"),
    }
    _check_point(row, values["lon"], values["lat"])
    reporter = {
        "kind": row.choice("reporter_kind", CONTACT_KINDS) or ContactKind.PERSON.value,
        "name": row.text("reporter_name"),
        "phone": row.code("reporter_phone"),
        "handle": row.code("reporter_handle"),
    }
    if any(value for key, value in reporter.items() if key != "kind"):
        values["reporter"] = reporter
    handler, reply = _handler(row), row.text("reply", lines=True)
    if over:
        values |= {"closed_at": closed_at, "handler": handler, "reply": reply}
    else:
        _point_out_unused(row, handler, reply)
    data = _validated(row, ImportHistory if over else Receive, values)
    if data is None or row.faults:
        return None
    if data.reporter and (problem := data.reporter.phone and problem_of(data.reporter.phone)):
        row.remark("reporter_phone", f"{problem}；先照原样收下")
    return Taken(row, "import_history" if over else "receive", data, opened_at)


def send_back(row: Row, refusal: Refusal) -> None:
    """What the step had against it, beside the columns it came from."""
    if not refusal.fields:
        row.fault("", refusal.message)
    for name, messages in refusal.fields.items():
        for message in messages:
            row.fault(_COLUMN_OF.get(name, name), message)


def _validated(row: Row, kind: type[Receive], values: dict[str, object]) -> Receive | None:
    """The input, or its faults in columns about which nothing has been said."""
    try:
        return kind.model_validate(values, context={AS_WRITTEN: True})
    except ValidationError as error:
        found = list(_told(error))
        said = {column for column, _ in found if row.is_faulted(column)}
        for column, message in found:
            if column not in said:
                row.fault(column, message)
    return None


def _told(error: ValidationError) -> Iterator[tuple[str, str]]:
    for detail in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in detail["loc"]) or detail["type"]
        yield _COLUMN_OF.get(name, name if detail["loc"] else "text"), chinese(detail)


def _check_times(
    row: Row, opened_at: datetime | None, closed_at: datetime | None, now: datetime, *, over: bool
) -> None:
    if over and opened_at is None and not row.is_faulted("opened_at"):
        row.fault("opened_at", "历史件要有受理时间")
    if opened_at is not None and opened_at > now + AHEAD:
        row.fault("opened_at", "受理时间晚于现在，请核对这一行")
    if closed_at is not None and closed_at > now:
        row.fault("closed_at", "办结时间晚于现在，请核对这一行")
    elif closed_at is not None and opened_at is not None and closed_at < opened_at:
        row.fault("closed_at", "办结时间早于受理时间，请核对这一行")


def _closing(row: Row, opened_at: datetime | None) -> datetime | None:
    """When it was closed. A day without a time counts to the end of its work, but never before the opening."""
    closed_at = row.moment("closed_at")
    if closed_at is None or opened_at is None or closed_at >= opened_at:
        return closed_at
    local = timezone.localtime(closed_at)
    if local.time() == time() and local.date() == timezone.localdate(opened_at):
        return max(opened_at, timezone.make_aware(datetime.combine(local.date(), END_OF_DAY)))
    return closed_at


def _channel(row: Row, *, over: bool) -> str:
    """Its key; history may speak of channels that are no longer in use."""
    text, names = row.text("channel", required=True), options.channel_names()
    key = _key_of(text, names)
    if text and key not in names:
        offered = "、".join(name for _, name in options.channels())
        row.fault("channel", f"没有“{text[:20]}”这个渠道，可填：{offered}")
    elif key and not over and key not in options.active_channels():
        row.fault("channel", f"渠道“{names[key]}”已经停用，没有办结的件不能再用它")
    return key


def _category(row: Row, *, over: bool) -> str:
    """Its code, likewise."""
    text, names = row.text("category"), options.category_names()
    code = _key_of(text, names)
    if text and code not in names:
        row.fault("category", f"没有“{text[:40]}”这个分类，可填：{_categories_like(text)}")
    elif code and not over and code not in options.active_categories():
        row.fault("category", f"分类“{names[code]}”已经停用，没有办结的件不能再用它")
    return code


def _categories_like(text: str) -> str:
    """The whole names of those that are called so; else how one is written."""
    paths = [path for _, path in options.categories()]
    last = text.rpartition("/")[2].strip()
    alike = [path for path in paths if last and last in path.split(" / ")[-1]]
    if alike and len(alike) <= OFFERED:
        return "、".join(alike)
    example = next((path for path in alike or paths if path.count(" / ") == 2), next(iter(paths), ""))
    return f"分类代码，或者完整名称，例如“{example}”"


def _key_of(text: str, names: Mapping[str, str]) -> str:
    """A key, given as it is or by its name."""
    if not text or text in names:
        return text
    plain = " / ".join(part.strip() for part in text.split("/"))
    return next((key for key, name in names.items() if name == plain), text)


def _handler(row: Row) -> str:
    text = row.text("handler")
    if text and body_named(text) is None:
        row.fault("handler", f"没有“{text[:40]}”这个单位，请填本区单位的名称或编码，或者留空")
    return text


def _point_out_unused(row: Row, handler: str, reply: str) -> None:
    """What the flow cannot take from a table for a case that is still to be handled."""
    if handler:
        row.remark("handler", "没有办结的件不按表里的承办单位派单，导入后由派单审核员派")
    if reply:
        row.remark("reply", "没有填办结时间，这里的答复不会导入")


def _check_point(row: Row, lon: object, lat: object) -> None:
    if not (isinstance(lon, float | int) and isinstance(lat, float | int)):
        return
    try:
        outside = locate(lon, lat) is None and grid_index() is not None
    except Invalid as refusal:
        row.fault("lon", refusal.message)
    else:
        if outside:
            row.remark("lon", "坐标不在本区，不按它判定社区和网格")
