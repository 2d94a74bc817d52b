"""Leaders' written instructions, tasks of the upper level and items of daily reports: list, form, page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Refusal
from huying.kernel.paging import capped_count, capped_counts, keyset
from huying.matters.attachments import uploader
from huying.matters.detail import TONES
from huying.matters.engine import open_one
from huying.matters.forms import InputForm
from huying.matters.live import channels_of
from huying.matters.models import Matter
from huying.matters.queries import Remaining, most_pressing
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest
from huying.supervision.enums import InstructionKind
from huying.supervision.flow import INSTRUCTIONS
from huying.supervision.forms import OwnInstructionForm, RecordForm
from huying.supervision.queries import (
    about_numbers,
    instruction_door,
    instruction_marks,
    listed,
    rows_of,
    summary,
    title_of,
    told,
)
from huying.supervision.queues import NEWEST, PRESSING, instructions_for, supervisions_for
from huying.supervision.views.lists import Tab
from huying.supervision.views.new import named_matters
from huying.supervision.views.pages import InstructionPages
from huying.ui.components import Crumb, Fact, Tone

PAGE = 50
COUNTED_TO = 999
PAGES = InstructionPages()

_OPEN = Q(closed_at=None)
TABS: Mapping[str, tuple[str, Q]] = {
    "open": ("在办", _OPEN),
    "to-do": ("待分解或报告", _OPEN & ~Q(state="tasked")),
    "recorded": ("待分解", _OPEN & Q(state="recorded")),
    "tasked": ("办理中", _OPEN & Q(state="tasked")),
    "to-report": ("待报告", _OPEN & Q(state="to_report")),
    "closed": ("已报告", Q(state="closed")),
    "all": ("全部", Q()),
}


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    title: str
    kind: str
    source: str
    dated: date
    state: str
    tone: Tone
    done: int
    tasks: int
    remaining: Remaining | None


@desk("supervision.board")
@require_GET
def instruction_list(request: UserRequest) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    shown = request.GET.get("list", "open")
    shown = shown if shown in TABS else "open"
    kind, typed = request.GET.get("kind", ""), " ".join(request.GET.get("q", "").split())[:100]
    everything = instructions_for(actor)
    rows = everything.filter(TABS[shown][1])
    if kind in InstructionKind.values:
        rows = rows.filter(subkind=kind)
    if typed:
        named = Q(number__iexact=typed) | Q(title__icontains=typed) | Q(instruction__source__icontains=typed)
        rows = rows.filter(named | Q(instruction__reference__iexact=typed))
    ordering = NEWEST if shown in ("closed", "all") else PRESSING
    tasks = Count("instruction__tasks")
    done = Count("instruction__tasks", filter=Q(instruction__tasks__matter__closed_at__isnull=False))
    counted = rows.select_related("instruction").annotate(tasks=tasks, done=done)
    page = keyset(counted, ordering, request.GET.get("cursor"), PAGE)
    numbers = capped_counts({key: everything.filter(condition) for key, (_, condition) in TABS.items()}, COUNTED_TO)
    base = reverse("supervision:instructions")
    context = {
        "tabs": [
            Tab(label, base if key == "open" else f"{base}?list={key}", f"{numbers[key].n}", key == shown)
            for key, (label, _) in TABS.items()
        ],
        "shown": shown,
        "kinds": [("", "不限"), *InstructionKind.choices],
        "kind": kind,
        "typed": typed,
        "narrowed": bool(typed or kind),
        "rows": _rows(page.rows, actor, now),
        "page": page,
        "summary": f"{capped_count(rows, 10_000)} 件",
        "may_record": actor.may("supervision.instruct"),
        "channels": " ".join(channels_of(actor)),
        "here": request.get_full_path(),
    }
    return render(request, "supervision/instructions.html", context)


def _rows(matters: Sequence[Matter], actor: Actor, now: datetime) -> list[Row]:
    pressing = most_pressing(matters, INSTRUCTIONS, now)
    return [
        Row(
            number=matter.number,
            title=title_of(matter, actor),
            kind=InstructionKind(matter.subkind).label,
            source=matter.instruction.source,
            dated=matter.instruction.dated,
            state=INSTRUCTIONS.state[matter.state].label,
            tone=TONES[INSTRUCTIONS.state[matter.state].tone],
            done=getattr(matter, "done", 0),
            tasks=getattr(matter, "tasks", 0),
            remaining=pressing.get(matter.pk),
        )
        for matter in matters
    ]


@desk("supervision.instruct")
@require_http_methods(["GET", "POST"])
def new_instruction(request: UserRequest) -> HttpResponse:
    """A leader writes it, or whoever serves the leaders records it with the scanned page."""
    mine, leads = uploader(request.actor), request.actor.role.key == "leader"
    kind = OwnInstructionForm if leads else RecordForm
    if request.method == "GET":
        begins: dict[str, object] = {"dated": timezone.now()}
        if leads:
            begins |= {"kind": InstructionKind.LEADER, "source": request.user.display_name}
        if about := named_matters(request):
            begins |= {"matters": [one.number for one in about], "title": title_of(about[0], request.actor)}
        return _ask(request, kind(initial=begins, uploader=mine), leads=leads)
    form = kind(request.POST, request.FILES, uploader=mine)
    if not form.is_valid():
        return _ask(request, form, leads=leads)
    try:
        matter = open_one(INSTRUCTIONS, "record", by=request.actor, data=form.input)
    except Refusal as refusal:
        form.refuse(refusal)
        form.keep_files()
        return _ask(request, form, leads=leads)
    messages.success(request, f"{matter.number} 已登记，{'督导员会分解任务' if leads else '请分解任务'}。")
    return redirect("supervision:instruction", number=matter.number)


def _ask(request: UserRequest, form: InputForm, *, leads: bool) -> HttpResponse:
    title = "写批示" if leads else "登记批示或交办事项"
    context = {
        "form": form,
        "title": title,
        "verb": "提交批示" if leads else "登记",
        "crumbs": [Crumb("批示交办", reverse("supervision:instructions")), Crumb(title)],
    }
    return render(request, "supervision/record.html", context, status=form.status if form.is_bound else 200)


@desk("supervision.board")
@require_GET
def instruction(request: UserRequest, number: str) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    matter = instruction_door(actor, number)
    row, story = matter.instruction, told(matter, actor)
    offered = INSTRUCTIONS.available(matter, actor)
    rare = {"withdraw"} if matter.state == "recorded" else {"withdraw", "assign"}
    aside = [step for step in offered if step.key in rare]
    steps = [step for step in offered if step not in aside]
    tasks = list(listed(supervisions_for(actor).filter(supervision__instruction=matter.pk)).order_by("pk")[:200])
    facts = [
        Fact("类别", InstructionKind(matter.subkind).label),
        Fact("批示人或交办单位", row.source),
        Fact("来文号或期号", row.reference),
        Fact("批示或交办日期", f"{row.dated:%Y年}{row.dated.month}月{row.dated.day}日"),
    ]
    context = {
        **summary(matter, actor, story, now),
        "facts": [fact for fact in facts if fact.value],
        "said": story.words.get("text", ""),
        "about": about_numbers(row.about, actor),
        "again": [said["text"] for seq, said in sorted(story.said.items()) if seq > 1 and "text" in said],
        "report": story.last_said("report").get("report", ""),
        "tasks": rows_of(tasks, actor, now),
        "done": sum(not task.is_open for task in tasks),
        "marks": instruction_marks(matter),
        "steps": steps,
        "aside": aside,
        "primary": steps[0].key if steps and steps[0].primary else "",
        "crumbs": [Crumb("批示交办", reverse("supervision:instructions")), Crumb(matter.number)],
    }
    return render(request, "supervision/instruction.html", context)


@desk("supervision.board")
@require_http_methods(["GET", "POST"])
def step(request: UserRequest, number: str, key: str) -> HttpResponse:
    return PAGES.take(request, number, key)
