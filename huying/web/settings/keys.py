"""API keys: which outside systems may do what, told once, revoked at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Conflict, Missing, Refusal
from huying.matters.models import Channel
from huying.matters.settings.choices import channel_names
from huying.people.access import desk
from huying.people.forms import DayInput, LineInput
from huying.people.keys import GRANTABLE, MOST_PER_MINUTE, PER_MINUTE, create_key, revoke_key
from huying.people.models import ApiKey, Organisation
from huying.people.permissions import PERMISSIONS
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, Table, ask, form_page, listing, note
from huying.people.views.organisations import NameField
from huying.ui.components import Confirmation, Crumb
from huying.ui.forms import LongSelect, show_refusal
from huying.ui.text import day as day_words
from huying.ui.text import moment, short_moment


def _told(key: ApiKey) -> dict[str, str]:
    found = {
        "名称": key.name,
        "前缀": key.prefix,
        "权限": "、".join(PERMISSIONS[scope] for scope in key.scopes if scope in PERMISSIONS),
        "单位": str(key.organisation or ""),
        "渠道": channel_names().get(key.channel, key.channel),
        "每分钟次数": str(key.per_minute),
        "到期": moment(key.expires_at) if key.expires_at else "",
        "停用": moment(key.revoked_at) if key.revoked_at else "",
    }
    return {name: words for name, words in found.items() if words}


KEYS = Kind("接口密钥", "接口密钥", "web:keys", words=_told)


class KeyForm(forms.Form):
    name = forms.CharField(label="哪个系统用", max_length=60, widget=LineInput, help_text="例如“市民热线平台”。")
    scopes = forms.MultipleChoiceField(
        label="授予的权限",
        widget=forms.CheckboxSelectMultiple,
        choices=[(key, words) for key, words in PERMISSIONS.items() if key in GRANTABLE],
        help_text="只给用得着的。个人信息的明文任何密钥都看不到。",
        error_messages={"required": "请至少选一项。"},
    )
    organisation = NameField(
        label="只限一个单位",
        queryset=Organisation.objects.none(),
        required=False,
        widget=LongSelect,
        help_text="选了单位，只看得到、只能办理交给它的件。",
    )
    channel = forms.ChoiceField(
        label="只限一个渠道", required=False, help_text="选了渠道，只能提交、只看得到这个渠道的件。"
    )
    expires = forms.DateField(label="到哪天为止", required=False, widget=DayInput, help_text="包括这一天；不填为长期。")
    per_minute = forms.IntegerField(
        label="每分钟最多请求", min_value=1, max_value=MOST_PER_MINUTE, initial=PER_MINUTE, help_text="次。"
    )
    more = ("organisation", "channel", "expires", "per_minute")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["organisation"].queryset = Organisation.objects.current().in_order()
        fields["channel"].choices = [("", "不限"), *Channel.objects.values_list("key", "name")]

    def clean_expires(self) -> dt.datetime | None:
        last: dt.date | None = self.cleaned_data["expires"]
        if last is None:
            return None
        if last < timezone.localdate():
            raise forms.ValidationError("已经过去了，请填以后的日期。")
        return timezone.make_aware(dt.datetime.combine(last + dt.timedelta(days=1), dt.time()))


@desk("people.manage")
@require_GET
def keys_page(request: UserRequest) -> HttpResponse:
    rows = list(ApiKey.objects.select_related("organisation").order_by("revoked_at", "name", "-created_at"))
    rows.sort(key=lambda key: key.revoked_at is not None)
    table = Table(
        caption="接口密钥",
        headers=("哪个系统用", "前缀", "权限", "范围", "到期", "最近使用", "状态"),
        lines=[_line(key) for key in rows],
        nothing="还没有外部系统接入。要接入时，先在这里建立密钥，再按接口说明对接。",
    )
    shown = Listing(
        kind=KEYS,
        tables=[table],
        lead="外部系统凭密钥使用接口。密钥只在建立时显示一次，丢失后停用并重新建立。",
        links=[Link("建立密钥", reverse("web:new-key"), "btn btn-primary")],
    )
    return listing(request, shown)


def _line(key: ApiKey) -> Line:
    over = key.expires_at is not None and key.expires_at <= timezone.now()
    state = (
        Cell("已停用", tone="grey")
        if key.revoked_at
        else Cell("已到期", tone="grey")
        if over
        else Cell("可用", tone="green")
    )
    narrowed = [str(key.organisation)] if key.organisation else []
    narrowed += [channel_names().get(key.channel, key.channel)] if key.channel else []
    return Line(
        [
            Cell(key.name),
            Cell(key.prefix, verbatim=True),
            Cell("、".join(PERMISSIONS.get(scope, scope) for scope in key.scopes)),
            Cell("，".join(narrowed) or "不限"),
            Cell(day_words(timezone.localtime(key.expires_at)) if key.expires_at else "长期", tight=True),
            Cell(short_moment(key.last_used_at) if key.last_used_at else "没有用过"),
            state,
        ],
        questions=[] if key.revoked_at else [_question(key)],
    )


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def new_key(request: UserRequest) -> HttpResponse:
    """The key itself is on the answer, and nowhere else."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            with transaction.atomic():
                key, text = create_key(
                    name=chosen["name"],
                    scopes=chosen["scopes"],
                    organisation=chosen["organisation"].code if chosen["organisation"] else "",
                    channel=chosen["channel"],
                    expires_at=chosen["expires"],
                    per_minute=chosen["per_minute"],
                )
                note(request.user, KEYS, str(key), None, _told(key))
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            context = {"title": "密钥已建立", "crumbs": KEYS.crumbs(Crumb("密钥已建立")), "key": key, "text": text}
            return render(request, "web/settings/key_made.html", context)
    return form_page(request, form, kind=KEYS, title="建立密钥", verb="建立")


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def revoke(request: UserRequest, key: str) -> HttpResponse:
    found = ApiKey.objects.select_related("organisation").filter(prefix=key).first()
    if found is None:
        raise Missing("没有这个密钥。")
    if found.revoked_at is not None:
        raise Conflict(f"“{found.name}”的密钥早已停用。")

    def act() -> None:
        with transaction.atomic():
            before = _told(found)
            note(request.user, KEYS, str(found), before, _told(revoke_key(key)))

    return ask(request, _question(found), act, f"“{found.name}”的密钥已停用。")


def _question(key: ApiKey) -> Confirmation:
    return Confirmation(
        id=f"revoke-{key.prefix}",
        label="停用",
        title=f"停用“{key.name}”的密钥？",
        body="几秒之内，用这个密钥的系统就不能再访问；不能恢复，要用只能重新建立。",
        verb="停用",
        action=reverse("web:revoke-key", args=[key.prefix]),
        danger=True,
        back_url=KEYS.url,
    )
