"""What the API tells of cases. Times carry their zone, choices come as key and name, personal data are masked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import QuerySet
from pydantic import BaseModel, ConfigDict, Field

from huying.cases import options
from huying.cases.enums import CaseKind, LocatedBy, Satisfaction
from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cases.queries import concealing, title_of
from huying.cases.review_shown import sealed_lines
from huying.matters.attachments import held_back
from huying.matters.enums import Unit, Urgency, Warning
from huying.matters.models import Attachment, Clock, LedgerLine, Matter, Words
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.tree import place_tree

Colour = Literal["none", "yellow", "red"]
# Step → those of its words that a channel's own system reads: what came from the reporter's side or was told to it.
# Whatever is not named here stays inside. A proposed reply is told when it has been approved, never before.
TOLD_OUTSIDE: Mapping[str, frozenset[str]] = {
    "receive": frozenset({"text", "who", "cause", "effect"}),
    "import_history": frozenset({"text", "who", "cause", "effect", "public_reply"}),
    "answer": frozenset({"reply"}),
    "return_to_reporter": frozenset({"question"}),
    "add_information": frozenset({"text"}),
    "propose": frozenset({"public_reply"}),
    "close_joined": frozenset({"public_reply"}),
    "rework": frozenset({"reason"}),
    "publish_reply": frozenset({"public_reply"}),
    "answer_above": frozenset({"text"}),
    "urge_from_above": frozenset({"words"}),
    "rework_from_above": frozenset({"reason"}),
    "ruling_from_above": frozenset({"reason"}),
    "rate": frozenset({"text"}),
}


class Told(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Named(Told):
    """一个带名称的代码。"""

    code: str = Field(title="代码")
    name: str = Field(title="名称")


class Brief(Told):
    """诉求件概要。"""

    number: str = Field(title="编号")
    version: int = Field(title="版本", description="每办一步加一；提交环节时带上它，可避免办在别人之后")
    state: str = Field(title="状态")
    state_name: str = Field(title="状态名称")
    title: str = Field(title="标题")
    kind: CaseKind | None = Field(title="诉求类型", description="研判前可能为空")
    category: Named | None = Field(title="分类")
    urgency: Urgency = Field(title="紧急程度")
    channel: Named = Field(title="来源渠道")
    external_number: str = Field(title="来件编号")
    holder: Named = Field(title="持有单位", description="现在轮到谁")
    lead: Named | None = Field(title="主办单位")
    co_handlers: list[Named] = Field(title="协办单位")
    street: Named | None = Field(title="街道")
    community: Named | None = Field(title="社区")
    grid: Named | None = Field(title="网格")
    confidential: bool = Field(title="要求对外保密")
    opened_at: datetime = Field(title="受理时间")
    moved_at: datetime = Field(title="最近一步")
    due_at: datetime | None = Field(title="最近到期", description="各时限中最早到期的")
    due_provisional: bool = Field(title="到期时间为暂定", description="来年节假日公布后重算")
    warning: Colour = Field(title="预警")
    rework_count: int = Field(title="重办次数")
    closed_at: datetime | None = Field(title="结案时间")


class Received(Brief):
    """受理结果。"""

    follow_code: str = Field(title="查询码", description="诉求人凭编号和查询码查看进展；只在这里给出一次")


class MaskedReporter(Told):
    """诉求人，已脱敏。"""

    name: str = Field(title="姓名或单位名称")
    phone: str = Field(title="联系电话")
    identity: str = Field(title="证件号码")
    address: str = Field(title="住址")


class ClockTold(Told):
    """一个时限。"""

    kind: str = Field(title="时限")
    name: str = Field(title="名称")
    started_at: datetime = Field(title="起算")
    amount: float = Field(title="数量")
    unit: Unit = Field(title="单位")
    due_at: datetime = Field(title="到期")
    provisional: bool = Field(title="暂定")
    paused: bool = Field(title="暂停中")
    stopped_at: datetime | None = Field(title="结束")
    met: bool | None = Field(title="按时")
    warning: Colour = Field(title="预警")


class LineTold(Told):
    """留痕中的一步。"""

    seq: int = Field(title="序号")
    at: datetime = Field(title="时间")
    step: str = Field(title="环节")
    step_name: str = Field(title="环节名称")
    from_state: str = Field(title="办前状态")
    to_state: str = Field(title="办后状态")
    by: Named | None = Field(title="经办单位")
    words: dict[str, str] = Field(
        title="文字",
        description="这一步写下的各段文字，电话和证件号码已遮盖；限定渠道的密钥只读得到诉求人写的和已经答复诉求人的",
    )


class FileTold(Told):
    """附件。"""

    id: UUID = Field(title="附件编号")
    seq: int = Field(title="属于哪一步")
    name: str = Field(title="文件名")
    media_type: str = Field(title="类型")
    size: int = Field(title="字节数")
    public: bool = Field(title="诉求人可见")


class Full(Brief):
    """诉求件全貌。"""

    text: str = Field(title="诉求内容")
    address: str = Field(title="事发地址")
    lon: float | None = Field(title="经度", description="WGS-84")
    lat: float | None = Field(title="纬度", description="WGS-84")
    located_by: LocatedBy = Field(title="定位方式")
    happened_at: datetime | None = Field(title="发生时间")
    anonymous: bool = Field(title="匿名")
    wants_reply: bool = Field(title="要求答复")
    tags: list[str] = Field(title="标签")
    upper_due_at: datetime | None = Field(title="上级要求的办结时间")
    reporter: MaskedReporter | None = Field(title="诉求人", description="已脱敏；匿名或要求保密的为空")
    satisfaction: Satisfaction | None = Field(title="满意度")
    solved: bool | None = Field(title="已解决")
    clocks: list[ClockTold] = Field(title="时限")
    history: list[LineTold] = Field(title="办理过程")
    attachments: list[FileTold] = Field(title="附件")
    steps: list[str] = Field(title="可办环节", description="这个密钥现在可以提交的环节")


class Listing(Told):
    """一页诉求件。"""

    cases: list[Brief] = Field(title="诉求件")
    next: str | None = Field(title="下一页", description="作为 cursor 参数取下一页；为空即到底")
    previous: str | None = Field(title="上一页")


class Uploaded(Told):
    """已接收的附件，尚未归属。"""

    id: UUID = Field(title="附件编号")
    name: str = Field(title="文件名")
    media_type: str = Field(title="类型")
    size: int = Field(title="字节数")


def brief_fields(matter: Matter, actor: Actor) -> dict[str, object]:
    """Fields of `Brief`; no query, names come from memory."""
    return {
        "number": matter.number,
        "version": matter.version,
        "state": matter.state,
        "state_name": CASES.state[matter.state].label,
        "title": title_of(matter, actor),
        "kind": matter.subkind or None,
        "category": _category(matter.category),
        "urgency": matter.urgency,
        "channel": Named(code=matter.channel, name=options.channel_names().get(matter.channel, matter.channel)),
        "external_number": matter.external_number,
        "holder": _organisation(matter.holder_id),
        "lead": _organisation(matter.lead_id),
        "co_handlers": [named for key in matter.co_handlers if (named := _organisation(key))],
        "street": _place(matter.street_id),
        "community": _place(matter.community_id),
        "grid": _place(matter.grid_id),
        "confidential": matter.confidential,
        "opened_at": matter.opened_at,
        "moved_at": matter.moved_at,
        "due_at": matter.next_due_at,
        "due_provisional": matter.next_due_provisional,
        "warning": _colour(matter.warning),
        "rework_count": matter.rework_count,
        "closed_at": matter.closed_at,
    }


def brief(matter: Matter, actor: Actor) -> Brief:
    return Brief.model_validate(brief_fields(matter, actor))


def full(matter: Matter, actor: Actor) -> Full:
    """Everything of one case; `matter` comes with `case` and `raised_by`. Four queries, however long it is."""
    case: Case = matter.case
    lines = list(
        LedgerLine.objects.filter(matter=matter)
        .order_by("seq")
        .values_list("seq", "at", "step", "from_state", "to_state", "post__organisation_id")
    )
    # What was approved to be reviewed first is told as it was published.
    told_by = {seq: "" if (step, after) == ("approve", "reply_review") else step for seq, _, step, _, after, _ in lines}
    words = _words(matter, actor, told_by)
    return Full.model_validate(
        brief_fields(matter, actor)
        | {
            "text": words.get(1, {}).get("text", ""),
            "address": case.address,
            "lon": matter.lon,
            "lat": matter.lat,
            "located_by": case.located_by,
            "happened_at": case.happened_at,
            "anonymous": case.anonymous,
            "wants_reply": case.wants_reply,
            "tags": case.tags,
            "upper_due_at": case.upper_due_at,
            "reporter": _reporter(matter, actor),
            "satisfaction": case.satisfaction,
            "solved": case.solved,
            "clocks": [_clock(clock) for clock in Clock.objects.filter(matter=matter).order_by("started_seq", "id")],
            "history": [_line(line, words) for line in lines],
            "attachments": _files(matter, actor),
            "steps": [step.key for step in CASES.available(matter, actor)],
        }
    )


def _words(matter: Matter, actor: Actor, steps: Mapping[int, str]) -> dict[int, dict[str, str]]:
    """Line → field → text, of what this actor may read."""
    conceal = concealing(matter, actor)
    approved, proposed = set[int](), 0
    for seq, step in steps.items():
        if step == "propose":
            proposed = seq
        elif step == "approve":
            approved.add(proposed)
    sealed = sealed_lines(matter, actor)
    words: dict[int, dict[str, str]] = {}
    for row in Words.objects.filter(matter=matter).order_by("seq", "id"):
        if row.seq in sealed:
            continue
        step = steps[row.seq]
        if actor.channel and (
            row.field not in TOLD_OUTSIDE.get(step, ()) or (step == "propose" and row.seq not in approved)
        ):
            continue
        words.setdefault(row.seq, {})[row.field] = conceal(row.text) if conceal else row.text
    return words


def _line(line: tuple[int, datetime, str, str, str, int | None], words: Mapping[int, dict[str, str]]) -> LineTold:
    seq, at, step, before, after, organisation = line
    return LineTold(
        seq=seq,
        at=at,
        step=step,
        step_name=CASES.step[step].label if step in CASES.step else step,
        from_state=before,
        to_state=after,
        by=_organisation(organisation),
        words=words.get(seq, {}),
    )


def _clock(clock: Clock) -> ClockTold:
    return ClockTold(
        kind=clock.kind,
        name=CASES.clock[clock.kind].label,
        started_at=clock.started_at,
        amount=clock.amount,
        unit=Unit(clock.unit),
        due_at=clock.due_at,
        provisional=clock.provisional,
        paused=clock.paused_at is not None,
        stopped_at=clock.stopped_at,
        met=clock.met,
        warning=_colour(clock.warning),
    )


def shown_files(matter: Matter, actor: Actor) -> QuerySet[Attachment]:
    """The files of a case that this actor may fetch: a channel's own system, those that the reporter may see."""
    rows = Attachment.objects.filter(matter=matter).select_related("file").order_by("id")
    if sealed := sealed_lines(matter, actor):
        rows = rows.exclude(seq__in=sealed)
    if not actor.channel:
        return rows
    lines = list(LedgerLine.objects.filter(matter=matter))
    held = [*held_back(lines, CASES)]
    if matter.state == "reply_review":
        held += [line.seq for line in lines if line.step == "propose"]
    return rows.filter(public=True).exclude(seq__in=list(held))


def _files(matter: Matter, actor: Actor) -> list[FileTold]:
    return [
        FileTold(
            id=row.file.pk,
            seq=row.seq,
            name=row.file.name,
            media_type=row.file.media_type,
            size=row.file.size,
            public=row.public,
        )
        for row in shown_files(matter, actor)
    ]


def _reporter(matter: Matter, actor: Actor) -> MaskedReporter | None:
    if matter.raised_by is None or (matter.confidential and not actor.may("cases.view_confidential")):
        return None
    masked = matter.raised_by.masked()
    return MaskedReporter(name=masked.name, phone=masked.phone, identity=masked.identity, address=masked.address)


def _organisation(organisation_id: int | None) -> Named | None:
    listed = directory().by_id.get(organisation_id) if organisation_id is not None else None
    return Named(code=listed.code, name=listed.label) if listed else None


def _place(place_id: int | None) -> Named | None:
    family = place_tree().by_id.get(place_id) if place_id is not None else None
    return Named(code=family.code, name=family.name) if family else None


def _category(code: str) -> Named | None:
    return Named(code=code, name=options.category_names().get(code, code)) if code else None


def _colour(warning: int) -> Colour:
    if warning >= Warning.RED:
        return "red"
    return "yellow" if warning == Warning.YELLOW else "none"
