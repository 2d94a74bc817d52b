"""What every page about one docket or one piece of its work shows: both are the same pages over another flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from huying.dockets.flow import DOCKETS
from huying.dockets.queries import (
    docket_door,
    gathered,
    names_for,
    names_for_work,
    title_of,
    told,
    whose_turn,
    work_door,
)
from huying.dockets.work import WORK
from huying.matters.detail import TONES, clock_lines, pressing
from huying.matters.flow import Flow
from huying.matters.models import Matter
from huying.matters.timeline import Names, Story
from huying.people.actors import Actor
from huying.ui.components import Crumb


@dataclass(frozen=True, slots=True)
class Side:
    """Dockets, or their work."""

    flow: Flow
    door: Callable[[Actor, str], Matter]
    names: Callable[[Matter, Actor], Names]
    list_url: str
    step_url: str

    def crumbs(self, matter: Matter) -> list[Crumb]:
        return [Crumb(self.flow.label, reverse(self.list_url)), Crumb(matter.number)]

    def story(self, matter: Matter, actor: Actor) -> Story:
        return told(matter, self.flow, actor, self.names(matter, actor))


def _names_for(matter: Matter, actor: Actor) -> Names:
    return names_for(matter, gathered(matter, actor, timezone.now(), most=0).known)


DOCKET = Side(DOCKETS, docket_door, _names_for, "dockets:list", "dockets:step")
WORK_SIDE = Side(WORK, work_door, lambda matter, actor: names_for_work(matter), "dockets:work", "dockets:work-step")


def said_of(story: Story) -> str:
    """What it is about, as it was written last."""
    return story.last_said("revise").get("text", "") or story.words.get("text", "")


def summary(side: Side, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
    state = side.flow.state[matter.state]
    clocks = clock_lines(matter, side.flow, now)
    return {
        "matter": matter,
        "title": title_of(matter, actor),
        "state": state,
        "tone": TONES[state.tone],
        "marks": [],
        "turn": whose_turn(matter, side.flow),
        "story": story,
        "said": said_of(story),
        "clocks": [clock for clock in clocks if clock.remaining],
        "ended_clocks": [clock for clock in clocks if not clock.remaining],
        "pressing": pressing(clocks),
    }
