"""Prompts: the unit that a clock measures is reminded when a share of its limit has passed (`ClockKind.prompts`).

What the words are: `{kind}.prompt` and, at the end of the limit, `{kind}.prompt_end`, where the flow's room declares
such templates; else the ones below. It goes to whoever works on what the unit holds and to its duty phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from huying.kernel import live
from huying.matters.messages import DUE, Draft, Posts, Recipients, live_channels, send, templates
from huying.matters.models import Matter
from huying.matters.wording import OTHERS, Template, own_placeholder
from huying.people.directory import directory

_WORDS = {0.25: "四分之一", 0.5: "一半", 0.75: "四分之三"}


@dataclass(frozen=True, slots=True)
class Prompted:
    """A clock of which a mark has passed. `warned`: its warning rose in the same look, and told the same people."""

    matter: Matter
    clock: str
    share: float
    organisation_id: int
    due_at: datetime
    warned: bool = False


def tell_prompts(prompted: Sequence[Prompted], *, at: datetime, past: bool = False) -> None:
    """One message for each, stored in the caller's transaction. `past` as in `send`."""
    if not prompted:
        return
    posts = Posts.read(one.organisation_id for one in prompted)
    drafts: list[Draft] = []
    for one in prompted:
        recipients = Recipients.with_duty_phone(posts, [one.organisation_id])
        if one.warned:
            recipients.users.clear()
        words = {
            "clock": one.clock,
            "passed": _WORDS.get(one.share, f"{one.share:.0%}"),
            "holder": directory().name_of(one.organisation_id),
            "due": timezone.localtime(one.due_at).strftime(DUE),
        }
        drafts.append(Draft(template_of(one.matter.kind, one.share), one.matter, recipients, words))
    send(drafts, at=at, past=past)
    if not past:
        live.publish({channel for one in prompted for channel in live_channels(one.matter)})


def template_of(kind: str, share: float) -> str:
    name = "prompt" if share < 1 else "prompt_end"
    own = f"{kind}.{name}"
    return own if own in templates else name


templates.add(
    "prompt",
    Template(
        "到点提醒：{clock}已过{passed}",
        "{number}“{title}”的{clock}时限已过{passed}，{due}到期，请{holder}抓紧。",
        urgent=True,
        must=True,
    ),
)
templates.add(
    "prompt_end",
    Template(
        "到点提醒：{clock}已到时限",
        "{number}“{title}”的{clock}时限{due}已到，请{holder}立即处理。",
        urgent=True,
        must=True,
    ),
)
OTHERS["prompt"] = ("时限过了一部分，提醒", "办理单位及值班电话")
OTHERS["prompt_end"] = ("时限到了，提醒", "办理单位及值班电话")
own_placeholder("passed", "已过的比例", "一半")
