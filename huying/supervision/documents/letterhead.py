"""How this district's official documents begin and end: data, with what follows from the district's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from huying.kernel.generation import cached
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.forms import LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Kind, RowForm, edit
from huying.supervision.models import Letterhead

PERMISSION = "matters.configure"


@dataclass(frozen=True, slots=True)
class Head:
    issuer: str
    code: str
    everybody: str
    accountability: str
    copies: str = ""
    phone: str = ""


@cached("letterhead")
def _stored() -> Head | None:
    row = Letterhead.objects.order_by("pk").first()
    return (
        Head(row.issuer, row.code, row.everybody, row.accountability, row.copies, row.phone)
        if row is not None
        else None
    )


def letterhead() -> Head:
    """What holds now. After a change: `bump("letterhead")`."""
    stored = _stored()
    if stored is not None:
        return stored
    centre, name = directory().centre, settings.DISTRICT_NAME
    return Head(
        issuer=centre.name,
        code=f"{name[:1]}督",
        everybody="各街道办事处，区直各部门、各单位",
        accountability=f"{name}纪委监委",
        phone=centre.duty_phone,
    )


def printed_number(year: int, serial: int | None) -> str:
    """武督〔2026〕12号; with a blank while it has none."""
    return f"{letterhead().code}〔{year}〕{'　' if serial is None else serial}号"


# --- the page --------------------------------------------------------------------------------------------------------

LETTERHEAD = Kind("文书抬头", "文书抬头", "supervision:letterhead", ("letterhead",), named=lambda row: str(row.issuer))


class LetterheadForm(RowForm[Letterhead]):
    class Meta:
        model = Letterhead
        fields = ("issuer", "code", "everybody", "accountability", "copies", "phone")
        widgets = dict.fromkeys(fields, LineInput)
        help_texts = {
            "issuer": "红头和落款用的名称。",
            "code": "文号里年份前面的字，例如“武督”。改了以后，已经发出的文书也按新的代字显示。",
            "everybody": "通报没有另写主送机关时用。",
            "accountability": "移交问责没有另写移交给谁时用。",
            "copies": "印在文书末页，没有就不填。",
            "phone": "印在文书正文后面，供单位联系。",
        }


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def letterhead_page(request: UserRequest) -> HttpResponse:
    head = letterhead()
    row: Any = Letterhead.objects.order_by("pk").first() or Letterhead(
        **{name: getattr(head, name) for name in LetterheadForm.Meta.fields}
    )
    form = LetterheadForm(request.POST or None, instance=row)
    return edit(
        request,
        form,
        kind=LETTERHEAD,
        title="文书抬头",
        done="文书抬头已保存，以后下载的督办文书按它生成。",
        lead="督办通知、约谈通知、通报和移交函的红头、文号和落款。",
        context={"crumbs": LETTERHEAD.crumbs()},
    )
