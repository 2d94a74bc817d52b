"""Figures that the district sets for itself."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from huying.kernel import parameters
from huying.kernel.parameters import Parameter
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.people.settings import Kind, form_page, note

PARAMETERS = Kind("参数", "参数", "web:parameters")


class ParametersForm(forms.Form):
    """One field to a figure, with its bounds."""

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        for known in parameters.declared():
            self.fields[known.key] = _field(known)


def _field(known: Parameter) -> forms.Field:
    usual = dict(known.choices).get(known.default) or f"{known.default} {known.unit}".strip()
    if known.choices:
        return forms.TypedChoiceField(
            label=known.label,
            choices=[(key, words) for key, words in known.choices if known.least <= key <= known.most],
            coerce=int,
            initial=known.value,
            help_text=f"{known.note}默认为{usual}。",
        )
    label = f"{known.label}（{known.unit}）" if known.unit else known.label
    return forms.IntegerField(
        label=label,
        min_value=known.least,
        max_value=known.most,
        initial=known.value,
        help_text=f"{known.note}{known.least} 至 {known.most}，默认为 {usual}。",
        error_messages={
            "min_value": f"不能小于 {known.least}。",
            "max_value": f"不能大于 {known.most}。",
            "invalid": "请填写整数。",
        },
    )


@desk("settings.manage")
@require_http_methods(["GET", "POST"])
def parameters_page(request: UserRequest) -> HttpResponse:
    form = ParametersForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        changed = 0
        with transaction.atomic():
            for known in parameters.declared():
                wanted: int = form.cleaned_data[known.key]
                if wanted == known.value:
                    continue
                before = {known.label: known.words}
                parameters.set_value(known.key, wanted)
                note(request.user, PARAMETERS, known.label, before, {known.label: known.words})
                changed += 1
        messages.success(request, f"已保存，{changed} 项参数从现在起按新的值计算。" if changed else "没有改动。")
        return redirect("web:parameters")
    return form_page(
        request,
        form,
        kind=PARAMETERS,
        title="参数",
        lead="改动从保存时起生效，已经算过的不变。",
        context={"crumbs": PARAMETERS.crumbs()},
    )
