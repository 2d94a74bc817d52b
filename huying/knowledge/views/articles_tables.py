"""Articles by file."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huying.knowledge.articles import actions, exchange
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.people.settings import Kind
from huying.people.uploading import Importing, Outcome, Task, import_page
from huying.ui.components import Crumb


class _Articles(Kind):
    __slots__ = ()

    def crumbs(self, *further: Crumb) -> list[Crumb]:
        return [Crumb(self.title, reverse(self.url_name)), *further]


ARTICLES = _Articles("知识库", "知识库", "knowledge:articles")


@desk(actions.APPROVE)
@require_http_methods(["GET", "POST"])
def articles_import(request: UserRequest) -> HttpResponseBase:
    def run(task: Task) -> Outcome:
        return Outcome(exchange.take_in(task.path, by=request.actor, dry_run=task.dry_run, sheet=task.sheet))

    importing = Importing(
        key="articles",
        kind=ARTICLES,
        title="导入知识",
        lead="一行一条。导入的都进入“待审核”，由导入人以外的审核人发布；填了编号的作为那一条的新版本，内容没有变化的跳过。",
        url_name="knowledge:import",
        columns=exchange.COLUMNS,
        run=run,
        export=exchange.export,
    )
    return import_page(request, importing)
