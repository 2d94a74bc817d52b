"""What happened to a matter, in words: its ledger lines and the texts they seal, never raw facts."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Choices
from django.urls import reverse
from pydantic.fields import FieldInfo

from huying.kernel.inputs import LongText, Options, YesNo
from huying.matters import undoing
from huying.matters.attachments import held_back
from huying.matters.flow import Flow, Step
from huying.matters.forms import core_type, yes_no_of
from huying.matters.models import Attachment, LedgerLine, Matter, Words
from huying.people.directory import directory
from huying.people.models import User
from huying.ui import text
from huying.ui.components import Attachment as FileTile
from huying.ui.components import Fact, TimelineEntry

Names = Mapping[str, Callable[[str], str]]  # by field: the word for a code that is no longer among the choices

NOT_TOLD = {"attachments"}  # shown as files
FILE_KINDS = {"image": "图片", "audio": "录音", "video": "视频"}
DOCUMENT_KINDS = {"application/pdf": "PDF", "text/plain": "文本"}


@dataclass(slots=True)
class Story:
    """Everything that the lines of one matter say, read with three queries."""

    entries: list[TimelineEntry]
    words: dict[str, str] = field(default_factory=dict)  # of the line that opened it, by field
    said: dict[int, dict[str, str]] = field(default_factory=dict)  # of every line, by number and field
    files: list[FileTile] = field(default_factory=list)  # that came with it
    lines: list[LedgerLine] = field(default_factory=list)
    undone: set[int] = field(default_factory=set)  # numbers of the lines that were taken back

    def last_said(self, step: str) -> dict[str, str]:
        """What was written at the newest of these steps that still stands."""
        for line in self.lines:
            if line.step == step and line.seq not in self.undone:
                return self.said.get(line.seq, {})
        return {}


def story_of(
    matter: Matter,
    flow: Flow,
    names: Names,
    *,
    conceal: Callable[[str], str] | None,
    with_files: bool,
    beside: Callable[[LedgerLine], Sequence[Fact]] | None = None,
) -> Story:
    """`conceal`: what free text passes through for whoever may not read it plain; `beside`: what a line says besides
    its input. The newest entry comes first."""
    lines = list(
        LedgerLine.objects.filter(matter=matter)
        .select_related("actor", "post__organisation", "on_behalf_of")
        .order_by("-seq")
    )
    words: dict[int, dict[str, str]] = {}
    for row in Words.objects.filter(matter=matter).order_by("pk"):
        said = "（内容已按规定抹除）" if row.erased_at else row.text
        words.setdefault(row.seq, {})[row.field] = conceal(said) if conceal else said
    files: dict[int, list[FileTile]] = {}
    if with_files:
        held = held_back(lines, flow)
        for attached in Attachment.objects.filter(matter=matter).select_related("file").order_by("pk"):
            for_whom = _for_whom(attached, held, flow, lines)
            files.setdefault(attached.seq, []).append(replace(tile(attached), note=for_whom))
    undone = {seq for line in lines if (seq := undone_by(line, flow))}
    entries = [
        entry_of(
            line,
            flow,
            names,
            words.get(line.seq, {}),
            () if line.seq == 1 else files.get(line.seq, ()),
            undone=line.seq in undone,
            beside=beside(line) if beside else (),
        )
        for line in lines
    ]
    return Story(entries, words.get(1, {}), words, files.get(1, []), lines, undone)


def _for_whom(attached: Attachment, held: Mapping[int, bool], flow: Flow, lines: Sequence[LedgerLine]) -> str:
    """Who sees a file beside those who handle the matter."""
    if not attached.public:
        return "内部"
    match held.get(attached.seq):
        case None:
            return "诉求人可见"
        case False:
            return "没有给诉求人看"
    step = next(flow.step[line.step] for line in lines if line.seq == attached.seq)
    return f"{flow.step[step.released_by].label}后诉求人可见"


def undone_by(line: LedgerLine, flow: Flow) -> int | None:
    """The line that this one takes back."""
    step = flow.step.get(line.step)
    if step is None or not flow.reversed_by(step):
        return None
    seq = json.loads(line.facts).get(undoing.FACT)
    return seq if isinstance(seq, int) else None


def tile(attached: Attachment) -> FileTile:
    stored = attached.file
    kind = DOCUMENT_KINDS.get(stored.media_type) or FILE_KINDS.get(stored.media_type.partition("/")[0])
    return FileTile(
        name=stored.name,
        url=reverse("matters:file", args=[stored.pk]),
        size=stored.size,
        kind=kind or ("表格" if "sheet" in stored.media_type else "文档"),
        thumbnail_url=reverse("matters:thumbnail", args=[stored.pk]) if stored.thumbnail else "",
        is_picture=stored.media_type.startswith("image/"),
    )


def entry_of(
    line: LedgerLine,
    flow: Flow,
    names: Names,
    words: Mapping[str, str],
    files: Sequence[FileTile] = (),
    *,
    undone: bool = False,
    beside: Sequence[Fact] = (),
) -> TimelineEntry:
    step = flow.step.get(line.step)
    label = step.label if step else line.step
    if line.to_state != line.from_state and line.from_state and (state := flow.state.get(line.to_state)):
        label = f"{label} → {state.label}"
    if undone:
        label = f"{label}（后已撤回）"
    main, rest = _main_text(step, words) if line.seq > 1 else ("", [])
    return TimelineEntry(
        what=label,
        at=line.at,
        who=who(line),
        text=main,
        facts=[*rest, *facts_of(line, step, flow, names), *beside],
        attachments=files,
    )


def who(line: LedgerLine) -> str:
    """By post and unit; people from outside by what they are."""
    if line.actor_id is None:
        if line.via.startswith("portal"):
            return "诉求人"
        return {"system": "系统自动办理", "import": "批量导入"}.get(line.via, "系统对接")
    user = line.actor
    assert isinstance(user, User)
    if line.post is None:
        return "系统对接" if line.via.startswith("api:") else "诉求人"
    name = f"{line.post.organisation} {line.post.get_role_display()} {user.display_name}"
    return f"{name}（代{line.on_behalf_of.display_name}）" if line.on_behalf_of else name


def _main_text(step: Step | None, words: Mapping[str, str]) -> tuple[str, list[Fact]]:
    """The longest kind of text stands alone; what was said beside it keeps its label."""
    if step is None:
        return "\n".join(words.values()), []
    fields = step.input.model_fields
    words = {name: text for name, text in words.items() if name in fields}  # others are kept, not said
    long = [name for name in fields if name in words and _is_long(fields[name])]
    if len(words) == 1 and long:
        return words[long[0]], []
    return "", [Fact(fields[name].title or name, words[name]) for name in fields if name in words]


def _is_long(info: FieldInfo) -> bool:
    return any(isinstance(mark, LongText) for mark in info.metadata)


def facts_of(line: LedgerLine, step: Step | None, flow: Flow, names: Names) -> list[Fact]:
    """Facts whose meaning the step's input declares, and what became of the clocks. Others are for figures only."""
    facts = json.loads(line.facts)
    found: list[Fact] = []
    if step is not None:
        for name, info in step.input.model_fields.items():
            if name in NOT_TOLD:
                continue
            value = facts.get(name)
            default = None if info.is_required() else _plain(info.get_default(call_default_factory=True))
            if value in (None, "", []) or value == default:
                continue
            if said := value_words(value, name, info, names):
                found.append(Fact(info.title or name, said))
    if clocks := clock_words(facts.get("clocks"), flow):
        found.append(Fact("时限", clocks))
    return found


def _plain(value: object) -> object:
    return value.value if isinstance(value, enum.Enum) else value


def value_words(value: object, name: str, info: FieldInfo, names: Names) -> str:
    """ "" when there is no telling."""
    if isinstance(value, list):
        return "、".join(filter(None, (value_words(item, name, info, names) for item in value)))
    if name in names:
        return names[name](str(value))
    for mark in info.metadata:
        if isinstance(mark, Options):
            return dict(mark.source()).get(str(value), "")
    if isinstance(value, bool):
        words = yes_no_of(info) or YesNo("是", "否")
        return words.yes if value else words.no
    core, _ = core_type(info.annotation)
    if isinstance(core, type) and issubclass(core, Choices):
        return str(dict(core.choices).get(value, ""))
    if core is int:
        return str(value)
    if isinstance(value, str):
        try:
            if core is date:
                return text.day(date.fromisoformat(value))
            return text.moment(datetime.fromisoformat(value)) if "T" in value else value
        except ValueError:
            return value
    return ""


_VERDICTS = {True: "按时", False: "超时", None: "取消"}


def clock_words(told: object, flow: Flow) -> str:
    """What a step did to the clocks."""
    if not isinstance(told, dict):
        return ""

    def label(kind: str) -> str:
        kind, _, unit = kind.partition(":")
        whose = f"（{listed.label if (listed := directory().by_code.get(unit)) else unit}）" if unit else ""
        return f"{flow.clock[kind].label if kind in flow.clock else kind}{whose}"

    parts: list[str] = []

    def waits(kind: str) -> bool:
        return kind in flow.clock and bool(flow.clock[kind].on_due)

    for kind, stopped in told.get("stopped", {}).items():
        if waits(kind):
            continue
        parts.append(f"{label(kind)}{_VERDICTS[stopped['met']]}，用时 {spent(stopped['minutes'])}")
    for kind, due in told.get("restored", {}).items():
        until = text.moment(datetime.fromisoformat(due))
        parts.append(f"{label(kind)}继续计时，仍须在 {until} 前完成")
    for kind, longer in told.get("extended", {}).items():
        until = text.moment(datetime.fromisoformat(longer["due"]))
        parts.append(f"{label(kind)}延长 {longer['days']} 个工作日，至 {until}")
    for kind in told.get("paused", ()):
        parts.append(f"{label(kind)}暂停计时")
    for kind in told.get("resumed", ()):
        parts.append(f"{label(kind)}继续计时")
    for kind, due in told.get("tightened", {}).items():
        parts.append(f"{label(kind)}按上级要求，须在 {text.moment(datetime.fromisoformat(due))} 前完成")
    for kind, due in told.get("started", {}).items():
        until = text.moment(datetime.fromisoformat(due))
        parts.append(f"{label(kind)}，至 {until}" if waits(kind) else f"{label(kind)}须在 {until} 前完成")
    return "；".join(parts)


def spent(minutes: int) -> str:
    """Working time, as people say it."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} 分钟"
    return f"{hours} 小时 {rest} 分钟" if rest else f"{hours} 小时"
