"""Forms of this room's pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from huying.knowledge.rules import options
from huying.knowledge.rules.actions import LONGEST_WORD, MOST_WORDS, Content, split_words
from huying.knowledge.rules.conditions import Conditions
from huying.knowledge.rules.proposals import Proposal
from huying.people.forms import DayInput, LineInput
from huying.ui.forms import LongSelect, LongSelectMany, by_typing

EXCEPTIONS = ("e1_", "e2_")
NEEDED = {
    "subject": "请写明是什么事项。",
    "lead": "请选择主办单位。",
    "document": "请写明依据文件。",
    "clause": "请写明条款。",
}
WORDS_HELP = "几个词用顿号隔开。"


def _words(label: str, help_text: str = WORDS_HELP) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=MOST_WORDS * (LONGEST_WORD + 1),
        help_text=help_text,
        widget=LineInput(attrs={"autocomplete": "off"}),
    )


def _many(label: str, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        help_text=help_text,
        widget=LongSelectMany(),
        error_messages={"invalid_choice": "没有这一项，请重新选择。"},
    )


def _few(label: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple)


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=DayInput(),
        error_messages={"invalid": "日期请写成 2026-11-22。", "required": "请填写日期。"},
    )


class RuleForm(forms.Form):
    """A version as it is written. What is wrong with it the action says; here only what cannot be read, or is not
    there, is refused. `looking`: whoever writes only wants to see how it reads so far."""

    use_required_attribute = False
    subject = forms.CharField(
        label="事项",
        required=False,
        max_length=60,
        help_text="一句话说清是什么事，例如：小区停水、水压不足。",
        widget=LineInput,
    )
    categories = _many("分类", "含各自的下级。可以选几个，符合其中一个就算。")
    any_words = _words("说到（任一个）", "标题和内容里说到其中一个就算。几个词用顿号隔开。")
    all_words = _words("同时说到（每一个）")
    none_words = _words("不含", "说到其中任何一个就不适用。几个词用顿号隔开。")
    places = _many("地点", "不选为不限；选街道含它的各社区。")
    lead = forms.ChoiceField(label="主办单位", required=False, widget=LongSelect)
    helpers = _many("协办单位")
    e1_any_words = _words("例外：说到（任一个）", "有这种情况时这条口径不适用。")
    e1_categories = _many("例外：分类", "和上一项都填时，两项都符合才算例外。")
    e1_places = _many("例外：地点")
    document = forms.CharField(label="依据文件", required=False, max_length=120, widget=LineInput)
    clause = forms.CharField(
        label="条款", required=False, max_length=60, help_text="例如：第十二条第三款。", widget=LineInput
    )
    valid_from = _day("生效日期", help_text="审批晚于这一天的，从审批当天起生效。")
    why = forms.CharField(
        label="起草或修改的原因",
        required=False,
        max_length=300,
        help_text="给审批人看，也留在历史里。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    kinds = _few("类型")
    urgencies = _few("紧急程度")
    channels = _many("渠道")
    priority = forms.IntegerField(
        label="优先级",
        required=False,
        min_value=1,
        max_value=9,
        help_text="1 到 9，不填为 5。只在几条口径同样具体时用：数字小的先。",
        error_messages={"invalid": "优先级是 1 到 9 的整数。"},
    )
    valid_to = _day("失效日期", required=False, help_text="这一天起不再适用；不填为长期有效。")
    quote = forms.CharField(label="条文", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    e2_any_words = _words("例外二：说到（任一个）")
    e2_categories = _many("例外二：分类")
    e2_places = _many("例外二：地点")

    def __init__(self, *args: Any, looking: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        for name, words in NEEDED.items():
            fields[name].required = not looking
            fields[name].error_messages["required"] = words
        for prefix in ("", *EXCEPTIONS):
            fields[f"{prefix}categories"].choices = list(options.category_paths().items())
            fields[f"{prefix}places"].choices = list(options.places())
        fields["lead"].choices = [("", "请选择"), *options.grouped_units()]
        by_typing(fields["lead"])
        fields["helpers"].choices = options.grouped_units()
        fields["kinds"].choices = list(options.kinds())
        fields["urgencies"].choices = list(options.urgencies())
        fields["channels"].choices = list(options.channels())

    @property
    def content(self) -> Content:
        return read(self.cleaned_data)


def _conditions(found: dict[str, Any], prefix: str = "") -> Conditions:
    def chosen(name: str) -> tuple[str, ...]:
        return tuple(found.get(f"{prefix}{name}") or ())

    def said(name: str) -> tuple[str, ...]:
        return split_words(found.get(f"{prefix}{name}") or "")

    return Conditions(
        categories=chosen("categories"),
        any_words=said("any_words"),
        all_words=said("all_words"),
        none_words=said("none_words"),
        places=chosen("places"),
        kinds=chosen("kinds"),
        urgencies=chosen("urgencies"),
        channels=chosen("channels"),
    )


def read(found: dict[str, Any]) -> Content:
    """Of whatever could be read so far: a preview shows it while it is being written."""
    exceptions = tuple(one for prefix in EXCEPTIONS if (one := _conditions(found, prefix)))
    return Content(
        subject=found.get("subject") or "",
        conditions=_conditions(found),
        exceptions=exceptions,
        lead=found.get("lead") or "",
        helpers=tuple(found.get("helpers") or ()),
        document=found.get("document") or "",
        clause=found.get("clause") or "",
        quote=found.get("quote") or "",
        priority=found.get("priority") or 5,
        valid_from=found.get("valid_from") or timezone.localdate(),
        valid_to=found.get("valid_to"),
        why=found.get("why") or "",
    )


def written(content: Content) -> dict[str, object]:
    """What a form begins with."""
    asked = content.conditions
    found: dict[str, object] = {
        "subject": content.subject,
        "lead": content.lead,
        "helpers": list(content.helpers),
        "document": content.document,
        "clause": content.clause,
        "quote": content.quote,
        "priority": content.priority,
        "valid_from": content.valid_from,
        "valid_to": content.valid_to,
        "why": content.why,
        "kinds": list(asked.kinds),
        "urgencies": list(asked.urgencies),
        "channels": list(asked.channels),
        "all_words": "、".join(asked.all_words),
        "none_words": "、".join(asked.none_words),
    }
    for prefix, one in zip(("", *EXCEPTIONS), (asked, *content.exceptions), strict=False):
        found[f"{prefix}categories"] = list(one.categories)
        found[f"{prefix}any_words"] = "、".join(one.any_words)
        found[f"{prefix}places"] = list(one.places)
    return found


def begun(proposal: Proposal | None) -> dict[str, object]:
    """A new rule, with what an upheld objection shows."""
    if proposal is None:
        return {"valid_from": timezone.localdate(), "priority": 5}
    return {
        "subject": options.category_names().get(proposal.category, "")[:60],
        "categories": [proposal.category] if proposal.category else [],
        "any_words": "、".join(proposal.said),
        "places": [proposal.place] if proposal.place else [],
        "lead": proposal.lead,
        "priority": 5,
        "valid_from": timezone.localdate(),
        "why": proposal.words[:300],
    }


def changed(content: Content, proposal: Proposal | None) -> dict[str, object]:
    """The next version of a rule: as the last one says; after an upheld objection with its words as an exception."""
    found = written(content) | {"valid_from": timezone.localdate(), "why": "", "valid_to": content.valid_to}
    if proposal is None:
        return found
    prefix = next((one for one in EXCEPTIONS if not found.get(f"{one}any_words")), "")
    if prefix and proposal.said:
        found[f"{prefix}any_words"] = "、".join(proposal.said)
    return found | {"why": proposal.words[:300]}


class PeriodForm(forms.Form):
    """Which past cases are looked at."""

    use_required_attribute = False
    first = _day("从")
    last = _day("到")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        today = timezone.localdate()
        kwargs.setdefault("initial", {"first": today - dt.timedelta(days=365), "last": today})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last and first > last:
            self.add_error("last", "止日要不早于起日。")
        elif first and last and (last - first).days > 1100:
            self.add_error("first", "一次最多回放三年。")
        return found

    @property
    def problem(self) -> str:
        """The first that is wrong, where the form stands among other things."""
        return next((str(sentence) for errors in self.errors.values() for sentence in errors), "")


class WhyForm(forms.Form):
    use_required_attribute = False
    why = forms.CharField(
        label="原因",
        max_length=300,
        min_length=2,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明原因。", "min_length": "请写明原因。"},
    )


class RuleFilterForm(forms.Form):
    q = forms.CharField(
        label="找", max_length=60, required=False, widget=LineInput(attrs={"placeholder": "编号、事项、词、条款"})
    )
    unit = forms.ChoiceField(label="单位", required=False, widget=LongSelect)
    category = forms.ChoiceField(label="分类", required=False, widget=LongSelect)
    place = forms.ChoiceField(label="街道", required=False)

    def __init__(self, *args: Any, all_units: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        if all_units:
            fields["unit"].choices = [("", "不限"), *options.grouped_units()]
            by_typing(fields["unit"])
        else:
            del self.fields["unit"]
        fields["category"].choices = [("", "不限"), *options.category_paths().items()]
        by_typing(fields["category"], whole=True)
        fields["place"].choices = [("", "不限"), *options.streets()]
