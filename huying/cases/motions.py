"""Motions and proposals (议提案: 人大代表建议、政协提案): which cases they are, and how they are named on paper."""

from __future__ import annotations

from django.conf import settings

from huying.cases.enums import CaseKind, MotionBody
from huying.cases.models import Motion
from huying.matters.aspects import Aspect, aspects
from huying.matters.models import Matter
from huying.people.actors import Actor

MOTION, KEY = "motion", "motion_key"
_NUMERALS = "零一二三四五六七八九"
BETWEEN_SESSIONS = "闭会期间"

aspects.declare(
    Aspect(key=MOTION, label="议提案", meaning="人大代表建议、政协提案，书面答复并征求意见", tone="purple", order=52),
    Aspect(key=KEY, label="重点督办", meaning="重点督办的议提案", tone="orange", order=53),
)
WITHOUT = "还没有登记议提案信息（届次、编号、领衔代表或委员），请先由区中心登记"
ALONE = "议提案单独办理、单独答复，不并入别的件"
NOT_THIS_WAY = "议提案由承办单位书面答复，答复后收回征求意见表"


def is_motion(matter: Matter) -> bool:
    """Whether it goes the way of motions: its particulars are known."""
    return MOTION in matter.aspects


def is_unregistered(matter: Matter) -> bool:
    """A motion by its kind, of which nobody knows the number yet."""
    return matter.subkind == CaseKind.MOTION and MOTION not in matter.aspects


def is_usual(matter: Matter, actor: Actor) -> bool:
    """`fits` of what is done to every other case."""
    return not is_motion(matter)


def goes_out(matter: Matter, actor: Actor) -> bool:
    """`fits` of the opinion: whether the answer went out as a letter."""
    return is_motion(matter)


def chinese(n: int) -> str:
    """六, 十, 十六, 二十, 二十一: below a hundred."""
    tens, ones = divmod(n, 10)
    head = f"{_NUMERALS[tens] if tens > 1 else ''}十" if tens else ""
    return f"{head}{_NUMERALS[ones] if ones or not tens else ''}"


def meeting_of(motion: Motion) -> str:
    """武昌区第十六届人民代表大会第六次会议, 政协武昌区第十五届委员会第五次会议."""
    term, session = f"第{chinese(motion.term)}届", f"第{chinese(motion.session)}次会议"
    if not motion.session:
        session = BETWEEN_SESSIONS
    if motion.body == MotionBody.CONGRESS:
        return f"{settings.DISTRICT_NAME}{term}人民代表大会{session}"
    return f"政协{settings.DISTRICT_NAME}{term}委员会{session}"


def number_of(motion: Motion) -> str:
    """第86号建议."""
    return f"第{motion.serial}号{'建议' if motion.body == MotionBody.CONGRESS else '提案'}"


def title_of(motion: Motion) -> str:
    """代表 or 委员."""
    return "代表" if motion.body == MotionBody.CONGRESS else "委员"


def usual_copies(motion: Motion) -> str:
    """Who else gets the letter, until whoever writes it says otherwise."""
    district = settings.DISTRICT_NAME
    committee = (
        f"{district}人大常委会代表工作委员会"
        if motion.body == MotionBody.CONGRESS
        else f"政协{district}委员会提案委员会"
    )
    return f"{committee}，{district}人民政府办公室"
