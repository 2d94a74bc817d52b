"""Motions and proposals of deputies: what stands on the paper, how they are answered and what is said of it."""

from __future__ import annotations

import datetime as dt
from random import Random

from django.conf import settings

from huying.cases.enums import Means
from huying.simulator import names
from huying.simulator.scenes import Scene

CONGRESS, CPPCC = (16, 5), (15, 4)  # term and session that began this year
YEAR = 2026


class Deputy:
    """Who moved one. Drawn from a generator of its own, so that other cases are what they were."""

    def __init__(self, run: str, index: int) -> None:
        self.chance = Random(f"{run}-{index}")  # noqa: S311
        self.run, self.index = run, index
        self.met = self.chance.random() < 0.85

    def paper(self, at: dt.datetime, proposer: str) -> dict[str, object]:
        chance = self.chance
        congress = chance.random() < 0.6
        term, session = CONGRESS if congress else CPPCC
        told: dict[str, object] = {
            "body": "congress" if congress else "cppcc",
            "term": term,
            "session": session + at.year - YEAR + 1,
            "serial": int(self.run) * 100_000 + self.index + 1 if self.run.isdigit() else self.index + 1,
            "proposer": proposer,
            "disclosed": chance.random() < 0.8,
            "key": chance.random() < 0.15,
        }
        if chance.random() < 0.4:
            told["seconders"] = f"{names.person(chance)}、{names.person(chance)}等 {chance.randint(3, 12)} 人"
        return told

    def contact(self, scene: Scene) -> dict[str, object]:
        means = (Means.VISIT if self.chance.random() < 0.4 else Means.MEETING) if self.met else Means.PHONE
        return {"means": means, "outcome": scene.phrase("面商" if self.met else "沟通 议提案"), "reached": True}

    def answer(self, scene: Scene, at: dt.datetime, unit: str) -> tuple[str, dict[str, object]]:
        """The letter's body, and what is on it beside."""
        told: dict[str, object] = {
            "answer_class": self.chance.choices("ABCD", (5, 4, 2, 0.5))[0],
            "letter_number": f"{unit[:1]}函〔{at.year}〕{self.chance.randint(3, 90)}号",
            "copies": f"{settings.DISTRICT_NAME}人民政府办公室",
        }
        if not self.met:
            told["without_meeting"] = scene.phrase("没有面商")
        return scene.phrase("答复 议提案"), told

    def opinion(self, scene: Scene, *, again: bool) -> dict[str, object]:
        """`again`: it has been answered a second time."""
        chance = self.chance
        if chance.random() < 0.15:
            return {"returned": False, "note": scene.phrase("征求意见 没收回")}
        roll = chance.random() + (0.1 if again else 0)
        result = "discontent" if roll < 0.1 else "basically" if roll < 0.4 else "content"
        told: dict[str, object] = {"returned": True, "attitude": "content", "result": result}
        if result == "discontent":
            told["note"] = scene.phrase("征求意见 不满意")
        return told
