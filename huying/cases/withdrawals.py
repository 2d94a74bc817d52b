"""撤诉: what a reporter has taken back, and who may take it back for whom."""

from __future__ import annotations

from django.db.models import Q

from huying.cases.rejections import REJECTED
from huying.matters.aspects import Aspect, aspects, having
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.enums import UserKind

WITHDRAWN = "withdrawn"  # the aspect, and why a closed case counts in no rate

aspects.declare(
    Aspect(key=WITHDRAWN, label="已撤诉", meaning="诉求人撤诉（不计入办理指标）", tone="grey", order=50),
)

# Closed without having been handled: nobody goes along with it, and done over it begins anew.
UNHANDLED = (REJECTED, WITHDRAWN)


def is_unhandled(matter: Matter) -> bool:
    return any(key in matter.aspects for key in UNHANDLED)


def unhandled(prefix: str = "") -> Q:
    """The same as a query; `prefix` leads to the matter."""
    if not prefix:
        return having(REJECTED) | having(WITHDRAWN)
    return Q(**{f"{prefix}aspects__overlap": list(UNHANDLED)})


def speaks_for_itself(actor: Actor) -> bool:
    """The reporter, with an account or with number and code; anybody else only takes down what a reporter has said."""
    return actor.role.kind in (UserKind.RESIDENT, UserKind.ENTERPRISE)


def may_withdraw(matter: Matter, actor: Actor) -> bool:
    return speaks_for_itself(actor) or not against(matter, actor)


def against(matter: Matter, actor: Actor) -> str:
    """Why nobody may take it back on another's word, as a clause; "" where one may."""
    if matter.confidential and not actor.may("cases.view_confidential"):
        return "诉求人要求保密，只有诉求人本人或者区中心能撤诉"
    if matter.raised_by_id is None:
        return "这件没有留下联系方式，无法核对是不是诉求人本人；请诉求人凭编号和查询码在“查进展”里撤诉"
    return ""
