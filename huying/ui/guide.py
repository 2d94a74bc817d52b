"""What the style guide shows: invented, and the same every day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from huying.ui.components import (
    Attachment,
    Chip,
    Confirmation,
    Crumb,
    Fact,
    PageLinks,
    TimelineEntry,
    Tone,
)
from huying.ui.context import MenuLine
from huying.ui.shell import PostChoice


class ReportForm(forms.Form):
    """A form with every kind of control."""

    more = ("channel_number", "confidential", "met_on")

    title = forms.CharField(label="标题", max_length=60, help_text="一句话说清什么事，例如：中南路路灯不亮。")
    text = forms.CharField(label="诉求内容", widget=forms.Textarea(attrs={"rows": 4}))
    kind = forms.ChoiceField(
        label="诉求类型",
        choices=[("consult", "咨询"), ("help", "求助"), ("complaint", "投诉"), ("suggestion", "建议")],
        widget=forms.RadioSelect,
    )
    urgency = forms.ChoiceField(
        label="紧急程度", choices=[("normal", "一般"), ("urgent", "紧急"), ("emergency", "特急")]
    )
    tags = forms.MultipleChoiceField(
        label="标签",
        required=False,
        choices=[("business", "营商环境"), ("season", "清爽度夏"), ("theme", "暖冬行动")],
        widget=forms.CheckboxSelectMultiple,
    )
    phone = forms.CharField(label="联系电话", widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}))
    photo = forms.FileField(label="照片", required=False, widget=forms.FileInput(attrs={"data-max-mb": "20"}))
    channel_number = forms.CharField(label="来件编号", required=False)
    met_on = forms.DateField(label="发生日期", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    confidential = forms.BooleanField(label="要求保密", required=False, help_text="承办单位看不到姓名和电话。")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="退回原因", widget=forms.Textarea(attrs={"rows": 3}), help_text="承办人会看到这段话。"
    )


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    title: str
    state: str
    tone: Tone
    words: str
    warning: str
    holder: str
    place: str
    opened_at: datetime


@dataclass(slots=True)
class SampleFrame:
    """Stands in for the frame, so that the guide shows a whole page without signing in."""

    district: str = "武昌区"
    large_type: bool = False
    person: str = "周明"
    current_post: str = "派单员 · 区网格中心"
    search_url: str = "/ui/guide/"
    search_words: str = "搜索编号、电话或内容"
    help_url: str = "/ui/guide/"
    messages_url: str = "/ui/guide/"
    switch_url: str = "/ui/guide/"
    account_url: str = "/ui/guide/"
    sign_out_url: str = "/ui/guide/"
    counts_url: str = "/ui/guide/counts/"
    counts_channels: str = "guide"
    posts: list[PostChoice] = field(
        default_factory=lambda: [
            PostChoice(1, "派单员 · 区网格中心", current=True),
            PostChoice(2, "接线员 · 区网格中心"),
        ]
    )
    menu: list[MenuLine] = field(
        default_factory=lambda: [
            MenuLine("today", "今日工作", "/ui/guide/form/", False, False),
            MenuLine("triage", "待研判", "/ui/guide/", True, True),
            MenuLine("dispatch", "待派单", "/ui/guide/detail/", False, True),
            MenuLine("callback", "待回访", "/ui/guide/resident/", False, True),
            MenuLine("all", "全部诉求件", "/ui/guide/form/", False, False),
        ]
    )


def at(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=timezone.get_default_timezone())


ROWS = (
    Row(
        "WC20261122000123",
        "中南路街道洪山侧路多盏路灯不亮，夜间出行不便",
        "待派单",
        "blue",
        "剩 3 小时",
        "yellow",
        "区网格中心",
        "中南路街道 百瑞景社区",
        at(11, 22, 9, 5),
    ),
    Row(
        "WC20261122000118",
        "小区二次供水水压不足，六楼以上早晚停水",
        "已派单",
        "teal",
        "剩 2 个工作日",
        "none",
        "区水务和湖泊局",
        "水果湖街道 东湖社区",
        at(11, 22, 8, 41),
    ),
    Row(
        "WC20261121000986",
        "楼下餐馆夜间油烟和噪声扰民，多次反映没有改善",
        "办理中",
        "purple",
        "超 1 天",
        "red",
        "区城市管理执法局",
        "粮道街街道 得胜桥社区",
        at(11, 21, 17, 30),
    ),
    Row(
        "WC20261120000754",
        "咨询新生儿医保参保需要哪些材料、在哪里办",
        "已结案",
        "green",
        "",
        "none",
        "区医疗保障局",
        "积玉桥街道 凤凰城社区",
        at(11, 20, 10, 12),
    ),
    Row(
        "WC20261119000310",
        "建议在沙湖公园北门增设非机动车停放点",
        "待补充",
        "grey",
        "",
        "none",
        "区园林和林业局",
        "徐家棚街道 沙湖社区",
        at(11, 19, 15, 2),
    ),
)

FILES = (
    Attachment(name="现场照片一.jpg", url="/ui/guide/", size=1_482_113, kind="图片"),
    Attachment(name="停水通知（盖章）.pdf", url="/ui/guide/", size=218_400, kind="PDF"),
    Attachment(name="通话录音.mp3", url="/ui/guide/", size=902_144, kind="录音"),
)

TIMELINE = (
    TimelineEntry(
        what="联系诉求人",
        at=at(11, 22, 10, 20),
        who="区城市管理执法局 · 李强（经办人）",
        text="电话联系，诉求人确认位置在洪山侧路 12 号至 30 号之间，共 6 盏。约定今日下午现场查看。",
        facts=(Fact("方式", "电话"), Fact("结果", "已联系上")),
        attachments=FILES[:1],
    ),
    TimelineEntry(what="签收", at=at(11, 22, 9, 48), who="区城市管理执法局 · 李强（经办人）"),
    TimelineEntry(
        what="派单",
        at=at(11, 22, 9, 31),
        who="区网格中心 · 周明（派单员）",
        text="按派单口径第 37 条，路灯设施由区城管局主办。",
    ),
    TimelineEntry(what="受理", at=at(11, 22, 9, 5), who="区网格中心 · 王芳（接线员）"),
)


def square(name: str, lon: float, lat: float) -> dict[str, object]:
    """A field of about 500 m with a corner cut off, so that it looks like a grid and not like a tile."""
    ring = [(0, 0), (0.005, 0), (0.005, 0.003), (0.004, 0.0045), (0, 0.0045), (0, 0)]
    coordinates = [[[lon + x, lat + y] for x, y in ring]]
    return {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": {"type": "Polygon", "coordinates": coordinates},
    }


AREAS: dict[str, object] = {
    "type": "FeatureCollection",
    "features": [
        square(f"百瑞景社区第 {3 * row + column + 1} 网格", 114.329 + 0.005 * column, 30.529 + 0.0045 * row)
        for row in range(3)
        for column in range(3)
    ],
}


def guide_context(*, large_type: bool = False) -> dict[str, Any]:
    given = {"text": "路灯不亮", "urgency": "normal", "channel_number": "12345-8812"}
    refused = ReportForm({f"refused-{name}": value for name, value in given.items()}, prefix="refused")
    refused.add_error(None, "同一个来件编号已经登记过：WC20261121000986，请核对后再提交。")
    approve = Confirmation(
        id="confirm-approve",
        label="批准办结",
        title="批准这份办结意见？",
        body="批准后转区网格中心回访，承办人不能再改。",
        verb="批准",
        action="/ui/guide/",
    )
    send_back = Confirmation(
        id="confirm-back",
        label="退回承办人",
        title="退回给承办人修改？",
        body="办理时限不停，承办人会收到消息。",
        verb="退回",
        action="/ui/guide/",
        danger=True,
        form=ReasonForm(auto_id="back_%s"),
    )
    return {
        "ui": SampleFrame(large_type=large_type),
        "shown": [("count-triage", "1,286"), ("count-dispatch", "23")],
        "empty": ["count-callback"],
        "unread": 3,
        "rows": ROWS,
        "tones": [
            ("grey", "待补充"),
            ("blue", "待派单"),
            ("teal", "已派单"),
            ("purple", "办理中"),
            ("green", "已结案"),
            ("yellow", "挂账"),
            ("orange", "重办"),
            ("red", "不予受理"),
        ],
        "chips": [
            Chip("状态", "待派单", "/ui/guide/"),
            Chip("街道", "中南路街道", "/ui/guide/"),
            Chip("来源", "12345 热线", "/ui/guide/"),
        ],
        "crumbs": [Crumb("今日工作", "/ui/guide/"), Crumb("待派单", "/ui/guide/"), Crumb("WC20261122000123")],
        "links": PageLinks("/ui/guide/?cursor=a", "/ui/guide/?cursor=b"),
        "form": ReportForm(),
        "refused": refused,
        "approve": approve,
        "send_back": send_back,
        "timeline": TIMELINE,
        "files": FILES,
        "facts": [
            Fact("编号", "WC20261122000123"),
            Fact("来源", "武汉市民热线 12345"),
            Fact("类型", "求助 · 市政设施 / 道路照明"),
            Fact("诉求人", "李** 139****5621"),
            Fact("地点", "中南路街道百瑞景社区第 3 网格", "/ui/guide/"),
            Fact("备注", ""),
        ],
        "now": at(11, 22, 14, 5),
        "areas_url": "/ui/guide/areas.geojson",
    }
