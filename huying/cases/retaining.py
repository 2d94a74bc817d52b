"""How long this room keeps what: files and texts of closed cases, and the sheets that were taken in and out."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from huying.cases import exporting
from huying.cases.flow import CASES
from huying.cases.models import Case, ContactAct, ExportRun, ImportRun
from huying.kernel import readings
from huying.kernel.parameters import Parameter
from huying.kernel.parameters import declare as parameter
from huying.kernel.privacy import mask_address
from huying.kernel.retention import MONTHS, Kept, declare
from huying.matters import clearing, forgetting
from huying.matters.enums import Cleared
from huying.matters.models import Attachment, Matter, Words

FILES = parameter(
    Parameter(
        key="retention.files",
        label="保存期限：诉求件的附件",
        unit=MONTHS,
        default=60,
        least=6,
        most=600,
        note="从办结起算；被督办或在议题中的不清除。",
    )
)
WORDS = parameter(
    Parameter(
        key="retention.words",
        label="保存期限：诉求件的文字",
        unit=MONTHS,
        default=120,
        least=12,
        most=600,
        note="从办结起算，附件随文字一起清除；留痕、分类、时限和评价一直保留，各项数字不变。",
    )
)


def closed_past(before: datetime, reached: Cleared) -> QuerySet[Matter]:
    """Cases closed before that have not been cleared so far yet, and that nothing holds."""
    rows = Matter.objects.filter(kind=CASES.kind, cleared__lt=reached, closed_at__lt=before)
    return forgetting.free_of_holds(rows).order_by("cleared", "closed_at")


def _taken(before: datetime, reached: Cleared, most: int) -> list[int]:
    rows = closed_past(before, reached).select_for_update(skip_locked=True, of=("self",), no_key=True)
    return list(rows.values_list("pk", flat=True)[:most])


def _files(before: datetime, most: int) -> int:
    keys = _taken(before, Cleared.FILES, most)
    clearing.remove_files(Attachment.objects.filter(matter__in=keys))
    Matter.objects.filter(pk__in=keys).update(cleared=Cleared.FILES)
    return len(keys)


def _words(before: datetime, most: int) -> int:
    keys = _taken(before, Cleared.WORDS, most)
    clearing.remove_files(Attachment.objects.filter(matter__in=keys))
    clearing.erase_words(Words.objects.filter(matter__in=keys), timezone.now())
    for case in Case.objects.filter(pk__in=keys).exclude(address=""):
        Case.objects.filter(pk=case.pk).update(address=mask_address(case.address))
    Case.objects.filter(pk__in=keys).update(follow_hash=None, tags=[])
    ContactAct.objects.filter(case__in=keys).exclude(whom="").update(whom="")
    Matter.objects.filter(pk__in=keys).update(title=clearing.ERASED_TITLE, cleared=Cleared.WORDS)
    return len(keys)


def _exports(before: datetime, most: int) -> int:
    runs = list(exporting.old(before).select_related("file")[:most])
    ExportRun.objects.filter(pk__in=[run.pk for run in runs]).update(file=None)
    for run in runs:
        if run.file is not None:
            run.file.delete()
    return len(runs)


def _imports(before: datetime, most: int) -> int:
    return readings.let_go(readings.old(ImportRun, before), most)


for _kept in (
    Kept(
        key="cases.files",
        label="诉求件的附件",
        period=FILES,
        due=lambda before: closed_past(before, Cleared.FILES).count(),
        clear=_files,
    ),
    Kept(
        key="cases.words",
        label="诉求件的文字",
        period=WORDS,
        due=lambda before: closed_past(before, Cleared.WORDS).count(),
        clear=_words,
    ),
    Kept(
        key="cases.exports",
        label="导出的文件",
        period=exporting.KEPT,
        due=lambda before: exporting.old(before).count(),
        clear=_exports,
    ),
    Kept(
        key="cases.imports",
        label="导入的诉求件文件",
        period=readings.KEPT,
        due=lambda before: readings.old(ImportRun, before).count(),
        clear=_imports,
    ),
):
    declare(_kept)
