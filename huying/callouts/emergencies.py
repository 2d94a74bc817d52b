"""What most often has to be called for in a hurry: one tap says what happened, so that nobody types on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from huying.callouts.enums import Purpose
from huying.callouts.models import Response
from huying.callouts.options import callable_by
from huying.knowledge.history import Asked
from huying.knowledge.rules.book import rules_for
from huying.people.directory import Listed
from huying.people.enums import OrganisationKind

MOST_BEFORE, MOST_UNITS = 3, 4


@dataclass(frozen=True, slots=True)
class Emergency:
    key: str
    label: str
    text: str
    wanted: str


EMERGENCIES = (
    Emergency(
        "road", "路面塌陷、井盖缺失", "路面塌陷或者井盖缺失，有人车跌落的危险。", "请带围挡和警示灯来，先封闭再修复。"
    ),
    Emergency("water", "积水、管道爆裂", "管道爆裂或者积水漫到路面、屋里。", "请关阀、抽排，派人抢修。"),
    Emergency("power", "停电、线路脱落", "大面积停电，或者电线脱落垂到地面。", "请断电、看守现场，派人抢修。"),
    Emergency("gas", "燃气泄漏", "闻到很重的燃气味，怀疑泄漏。", "请马上关阀、疏散和检测。"),
    Emergency("fire", "冒烟起火", "有冒烟、起火或者复燃的危险。", "请马上到场处置，疏散周围的人。"),
    Emergency("tree", "树倒、广告牌坠落", "树木倒伏或者广告牌、外墙有坠落的危险。", "请到场清理、加固，先拉警戒线。"),
    Emergency("people", "人员受困、走失", "有人受困或者走失，需要帮助。", "请派人到场救助、查找。"),
    Emergency("crowd", "聚集、冲突", "有人聚集、发生冲突，需要到场劝解。", "请派人到场维持秩序、当面处理。"),
)
BY_KEY = {one.key: one for one in EMERGENCIES}


def units_for(emergency: Emergency | None, caller: Listed, street: int | None, community: int | None) -> Sequence[str]:
    """Whom to tick beforehand: those that the rules name, those that this caller called in an emergency before, and its
    own street. One query."""
    fit = {unit.id: unit for unit in callable_by(caller)}
    found: list[int] = []
    if emergency is not None:
        text = f"{emergency.label}，{emergency.text}"
        ruled = rules_for(Asked(text=text, urgency="emergency", street=street, community=community))
        if ruled.decides is not None:
            found += [ruled.decides.lead, *ruled.decides.helpers]
    found += [unit.id for unit in fit.values() if unit.kind == OrganisationKind.STREET and unit.id == caller.parent_id]
    if len(found) < MOST_UNITS:
        found += called_before(caller.id)
    return [fit[unit].code for unit in dict.fromkeys(found) if unit in fit][:MOST_UNITS]


def called_before(caller: int) -> list[int]:
    """The units that this one called in emergencies most often."""
    rows = Response.objects.filter(callout__matter__lead=caller, matter__subkind=Purpose.EMERGENCY)
    counted = rows.values("matter__lead").annotate(n=Count("pk")).order_by("-n")[:MOST_BEFORE]
    return [row["matter__lead"] for row in counted]
