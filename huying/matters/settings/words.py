"""Danger words: the list, what excuses them, how often they were false, and a text to try them on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Missing
from huying.kernel.search import fold
from huying.matters.models import AlarmWord
from huying.matters.queries import truth_of_words
from huying.matters.settings import PERMISSION
from huying.matters.signs import PAST, SUPPOSED, Hit, watch
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, edit, form_page, listing

WORDS = Kind("险情词", "险情词", "matters:words", ("alarm_words",))
CONTEXTS = {SUPPOSED: "假设、担心或防范的不算（“一旦起火”“防止触电”）", PAST: "往事不算（“去年坍塌过”）"}
MOST_EXCUSES, LONGEST_EXCUSE = 40, 20
MOST_TRIED = 5000
ALL_WORDS = 10_000


class WordForm(RowForm[AlarmWord]):
    contexts = forms.MultipleChoiceField(
        label="在这些语境里不报警",
        required=False,
        choices=list(CONTEXTS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="轻生、聚集一类的词不要勾：“再不解决我就跳楼”本身就是险情。",
    )
    excuses = forms.CharField(
        label="旁边有这些字时不报警",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "data-verbatim": True}),
        help_text="一行一个，例如“跳楼”旁边的“跳楼价”。否定的说法（“没有人自杀”）本来就不报警，不用写。",
    )

    class Meta:
        model = AlarmWord
        fields = ("word", "group", "active")
        widgets = {"word": LineInput, "group": LineInput(attrs={"list": "groups"})}
        help_texts = {"group": "报警时先看到它，例如“燃气”“轻生”。", "active": "停用后不再报警。"}
        error_messages = {"word": {"unique": "已有这个词，请直接修改它。"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unless = list(self.instance.unless)
        self.initial["contexts"] = [one for one in unless if one in CONTEXTS]
        self.initial["excuses"] = "\n".join(one for one in unless if one not in CONTEXTS)
        self.order_fields(["word", "group", "excuses", "contexts", "active"])

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if len(fold(word)) < 2:
            raise forms.ValidationError("至少两个字：一个字会到处误报。")
        return word

    def clean_excuses(self) -> list[str]:
        lines = list(dict.fromkeys(line.strip() for line in self.cleaned_data["excuses"].splitlines() if line.strip()))
        if len(lines) > MOST_EXCUSES:
            raise forms.ValidationError(f"最多 {MOST_EXCUSES} 行，现有 {len(lines)} 行。")
        if long := [line for line in lines if len(line) > LONGEST_EXCUSE]:
            raise forms.ValidationError(f"“{long[0][:10]}……”太长，每行最多 {LONGEST_EXCUSE} 个字。")
        return lines

    def save(self, commit: bool = True) -> Any:
        self.instance.unless = [*self.cleaned_data["excuses"], *self.cleaned_data["contexts"]]
        return super().save(commit)


class WordSearchForm(forms.Form):
    q = forms.CharField(label="词或类别", max_length=40, required=False, widget=LineInput)


class TryForm(forms.Form):
    text = forms.CharField(
        label="一段话",
        max_length=MOST_TRIED,
        widget=forms.Textarea(attrs={"rows": 5, "data-verbatim": True}),
        help_text="只在这里试，不保存。",
    )


@desk(PERMISSION)
@require_GET
def words_page(request: UserRequest) -> HttpResponse:
    form = WordSearchForm(request.GET)
    sought = form.cleaned_data["q"].strip() if form.is_valid() else ""
    rows = AlarmWord.objects.all()
    if sought:
        rows = rows.filter(Q(word__contains=sought) | Q(group__contains=sought))
    truth = {one.word: one for one in truth_of_words(ALL_WORDS)}
    groups: dict[str, list[Line]] = {}
    for row in rows:
        judged = truth.get(row.word)
        groups.setdefault(row.group, []).append(
            Line(
                [
                    Cell(row.word, reverse("matters:word", args=[row.pk])),
                    Cell("、".join(_unless(row.unless))),
                    Cell(f"{judged.judged} 次里误报 {judged.false} 次" if judged else ""),
                    Cell("启用", tone="green") if row.active else Cell("已停用", tone="grey"),
                ]
            )
        )
    tables = [
        Table(
            caption=f"{group}类险情词",
            headers=("词", "不报警的情形", "误报", "状态"),
            lines=lines,
            id=f"group-{n}",
            title=group,
            note=f"{len(lines)} 个",
        )
        for n, (group, lines) in enumerate(groups.items())
    ] or [Table(caption="险情词", headers=(), lines=[], nothing="没有符合条件的险情词，换一个词再找。")]
    shown = Listing(
        kind=WORDS,
        tables=tables,
        form=form,
        lead="来件里出现这些词就提示险情，由接线员和派单员核实。误报多的词，先补“不报警的情形”，不要急着停用。",
        links=[
            Link("试一段话", reverse("matters:try-words")),
            Link("新增险情词", reverse("matters:new-word"), "btn btn-primary"),
        ],
    )
    return listing(request, shown)


def _unless(unless: list[str]) -> list[str]:
    return [one.strip("〈〉") if one in CONTEXTS else one for one in unless]


def _groups() -> list[str]:
    return list(AlarmWord.objects.order_by("group").values_list("group", flat=True).distinct())


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_word(request: UserRequest) -> HttpResponse:
    return edit(
        request,
        WordForm(request.POST or None, instance=AlarmWord()),
        kind=WORDS,
        title="新增险情词",
        done="已新增，从现在起的来件按它提示。",
        verb="新增",
        template="matters/settings/word.html",
        context={"groups": _groups()},
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def word_page(request: UserRequest, pk: int) -> HttpResponse:
    row = AlarmWord.objects.filter(pk=pk).first()
    if row is None:
        raise Missing("没有这个险情词。")
    return edit(
        request,
        WordForm(request.POST or None, instance=row),
        kind=WORDS,
        title=f"险情词：{row.word}",
        done="已保存，从现在起的来件按它提示。",
        template="matters/settings/word.html",
        context={"groups": _groups()},
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def try_words(request: UserRequest) -> HttpResponse:
    """Which words hit in a text, and which were excused. Nothing is kept."""
    form = TryForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"tried": False}
    if form.is_valid():
        folded = fold(form.cleaned_data["text"])
        hits, excused = watch().hits(folded), watch().excused(folded)
        context = {
            "tried": True,
            "hits": hits,
            "excused": excused,
            "marked": _marked(folded, hits, excused),
        }
    return form_page(
        request,
        form,
        kind=WORDS,
        title="试一段话",
        verb="试一试",
        template="matters/settings/try_words.html",
        context=context,
    )


def _marked(folded: str, hits: list[Hit], excused: list[Hit]) -> SafeString:
    """The text as it is compared, with what counts and what does not marked; of overlapping ones the first."""
    parts: list[SafeString] = []
    at = 0
    every = sorted([(h, True) for h in hits] + [(h, False) for h in excused], key=lambda pair: pair[0].start)
    for hit, counts in every:
        if hit.start < at:
            continue
        words = folded[hit.start : hit.end]
        parts.append(format_html("{}", folded[at : hit.start]))
        parts.append(format_html("<mark>{}</mark>", words) if counts else format_html("<s>{}</s>", words))
        at = hit.end
    parts.append(format_html("{}", folded[at:]))
    return format_html_join("", "{}", ((part,) for part in parts))
