"""保存期限: how long each kind of data is kept, and when what was past it has been cleared."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from huying.kernel import retention
from huying.kernel.changes import ACT
from huying.kernel.models import ConfigChange, PeriodicRun
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, Table, listing
from huying.ui.text import moment

RETENTION = Kind(retention.WHAT, "保存期限", "web:retention")
LEAD = (
    "过了保存期限的数据由后台每天清除一次；没有办结、被督办或在议题中的件不动，件、留痕和数字始终保留。"
    "期限在“参数”里改。"
)


@desk("settings.manage")
@require_GET
def retention_page(request: UserRequest) -> HttpResponse:
    newest = ConfigChange.objects.filter(what=retention.WHAT).order_by("key", "-id").distinct("key")
    cleared = {change.key: change for change in newest}
    lines = [
        Line([Cell(kept.label), Cell(kept.period.words), _last(cleared.get(kept.label))], of=kept.label)
        for kept in retention.kinds
    ]
    shown = Listing(
        kind=RETENTION,
        tables=[Table("各类数据的保存期限", ["数据", "保存", "上次清除"], lines)],
        lead=f"{LEAD}{_daily()}",
        links=[
            Link("修改期限", reverse("web:parameters")),
            Link("清除记录", f"{reverse('web:changes')}?what={retention.WHAT}"),
        ],
    )
    return listing(request, shown)


def _last(change: ConfigChange | None) -> Cell:
    if change is None:
        return Cell("还没有清除过")
    told = dict(change.after or ())
    return Cell(
        f"{told.get('清除', '')} 项，早于 {told.get('早于', '')} 的" if ACT in told else "",
        soft=f"{moment(change.at)}，{change.who}",
    )


def _daily() -> str:
    ran = PeriodicRun.objects.filter(name=retention.DAILY).first()
    if ran is None or ran.started_at is None:
        return "每天的清除还没有开始过。"
    if ran.failures:
        return f"每天的清除在 {moment(ran.started_at)} 没有启动成功，请看系统日志。"
    return f"最近一次自动清除在 {moment(ran.started_at)}。"
