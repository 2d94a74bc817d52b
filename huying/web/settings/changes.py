"""Who changed which setting, from what to what."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.kernel.changes import ACT, differences
from huying.kernel.models import ConfigChange
from huying.kernel.paging import keyset
from huying.people.access import desk
from huying.people.forms import DayInput, LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Kind, Listing, listing

PAGE = 50
CHANGES = Kind("设置修改记录", "设置修改记录", "web:changes")


class ChangesForm(forms.Form):
    what = forms.ChoiceField(label="哪一类", required=False)
    q = forms.CharField(label="谁，或者哪一项", max_length=60, required=False, widget=LineInput)
    since = forms.DateField(label="从哪天起", required=False, widget=DayInput)
    until = forms.DateField(label="到哪天为止", required=False, widget=DayInput)

    def __init__(self, data: object) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        kinds = ConfigChange.objects.order_by("what").values_list("what", flat=True).distinct()
        self.fields["what"].choices = [("", "全部"), *((what, what) for what in kinds)]  # type: ignore[attr-defined]

    @property
    def condition(self) -> Q:
        """What was filled in rightly narrows the list; what was not says so beside its field."""
        self.is_valid()
        chosen, found = self.cleaned_data, Q()
        if chosen.get("what"):
            found &= Q(what=chosen["what"])
        if words := (chosen.get("q") or "").strip():
            found &= Q(who__contains=words) | Q(key__contains=words)
        if chosen.get("since"):
            found &= Q(at__gte=_midnight(chosen["since"]))
        if chosen.get("until"):
            found &= Q(at__lt=_midnight(chosen["until"] + dt.timedelta(days=1)))
        return found


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


@desk("settings.manage")
@require_GET
def changes_page(request: UserRequest) -> HttpResponse:
    form = ChangesForm(request.GET)
    page = keyset(ConfigChange.objects.filter(form.condition), ["-id"], request.GET.get("cursor"), PAGE)
    shown = Listing(
        kind=CHANGES,
        tables=[],
        lead="每次修改设置、处置账号都记在这里，记录不能改也不能删；改错了，回到那一页按“修改前”再改回去。",
        form=form,
        page=page,
        context={"rows": [(change, _kind_of(change), differences(change)) for change in page.rows]},
    )
    return listing(request, shown, "web/settings/changes.html")


def _kind_of(change: ConfigChange) -> str:
    if change.before is not None and ACT in dict(change.after or ()):
        return ACT
    return "新增" if change.before is None else "删除" if change.after is None else "修改"
