"""What this room keeps of a person beside the words: where it was, the follower's code, files made of lists.

Read with `huying.matters.forgetting`, which carries it out.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import partial, reduce
from operator import or_
from pathlib import Path

from django.db.models import Q

from huying.cases.models import Case, CaseLink, ContactAct, ExportRun, ImportRun, Motion, Resolution, SavedView
from huying.kernel.files import store
from huying.kernel.models import StoredFile
from huying.kernel.privacy import Traces
from huying.kernel.search import index_text
from huying.matters import clearing
from huying.matters.forgetting import Part, Subject, parts, speaking
from huying.matters.models import Attachment, LedgerLine, Matter, Words

# Steps at which the reporter speaks; `public_reply` of one is what a unit had answered before it was imported.
VOICED = ("receive", "import_history", "add_information", "rework", "rate")
NOT_VOICED = ("public_reply",)
PIECE = 1 << 20


def _said(subject: Subject) -> Q:
    """The lines at which these reporters spoke."""
    lines = LedgerLine.objects.filter(matter__in=subject.matters, step__in=VOICED).values_list("matter", "seq")
    return reduce(or_, (Q(matter=matter, seq=seq) for matter, seq in lines), Q(pk__in=()))


def _texts(subject: Subject) -> int:
    if not subject.texts or not subject.matters:
        return 0
    words = Words.objects.filter(_said(subject)).exclude(field__in=NOT_VOICED)
    Matter.objects.filter(pk__in=subject.matters).exclude(title=clearing.ERASED_TITLE).update(
        title=clearing.ERASED_TITLE
    )
    return clearing.erase_words(words, subject.at)


def _files(subject: Subject) -> int:
    if not subject.files or not subject.matters:
        return 0
    return clearing.remove_files(Attachment.objects.filter(_said(subject)))


def _addresses(subject: Subject) -> int:
    """Where it was stays; the own home only down to the road."""
    changed = []
    for case in Case.objects.filter(pk__in=subject.matters).exclude(address=""):
        if (left := subject.traces.out_of(case.address)) != case.address:
            case.address = left
            changed.append(case)
    Case.objects.bulk_update(changed, ["address"])
    return len(changed)


def _particulars(subject: Subject) -> int:
    """Who was spoken to: a name is not wanted there, but may have been written."""
    n = 0
    for act in ContactAct.objects.filter(case__in=subject.matters).exclude(whom=""):
        if (left := subject.traces.out_of(act.whom)) != act.whom:
            n += ContactAct.objects.filter(pk=act.pk).update(whom=left[:20])
    for resolution in Resolution.objects.filter(case__in=subject.matters):
        if (left := subject.traces.out_of(resolution.by_whom)) != resolution.by_whom:
            n += Resolution.objects.filter(pk=resolution.pk).update(by_whom=left[:60])
    for motion in Motion.objects.filter(case__in=subject.matters):
        told = {name: subject.traces.out_of(getattr(motion, name)) for name in ("proposer", "seconders")}
        if any(left != getattr(motion, name) for name, left in told.items()):
            limits = {"proposer": 60, "seconders": 200}
            n += Motion.objects.filter(pk=motion.pk).update(**{k: left[: limits[k]] for k, left in told.items()})
    return n


def _codes(subject: Subject) -> int:
    return Case.objects.filter(pk__in=subject.matters, follow_hash__isnull=False).update(follow_hash=None)


def reindex(matters: Collection[int]) -> int:
    """What a search finds is what can be read, and no more."""
    n = 0
    rows = Words.objects.filter(matter__in=matters, document__isnull=False).select_related("matter__case")
    for words in rows.defer("document"):
        document = index_text(words.matter.title, words.text, words.matter.case.address)
        n += Words.objects.filter(pk=words.pk).update(document=document)
    return n


def _documents(subject: Subject) -> int:
    reindex(subject.matters)
    return 0  # the texts have been counted


def _views(subject: Subject) -> int:
    found = [view.pk for view in SavedView.objects.filter(query__has_key="q") if _sought(view, subject.traces)]
    SavedView.objects.filter(pk__in=found).delete()
    return len(found)


def _sought(view: SavedView, traces: Traces) -> bool:
    words = str(view.query.get("q", ""))
    return "".join(words.split()) in traces.names or traces.number_in(words)


def _exports(subject: Subject) -> int:
    """Sheets that have one of these cases in them; they can be made again, without."""
    if not subject.matters:
        return 0
    numbers = list(Matter.objects.filter(pk__in=subject.matters).values_list("number", flat=True))
    n = 0
    for run in ExportRun.objects.filter(file__isnull=False).select_related("file"):
        if run.file is not None and _holds(run.file, numbers):
            ExportRun.objects.filter(pk=run.pk).update(file=None)
            run.file.delete()
            n += 1
    return n


def _imports(subject: Subject) -> int:
    """Uploaded tables and rows sent back, where the person stands in one."""
    traces, n = subject.traces, 0
    wanted = [*traces.phones, *traces.identities, *traces.names]
    if not wanted:
        return 0
    busy = (ImportRun.State.CHECKING, ImportRun.State.READING)
    kept = Q(file__isnull=False) | Q(errors__isnull=False)
    for run in ImportRun.objects.filter(kept).exclude(state__in=busy).select_related("file", "errors"):
        files = [file for file in (run.file, run.errors) if file is not None]
        if any(_holds(file, wanted) for file in files):
            ImportRun.objects.filter(pk=run.pk).update(file=None, errors=None)
            for file in files:
                file.delete()
            n += 1
    return n


def _holds(file: StoredFile, wanted: Collection[str]) -> bool:
    """Whether one of these stands in a sheet. One that cannot be read counts as holding it: it is only a copy."""
    # Between the characters of a number sheets may have blanks, dashes, or the marks of a rich text.
    said = re.compile("|".join(r"(?:\s|-|<[^>]*>)*".join(map(re.escape, one)) for one in wanted), re.IGNORECASE)
    try:
        return any(said.search(text) for text in _read(store.path_of(file.sha256)))
    except (OSError, zipfile.BadZipFile, ValueError):
        return True


def _read(path: Path) -> Iterator[str]:
    """The text of a table in pieces that overlap a little."""
    if not zipfile.is_zipfile(path):
        raw = path.read_bytes()
        for encoding in ("utf-8-sig", "gb18030", "utf-16"):
            with suppress(UnicodeDecodeError):
                yield raw.decode(encoding)
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.endswith(".xml"):
                continue
            with archive.open(name) as member:
                before = b""
                for piece in iter(partial(member.read, PIECE), b""):
                    yield (before + piece).decode(errors="ignore")
                    before = piece[-1000:]


def _along(matters: Collection[int]) -> Iterator[int]:
    """A main case is answered for those that go along with it, and may name who raised them."""
    yield from CaseLink.objects.filter(case__in=matters).values_list("main", flat=True)


def register() -> None:
    for key, label, erase, lasting in (
        ("cases.texts", "整段抹除的文字", _texts, True),
        ("cases.files", "诉求人提供的附件", _files, True),
        ("cases.addresses", "去除门牌的事发地址", _addresses, True),
        ("cases.particulars", "去除个人信息的办理记录", _particulars, True),
        ("cases.codes", "查询码", _codes, True),
        ("cases.documents", "", _documents, True),  # behind titles, texts and addresses
        ("cases.views", "按其号码或姓名保存的视图", _views, False),
        ("cases.exports", "含有其诉求件的导出文件", _exports, False),
        ("cases.imports", "含有其信息的导入文件", _imports, False),
    ):
        parts.add(key, Part(label, erase, lasting))
    speaking.add("cases.joined", _along)
