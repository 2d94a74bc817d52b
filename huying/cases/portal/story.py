"""What a reporter may know of a case, in words a grandmother understands."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from django.urls import reverse
from django.utils import timezone

from huying.cases import options
from huying.cases.business import Manager, manager_of
from huying.cases.enums import AnswerClass, ContactExemption, Satisfaction
from huying.cases.flow import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    CASES,
    CHECKING,
    CLOSED,
    DEFERRED,
    DISPATCHED,
    HANDLING,
    JOINED,
    OBJECTED,
    OBJECTING,
    PASSED,
    REPLY_REVIEW,
    RESOLVED,
    TRIAGED,
    UNDER_REVIEW,
    WAITING,
)
from huying.cases.models import Case, CaseLink
from huying.cases.motions import is_motion
from huying.cases.parameters import REWORK_DAYS
from huying.cases.rejections import REJECTED
from huying.cases.steps.requests import date_words
from huying.cases.steps.reviewing import PROPER
from huying.cases.withdrawals import WITHDRAWN
from huying.matters.attachments import held_back
from huying.matters.flow import Step, Tone
from huying.matters.models import Attachment, Clock, LedgerLine, Matter, Words
from huying.matters.timeline import tile
from huying.people.actors import Actor
from huying.people.contacts import reachable
from huying.people.directory import directory
from huying.ui.components import Attachment as FileTile
from huying.ui.components import TimelineEntry
from huying.ui.text import day

COLOURS: dict[Tone, str] = {"new": "blue", "busy": "blue", "waiting": "orange", "done": "green", "closed": "grey"}
OWN_STEPS = ("add_information", "rework", "rate", "withdraw")
WEEKDAYS = "一二三四五六日"

WAY = ("收到了", "找单位", "联系您", "正在办", "办好了")
CALLED = 2  # the stop of that way at which the reporter is called
# How far along that way a state is; with the whole of it behind it a case is closed.
REACHED = {
    TRIAGED: 1,
    DISPATCHED: 1,
    OBJECTING: 1,
    OBJECTED: 1,
    ACKNOWLEDGED: 2,
    HANDLING: 3,
    DEFERRED: 3,
    AWAITING_APPROVAL: 3,
    RESOLVED: 4,
    REPLY_REVIEW: 3,
    UNDER_REVIEW: 4,
}
# What a running clock promises the reporter: in time, and late.
PROMISES: dict[str, tuple[str, str]] = {
    "triage": ("我们会在 {due} 前看完，找到负责的单位。", "原定 {due} 前看完，已经晚了，我们正在抓紧。"),
    "dispatch": ("我们会在 {due} 前交给负责的单位。", "原定 {due} 前交给负责的单位，已经晚了，我们正在抓紧。"),
    "ruling": ("我们会在 {due} 前定下由哪个单位办。", "原定 {due} 前定下由哪个单位办，已经晚了，我们正在抓紧。"),
    "rejection": ("我们会在 {due} 前告诉您能不能受理。", "原定 {due} 前答复您能不能受理，已经晚了，我们正在抓紧。"),
    "acknowledge": ("他们会在 {due} 前接手。", "他们本该在 {due} 前接手，我们正在催。"),
    "contact": ("会在 {due} 前联系您。", "本该在 {due} 前联系您，我们正在催。"),
    "handle": ("承诺 {due} 前办好。", "原来承诺 {due} 前办好，已经超过了，我们正在催办。"),
    "rework": ("承诺 {due} 前重新办好。", "原来承诺 {due} 前重新办好，已经超过了，我们正在催办。"),
    "callback": ("我们会在 {due} 前打电话问您。", ""),
    "deferral": ("最迟 {due} 接着办；条件早一点具备，就早一点办。", ""),
    "deferral_review": ("{due} 前我们会再看一次能不能办。", ""),
    "reply_review": ("我们会在 {due} 前核对完，把答复给您。", "本该在 {due} 前核对完，我们正在抓紧。"),
    "revise": ("负责的单位会在 {due} 前改好答复。", "本该在 {due} 前改好答复，我们正在催。"),
    "review": ("会在 {due} 前得出评价结果。", "评价原定 {due} 前完成，已经晚了，我们正在催。"),
    "waiting": ("请在 {due} 前补充；到时没有补充，我们先按现有情况办。", ""),
}


# Why somebody was not talked to, as they are told it; who left no number knows.
UNREACHED = {
    "": "联系您，没有联系上",
    ContactExemption.UNREACHABLE: "几次都没有联系上您，先按现有情况办",
    ContactExemption.DECLINED: "按您说的，没有再联系您",
}

SHORT_WAYS = ("answer", "close_joined", "propose_rejection", "approve_rejection", "withdraw")  # to the end
_BY_PHONE = ("contact", "callback")
_TO_OTHERS = (*_BY_PHONE, "waiting")  # what is promised to, or asked of, the reporter of another case
# The same states, when nobody can be phoned.
NOT_CALLED = {ACKNOWLEDGED: "负责的单位已经接手", RESOLVED: "办好了，请看下面的答复"}
# Of a motion nobody is phoned: a sheet goes out with the letter and comes back.
OPINION_WANTED = "答复函已经送给您，请填好征求意见表交给我们"
OPINION_PROMISE = "请在 {due} 前交回征求意见表。"
ANNOUNCED = "告诉了大家进展"
ANSWERS = {"answer", "import_history", "approve", "publish_reply", "close_joined", "approve_rejection"}
# What was closed without having been handled: how that is said, what is asked afterwards, and what one can do.
UNHANDLED = {
    REJECTED: ("这件事我们不能受理", "觉得应当受理吗", "请再看一次"),
    WITHDRAWN: ("按您的要求，不再办理了", "还想接着办吗", "请接着办"),
}
_REVERSES = {step.key: taken for step in CASES.steps if (taken := CASES.reversed_by(step))}


@dataclass(frozen=True, slots=True)
class Milestone:
    """One stop of the way, as on a parcel."""

    label: str
    when: Literal["done", "now", "next"]


@dataclass(slots=True)
class PlainStory:
    """One page's worth."""

    state: str
    colour: str
    way: list[Milestone]
    holder: str  # "" once nobody has to do anything
    promises: list[str]  # until when what will have happened, each a sentence
    title: str
    text: str
    files: list[FileTile]  # that came with it
    question: str = ""  # what is wanted of the reader
    reply: str = ""
    reply_files: list[FileTile] = field(default_factory=list)
    entries: list[TimelineEntry] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    after_heading: str = ""  # what stands over it, where that is not what one expects
    again: str = ""  # what having it looked at again is called then
    manager: Manager | None = None  # who serves an enterprise
    afterwards: str = ""  # what can still be done once it is closed, or why no more

    @property
    def step_keys(self) -> set[str]:
        return {step.key for step in self.steps}


def plain_story(matter: Matter, actor: Actor, now: datetime | None = None) -> PlainStory:
    """Read with six queries. Internal notes, sent-back proposals and who pressed what stay inside."""
    now = now or timezone.now()
    case = Case.objects.get(pk=matter.pk)
    matter.case = case
    called = case.wants_reply and matter.raised_by_id in reachable([matter.raised_by_id])
    lines = list(LedgerLine.objects.filter(matter=matter).order_by("seq"))
    words: dict[tuple[int, str], str] = {}
    for row in Words.objects.filter(matter=matter):
        words[row.seq, row.field] = "（内容已按规定抹除）" if row.erased_at else row.text
    files = files_of(matter, lines)
    state = CASES.state[matter.state]
    leading = _main_of(matter) or matter
    story = PlainStory(
        state=OPINION_WANTED if is_motion(matter) and matter.state == RESOLVED else state.plain,
        colour=COLOURS[state.tone],
        way=_way(leading, case, lines, called=called and leading is matter),
        holder="" if leading.state in (RESOLVED, CLOSED) else directory().name_of(leading.holder_id),
        promises=_promised(leading, now, _TO_OTHERS if leading is not matter else () if called else _BY_PHONE),
        title=matter.title,
        text=words.get((1, "text"), ""),
        files=files.get(1, []),
        steps=[step for step in CASES.available(matter, actor) if step.key in OWN_STEPS],
    )
    if (unhandled := _unhandled(matter)) is not None:
        story.state, story.after_heading, story.again = UNHANDLED[unhandled]
    proposed = 0
    rejected = 0  # the line that says where to go instead
    told: list[tuple[str, TimelineEntry]] = []
    for line in lines:
        if line.step == "propose":
            proposed = line.seq
        if line.step in _REVERSES:  # pressed by mistake and taken back at once: as if it had not been
            told = _without_last(told, _REVERSES[line.step])
            continue
        if line.step == "propose_rejection":
            rejected = line.seq
        said = _said(line, words, rejected if line.step == "approve_rejection" else proposed)
        if said is None:
            continue
        at_once = line.step == "propose_rejection" and line.to_state == CLOSED
        key = "approve_rejection" if at_once else line.step
        answers = key in ANSWERS and line.to_state != REPLY_REVIEW
        if answers:
            story.reply, story.reply_files = said[1], files.get(proposed, [])
        if line.step == "return_to_reporter" and matter.state == WAITING:
            story.question = said[1]
        attached = files.get(line.seq, []) if line.seq > 1 else []
        if key in ANSWERS and not answers:
            key = ""  # approved, and not sent out yet
        told.append((key, TimelineEntry(what=said[0], at=line.at, text=said[1], attachments=attached)))
    if matter.state in (JOINED, CLOSED) and any(line.to_state == JOINED for line in lines):
        told = _with_announcements(told, matter)
    last = max((place for place, (key, _) in enumerate(told) if key in ANSWERS), default=-1)
    story.entries = [
        replace(entry, text="", attachments=()) if place == last else entry  # it stands above, under its own heading
        for place, (_, entry) in enumerate(told)
    ][::-1]
    if case.imported:
        story.entries.insert(0, TimelineEntry(what="办完了", at=matter.closed_at or matter.opened_at))
    if not called and not (is_motion(matter) and matter.state == RESOLVED):
        story.state = NOT_CALLED.get(matter.state, story.state)
    story.manager = manager_of(matter) if matter.closed_at is None else None
    story.afterwards = _afterwards(matter, case, story)
    return story


def _with_announcements(told: list[tuple[str, TimelineEntry]], matter: Matter) -> list[tuple[str, TimelineEntry]]:
    """What was told to everybody who goes along with one case, in between. Of those that do or did: three queries."""
    mains = dict(CaseLink.objects.standing().filter(case=matter.pk).values_list("main", "ended_at"))
    lines = LedgerLine.objects.filter(matter__in=list(mains), step="announce").values_list("matter", "seq", "at")
    moments = {(main, seq): at for main, seq, at in lines if (until := mains[main]) is None or at <= until}
    if not moments:
        return told
    rows = Words.objects.filter(matter__in=list(mains), field="text", erased_at=None)
    found = [
        ("announce", TimelineEntry(what=ANNOUNCED, at=at, text=row.text))
        for row in rows
        if (at := moments.get((row.matter_id, row.seq)))
    ]
    return sorted([*told, *found], key=lambda pair: pair[1].at)


def _main_of(matter: Matter) -> Matter | None:
    """The case that this one is handled with: whose turn it is and what was promised is told of that one."""
    if matter.state != JOINED:
        return None
    link = CaseLink.objects.waiting().filter(case=matter.pk).select_related("main__matter").first()
    return link.main.matter if link else None


def files_of(matter: Matter, lines: Sequence[LedgerLine]) -> dict[int, list[FileTile]]:
    """What the reporter may open, by the line it hangs on; of a result only once it is approved."""
    held = held_back(lines, CASES)
    found: dict[int, list[FileTile]] = {}
    for attached in Attachment.objects.filter(matter=matter, public=True).select_related("file").order_by("pk"):
        if attached.seq not in held:
            found.setdefault(attached.seq, []).append(_own_address(tile(attached), matter, attached))
    return found


def _own_address(shown: FileTile, matter: Matter, attached: Attachment) -> FileTile:
    """The same tile, fetched through the portal's door instead of the desk's."""
    url = reverse("portal:file", args=[matter.number, attached.file_id])
    return replace(shown, url=url, thumbnail_url=f"{url}?small" if shown.thumbnail_url else "")


# --- how far it is, and what was promised ----------------------------------------------------------------------------


def _way(matter: Matter, case: Case, lines: Sequence[LedgerLine], *, called: bool) -> list[Milestone]:
    """Empty for what never went that way: history, what was answered at once or with another.

    `called`: the reporter can be, and is meant to be. The stop where that happens is left out where it did not.
    """
    ended_by = next((line.step for line in reversed(lines) if line.from_state != line.to_state == CLOSED), "")
    if case.imported or (matter.state == CLOSED and ended_by in SHORT_WAYS):
        return []
    state = matter.state
    if state in (PASSED, CHECKING):
        state = matter.returns_to or HANDLING
    if state == WAITING:
        state = next((line.from_state for line in reversed(lines) if line.to_state == WAITING), HANDLING)
    if CASES.state[state].final and state != CLOSED:
        return []
    here = len(WAY) if state == CLOSED else REACHED.get(state, 0)
    with_call = _was_reached(lines) or (called and here <= CALLED)
    if here == CALLED and not with_call:
        here += 1
    return [
        Milestone(label, "done" if place < here else "now" if place == here else "next")
        for place, label in enumerate(WAY)
        if place != CALLED or with_call
    ]


def _was_reached(lines: Sequence[LedgerLine]) -> bool:
    return any(line.step == "contact" and json.loads(line.facts).get("reached") for line in lines)


def _promised(matter: Matter, now: datetime, without: Collection[str]) -> list[str]:
    running = Clock.objects.filter(matter=matter, stopped_at=None, paused_at=None).order_by("due_at")
    found: list[str] = []
    for clock in running:
        if clock.kind in without:
            continue
        in_time, late = PROMISES.get(clock.kind, ("", ""))
        if clock.kind == "callback" and is_motion(matter):
            in_time = OPINION_PROMISE
        words = in_time if now < clock.due_at else late
        if words:
            found.append(words.format(due=until_words(clock.due_at, now)))
    return found


def _without_last(told: list[tuple[str, TimelineEntry]], steps: Collection[str]) -> list[tuple[str, TimelineEntry]]:
    last = max((place for place, (key, _) in enumerate(told) if key in steps), default=-1)
    return [*told[:last], *told[last + 1 :]] if last >= 0 else told


def until_words(at: datetime, now: datetime) -> str:
    """今天 17:30, 明天 12:00, 11月25日（星期三）17:30."""
    local, today = timezone.localtime(at), timezone.localdate(now)
    time = f"{local:%H:%M}"
    match (local.date() - today).days:
        case 0:
            return f"今天 {time}"
        case 1:
            return f"明天 {time}"
    year = f"{local.year}年" if local.year != today.year else ""
    return f"{year}{local.month}月{local.day}日（星期{WEEKDAYS[local.weekday()]}）{time}"


def _unhandled(matter: Matter) -> str | None:
    return next((key for key in UNHANDLED if key in matter.aspects), None) if matter.state == CLOSED else None


def _afterwards(matter: Matter, case: Case, story: PlainStory) -> str:
    if case.imported:
        return "这是从别处转来的历史记录，不能在这里评价或重办。问题还在，请重新反映。"
    if matter.closed_at is None:
        return "解决了就不用管它。还没有解决，点下面，重新办理。" if "rework" in story.step_keys else ""
    days = REWORK_DAYS.value
    if PROPER in matter.aspects:
        words = "第三方评价认为这件事处置得当，不再重新办理。有新的情况，请重新反映。"
    elif "rework" in story.step_keys and story.again:
        until = timezone.localdate(matter.closed_at + timedelta(days=days))
        return f"{day(until)}前都可以告诉我们：点下面，写几句，我们重新看。"
    elif "rework" in story.step_keys:
        until = timezone.localdate(matter.closed_at + timedelta(days=days))
        words = f"要是还没有解决，{day(until)}前都可以在这里要求重新办理。"
    elif matter.state == CLOSED:
        words = f"办完已经超过 {days} 天，不能再要求重新办理。问题还在，请重新反映。"
    else:
        words = ""
    if case.rating and case.rated_at and case.rated_at >= matter.closed_at:
        words = f"您评价过：{Satisfaction(case.rating).label}。{words}"
    return words


def _name(code: object) -> str:
    listed = directory().by_code.get(str(code or ""))
    return listed.label if listed else "负责的单位"


def _handed_on(line: LedgerLine, facts: Mapping[str, object]) -> str:
    """Who goes on with it, and that nobody has let go of it."""
    listed = directory().by_code.get(str(facts.get("to") or ""))
    unit = listed.label if listed else "负责的单位"
    match line.step:
        case "take_on":
            return f"{unit}接手了"
        case "give_back" | "take_back":
            return f"交回{unit}接着办"
    return f"转给{unit}来办"


def _said(line: LedgerLine, words: Mapping[tuple[int, str], str], proposed: int) -> tuple[str, str] | None:
    """What a line means to the reporter, and the words that go with it; None for what stays inside."""
    facts = json.loads(line.facts)
    handler = directory().by_code.get(str(facts.get("handler") or facts.get("lead") or ""))
    unit = handler.label if handler else "负责的单位"
    match line.step:
        case "receive" if line.to_state == JOINED:
            return "我们收到了，别人也反映了同一件事，合在一起办", ""
        case "receive" | "import_history":
            return "我们收到了您反映的事", words.get((line.seq, "public_reply"), "")
        case "answer":
            return "当场答复了您", words.get((line.seq, "reply"), "")
        case "spot_check" if line.to_state != line.from_state:
            return "我们核对了答复，重新办理", ""
        case "dispatch":
            return f"交给了{unit}", ""
        case "succeed":
            return ("换了单位来办" if line.to_state == TRIAGED else "负责的单位有变更，接着办"), ""
        case "hand_back":
            return "换一个更合适的单位来办", ""
        case "acknowledge":
            return f"{unit}接手了", ""
        case "pass_down" | "pass_up" | "take_on" | "give_back" | "take_back":
            return _handed_on(line, facts), ""
        case "note_service" if facts.get("reached"):
            return "服务专员联系了您", ""
        case "send_to_grid":
            return "请人到现场去看", ""
        case "report_check":
            return "到现场看过了", ""
        case "contact":
            told = "联系了您" if facts.get("reached") else UNREACHED.get(str(facts.get("exemption") or ""), "")
            return (told, "") if told else None
        case "return_to_reporter":
            return "想请您补充", words.get((line.seq, "question"), "")
        case "add_information":
            return "补充了情况", words.get((line.seq, "text"), "")
        case "grant_extension" | "grant_complex" | "endorse_request":
            return _longer(facts)
        case "defer":
            return f"眼下还办不了，先记着{_because(facts)}", ""
        case "review_deferral" | "resume" | "deferral_ends":
            return ("条件有了变化，接着办" if line.to_state == HANDLING else "又看了一次，眼下还办不了，继续记着"), ""
        case "no_answer":
            return "没有等到补充，先按现有情况办", ""
        case "approve" if line.to_state == REPLY_REVIEW:
            return "办好了，正在核对给您的答复", ""
        case "publish_reply":
            return "给了您答复", words.get((line.seq, "public_reply"), "")
        case "approve" if facts.get("answer_class") in AnswerClass.values:
            kind = AnswerClass(facts["answer_class"]).label.replace(" ", " 类：")
            return f"给了您书面答复（{kind}）", words.get((proposed, "public_reply"), "")
        case "approve":
            return "办好了，给了您答复", words.get((proposed, "public_reply"), "")
        case "callback":
            if not facts.get("reached"):
                return "打电话问您是否满意，没有接通", ""
            if line.to_state == UNDER_REVIEW:
                return "您再次说没有办好，请两位不相干的人分别评价", ""
            return ("您说还没有解决，重新办理" if line.to_state == HANDLING else "您确认办好了"), ""
        case "record_opinion":
            if not facts.get("returned"):
                return "请您交回征求意见表，还没有收到", ""
            again = line.to_state == HANDLING
            return ("您说还不满意，重新办理，再给您一次答复" if again else "收到了您的征求意见表"), ""
        case "judge" | "decide_review" if line.to_state != line.from_state:
            proper = line.to_state == CLOSED
            return ("第三方评价认为处置得当，这件事办完了" if proper else "第三方评价认为处置不当，重新办理"), ""
        case "callback_from_above" | "rework_from_above" | "ruling_from_above" if facts.get("redone"):
            return ("上级回访您，您说没有办好，重新办理" if "callback" in line.step else "上级要求重新办理"), ""
        case "skip_review":
            return "不等评价，直接重新办理", ""
        case "rework" if line.to_state == UNDER_REVIEW:
            return "您再次要求重办，先请两位不相干的人分别评价", words.get((line.seq, "reason"), "")
        case "rework":
            return "您要求重办", words.get((line.seq, "reason"), "")
        case "close_without_callback":
            return "办完了", ""
        case "endorse_objection":
            return "正在确认由哪个单位来办", ""
        case "rule":
            return ("换一个更合适的单位来办" if facts.get("upheld") else f"确认由{unit}办"), ""
        case "assign_by_ruling":
            return f"定下由{_name(facts.get('lead'))}办", ""
        case "propose_rejection" if line.to_state != CLOSED:
            return "正在核实这件事能不能受理", ""
        case "propose_rejection":
            return "这件事我们不能受理", words.get((line.seq, "guidance"), "")
        case "approve_rejection":
            return "这件事我们不能受理", words.get((proposed, "guidance"), "")
        case "decline_rejection":
            return "这件事可以受理，接着办", ""
        case "hand_over":
            receipt = facts.get("receipt")
            told = f"对方的编号：{receipt}。" if receipt else ""
            return f"转给了{facts.get('target_name') or '该管的单位'}", told
        case "withdraw":
            return ("您要求不再办理" if facts.get("by_reporter") else "按您的要求，不再办理"), ""
        case "lead_on":
            return "改为单独办理", ""
        case "join":
            return "别人也反映了同一件事，合在一起办", ""
        case "announce":
            return ANNOUNCED, words.get((line.seq, "text"), "")
        case "merge":
            return "和另一件同样的事合并办理", ""
        case "repeat":
            return "您又反映了一次，记在这一件里", words.get((line.seq, "text"), "")
        case "mark_repeat" if line.to_state == JOINED:
            return "和您先前反映的同一件事一起办", ""
        case "unjoin":
            return "改为单独办理", ""
        case "close_joined":
            return "办完了，给了您答复", words.get((line.seq, "public_reply"), "")
        case "rate":
            level = facts.get("satisfied")
            said = Satisfaction(level).label if level in Satisfaction.values else ""
            return (f"您作了评价：{said}" if said else "您作了评价"), words.get((line.seq, "text"), "")
        case _:
            return None


def _longer(facts: Mapping[str, object]) -> tuple[str, str] | None:
    """Until when and why it takes longer; None where nothing was lengthened."""
    until = facts.get("extended_to")
    if not isinstance(until, str):
        return None
    return f"要多办几天，改到 {date_words(datetime.fromisoformat(until))} 前办好{_because(facts)}", ""


def _because(facts: Mapping[str, object]) -> str:
    why = options.plain_ground(str(facts.get("ground") or ""))
    return f"：{why}" if why else ""
