"""项目清单: the list of projects, one project, setting up and carrying on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.dockets.enums import ProjectState
from huying.dockets.models import Project
from huying.dockets.pool import projects
from huying.dockets.pool.access import EXCHANGE, PROJECT, VIEW, places_words, visible_offers
from huying.dockets.pool.forms import ANY, UNCHOSEN, choices, local_places, one_line
from huying.dockets.pool.matching import active_services, services
from huying.dockets.pool.needs.flow import NEEDS
from huying.dockets.pool.needs.queries import needs_for
from huying.dockets.pool.sheets import written
from huying.dockets.pool.views.shown import pool_tabs
from huying.dockets.queries import title_of
from huying.kernel.errors import Forbidden, Refusal
from huying.kernel.paging import CappedCount, capped_count, capped_counts, keyset
from huying.matters.detail import TONES
from huying.matters.forms import CONTROL
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.people.uploading import sent
from huying.ui.components import Confirmation, Crumb, Fact, TimelineEntry, Tone, chip
from huying.ui.forms import LongSelect, by_typing, show_refusal
from huying.ui.pages import confirm_page

PAGE, COUNTED_TO, TABS_COUNTED_TO = 50, 10_000, 999
State = ProjectState
STATE_TONES: dict[str, Tone] = {
    State.PLANNED: "blue",
    State.RUNNING: "purple",
    State.DONE: "green",
    State.STOPPED: "grey",
}
QUEUES = (
    ("open", "在办", Q(state__in=projects.OPEN), ("没有在办的项目", "筹备和实施中的项目会出现在这里。")),
    ("ended", "已结束", ~Q(state__in=projects.OPEN), ("还没有结束的项目", "完成和中止的项目会出现在这里。")),
    ("all", "全部", Q(), ("还没有项目", "把几项需求和资源放在一起，作为项目来做。")),
)
_BETWEEN = re.compile(r"[、,，;；\s]+")


class ProjectFilter(forms.Form):
    use_required_attribute = False

    q = forms.CharField(label="名称", max_length=60, required=False)
    service = forms.ChoiceField(label="服务类别", required=False, widget=LongSelect)

    def __init__(self, data: dict[str, str]) -> None:
        super().__init__(data)
        choices(self.fields["service"], [ANY, *((key, one.name) for key, one in services().items())])

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def words_of(self, name: str) -> str:
        value = self.chosen[name]
        return services()[value].name if name == "service" else value


@dataclass(frozen=True, slots=True)
class Row:
    project: Project
    state: str
    tone: Tone
    owner: str
    place: str
    late: bool
    needs: int
    offers: int


@desk(VIEW)
@require_GET
def project_list(request: UserRequest) -> HttpResponseBase:
    actor, today = request.actor, timezone.localdate()
    key, label, condition, empty = next((q for q in QUEUES if q[0] == request.GET.get("list")), QUEUES[0])
    form = ProjectFilter(request.GET.dict())
    chosen = form.chosen
    plain = projects.projects_for(actor)
    found = plain.filter(condition)
    if words := one_line(chosen.get("q", "")):
        found = found.filter(title__icontains=words)
    if service := chosen.get("service"):
        found = found.filter(service__key=service)
    if request.GET.get("export") == ".xlsx":
        rows = found.select_related("service").order_by("pk")[:COUNTED_TO]
        out = projects.PROJECTS_OUT
        return sent("项目清单.xlsx", lambda path: written(path, out, projects.rows_out(rows), "项目清单"))
    counted = found.select_related("service").annotate(
        n_needs=Count("needs", distinct=True), n_offers=Count("offers", distinct=True)
    )
    page = keyset(counted, ("-id",), request.GET.get("cursor"), PAGE)
    total = capped_count(found, COUNTED_TO) if page.next or page.previous else CappedCount(len(page.rows), False)
    counts = capped_counts({q[0]: plain.filter(q[2]) for q in QUEUES}, TABS_COUNTED_TO)
    query = request.GET.copy()
    query["export"] = ".xlsx"
    query.pop("cursor", None)
    context = {
        "pool_tabs": pool_tabs(actor, "projects"),
        "tabs": [
            (q[1], f"?{urlencode({'list': q[0]})}", str(counts[q[0]]).replace("超过 ", ""), q[0] == key) for q in QUEUES
        ],
        "queue": {"key": key, "label": label, "empty": empty},
        "form": form,
        "chips": [chip(request, name, str(form.fields[name].label), form.words_of(name)) for name in chosen],
        "clear_url": f"{request.path}?{urlencode({'list': key})}",
        "rows": [
            Row(
                one,
                State(one.state).label,
                STATE_TONES[one.state],
                directory().name_of(one.owner_id),
                places_words([one.place_id] if one.place_id else []),
                one.state in projects.OPEN and one.ends_on < today,
                int(getattr(one, "n_needs", 0)),
                int(getattr(one, "n_offers", 0)),
            )
            for one in page.rows
        ],
        "page": page,
        "summary": f"{total} 个",
        "may_set_up": actor.may(PROJECT),
        "may_exchange": actor.may(EXCHANGE),
        "export_url": f"?{query.urlencode()}",
    }
    return render(request, "dockets/pool/projects.html", context)


# --- one project -----------------------------------------------------------------------------------------------------


class NoteForm(forms.Form):
    use_required_attribute = False
    progress = forms.IntegerField(
        label="进度（%）", min_value=0, max_value=100, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    text = forms.CharField(label="进展", min_length=4, max_length=1000, widget=forms.Textarea(attrs={"rows": "3"}))


class EndForm(forms.Form):
    use_required_attribute = False
    result = forms.CharField(
        label="成效或原因", min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": "4"})
    )


@desk(VIEW)
@require_GET
def project_page(request: UserRequest, pk: int) -> HttpResponse:
    return _page(request, projects.door(request.actor, pk))


def _page(request: UserRequest, project: Project, *, note: NoteForm | None = None, status: int = 200) -> HttpResponse:
    actor = request.actor
    mine = projects.keeps(actor, project) and project.state in projects.OPEN
    needs = list(needs_for(actor).filter(need__projects=project.pk).order_by("-pk")[:50])
    hidden = project.needs.count() - len(needs)
    offers = project.offers.filter(visible_offers(actor)).select_related("provider", "service").order_by("pk")
    notes = project.notes.select_related("by")[:40]
    context = {
        "project": project,
        "state": State(project.state).label,
        "tone": STATE_TONES[project.state],
        "late": project.state in projects.OPEN and project.ends_on < timezone.localdate(),
        "facts": _facts(project),
        "needs": [
            (one.number, title_of(one, actor), NEEDS.state[one.state].label, TONES[NEEDS.state[one.state].tone])
            for one in needs
        ],
        "hidden": max(0, hidden),
        "offers": offers,
        "story": [
            TimelineEntry(
                what=f"进度 {one.progress}%", at=one.at, who=one.by.display_name if one.by else "", text=one.text
            )
            for one in notes
        ],
        "may_keep": mine,
        "note_form": note or NoteForm(initial={"progress": project.progress}, auto_id="note-%s"),
        "questions": [_question(project, key) for key in ("done", "stop")] if mine else [],
        "crumbs": [Crumb("项目清单", reverse("dockets:pool-projects")), Crumb(project.number)],
    }
    return render(request, "dockets/pool/project.html", context, status=status)


def _facts(project: Project) -> list[Fact]:
    def day(one: Any) -> str:
        return f"{one.year}年{one.month}月{one.day}日"

    return [
        Fact("牵头单位", directory().name_of(project.owner_id)),
        Fact("服务类别", project.service.name if project.service else ""),
        Fact("实施范围", places_words([project.place_id] if project.place_id else [])),
        Fact("时间", f"{day(project.begins_on)} 至 {day(project.ends_on)}"),
        Fact("经费", f"{project.budget:,.2f} 元" if project.budget is not None else ""),
        Fact("进度", f"{project.progress}%"),
    ]


def _question(project: Project, key: str, form: EndForm | None = None) -> Confirmation:
    done = key == "done"
    return Confirmation(
        id=f"end-{key}",
        label="完成项目" if done else "中止项目",
        title="项目已经完成？" if done else "中止这个项目？",
        body="写明成效；完成后不能再改。" if done else "写明原因；中止后不能恢复，放在里面的需求和资源不受影响。",
        verb="完成项目" if done else "中止项目",
        action=reverse("dockets:pool-project-end", args=[project.pk, key]),
        danger=not done,
        form=form or EndForm(auto_id=f"{key}-%s"),
        back_url=reverse("dockets:pool-project", args=[project.pk]),
    )


@desk(PROJECT)
@require_http_methods(["POST"])
def project_note(request: UserRequest, pk: int) -> HttpResponse:
    project = projects.door(request.actor, pk)
    form = NoteForm(request.POST, auto_id="note-%s")
    if not form.is_valid():
        return _page(request, project, note=form, status=422)
    try:
        projects.carry_on(pk, form.cleaned_data["progress"], _text(form.cleaned_data["text"]), by=request.actor)
    except Forbidden:
        raise
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _page(request, project, note=form, status=refusal.status)
    messages.success(request, "进展已记下。")
    return redirect("dockets:pool-project", pk=pk)


def _text(typed: str) -> str:
    return CONTROL.sub("", typed).replace("\r\n", "\n").strip()


@desk(PROJECT)
@require_http_methods(["GET", "POST"])
def project_end(request: UserRequest, pk: int, key: str) -> HttpResponse:
    project = projects.door(request.actor, pk)
    if not projects.keeps(request.actor, project):
        raise Forbidden("您的岗位不能结束这个项目。")
    if request.method == "GET":
        return confirm_page(request, _question(project, key))
    form = EndForm(request.POST, auto_id=f"{key}-%s")
    if not form.is_valid():
        return confirm_page(request, _question(project, key, form))
    projects.end(pk, done=key == "done", result=_text(form.cleaned_data["result"]), by=request.actor)
    messages.success(request, f"项目“{project.title}”{'已完成' if key == 'done' else '已中止'}。")
    return redirect("dockets:pool-project", pk=pk)


# --- writing ---------------------------------------------------------------------------------------------------------


class ProjectForm(forms.Form):
    use_required_attribute = False
    more = ("budget", "offers")

    title = forms.CharField(label="项目名称", min_length=4, max_length=60)
    detail = forms.CharField(
        label="内容和目标", min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": "4"})
    )
    service = forms.ChoiceField(label="服务类别", required=False, widget=LongSelect)
    owner = forms.ChoiceField(label="牵头单位", widget=LongSelect)
    place = forms.ChoiceField(label="实施范围", required=False, widget=LongSelect)
    begins_on = forms.DateField(label="开始日期", widget=forms.TextInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label="结束日期", widget=forms.TextInput(attrs={"type": "date"}))
    needs = forms.CharField(
        label="回应的需求",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": "2"}),
        help_text="需求编号，可以写几个，用顿号或空格隔开。",
    )
    budget = forms.DecimalField(
        label="经费（元）",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    offers = forms.CharField(
        label="用到的资源",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": "2"}),
        help_text="资源编号，可以写几个，用顿号或空格隔开。",
    )

    def __init__(self, data: Any = None, *, actor: Actor, **more: Any) -> None:
        super().__init__(data, **more)
        keys = {key: one.pk for key, one in services().items()}
        choices(self.fields["service"], [("", "不限一类"), *((str(keys[k]), name) for k, name in active_services())])
        choices(self.fields["owner"], [UNCHOSEN, *projects.owners(actor)])
        choices(self.fields["place"], [("", "全区"), *local_places(actor)])
        by_typing(self.fields["owner"])
        by_typing(self.fields["place"])
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}。"

    def content(self) -> projects.Content:
        said = self.cleaned_data
        return projects.Content(
            title=one_line(said["title"]),
            detail=_text(said["detail"]),
            begins_on=said["begins_on"],
            ends_on=said["ends_on"],
            owner=int(said["owner"]),
            place=int(said["place"]) if said["place"] else None,
            service=int(said["service"]) if said["service"] else None,
            budget=said["budget"],
            needs=_numbers(said["needs"]),
            offers=_numbers(said["offers"]),
        )


def _numbers(typed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, _BETWEEN.split(CONTROL.sub(" ", typed)))))[:100]


@desk(PROJECT)
@require_http_methods(["GET", "POST"])
def project_new(request: UserRequest) -> HttpResponse:
    """`need` in the address: numbers of needs to begin with."""
    return _write(request, None)


@desk(PROJECT)
@require_http_methods(["GET", "POST"])
def project_edit(request: UserRequest, pk: int) -> HttpResponse:
    project = projects.door(request.actor, pk)
    if not projects.keeps(request.actor, project):
        raise Forbidden("您的岗位不能修改这个项目。")
    return _write(request, project)


def _write(request: UserRequest, project: Project | None) -> HttpResponse:
    actor = request.actor
    if request.method == "GET":
        return _form_page(request, ProjectForm(actor=actor, initial=_beginning(request, project)), project)
    form = ProjectForm(request.POST, actor=actor)
    if not form.is_valid():
        return _form_page(request, form, project)
    try:
        saved = projects.save(project.pk if project else None, form.content(), by=actor)
    except Forbidden:
        raise
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, project, refusal.status)
    messages.success(request, f"{saved.number}“{saved.title}”已保存。")
    return redirect("dockets:pool-project", pk=saved.pk)


def _beginning(request: UserRequest, project: Project | None) -> dict[str, object]:
    if project is None:
        needs = "、".join(CONTROL.sub("", one)[:40] for one in request.GET.getlist("need")[:50])
        mine = [key for key, _ in projects.owners(request.actor)]
        own = str(request.actor.organisation_id)
        return {"begins_on": timezone.localdate(), "needs": needs, "owner": own if own in mine else ""}
    names = ("title", "detail", "begins_on", "ends_on", "budget")
    return {name: getattr(project, name) for name in names} | {
        "service": str(project.service_id or ""),
        "owner": str(project.owner_id),
        "place": str(project.place_id or ""),
        "needs": "、".join(project.needs.order_by("pk").values_list("matter__number", flat=True)),
        "offers": "、".join(one.number for one in project.offers.order_by("pk")),
    }


def _form_page(request: UserRequest, form: ProjectForm, project: Project | None, status: int = 422) -> HttpResponse:
    title = "修改项目" if project else "建立项目"
    back = reverse("dockets:pool-project", args=[project.pk]) if project else reverse("dockets:pool-projects")
    context = {
        "form": form,
        "title": title,
        "lead": "几项需求和资源放在一起，由一个单位牵头、在一段时间里做完。",
        "verb": "保存",
        "back_url": back,
        "crumbs": [Crumb("项目清单", reverse("dockets:pool-projects")), Crumb(title)],
    }
    return render(request, "dockets/pool/form.html", context, status=status if form.is_bound and form.errors else 200)
