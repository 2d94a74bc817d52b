"""The lists in by file."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huying.dockets.pool import projects, sheets
from huying.dockets.pool.access import EXCHANGE
from huying.dockets.pool.needs import sheets as need_sheets
from huying.dockets.pool.needs.queries import needs_for
from huying.dockets.pool.views.offers import offers_for
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.people.settings import Kind
from huying.people.uploading import Importing, Outcome, Task, import_page
from huying.ui.components import Crumb


class _List(Kind):
    __slots__ = ()

    def crumbs(self, *further: Crumb) -> list[Crumb]:
        return [Crumb(self.title, reverse(self.url_name)), *further]


OFFERS = _List("资源清单", "资源清单", "dockets:pool-offers")
NEEDS = _List("需求清单", "需求清单", "dockets:pool-needs")
PROJECTS = _List("项目清单", "项目清单", "dockets:pool-projects")


@desk(EXCHANGE)
@require_http_methods(["GET", "POST"])
def import_offers(request: UserRequest) -> HttpResponseBase:
    actor = request.actor

    def run(task: Task) -> Outcome:
        return Outcome(sheets.take_in_offers(task.path, by=actor, dry_run=task.dry_run, sheet=task.sheet))

    def export(path: Path) -> int:
        rows = offers_for(actor).select_related("provider", "service", "contact").order_by("pk")
        return sheets.written(path, sheets.OFFERS_OUT, sheets.offer_rows(rows.iterator(2000)), "资源清单")

    importing = Importing(
        key="pool-offers",
        kind=OFFERS,
        title="导入资源",
        lead="一行一项资源，没有登记过的服务力量一并登记；填了编号的按文件修改那一项。您能确认的导入即确认，其余的等待确认。",
        url_name="dockets:pool-import-offers",
        columns=sheets.OFFER_COLUMNS,
        run=run,
        export=export,
    )
    return import_page(request, importing)


@desk(EXCHANGE)
@require_http_methods(["GET", "POST"])
def import_needs(request: UserRequest) -> HttpResponseBase:
    actor = request.actor

    def run(task: Task) -> Outcome:
        return Outcome(need_sheets.take_in_needs(task.path, by=actor, dry_run=task.dry_run, sheet=task.sheet))

    def export(path: Path) -> int:
        rows = needs_for(actor).select_related("need__offer__provider").order_by("pk")
        return sheets.written(
            path, need_sheets.NEEDS_OUT, need_sheets.need_rows(rows.iterator(2000), actor), "需求清单"
        )

    importing = Importing(
        key="pool-needs",
        kind=NEEDS,
        title="导入需求",
        lead="一行一项需求，导入后和在页面上提出的一样：推荐资源、告诉能做的单位、开始计时。",
        url_name="dockets:pool-import-needs",
        columns=need_sheets.NEED_COLUMNS,
        run=run,
        export=export,
    )
    return import_page(request, importing)


@desk(EXCHANGE)
@require_http_methods(["GET", "POST"])
def import_projects(request: UserRequest) -> HttpResponseBase:
    actor = request.actor

    def run(task: Task) -> Outcome:
        return Outcome(projects.take_in(task.path, by=actor, dry_run=task.dry_run, sheet=task.sheet))

    def export(path: Path) -> int:
        rows = projects.projects_for(actor).select_related("service").order_by("pk")
        return sheets.written(path, projects.PROJECTS_OUT, projects.rows_out(rows.iterator(2000)), "项目清单")

    importing = Importing(
        key="pool-projects",
        kind=PROJECTS,
        title="导入项目",
        lead="一行一个项目，填了编号的按文件修改那一个；需求和资源在项目页面上放进去。",
        url_name="dockets:pool-import-projects",
        columns=projects.PROJECT_COLUMNS,
        run=run,
        export=export,
    )
    return import_page(request, importing)
