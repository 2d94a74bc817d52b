"""Reply templates of one's unit, or of the whole district: the list, and one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.changes import snapshot
from huying.kernel.errors import Missing
from huying.matters import replies
from huying.matters.blanks import EXAMPLE
from huying.matters.forms import grouped
from huying.matters.models import Category, ReplyTemplate
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.people.settings import Kind, save
from huying.ui.components import Crumb
from huying.ui.forms import LongSelect

TEMPLATES = Kind(
    "答复模板",
    "答复模板",
    "matters:templates",
    named=lambda row: f"{row.organisation or '全区'}：{row.title}",
    words=lambda row: snapshot(row, without=("used",)),
)
MOST = 300  # templates of one unit: more nobody finds his way through


if TYPE_CHECKING:
    _TemplateForm = forms.ModelForm[ReplyTemplate]
else:
    _TemplateForm = forms.ModelForm  # which knows of its model only where types are checked


class TemplateForm(_TemplateForm):
    use_required_attribute = False

    category = forms.ChoiceField(label="分类", required=False, widget=LongSelect)

    class Meta:
        model = ReplyTemplate
        fields = ("title", "use", "category", "text", "active")
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "text": forms.Textarea(attrs={"rows": "9"}),
        }

    def __init__(self, data: QueryDict | None, template: ReplyTemplate) -> None:
        super().__init__(data, instance=template, auto_id="template-%s")
        marks = "、".join(f"{{{key}}}" for key in replies.PLACEHOLDERS)
        self.fields["title"].help_text = "选模板时看到的名字，例如“已办结”。"
        by_itself = f"可以写入 {marks}，使用时自动换成这一件的内容。"
        self.fields["text"].help_text = f"{by_itself}要经办人自己填的地方写成 {EXAMPLE}，没有填完的不能提交。"
        self.fields["active"].help_text = "停用后不再提供选择，以前写好的答复不变。"
        category = self.fields["category"]
        assert isinstance(category, forms.ChoiceField)
        category.choices = [("", "不限"), *grouped(_categories())]
        category.help_text = "只在这一类诉求中提供，含其下级分类。"
        category.error_messages["invalid_choice"] = "没有这个分类，请重新选择。"
        use = self.fields["use"]
        assert isinstance(use, forms.ChoiceField)
        use.choices = ReplyTemplate._meta.get_field("use").choices or ()

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if unknown := replies.unknown_placeholders(text):
            known = "、".join(f"{{{key}}}" for key in replies.PLACEHOLDERS)
            raise forms.ValidationError(f"认不出 {'、'.join(unknown)}，只能写 {known}。")
        return text

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        same = replies.of_unit(self.instance.organisation_id).filter(use=data.get("use"), title=data.get("title"))
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("title", "这个用处已经有一个同名的模板，请换一个名称。")
        return data


def _categories() -> list[tuple[str, str]]:
    """The two upper levels; a template for one leaf of the third would be used once a year."""
    names = dict(Category.objects.filter(active=True, level__lte=2).values_list("code", "name"))
    return [
        (code, f"{names[code.partition('.')[0]]} / {name}" if "." in code else name)
        for code, name in names.items()
        if code.partition(".")[0] in names
    ]


@desk(replies.PERMISSION)
@require_GET
def template_list(request: UserRequest) -> HttpResponse:
    unit = replies.unit_of(request.actor)
    labels = dict(_categories())
    rows = replies.managed_by(request.actor).order_by("-active", "use", "-used", "title")[:MOST]
    shared = ReplyTemplate.objects.filter(organisation=None, active=True).order_by("use", "-used", "title")[:MOST]
    context = {
        "rows": [(row, labels.get(row.category, "")) for row in rows],
        "shared": [(row, labels.get(row.category, "")) for row in shared] if unit is not None else [],
        "unit": directory().name_of(unit) if unit is not None else "",
        "crumbs": [Crumb("答复模板")],
    }
    return render(request, "matters/desk_templates.html", context)


@desk(replies.PERMISSION)
@require_http_methods(["GET", "POST"])
def template_edit(request: UserRequest, pk: int | None = None) -> HttpResponse:
    """A new one without `pk`. Only those of one's own unit are found."""
    unit = replies.unit_of(request.actor)
    template = ReplyTemplate(organisation_id=unit)
    if pk is not None:
        found = replies.managed_by(request.actor).filter(pk=pk).first()
        if found is None:
            raise Missing("没有这个答复模板，或者它不归您的单位管理。")
        template = found
    before = None if pk is None else TEMPLATES.words(template)
    form = TemplateForm(request.POST if request.method == "POST" else None, template)
    if request.method == "POST" and form.is_valid():
        save(form, by=request.user, kind=TEMPLATES, before=before)
        messages.success(request, f"答复模板“{template.title}”已保存。")
        return redirect("matters:templates")
    context = {
        "form": form,
        "is_new": pk is None,
        "unit": directory().name_of(unit) if unit is not None else "",
        "crumbs": [Crumb("答复模板", reverse("matters:templates")), Crumb("新模板" if pk is None else "修改模板")],
    }
    return render(request, "matters/desk_template.html", context, status=422 if form.is_bound else 200)
