"""A form drawn from an input has the input's rules and no others."""

from __future__ import annotations

from typing import Annotated

import pytest
from django.db.models import IntegerChoices, TextChoices
from django.http import QueryDict
from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from huying.cases.flow import CASES
from huying.kernel.errors import Conflict, Invalid
from huying.kernel.inputs import BlankIsNone, Input, LongText, More, OneLine, Options
from huying.matters.forms import form_of, plans_of
from tests.ui.house import check_fragment


class Colour(TextChoices):
    RED = "red", "红"
    BLUE = "blue", "蓝"


class Mark(IntegerChoices):
    BAD = 1, "差"
    FAIR = 2, "中"
    GOOD = 3, "好"


class Inner(Input):
    phone: Annotated[str, OneLine(20)] = Field("", title="电话")


class Sample(Input):
    name: Annotated[str, OneLine(10, 1)] = Field(title="名称", description="一句话")
    text: Annotated[str, LongText(50)] = Field("", title="内容")
    agreed: bool = Field(title="是否同意")
    maybe: Annotated[bool | None, BlankIsNone] = Field(None, title="是否属实")
    quiet: bool = Field(True, title="不打扰")
    colour: Colour = Field(Colour.RED, title="颜色")
    mark: Annotated[Mark | None, BlankIsNone] = Field(None, title="打分")
    unit: Annotated[str, Options(lambda: [("A", "甲单位"), ("B", "乙单位")])] = Field(title="单位")
    parts: Annotated[list[int], Options(lambda: [("1", "一"), ("2", "二")])] = Field(default_factory=list, title="清单")
    tags: list[Annotated[str, OneLine(4, 1)]] = Field(default_factory=list, max_length=3, title="标签")
    at: Annotated[AwareDatetime | None, BlankIsNone, More()] = Field(None, title="时间")
    size: Annotated[float | None, BlankIsNone, More()] = Field(None, title="大小", ge=0)
    inner: Inner | None = Field(None, title="联系人")

    @model_validator(mode="after")
    def whole(self) -> Sample:
        if self.name == "空":
            raise PydanticCustomError("empty", "名称和内容要一起填写")
        return self


Form = form_of(Sample)
GOOD = "name=张三&agreed=true&unit=A&colour=blue"


def posted(query: str) -> Form:  # type: ignore[valid-type]
    return Form(QueryDict(query))


def test_each_kind_of_field_has_its_control() -> None:
    assert {plan.name: plan.kind for plan in plans_of(Sample)} == {
        "name": "line",
        "text": "text",
        "agreed": "radio",
        "maybe": "select",
        "quiet": "check",
        "colour": "radio",
        "mark": "select",
        "unit": "select",
        "parts": "many",
        "tags": "words",
        "at": "moment",
        "size": "number",
        "inner.phone": "line",
    }
    assert Form().more == ("at", "size")


def test_labels_help_and_choices_are_the_inputs_own() -> None:
    form = Form()
    html = form.as_div()
    for words in ("名称", "一句话", "甲单位", "红", "电话", 'maxlength="10"', 'type="datetime-local"'):
        assert words in html
    assert form.fields["name"].required
    assert not form.fields["text"].required
    check_fragment(html)


def test_a_good_answer_becomes_the_input() -> None:
    form = posted(
        f"{GOOD}&maybe=false&mark=3&parts=1&parts=2&tags=急，老人 路灯&at=2026-11-22T14:05&size=2.5&inner.phone=110"
    )
    assert form.is_valid(), form.errors
    made = form.input
    assert made == Sample.model_validate(
        {
            "name": "张三",
            "agreed": True,
            "maybe": False,
            "quiet": False,  # a box that was not ticked
            "colour": "blue",
            "mark": 3,
            "unit": "A",
            "parts": [1, 2],
            "tags": ["急", "老人", "路灯"],
            "at": "2026-11-22T14:05:00+08:00",
            "size": 2.5,
            "inner": {"phone": "110"},
        }
    )


def test_what_is_left_blank_takes_its_default() -> None:
    form = posted(f"{GOOD}&text=&maybe=&mark=&tags=&at=&size=&inner.phone=")
    assert form.is_valid()
    assert (form.input.maybe, form.input.mark, form.input.tags, form.input.at) == (None, None, [], None)
    assert form.input.inner is None


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("agreed=true&unit=A", "name", "请填写这一项"),
        ("name=张三&unit=A", "agreed", "请填写这一项"),
        ("name=张三&agreed=true&unit=", "unit", "请填写这一项"),
        ("name=一二三四五六七八九十一&agreed=true&unit=A", "name", "最多 10 个字，现有 11 个字"),
        (f"{GOOD}&at=明天", "at", "时间格式不对"),
        (f"{GOOD}&size=很大", "size", "应为数字"),
        (f"{GOOD}&size=-1", "size", "不能小于 0"),
        (f"{GOOD}&tags=一 二 三 四", "tags", "最多 3 项"),
        (f"{GOOD}&tags=太长的标签", "tags", "最多 4 个字"),
        (f"{GOOD}&inner.phone={'1' * 21}", "inner.phone", "最多 20 个字"),
        (f"{GOOD}&name=%00", "name", "含有空字符"),
    ],
)
def test_refusals_stand_beside_their_fields(query: str, field: str, words: str) -> None:
    form = posted(query)
    assert not form.is_valid()
    assert words in "".join(form.errors[field])
    check_fragment(form.as_div())


def test_a_refusal_of_the_whole_stands_above() -> None:
    form = posted("name=空&agreed=true&unit=A")
    assert form.non_field_errors() == ["名称和内容要一起填写"]


def test_what_was_typed_is_shown_again_without_control_characters() -> None:
    form = posted("name=张%00三%07&text=第一行%0A第二行&unit=B&agreed=false")
    assert not form.is_valid()
    html = form.as_div()
    assert 'value="张三"' in html
    assert "第一行\n第二行" in html
    assert '<option value="B" selected>' in html


def test_the_domains_refusal_sets_the_status_and_finds_the_nearest_field() -> None:
    form = posted(GOOD)
    assert form.is_valid()
    form.refuse(
        Invalid("不行。", fields={"inner.phone": ["电话不对"], "tags.0": ["标签不对"], "elsewhere": ["别处不对"]})
    )
    assert form.errors["inner.phone"] == ["电话不对"]
    assert form.errors["tags"] == ["标签不对"]
    assert form.non_field_errors() == ["别处不对"]
    assert form.status == 422
    other = posted(GOOD)
    assert other.is_valid()
    other.refuse(Conflict("别人先办了。"))
    assert (other.status, other.non_field_errors()) == (409, ["别人先办了。"])


def test_first_fields_lead_and_the_rest_is_folded() -> None:
    short = form_of(Sample, first=("unit", "inner.phone"), without=("text",))()
    assert list(short.fields)[:2] == ["unit", "inner.phone"]
    assert "text" not in short.fields
    assert "name" in short.more
    assert "unit" not in short.more


def test_many_paths_are_grouped_by_their_first_part() -> None:
    class Wide(Input):
        code: Annotated[str, Options(lambda: [("0", "甲"), *((f"0.{n}", f"甲 / 第{n}") for n in range(30))])] = Field(
            title="分类"
        )

    html = form_of(Wide)().as_div()
    assert '<optgroup label="甲">' in html
    assert "甲（不细分）" in html
    assert '<option value="0.7">第7</option>' in html


@pytest.mark.django_db
def test_every_step_of_the_flow_has_a_form_that_can_be_drawn() -> None:
    for step in CASES.steps:
        check_fragment(form_of(step.input)().as_div())
