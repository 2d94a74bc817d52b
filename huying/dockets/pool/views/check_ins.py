"""社区报到: one's own on a phone; at the community who is there, what waits, and what it adds up to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.dockets.enums import CheckInKind, CheckInState, RecordState
from huying.dockets.models import CheckIn, ServiceRecord
from huying.dockets.pool import check_ins
from huying.dockets.pool.access import CHECK_IN, CONFIRM, communities
from huying.dockets.pool.forms import UNCHOSEN, PersonFields, ReasonForm, choices, one_line
from huying.dockets.pool.matching import active_services, services
from huying.dockets.pool.ranking import WEEKDAYS
from huying.dockets.pool.views.shown import looked_at, pool_tabs, shown_contact, unstored
from huying.kernel.errors import Conflict, Forbidden, Missing, Refusal
from huying.kernel.paging import CappedCount, capped_count, capped_counts, keyset
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.contacts import Person
from huying.people.forms import PurposeForm
from huying.people.requests import UserRequest
from huying.places.tree import place_tree
from huying.ui.components import Confirmation, Crumb, Fact, Tone
from huying.ui.forms import LongSelect, LongSelectMany, by_typing, show_refusal
from huying.ui.pages import confirm_page

PAGE, COUNTED_TO, WAITING_SHOWN, RECORDS_SHOWN = 50, 999, 50, 30
TONES: dict[str, Tone] = {
    CheckInState.PROPOSED: "blue",
    CheckInState.ACTIVE: "green",
    CheckInState.RETURNED: "orange",
    CheckInState.ENDED: "grey",
}
RECORD_TONES: dict[str, Tone] = {
    RecordState.PROPOSED: "blue",
    RecordState.CONFIRMED: "green",
    RecordState.RETURNED: "orange",
}


class CheckInForm(PersonFields):
    """`own`: somebody's own; else whom the community registers."""

    use_required_attribute = False
    more = ("skills", "kind", "people")

    community = forms.ChoiceField(label="报到社区", widget=LongSelect)
    unit = forms.CharField(label="所在单位", max_length=60, min_length=2)
    services = forms.MultipleChoiceField(label="能做什么", widget=LongSelectMany)
    weekdays = forms.MultipleChoiceField(
        label="哪几天有空",
        required=False,
        choices=[(str(n), f"周{word}") for n, word in enumerate(WEEKDAYS, start=1)],
        widget=forms.CheckboxSelectMultiple,
        help_text="哪天都可以的不勾。",
    )
    evenings = forms.BooleanField(label="只在晚上有空", required=False)
    skills = forms.CharField(label="特长", max_length=100, required=False, help_text="例如电工证、会手语、心理咨询师。")
    kind = forms.ChoiceField(label="报到类型", choices=CheckInKind.choices, widget=forms.RadioSelect, required=False)
    people = forms.IntegerField(
        label="人数",
        required=False,
        min_value=1,
        max_value=1000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "data-only-if": "kind=unit"}),
    )

    field_order = (
        "community", "unit", "person_name", "person_phone", "services", "weekdays", "evenings", "skills", "kind",
        "people",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, actor: Actor, own: bool, **more: Any) -> None:
        super().__init__(data, **more)
        offered = communities() if own else communities(actor)
        choices(self.fields["community"], [UNCHOSEN, *offered] if len(offered) != 1 else offered)
        by_typing(self.fields["community"], whole=True)
        choices(self.fields["services"], active_services())
        self.fields["kind"].initial = CheckInKind.MEMBER
        self.fields["person_name"].label = "姓名"
        self.fields["person_phone"].label = "手机"
        for name in ("person_name", "person_phone"):
            self.fields[name].required = True
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}。"

    def content(self, organisation: int | None) -> check_ins.Content:
        said = self.cleaned_data
        family = place_tree().family(said["community"])
        return check_ins.Content(
            community=family.id if family else 0,
            unit=one_line(said["unit"]),
            services=tuple(said["services"]),
            kind=said["kind"] or CheckInKind.MEMBER,
            people=said["people"] or 1,
            skills=one_line(said["skills"]),
            weekdays=tuple(sorted(int(n) for n in said["weekdays"])),
            evenings=said["evenings"],
            organisation=organisation,
            person=self.person or Person(),
        )


class RecordForm(forms.Form):
    use_required_attribute = False

    check_in = forms.ChoiceField(label="在哪个社区", widget=LongSelect)
    service = forms.ChoiceField(label="服务类别", widget=LongSelect)
    day = forms.DateField(label="日期", widget=forms.TextInput(attrs={"type": "date"}))
    hours = forms.DecimalField(
        label="时长（小时）",
        min_value=Decimal("0.5"),
        max_value=Decimal(24),
        max_digits=4,
        decimal_places=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    text = forms.CharField(label="做了什么", min_length=2, max_length=200, widget=forms.Textarea(attrs={"rows": "2"}))

    def __init__(self, data: Any = None, *, at: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(data, **more)
        choices(self.fields["check_in"], at)
        if len(at) == 1:
            self.fields["check_in"].widget = forms.HiddenInput()
            self.fields["check_in"].initial = at[0][0]
        choices(self.fields["service"], [UNCHOSEN, *active_services()])
        self.fields["day"].initial = timezone.localdate()
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}。"


@dataclass(frozen=True, slots=True)
class Row:
    check_in: CheckIn
    name: str
    place: str
    kind: str
    services: str
    free: str
    state: str
    tone: Tone
    hours: Decimal


def row_of(one: CheckIn, hours: Decimal = Decimal(0)) -> Row:
    known = services()
    kind = CheckInKind(one.kind).label
    return Row(
        one,
        one.contact.masked().name or "个人信息已清除",
        place_tree().name_of(one.community_id),
        f"{kind}，{one.people} 人" if one.kind == CheckInKind.UNIT else kind,
        "、".join(known[key].name for key in one.services if key in known),
        check_ins.free_words(one.weekdays, one.evenings),
        CheckInState(one.state).label,
        TONES[one.state],
        hours,
    )


@dataclass(frozen=True, slots=True)
class RecordRow:
    record: ServiceRecord
    name: str
    place: str
    state: str
    tone: Tone
    questions: tuple[Confirmation, ...] = ()


def record_row(one: ServiceRecord, *, judged: bool = False) -> RecordRow:
    return RecordRow(
        one,
        one.check_in.contact.masked().name,
        place_tree().name_of(one.check_in.community_id),
        RecordState(one.state).label,
        RECORD_TONES[one.state],
        (_send_back(one),) if judged else (),
    )


def _send_back(one: ServiceRecord, form: ReasonForm | None = None) -> Confirmation:
    return Confirmation(
        id=f"return-{one.pk}",
        label="退回",
        title="退回这条服务记录？",
        body="退回的不计时长，写明原因，本人可以重新登记。",
        verb="退回",
        action=reverse("dockets:pool-record", args=[one.pk, "return"]),
        form=form or ReasonForm(auto_id=f"return-{one.pk}-%s"),
        back_url=reverse("dockets:pool-check-ins"),
    )


# --- one's own -------------------------------------------------------------------------------------------------------


@desk(CHECK_IN)
@require_GET
def mine(request: UserRequest) -> HttpResponse:
    return _mine(request)


def _mine(
    request: UserRequest, *, form: CheckInForm | None = None, record: RecordForm | None = None, status: int = 200
) -> HttpResponse:
    actor = request.actor
    rows = list(CheckIn.objects.filter(user=actor.user_id or 0).select_related("contact"))
    records = ServiceRecord.objects.filter(check_in__user=actor.user_id or 0)
    records = records.select_related("check_in__contact", "service")
    shown = list(records[:RECORDS_SHOWN])
    hours: dict[int, Decimal] = {}
    for key, n in records.filter(state=RecordState.CONFIRMED).order_by().values_list("check_in", "hours"):
        hours[key] = hours.get(key, Decimal(0)) + n
    at = [(str(one.pk), place_tree().name_of(one.community_id)) for one in rows if one.state == CheckInState.ACTIVE]
    waiting = sum((one.hours for one in shown if one.state == RecordState.PROPOSED), Decimal(0))
    first = CheckInForm(
        actor=actor, own=True, initial={"unit": check_ins.own_unit(actor), "person_name": request.user.display_name}
    )
    context = {
        "pool_tabs": pool_tabs(actor, "mine"),
        "rows": [row_of(one, hours.get(one.pk, Decimal(0))) for one in rows],
        "records": [record_row(one) for one in shown],
        "total": sum(hours.values(), Decimal(0)),
        "waiting": waiting,
        "form": form or first,
        "opened": form is not None or not rows,
        "record_form": record or (RecordForm(at=at, auto_id="record-%s") if at else None),
    }
    return render(request, "dockets/pool/mine.html", context, status=status)


@desk(CHECK_IN)
@require_POST
def mine_new(request: UserRequest) -> HttpResponse:
    form = CheckInForm(request.POST, actor=request.actor, own=True)
    if not form.is_valid():
        return _mine(request, form=form, status=422)
    try:
        made = check_ins.check_in(form.content(request.actor.organisation_id), by=request.actor, own=True)
    except Forbidden:
        raise
    except Refusal as refusal:
        form.show(refusal)
        return _mine(request, form=form, status=refusal.status)
    messages.success(request, f"已向{place_tree().name_of(made.community_id)}报到，等社区确认。")
    return redirect("dockets:pool-mine")


@desk(CHECK_IN)
@require_POST
def mine_record(request: UserRequest) -> HttpResponse:
    active = CheckIn.objects.filter(user=request.actor.user_id or 0, state=CheckInState.ACTIVE)
    at = [(str(one.pk), place_tree().name_of(one.community_id)) for one in active]
    form = RecordForm(request.POST, at=at, auto_id="record-%s")
    if not form.is_valid():
        return _mine(request, record=form, status=422)
    try:
        _record(form, int(form.cleaned_data["check_in"]), request.actor)
    except Forbidden:
        raise
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _mine(request, record=form, status=refusal.status)
    messages.success(request, "服务记录已登记，等社区确认后计时长。")
    return redirect("dockets:pool-mine")


def _record(form: RecordForm, pk: int, by: Actor) -> ServiceRecord:
    said = form.cleaned_data
    return check_ins.record(
        pk, service=said["service"], day=said["day"], hours=said["hours"], text=one_line(said["text"]), by=by
    )


# --- at the community ------------------------------------------------------------------------------------------------

QUEUES = (
    ("waiting", "待确认"),
    ("active", "已报到"),
    ("ended", "退回和结束"),
    ("communities", "按社区"),
    ("units", "按单位"),
)


@desk(CONFIRM)
@require_GET
def check_in_list(request: UserRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    here = next((key for key, _ in QUEUES if key == request.GET.get("list")), "waiting")
    rows = check_ins.check_ins_for(actor)
    states = {
        "waiting": (CheckInState.PROPOSED,),
        "active": (CheckInState.ACTIVE,),
        "ended": (CheckInState.RETURNED, CheckInState.ENDED),
    }
    pending = ServiceRecord.objects.filter(state=RecordState.PROPOSED, check_in__in=rows)
    counts = capped_counts({key: rows.filter(state__in=one) for key, one in states.items()}, COUNTED_TO)
    waiting_records = capped_count(pending, COUNTED_TO)
    counted = {key: str(n).replace("超过 ", "") for key, n in counts.items()}
    counted["waiting"] = str(min(COUNTED_TO, counts["waiting"].n + waiting_records.n))
    words = one_line(request.GET.get("unit", ""))[:60]
    context: dict[str, object] = {
        "pool_tabs": pool_tabs(actor, "check-ins"),
        "tabs": [(label, f"?{urlencode({'list': key})}", counted.get(key, ""), key == here) for key, label in QUEUES],
        "here": here,
        "unit": words,
        "may_register": bool(communities(actor)),
        "lately": check_ins.LATELY_DAYS,
        "tallies": None,
        "summary": "",
        "records": [],
    }
    if here in ("communities", "units"):
        by = "community_id" if here == "communities" else "unit"
        found = check_ins.tallies(rows, by, today)
        context |= {"tallies": found, "sums": _sums(found), "heading": "社区" if here == "communities" else "单位"}
    else:
        listed = rows.filter(state__in=states[here]).select_related("contact")
        if words:
            listed = listed.filter(unit__icontains=words)
        page = keyset(listed, ("-id",), request.GET.get("cursor"), PAGE)
        total = capped_count(listed, COUNTED_TO) if page.next or page.previous else CappedCount(len(page.rows), False)
        context |= {"rows": [row_of(one) for one in page.rows], "page": page, "summary": f"{total} 条"}
    if here == "waiting":
        shown = pending.select_related("check_in__contact", "service").order_by("day", "pk")[:WAITING_SHOWN]
        context["records"] = [record_row(one, judged=check_ins.may_judge(actor, one.check_in)) for one in shown]
        context["records_total"] = waiting_records
    return render(request, "dockets/pool/check_ins.html", context)


def _sums(found: list[check_ins.Tally]) -> check_ins.Tally:
    zero = Decimal(0)
    return check_ins.Tally(
        "合计",
        "",
        sum(one.check_ins for one in found),
        sum(one.registered for one in found),
        sum(one.serving for one in found),
        sum((one.hours for one in found), zero),
        sum((one.waiting for one in found), zero),
    )


@desk(CONFIRM)
@require_http_methods(["GET", "POST"])
def check_in_new(request: UserRequest) -> HttpResponse:
    actor = request.actor
    if request.method == "GET":
        return _form_page(request, CheckInForm(actor=actor, own=False))
    form = CheckInForm(request.POST, actor=actor, own=False)
    if not form.is_valid():
        return _form_page(request, form)
    try:
        made = check_ins.check_in(form.content(None), by=actor, own=False)
    except Forbidden:
        raise
    except Refusal as refusal:
        form.show(refusal)
        return _form_page(request, form, refusal.status)
    messages.success(request, f"已登记到{place_tree().name_of(made.community_id)}的报到。")
    return redirect("dockets:pool-check-in", pk=made.pk)


def _form_page(request: UserRequest, form: CheckInForm, status: int = 422) -> HttpResponse:
    context = {
        "form": form,
        "title": "登记报到",
        "lead": "到社区来报到、自己没有账号的党员和单位，由社区登记，登记即确认。",
        "verb": "登记",
        "back_url": reverse("dockets:pool-check-ins"),
        "crumbs": [Crumb("社区报到", reverse("dockets:pool-check-ins")), Crumb("登记报到")],
    }
    return render(request, "dockets/pool/form.html", context, status=status if form.is_bound and form.errors else 200)


@desk(CONFIRM)
@require_GET
def check_in_page(request: UserRequest, pk: int) -> HttpResponse:
    return _page(request, check_ins.door(request.actor, pk))


def _page(
    request: UserRequest,
    one: CheckIn,
    *,
    form: PurposeForm | None = None,
    plain: Person | None = None,
    record: RecordForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    judged = check_ins.may_judge(actor, one)
    row = row_of(one)
    here = [(str(one.pk), row.place)]
    records = one.records.select_related("check_in__contact", "service")[:RECORDS_SHOWN]
    facts = [
        Fact("报到社区", row.place),
        Fact("所在单位", one.unit),
        Fact("报到类型", row.kind),
        Fact("能做什么", row.services),
        Fact("特长", one.skills),
        Fact("什么时候有空", row.free),
        Fact("报到时间", f"{timezone.localtime(one.at):%Y年%-m月%-d日}"),
        Fact("退回原因", one.reason if one.state == CheckInState.RETURNED else ""),
    ]
    acts = _OFFERED.get(one.state, ())
    context = {
        "check_in": one,
        "row": row,
        "facts": facts,
        "records": [record_row(r, judged=judged and r.state == RecordState.PROPOSED) for r in records],
        "record_form": record
        or (RecordForm(at=here, auto_id="record-%s") if judged and one.state == CheckInState.ACTIVE else None),
        "questions": [_question(one, act) for act in acts] if judged else [],
        "contact": shown_contact(
            one.contact,
            actor,
            reverse("dockets:pool-check-in-reveal", args=[one.pk]),
            title="报到人",
            form=form,
            plain=plain,
        ),
        "crumbs": [Crumb("社区报到", reverse("dockets:pool-check-ins")), Crumb(row.name)],
    }
    response = render(request, "dockets/pool/check_in.html", context, status=status)
    return unstored(response) if plain is not None else response


_OFFERED: dict[str, tuple[str, ...]] = {
    CheckInState.PROPOSED: ("confirm", "return"),
    CheckInState.ACTIVE: ("end",),
}
_ACTS = {
    "confirm": ("确认报到", "确认这条报到？", "确认后可以登记服务记录，计入本社区的报到人数。", False),
    "return": ("退回", "退回这条报到？", "写明原因，本人可以重新报到。", False),
    "end": ("结束报到", "结束这条报到？", "结束后不再登记服务记录，已经确认的时长保留。", True),
}


def _question(one: CheckIn, act: str, form: ReasonForm | None = None) -> Confirmation:
    label, title, body, danger = _ACTS[act]
    return Confirmation(
        id=f"check-in-{act}",
        label=label,
        title=title,
        body=body,
        verb=label,
        action=reverse("dockets:pool-check-in-act", args=[one.pk, act]),
        danger=danger,
        form=(form or ReasonForm(auto_id="return-%s")) if act == "return" else None,
        back_url=reverse("dockets:pool-check-in", args=[one.pk]),
    )


@desk(CONFIRM)
@require_http_methods(["GET", "POST"])
def check_in_act(request: UserRequest, pk: int, key: str) -> HttpResponse:
    one = check_ins.door(request.actor, pk)
    if key not in _ACTS:
        raise Missing("没有这个操作。")
    if request.method == "GET":
        return confirm_page(request, _question(one, key))
    form = ReasonForm(request.POST, auto_id="return-%s")
    if key == "return" and not form.is_valid():
        return confirm_page(request, _question(one, key, form))
    try:
        check_ins.decide(pk, key, by=request.actor, reason=form.cleaned_data["reason"] if key == "return" else "")
    except Conflict as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, f"{_ACTS[key][0]}已办好。")
    return redirect("dockets:pool-check-in", pk=pk)


@desk(CONFIRM)
@require_POST
def check_in_record(request: UserRequest, pk: int) -> HttpResponse:
    """Hours of somebody who came, written down by the community."""
    one = check_ins.door(request.actor, pk)
    form = RecordForm(request.POST, at=[(str(pk), place_tree().name_of(one.community_id))], auto_id="record-%s")
    if not form.is_valid():
        return _page(request, one, record=form, status=422)
    try:
        _record(form, pk, request.actor)
    except Forbidden:
        raise
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _page(request, one, record=form, status=refusal.status)
    messages.success(request, "服务记录已登记并确认。")
    return redirect("dockets:pool-check-in", pk=pk)


@desk("cases.view_contact")
@require_POST
def check_in_reveal(request: UserRequest, pk: int) -> HttpResponse:
    """Whose check-in it is, told once on the answer to this POST; who looked, when and why is logged."""
    if not request.actor.may(CONFIRM):
        raise Forbidden("您的岗位不能查看报到人的联系方式。")
    one = check_ins.door(request.actor, pk)
    form = PurposeForm(request.POST, auto_id="reveal-%s")
    if not form.is_valid():
        return _page(request, one, form=form, status=422)
    try:
        person = looked_at(one.contact, form, request.actor, f"社区报到 {one.pk}")
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _page(request, one, form=form, status=refusal.status)
    return _page(request, one, plain=person)


@desk(CONFIRM)
@require_http_methods(["GET", "POST"])
def record_act(request: UserRequest, pk: int, key: str) -> HttpResponse:
    row = ServiceRecord.objects.filter(pk=pk, check_in__in=check_ins.check_ins_for(request.actor)).first()
    if row is None or key not in ("confirm", "return"):
        raise Missing("没有这条服务记录，或者您的岗位无权查看。")
    if request.method == "GET":
        if key == "confirm":
            return redirect("dockets:pool-check-in", pk=row.check_in_id)
        return confirm_page(request, _send_back(row))
    form = ReasonForm(request.POST, auto_id=f"return-{pk}-%s")
    if key == "return" and not form.is_valid():
        return confirm_page(request, _send_back(row, form))
    try:
        reason = form.cleaned_data["reason"] if key == "return" else ""
        check_ins.decide_record(pk, key, by=request.actor, reason=reason)
    except Conflict as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, "服务记录已确认。" if key == "confirm" else "服务记录已退回。")
    return redirect("dockets:pool-check-ins")
