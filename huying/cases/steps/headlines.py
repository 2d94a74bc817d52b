"""The title of a case whose sender gave none: the beginning of what was said, without how people begin."""

from __future__ import annotations

import re

LEAST, MOST = 6, 40  # characters

_CLAUSE = r"[^\s，,。！!？?：:；;、“”]"
_BETWEEN = r"[\s，,。．.！!：:；;~～…—]+"
_OFFICE = r"(?:领导|书记|省长|市长|区长|县长|镇长|局长|厅长|部长|主任|干部|部门|政府|同志|先生|女士|工作人员|客服)"
_PERSON = (
    r"(?:公司|企业|工厂|厂|店|村民|居民|业主|住户|租户|租客|市民|商户|用户|学生|家长|员工|职工|人员|教师|老师|百姓|群众"
    r"|农民|工人|网友|志愿者|负责人)(?:之一|们)?"
)
_TO_WHOM = r"(?:[向跟和](?:您|你|贵\w{1,3}|领导|政府|书记))?"
_OPENINGS = (
    rf"(?:尊敬|敬爱|亲爱)的?{_CLAUSE}{{0,16}}",
    rf"{_CLAUSE}{{0,10}}?{_OFFICE}?(?:您们|你们|您|你|们|大家|早上|上午|中午|下午|晚上)好[呀啊]?",
    rf"(?:请问)?(?:各位|各级|上级)?{_CLAUSE}{{0,4}}{_OFFICE}(?:先生|们)?好?",
    r"请问(?:一下)?|打扰了?(?:一下)?|麻烦(?:您|你)?了?|喂",
    rf"(?:我们?|本人|现|今天|在此|特)*(?:想|要|来)*{_TO_WHOM}(?:反映|反应|咨询|投诉|举报|请教|求助|问)"
    r"(?:一下|一个|一件|件|个|下)?(?:情况|问题|事情|事)?(?:如下)?",
    r"(?:情况|事情)?是这样的?",
    rf"(?:我们?是|我们?叫|本人是?|我司是?|我单位是?|我们?公司是?){_CLAUSE}{{0,30}}?{_PERSON}",
    r"我叫[\u4e00-\u9fff]{2,4}",
)
_OPENING = re.compile(rf"(?:{'|'.join(_OPENINGS)}){_BETWEEN}")


def headline(text: str) -> str:
    """The first sentence that says something, cut where it is long; who says nothing but who they are keeps that."""
    text = text.strip()
    while (opening := _OPENING.match(text)) and len(text) - opening.end() >= LEAST:
        text = text[opening.end() :]
    first = text.splitlines()[0] if text else ""
    for mark in "。！？；!?;":
        end = first.find(mark)
        if LEAST <= end <= MOST:
            return first[:end]
    return first if len(first) <= MOST else first[: MOST - 1] + "…"
