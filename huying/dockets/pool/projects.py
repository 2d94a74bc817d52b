"""Projects (项目): written and carried on, each verb one transaction with its trace in the log of changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from huying.dockets.enums import ProjectState
from huying.dockets.models import Need, Offer, Project, ProjectNote
from huying.dockets.pool.access import PROJECT, own_places, places_words, visible_offers
from huying.dockets.pool.matching import services
from huying.dockets.pool.needs.queries import needs_for
from huying.dockets.pool.offers import said_by
from huying.dockets.pool.sheets import place_of, places_by_name, too_long
from huying.kernel.changes import record_change
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing, Refusal
from huying.kernel.tabular import Cell, Column, Report, Row, open_rows
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.tree import place_tree

PROJECTS = "服务项目"  # as the log of changes calls them
OPEN = (ProjectState.PLANNED, ProjectState.RUNNING)


@dataclass(frozen=True, slots=True)
class Content:
    """What a project is. `owner`, `place`, `service` by id; `needs` by number, `offers` by number."""

    title: str
    detail: str
    begins_on: dt.date
    ends_on: dt.date
    owner: int
    place: int | None = None
    service: int | None = None
    budget: Decimal | None = None
    needs: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()


def projects_for(actor: Actor) -> QuerySet[Project]:
    """Projects are open to whoever may see the pool: there is nothing personal in them."""
    return Project.objects.all()


def door(actor: Actor, pk: int) -> Project:
    project = projects_for(actor).select_related("service").filter(pk=pk).first()
    if project is None:
        raise Missing("没有这个项目。")
    return project


def keeps(actor: Actor, project: Project) -> bool:
    """Its owner, the street of its place and the centre carry it on."""
    if not actor.may(PROJECT):
        return False
    own = own_places(actor)
    return own is None or project.owner_id == actor.organisation_id or (project.place_id or 0) in own


def owners(actor: Actor) -> list[tuple[str, str]]:
    """Who may own what this actor sets up."""
    own = own_places(actor)
    if own is None:
        centre = directory().centre
        return [(str(one.id), one.label) for one in (centre, *directory().handlers())]
    mine = directory().by_id.get(actor.organisation_id or 0)
    local = [one for one in directory().handlers() if one.place_id in own and one.id != actor.organisation_id]
    return [(str(one.id), one.label) for one in (*([mine] if mine else []), *local)]


def words_of(project: Project) -> dict[str, str]:
    said = {
        "项目名称": project.title,
        "内容和目标": project.detail,
        "服务类别": project.service.name if project.service else "",
        "牵头单位": directory().name_of(project.owner_id),
        "实施范围": places_words([project.place_id] if project.place_id else []),
        "时间": f"{project.begins_on:%Y-%m-%d} 至 {project.ends_on:%Y-%m-%d}",
        "经费": f"{project.budget} 元" if project.budget is not None else "",
        "状态": ProjectState(project.state).label,
        "成效": project.result,
    }
    return {name: value for name, value in said.items() if value}


@transaction.atomic
def save(pk: int | None, content: Content, *, by: Actor, at: dt.datetime | None = None) -> Project:
    """Set a project up or change it.

    Raises:
        Invalid, Forbidden, Conflict, Missing
    """
    if not by.may(PROJECT):
        raise Forbidden("您的岗位不能建立服务项目。")
    problems: dict[str, list[str]] = {}
    if content.ends_on < content.begins_on:
        problems["ends_on"] = ["结束日期不能早于开始日期"]
    if str(content.owner) not in dict(owners(by)):
        problems["owner"] = ["只能由本单位或本地的单位牵头"]
    own = own_places(by)
    if own is not None and content.place is not None and content.place not in own:
        problems["place"] = ["不是本地的街道或社区"]
    needs = dict(needs_for(by).filter(number__in=content.needs).values_list("number", "pk"))
    standing = Need.objects.filter(projects=pk or 0, matter__number__in=content.needs)
    needs |= dict(standing.values_list("matter__number", "pk"))  # put in by somebody who sees more
    if strange := [number for number in content.needs if number not in needs]:
        problems["needs"] = [f"没有这项需求，或者您无权查看：{'、'.join(strange)}"]
    keys = {number: _pk(number) for number in content.offers}
    named = Offer.objects.filter(pk__in=keys.values())
    known = set(named.filter(visible_offers(by)).values_list("pk", flat=True))
    known |= set(named.filter(projects=pk or 0).values_list("pk", flat=True))
    if strange := [number for number, key in keys.items() if key not in known]:
        problems["offers"] = [f"没有这项资源：{'、'.join(strange)}"]
    if problems:
        raise Invalid("填写的内容有误，请按提示修改。", fields=problems)
    before: dict[str, str] | None = None
    if pk is None:
        project = Project(created_at=at or timezone.now())
    else:
        project = _locked(pk, by)
        before = words_of(project)
    for name in ("title", "detail", "begins_on", "ends_on", "budget"):
        setattr(project, name, getattr(content, name))
    project.owner_id, project.place_id, project.service_id = content.owner, content.place, content.service
    project.save()
    project.needs.set(Need.objects.filter(pk__in=needs.values()))
    project.offers.set(Offer.objects.filter(pk__in=known))
    project = Project.objects.select_related("service").get(pk=project.pk)
    record_change(who=said_by(by), what=PROJECTS, key=project.number, before=before, after=words_of(project))
    return project


def _pk(number: str) -> int:
    digits = number.upper().removeprefix("ZY")
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 18 else 0


def _locked(pk: int, by: Actor) -> Project:
    rows = Project.objects.select_for_update(of=("self",)).select_related("service")
    project = rows.filter(pk=pk).first()
    if project is None:
        raise Missing("没有这个项目。")
    if not keeps(by, project):
        raise Forbidden("这个项目不由您的岗位管理。")
    if project.state not in OPEN:
        raise Conflict(f"这个项目{ProjectState(project.state).label}，不能再改。", code="ended")
    return project


@transaction.atomic
def carry_on(pk: int, progress: int, text: str, *, by: Actor, at: dt.datetime | None = None) -> Project:
    """How far it has come; the first note lets it run."""
    project = _locked(pk, by)
    if progress < project.progress:
        words = f"不能小于上次的 {project.progress}%，确有倒退的请在文字里写明"
        raise Invalid(f"进度{words}。", fields={"progress": [words]})
    ProjectNote.objects.create(project=project, at=at or timezone.now(), by_id=by.user_id, progress=progress, text=text)
    project.progress, project.state = progress, ProjectState.RUNNING
    project.save(update_fields=["progress", "state"])
    return project


@transaction.atomic
def end(pk: int, *, done: bool, result: str, by: Actor, at: dt.datetime | None = None) -> Project:
    """With what has come of it, or why it was stopped."""
    project = _locked(pk, by)
    if len(result.strip()) < 4:
        raise Invalid("请写明成效或原因。", fields={"result": ["至少 4 个字"]})
    before = words_of(project)
    project.result = result.strip()
    project.state = ProjectState.DONE if done else ProjectState.STOPPED
    project.progress = 100 if done else project.progress
    project.save(update_fields=["result", "state", "progress"])
    record_change(who=said_by(by), what=PROJECTS, key=project.number, before=before, after=words_of(project))
    return project


# --- in and out ------------------------------------------------------------------------------------------------------

PROJECT_COLUMNS = (
    Column(key="number", title="编号", note="改已有的项目才填；不填为建立一个。", example=""),
    Column(key="title", title="项目名称", required=True, example="暖冬助老行动"),
    Column(key="detail", title="内容和目标", required=True, example="为辖区独居老人检修水电燃气一次。"),
    Column(key="service", title="服务类别", note="可不填。", example="助老服务"),
    Column(key="owner", title="牵头单位", required=True, note="单位名称、简称或编码。", example="徐家棚街道"),
    Column(key="place", title="实施范围", note="街道或社区；不填为全区。", example="徐家棚街道"),
    Column(key="begins_on", title="开始日期", required=True, example="2026-12-01"),
    Column(key="ends_on", title="结束日期", required=True, example="2027-02-28"),
    Column(key="budget", title="经费（元）", note="没有的不填。", example="20000"),
)
PROJECTS_OUT = (
    *PROJECT_COLUMNS,
    Column(key="state", title="状态"),
    Column(key="progress", title="进度"),
    Column(key="result", title="成效"),
)


def take_in(path: Path, *, by: Actor, dry_run: bool, sheet: Path | None = None) -> Report:
    """Each good row becomes a project, or with a number changes the one that has it.

    Raises:
        Invalid: too many rows for one file.
    """
    too_long(path, PROJECT_COLUMNS)
    known, kinds = places_by_name(), {one.name: one.pk for one in services().values()}
    units: dict[str, int] = {}
    for unit in directory().by_id.values():
        if unit.current:
            for name in (unit.label, unit.short_name, unit.name, unit.code):
                units.setdefault(name, unit.id)
    with open_rows(path, PROJECT_COLUMNS) as source, Report(source, sheet=sheet) as report, transaction.atomic():
        for row in source:
            content = _read(row, known, kinds, units)
            if content is not None:
                try:
                    with transaction.atomic():
                        _take_in(row, content, by)
                except Refusal as refusal:
                    for name, texts in (refusal.fields or {"title": [refusal.message]}).items():
                        row.fault(name, texts[0])
            if row.faults:
                report.reject(row)
            else:
                report.accept()
        if dry_run:
            transaction.set_rollback(True)
    return report


def _take_in(row: Row, content: Content, by: Actor) -> None:
    """The lists say nothing of what a project holds: it keeps its needs and its offers."""
    number = row.text("number", most=20).upper()
    if not number:
        save(None, content, by=by)
        return
    digits = number.removeprefix("XM")
    known = digits.isdecimal() and digits.isascii() and len(digits) < 18
    project = Project.objects.filter(pk=int(digits)).first() if known else None
    if project is None:
        row.fault("number", f"没有编号为“{number}”的项目，新建立的不要填编号")
        return
    needs = tuple(project.needs.values_list("matter__number", flat=True))
    offers = tuple(offer.number for offer in project.offers.all())
    save(project.pk, replace(content, needs=needs, offers=offers), by=by)


def _read(row: Row, known: dict[str, list[int]], kinds: dict[str, int], units: dict[str, int]) -> Content | None:
    owner = row.text("owner", required=True, most=100)
    if owner and owner not in units:
        row.fault("owner", f"没有“{owner[:20]}”这个单位")
    place = row.text("place", most=60)
    found = place_of(row, "place", place, known) if place else None
    begins, ends = row.day("begins_on", required=True), row.day("ends_on", required=True)
    budget = row.number_of("budget", least=0, most=9_999_999_999)
    title = row.text("title", required=True, most=60)
    detail = row.text("detail", required=True, most=2000, lines=True)
    service = row.choice("service", kinds)
    if row.faults or begins is None or ends is None:
        return None
    money = Decimal(str(round(budget, 2))) if budget is not None else None
    return Content(title, detail, begins, ends, units[owner], found, service, money)


def rows_out(projects: Iterable[Project]) -> Iterable[Sequence[Cell]]:
    for project in projects:
        yield [
            project.number,
            project.title,
            project.detail,
            project.service.name if project.service else "",
            directory().name_of(project.owner_id),
            place_tree().name_of(project.place_id),
            project.begins_on,
            project.ends_on,
            float(project.budget) if project.budget is not None else None,
            ProjectState(project.state).label,
            f"{project.progress}%",
            project.result,
        ]
