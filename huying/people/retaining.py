"""How long this room keeps what: the logs of who looked and who came, and forms that nobody sent."""

from __future__ import annotations

import datetime as dt

from huying.kernel import readings
from huying.kernel.parameters import Parameter
from huying.kernel.parameters import declare as parameter
from huying.kernel.retention import MONTHS, Kept, declare, oldest
from huying.people import drafts
from huying.people.models import Draft, Reveal, SignIn, TableImport

SIGN_INS = parameter(
    Parameter(
        key="retention.sign_ins",
        label="保存期限：登录记录",
        unit=MONTHS,
        default=12,
        least=7,
        most=120,
        note="按规定至少保存六个月。",
    )
)
REVEALS = parameter(
    Parameter(
        key="retention.reveals",
        label="保存期限：查看个人信息的记录",
        unit=MONTHS,
        default=60,
        least=37,
        most=240,
        note="按规定至少保存三年。",
    )
)


def _sign_ins(before: dt.datetime, most: int) -> int:
    return SignIn.objects.filter(pk__in=oldest(SignIn.objects.all(), "at", before, most)).delete()[0]


def _reveals(before: dt.datetime, most: int) -> int:
    return Reveal.objects.filter(pk__in=oldest(Reveal.objects.all(), "at", before, most)).delete()[0]


def _drafts(before: dt.datetime, most: int) -> int:
    some = Draft.objects.filter(updated_at__lt=before).order_by("updated_at").values_list("pk", flat=True)[:most]
    return Draft.objects.filter(pk__in=list(some)).delete()[0]


def _tables(before: dt.datetime, most: int) -> int:
    return readings.let_go(readings.old(TableImport, before), most)


for _kept in (
    Kept(
        key="people.sign_ins",
        label="登录记录",
        period=SIGN_INS,
        due=lambda before: SignIn.objects.filter(at__lt=before).count(),
        clear=_sign_ins,
    ),
    Kept(
        key="people.reveals",
        label="查看个人信息的记录",
        period=REVEALS,
        due=lambda before: Reveal.objects.filter(at__lt=before).count(),
        clear=_reveals,
    ),
    Kept(
        key="people.drafts",
        label="没有写完的草稿",
        period=drafts.KEPT,
        due=lambda before: Draft.objects.filter(updated_at__lt=before).count(),
        clear=_drafts,
    ),
    Kept(
        key="people.tables",
        label="导入的单位、人员和区域文件",
        period=readings.KEPT,
        due=lambda before: readings.old(TableImport, before).count(),
        clear=_tables,
    ),
):
    declare(_kept)
