"""A list of cases as it is drawn and exported: its columns, and where in a text the words were found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Greatest, Lower, NullIf, StrIndex, Substr
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from huying.cases import options
from huying.cases.drawing import DRAWN, number_cell, text_cell, title_cell
from huying.cases.enums import CaseKind, Satisfaction
from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cases.queries import Row, place_of, rows_of, shows_plain_words, title_of
from huying.cases.requests import deferral_words, open_words, with_deferral, with_open_request
from huying.kernel.privacy import mask_text
from huying.kernel.search import fold
from huying.kernel.tabular import Cell
from huying.matters.enums import Urgency
from huying.matters.flow import acts_on
from huying.matters.models import Matter, Words
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.tree import place_tree

BEFORE, SHOWN, AROUND = 24, 90, 40  # characters: before the word found, in all, and read beyond both ends


@dataclass(frozen=True, slots=True)
class Column:
    """One a reader may choose. `drawn` is how the template draws it; a plain one is the text of `cell`.

    `sheet`: its headers and cells in an export, where one column of the page may be two of the sheet.
    """

    key: str
    label: str
    cell: Callable[[Matter], str] = lambda matter: ""
    drawn: str = "text"
    usual: bool = False
    particulars: bool = False  # needs the case beside the matter
    worded: bool = False  # needs the words of the appeal
    reads: Callable[[QuerySet[Matter]], QuerySet[Matter]] | None = None  # puts what it needs beside the matter
    sheet: Mapping[str, Callable[[Matter], Cell]] | None = None

    @property
    def exported(self) -> Mapping[str, Callable[[Matter], Cell]]:
        return self.sheet or {self.label: self.cell}


def _local(at: datetime | None) -> datetime | None:
    return timezone.localtime(at) if at else None


def _case(matter: Matter) -> Case:
    return matter.case


def _text(matter: Matter) -> str:
    """Names cannot be found in a text as numbers can: the words of whoever asked for confidence stay here."""
    if matter.confidential:
        return "（要求保密，请在系统内查看）"
    return mask_text(str(getattr(matter, "said", None) or ""))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[:SHOWN]}…" if len(line) > SHOWN else line


def _satisfaction(matter: Matter) -> str:
    value = _case(matter).satisfaction
    return str(Satisfaction(value).label) if value else ""


def _co_handlers(matter: Matter) -> str:
    return "、".join(filter(None, map(directory().name_of, matter.co_handlers)))


def _kind(matter: Matter) -> str:
    return str(CaseKind(matter.subkind).label) if matter.subkind else ""


def _urgency(matter: Matter) -> str:
    return str(Urgency(matter.urgency).label)


def _channel(matter: Matter) -> str:
    return options.channel_names().get(matter.channel, matter.channel)


def _category(matter: Matter) -> str:
    return options.category_names().get(matter.category, "")


def _holder(matter: Matter) -> str:
    return directory().name_of(matter.lead_id or matter.holder_id)


# Where a column of the import means the same, the sheet has its header: what was exported can be imported elsewhere.
COLUMNS: tuple[Column, ...] = (
    Column(
        "state",
        "状态",
        drawn="state",
        usual=True,
        sheet={"状态": lambda m: CASES.state[m.state].label},
    ),
    Column(
        "due",
        "时限",
        drawn="due",
        usual=True,
        sheet={"最近到期": lambda m: _local(m.next_due_at) if m.is_open else None},
    ),
    Column("holder", "承办", drawn="holder", usual=True, sheet={"承办单位": _holder}),
    Column("co_handlers", "协办单位", _co_handlers),
    Column("officer", "经办人", lambda m: _case(m).officer, particulars=True),
    Column(
        "place",
        "地点",
        lambda m: place_of(m, short=True),
        usual=True,
        sheet={
            "街道": lambda m: place_tree().name_of(m.street_id),
            "社区": lambda m: place_tree().name_of(m.community_id),
        },
    ),
    Column("text", "诉求内容", lambda m: _shortened(_text(m)), worded=True, sheet={"诉求内容": lambda m: _text(m)}),
    Column("address", "事发地址", lambda m: mask_text(_case(m).address), particulars=True),
    Column("kind", "诉求类型", _kind),
    Column("category", "分类", _category),
    Column("urgency", "紧急程度", _urgency),
    Column("channel", "渠道", _channel),
    Column("external", "来件编号", lambda m: m.external_number),
    Column("opened", "受理时间", drawn="opened", usual=True, sheet={"受理时间": lambda m: _local(m.opened_at)}),
    Column("closed", "结案时间", drawn="closed", sheet={"办结时间": lambda m: _local(m.closed_at)}),
    Column("satisfaction", "满意度", _satisfaction, particulars=True),
    Column("request", "申请事项", open_words, reads=with_open_request),
    Column("deferral", "挂账情况", deferral_words, reads=with_deferral),
    Column(
        "rework",
        "重办次数",
        lambda m: str(m.rework_count or ""),
        sheet={"重办次数": lambda m: m.rework_count},
    ),
)
BY_KEY = {column.key: column for column in COLUMNS}
USUAL = [column.key for column in COLUMNS if column.usual]
FOR_EXPORT = [
    *("state", "holder", "place", "text", "address", "kind", "category", "urgency", "channel", "external"),
    *("opened", "closed", "rework"),
]


def columns_of(keys: object) -> list[Column]:
    """The columns with these keys, in the order of the page; the usual ones when none is known."""
    wanted = {key for key in keys if isinstance(key, str)} if isinstance(keys, list | tuple) else set()
    return [column for column in COLUMNS if column.key in wanted] or [BY_KEY[key] for key in USUAL]


def with_particulars(rows: QuerySet[Matter], columns: Sequence[Column]) -> QuerySet[Matter]:
    """With what these columns need beside the matter, in the same query."""
    if any(column.particulars for column in columns):
        rows = rows.select_related("case")
    if any(column.worded for column in columns):
        said = Words.objects.filter(matter=OuterRef("pk"), field="text").order_by("seq").values("text")[:1]
        rows = rows.annotate(said=Subquery(said))
    for column in columns:
        if column.reads is not None:
            rows = column.reads(rows)
    return rows


# --- lines of a page -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A row with the cells of number, title and chosen columns, drawn. `picked` is what its box says: number and
    version; `acts`: the keys of bulk actions that fit it."""

    row: Row
    number: str
    version: int
    cells: SafeString
    picked: str
    acts: str
    own: bool  # the reader's own unit has it in hand


def _drawn(column: Column, row: Row, matter: Matter) -> SafeString:
    if draw := DRAWN.get(column.drawn):
        return draw(row)
    return text_cell(column.label, column.cell(matter), verbatim=column.key == "external")


def lines_of(
    matters: Sequence[Matter],
    actor: Actor,
    now: datetime,
    columns: Sequence[Column],
    acts: Sequence[str],
    terms: Sequence[str],
) -> list[Line]:
    """Two queries at most, however many: the clocks, and where the words stand."""
    excerpts = excerpts_of(matters, actor, terms)
    steps = [CASES.step[act] for act in acts if act in CASES.step]
    always = [act for act in acts if act not in CASES.step]
    before, after = reverse("cases:detail", args=["0"]).rsplit("0", 1)  # found once for all lines
    lines: list[Line] = []
    for matter, row in zip(matters, rows_of(matters, actor, now), strict=True):
        fitting = [s.key for s in steps if matter.state in s.sources and acts_on(actor, matter)]
        url = before + matter.number + after
        cells = [number_cell(row, terms), title_cell(row, url, excerpts.get(matter.pk, ""), terms)]
        cells += [_drawn(column, row, matter) for column in columns]
        lines.append(
            Line(
                row,
                matter.number,
                matter.version,
                SafeString("".join(cells)),
                f"{matter.number}.{matter.version}",
                " ".join([*fitting, *always]),
                actor.organisation_id is not None and matter.holder_id == actor.organisation_id,
            )
        )
    return lines


# --- where the words were found --------------------------------------------------------------------------------------


def terms_of(typed: str) -> list[str]:
    """The words typed, as they are marked in what was found."""
    return list(dict.fromkeys(word for word in typed.split() if word))[:8]


def excerpts_of(matters: Sequence[Matter], actor: Actor, terms: Sequence[str]) -> dict[int, str]:
    """Of those whose title does not say them all, the part of the text in which the first word stands. One query."""
    wanted = {m.pk: m for m in matters if not _says(title_of(m, actor), terms)} if terms else {}
    if not wanted:
        return {}
    low = Lower("text")
    found = Coalesce(*(NullIf(StrIndex(low, Value(term.lower())), 0) for term in terms), Value(0))
    start = Greatest(F("found") - (BEFORE + AROUND), Value(1), output_field=IntegerField())
    rows = (
        Words.objects.filter(matter_id__in=list(wanted), document__isnull=False, erased_at=None)
        .annotate(found=found)
        .filter(~Q(found=0))
        .annotate(cut=Substr("text", start, SHOWN + 2 * AROUND, output_field=TextField()))
        .values_list("matter_id", "cut", "found")
    )
    return {
        pk: _trimmed(cut if shows_plain_words(wanted[pk], actor) else mask_text(cut), terms, found)
        for pk, cut, found in rows
    }


def _says(text: str, terms: Sequence[str]) -> bool:
    folded = fold(text)
    return all(fold(term) in folded for term in terms)


def _trimmed(cut: str, terms: Sequence[str], found: int) -> str:
    """The ends that were only read so that a number cut in two could be masked go again."""
    low = cut.lower()
    hits = [at for term in terms if (at := low.find(term.lower())) >= 0]
    at = min(hits, default=0)
    start = max(0, at - BEFORE)
    shown = " ".join(cut[start : start + SHOWN].split())
    before = "…" if start or found > BEFORE + AROUND else ""
    return f"{before}{shown}{'…' if len(cut) > start + SHOWN else ''}"
