"""Forms of the knowledge base."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from huying.kernel.files import accept
from huying.kernel.models import StoredFile
from huying.knowledge.articles.actions import Content, allowed_files, owners_of
from huying.knowledge.models import Article, ArticleFeedback, ArticleVersion
from huying.matters.forms import Uploads, grouped
from huying.matters.settings.choices import category_paths, organisation_choices
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.enums import Level
from huying.places.tree import place_tree
from huying.ui.forms import LongSelect, LongSelectMany, by_typing

REVIEW_DAYS = 180  # until somebody looks again, if nothing else is said
_BETWEEN = re.compile(r"[\n\r]+|[、；;]")
_KEY = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def streets() -> list[tuple[str, str]]:
    return [(str(place.id), place.name) for place in place_tree().by_code.values() if place.level == Level.STREET]


def ways_of(text: str) -> list[str]:
    """Other ways to ask, one a line or between 、"""
    return list(dict.fromkeys(filter(None, (way.strip() for way in _BETWEEN.split(text)))))


class ArticleForm(forms.Form):
    use_required_attribute = False

    question = forms.CharField(
        label="问题", max_length=200, help_text="用群众的话写成一句问话，例如“医保卡丢了怎么补办”。"
    )
    answer = forms.CharField(
        label="答复",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": "8"}),
        help_text="先说结论，再说怎么办、带什么、去哪里。常变的金额和标准写“以当年公布为准”。",
    )
    ways = forms.CharField(
        label="别的问法和关键词",
        required=False,
        widget=forms.Textarea(attrs={"rows": "3"}),
        help_text="一行一个，或者用顿号隔开，例如“社保卡补办、医保卡挂失”。群众怎么说就怎么写。",
    )
    basis = forms.CharField(label="依据", max_length=500, help_text="文件名称或规定，例如“居住证暂行条例”。")
    category = forms.ChoiceField(label="分类", required=False, widget=LongSelect)
    owner = forms.ChoiceField(label="归属单位", widget=LongSelect, help_text="对答复负责、到期复核的单位。")
    audience = forms.ChoiceField(label="给谁看", choices=ArticleVersion.Audience.choices, widget=forms.RadioSelect)
    streets = forms.MultipleChoiceField(
        label="适用街道", required=False, widget=LongSelectMany, help_text="全区都适用的不选。"
    )
    valid_until = forms.DateField(
        label="有效期至",
        required=False,
        widget=forms.TextInput(attrs={"type": "date"}),
        help_text="过了这一天不再提供给任何人；长期有效的不填。",
    )
    review_on = forms.DateField(
        label="复核日期", widget=forms.TextInput(attrs={"type": "date"}), help_text="到时提醒归属单位核对一遍。"
    )
    note = forms.CharField(label="修改说明", max_length=200, required=False, help_text="这一版改了什么、为什么改。")
    attachments = forms.Field(label="附件", required=False, help_text="文件、表格、流程图；对外公开的知识附件也公开。")

    def __init__(
        self,
        data: QueryDict | None,
        files: MultiValueDict[str, UploadedFile[Any]] | None,
        *,
        actor: Actor,
        uploader: str,
        article: Article | None,
        initial: dict[str, object] | None = None,
        kept: Sequence[StoredFile] = (),
    ) -> None:
        super().__init__(data, files, initial=initial)
        self.typed, self.sent = data, files
        self.actor, self.article, self.uploader = actor, article, uploader
        category = self._choice("category")
        category.choices = [("", "不填"), *grouped(list(category_paths().items()))]
        by_typing(category, whole=True)
        owner = self._choice("owner")
        unit = owners_of(actor)
        if unit is None:
            owner.choices = [("", "请选择"), *organisation_choices()]
            by_typing(owner)
        else:
            owner.choices = [(str(unit), directory().name_of(unit))]
            owner.widget = forms.HiddenInput()
        many = self.fields["streets"]
        assert isinstance(many, forms.MultipleChoiceField)
        many.choices = streets()
        self.box = Uploads(uploader)
        self.box.kept = list(kept)
        self.fields["attachments"].widget = self.box
        for name, field in self.fields.items():
            if name not in ("question", "answer"):
                field.error_messages["required"] = f"请填写{field.label}。"

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def clean_question(self) -> str:
        return " ".join(CONTROL.sub("", str(self.cleaned_data["question"])).split())

    def clean_answer(self) -> str:
        return CONTROL.sub("", str(self.cleaned_data["answer"])).replace("\r\n", "\n").strip()

    def clean_ways(self) -> list[str]:
        ways = ways_of(CONTROL.sub("", str(self.cleaned_data["ways"])))
        if len(ways) > 40:
            raise forms.ValidationError("别的问法最多写 40 个。")
        if long := next((way for way in ways if len(way) > 100), ""):
            raise forms.ValidationError(f"“{long[:20]}…”太长，一个问法最多 100 字。")
        return ways

    def clean_valid_until(self) -> date | None:
        day: date | None = self.cleaned_data["valid_until"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError("有效期要在今天以后。")
        return day

    def clean_review_on(self) -> date:
        day: date = self.cleaned_data["review_on"]
        if day <= timezone.localdate():
            raise forms.ValidationError("复核日期要在今天以后。")
        return day

    def take_files(self) -> list[StoredFile]:
        """Those that were there and stay, and those that came now."""
        assert self.typed is not None and self.sent is not None
        wanted = [UUID(key) for key in self.typed.getlist("attachments.kept") if _KEY.fullmatch(key)]
        article_id = self.article.pk if self.article else None
        kept = allowed_files(article_id, wanted, self.uploader)
        new = [accept(file, uploader=self.uploader) for file in self.sent.getlist("attachments")]
        self.box.kept = [*kept, *new]
        return self.box.kept

    @property
    def content(self) -> Content:
        said = self.cleaned_data
        return Content(
            question=said["question"],
            answer=said["answer"],
            ways=said["ways"],
            basis=said["basis"],
            category=said["category"],
            audience=said["audience"],
            streets=[int(key) for key in said["streets"]],
            valid_until=said["valid_until"],
            note=said["note"],
        )


def beginning(version: ArticleVersion, article: Article) -> dict[str, object]:
    """What the form begins with, from the version that is changed."""
    day = article.review_on
    return {
        "question": version.question,
        "answer": version.answer,
        "ways": "\n".join(version.ways),
        "basis": version.basis,
        "category": version.category,
        "owner": str(article.owner_id),
        "audience": version.audience,
        "streets": [str(key) for key in version.streets],
        "valid_until": version.valid_until,
        "review_on": day if day and day > timezone.localdate() else usual_review(),
        "note": version.note if version.state in ("draft", "returned") else "",
    }


def usual_review() -> date:
    return timezone.localdate() + timedelta(days=REVIEW_DAYS)


class ReasonForm(forms.Form):
    use_required_attribute = False
    reason = forms.CharField(label="原因", max_length=500, widget=forms.Textarea(attrs={"rows": "3"}))


class ReviewForm(forms.Form):
    use_required_attribute = False
    review_on = forms.DateField(label="下次复核日期", widget=forms.TextInput(attrs={"type": "date"}))


class FeedbackForm(forms.Form):
    """What is wrong with it, in words."""

    use_required_attribute = False
    text = forms.CharField(
        label="哪里不对",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": "3"}),
        help_text="写明哪一句不对、应当是什么。不要写个人的电话和证件号码。",
    )


class FeedbackAnswerForm(forms.Form):
    use_required_attribute = False
    outcome = forms.ChoiceField(label="怎样处理", choices=ArticleFeedback.Outcome.choices, widget=forms.RadioSelect)
    answer = forms.CharField(label="处理说明", max_length=500, widget=forms.Textarea(attrs={"rows": "2"}))


class SynonymsForm(forms.Form):
    use_required_attribute = False
    words = forms.CharField(
        label="同义的词",
        max_length=400,
        help_text="意思一样的词，用顿号隔开，至少两个，例如“老年卡、敬老卡、老人卡”。",
    )

    def clean_words(self) -> list[str]:
        words = ways_of(str(self.cleaned_data["words"]).replace("，", "、").replace(",", "、").replace(" ", "、"))
        if len(words) < 2:
            raise forms.ValidationError("至少写两个词，用顿号隔开。")
        if len(words) > 12:
            raise forms.ValidationError("一组最多 12 个词。")
        if bad := next((word for word in words if not 2 <= len(word) <= 20), ""):
            raise forms.ValidationError(f"“{bad}”要在 2 到 20 个字之间。")
        return words
