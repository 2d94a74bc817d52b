"""消息设置: on which phone somebody of the staff is texted, and what about."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from huying.kernel.errors import Refusal
from huying.matters import preferences
from huying.matters.channels import outward
from huying.people.access import desk
from huying.people.models import Reach
from huying.people.requests import UserRequest
from huying.ui.forms import show_refusal


class PreferencesForm(forms.Form):
    phone = forms.CharField(
        label="手机号码",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national"}),
    )
    none = forms.BooleanField(label="去掉号码，不再收短信", required=False)
    wanted = forms.MultipleChoiceField(
        label="还要发短信的消息", required=False, widget=forms.CheckboxSelectMultiple, choices=preferences.choices
    )
    use_required_attribute = False

    def __init__(self, *args: object, reach: Reach | None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.known = reach.phone if reach else ""
        if self.known:
            self.fields["phone"].help_text = f"现在是 {self.known}；不改就留空。只用来给您发短信，别人看不到。"
        else:
            self.fields["phone"].help_text = "只用来给您发短信，别人看不到。"
            del self.fields["none"]
        self.fields["wanted"].help_text = "没有勾选的只在站内看。"


@desk()
@require_http_methods(["GET", "POST"])
def preferences_page(request: UserRequest) -> HttpResponse:
    reach = Reach.objects.filter(user=request.user).first()
    form = PreferencesForm(request.POST or None, reach=reach, initial={"wanted": reach.wanted if reach else []})
    if request.method == "POST" and form.is_valid() and _kept(form, request, reach):
        messages.success(request, "消息设置已保存。")
        return redirect("matters:message-settings")
    context = {
        "form": form,
        "always": "、".join(preferences.labelled(kind) for kind in preferences.must_reach()),
        "known": form.known,
        "channels": "、".join(channel.name for channel in outward()),
    }
    return render(request, "matters/desk_preferences.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _kept(form: PreferencesForm, request: UserRequest, reach: Reach | None) -> bool:
    given = form.cleaned_data
    if given.get("none"):
        preferences.keep(request.user, phone="", wanted=())
        return True
    known = (reach._phone or "") if reach is not None else ""
    try:
        preferences.keep(request.user, phone=given["phone"] or known, wanted=given["wanted"])
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    return True
