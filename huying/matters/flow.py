"""A kind of matter declares its states, steps and clocks as one table. Buttons, API actions, state diagrams and the
permission table are read from it; `huying.matters.engine` is the one function that moves along it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Literal, cast
from uuid import UUID

from huying.kernel.errors import Refusal
from huying.kernel.inputs import Input, Personal
from huying.kernel.registry import Registry
from huying.matters.scopes import scope_of

if TYPE_CHECKING:
    from huying.matters.models import Clock, Matter
    from huying.people.actors import Actor

STAY = "="  # target: the state it is in (an act)
BACK = "<"  # target: the state it was in before it was interrupted
ALL = "*"  # every running clock

Tone = Literal["new", "busy", "waiting", "done", "closed"]


@dataclass(frozen=True, slots=True)
class State:
    """`plain` is what a resident reads. `chiefs_turn`: in the holder's house it is the chief who has to act."""

    key: str
    label: str
    plain: str
    tone: Tone
    final: bool = False
    chiefs_turn: bool = False


class Hours(StrEnum):
    """Whose working hours a clock counts."""

    HOLDER = "holder"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class ClockKind:
    """`on_due`: the step the system takes when the clock runs out, instead of warning; `counted`: figures of units
    count it, so its key belongs to one flow alone. `aside`: it measures those who help, one clock for each organisation
    (`Change.aside`), and the matter's own row tells nothing of it. `within`: clocks that it must not outlast. `states`:
    where it can run, elsewhere it ends without a verdict; empty: all. `told`: roles that are warned instead of the
    holder. `prompts`: shares of the limit, rising, at which the unit it measures is prompted, by SMS to its duty phone
    as well: (0.5, 1.0)."""

    key: str
    label: str
    hours: Hours = Hours.HOLDER
    on_due: str = ""
    counted: bool = False
    aside: bool = False
    within: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    prompts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        last = 1.0 if not self.on_due else 0.999  # what ends by itself is not prompted at its end
        if list(self.prompts) != sorted(set(self.prompts)) or any(not 0 < share <= last for share in self.prompts):
            raise ValueError(f"{self.key}: prompts are rising shares of the limit")


@dataclass(frozen=True, slots=True)
class Notice:
    """Who is told, by which template. Recipients are named in `huying.matters.messages.RECIPIENTS`."""

    to: str
    template: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way a step can end. `stops`: clocks that this fulfils, in time or late; `cancels`: clocks that end without a
    verdict, because what they measured is no longer wanted; `restores`: clocks stand again as they stood before the
    line that is taken back; `done`: what whoever took the step is told, with `{holder}` (now) and `{state}` (now);
    `key`: tells it from another outcome with the same target."""

    target: str
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    pauses: bool = False
    resumes: bool = False
    restores: bool = False
    notices: tuple[Notice, ...] = ()
    done: str = ""
    key: str = ""


Hook = Callable[[Sequence["Change"]], None]


@dataclass(frozen=True, slots=True)
class Along:
    """What goes along with every step of a flow, whichever it is: `check` after the step's own, when it is known where
    each change leads, `record` after the step's own. Of changes that do not concern it, it should ask nothing."""

    check: Hook | None = None
    record: Hook | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """The line that a reversing step takes back."""

    seq: int
    step: str
    by: int | None  # the user who took it
    recorded_at: datetime
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table.

    `check` runs before anything is written: it may refuse single changes, choose among several outcomes and set
    columns, facts and words. `record` runs after the line and the matter are written and stores the room's
    particulars; it must not refuse. Both get the whole batch and should query set-wise.
    """

    key: str
    label: str
    permission: str
    sources: tuple[str, ...]  # empty: the step that opens a matter
    outcomes: tuple[Outcome, ...]
    input: type[Input]
    check: Hook | None = None
    record: Hook | None = None
    primary: bool = False  # the next sensible action
    side: bool = False  # a side way: a page offers it folded, after the others
    confirm: str = ""  # irreversible: asked once, saying what will happen
    by_system: bool = False  # never offered to people
    reverse: str = ""  # the step that takes this one back; what is sent outward meanwhile waits
    released_by: str = ""  # the step that lets the reporter see what this one marks for him
    fits: Callable[[Matter, Actor], bool] | None = None  # what role and state do not say; `check` refuses it in words
    unfit: str = ""  # why it is not offered when `fits` says so
    whose: Callable[[Actor, Matter], bool] | None = None  # whose turn it is, where that is not the holder's
    note: str = ""  # one sentence for the generated reference

    @property
    def opens(self) -> bool:
        return not self.sources

    def targets(self, flow: Flow) -> tuple[str, ...]:
        """State keys this step can lead to, for diagrams and tests."""
        found: list[str] = []
        for outcome in self.outcomes:
            if outcome.target == STAY:
                found += self.sources
            elif outcome.target == BACK:
                found += flow.interruptible
            else:
                found.append(outcome.target)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Flow:
    """All of one kind of matter. Inconsistencies are found when the process starts."""

    kind: str
    label: str
    states: tuple[State, ...]
    clocks: tuple[ClockKind, ...]
    steps: tuple[Step, ...]
    number_prefix: str = ""
    subkinds: tuple[tuple[str, str], ...] = ()  # kinds within the kind, as limits may name them: key and label
    succession: str = ""  # the system's step for a matter whose holder, or one who helps, has been dissolved
    at_centre: tuple[str, ...] = ()  # roles that work on what the centre holds; empty: call-takers and dispatchers
    along: tuple[Along, ...] = ()  # what goes along with every step
    lock_above: Callable[[list[int], list[str]], None] | None = None  # see `matters.engine._lock`
    state: dict[str, State] = field(init=False, repr=False, compare=False)
    clock: dict[str, ClockKind] = field(init=False, repr=False, compare=False)
    step: dict[str, Step] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, items in (("state", self.states), ("clock", self.clocks), ("step", self.steps)):
            object.__setattr__(self, name, {item.key: item for item in items})
        for step in self.steps:
            for key in (*step.sources, *step.targets(self)):
                if key not in self.state:
                    raise ValueError(f"{self.kind}.{step.key}: unknown state {key!r}")
            for outcome in step.outcomes:
                for key in (*outcome.starts, *outcome.stops, *outcome.cancels):
                    if key != ALL and key not in self.clock:
                        raise ValueError(f"{self.kind}.{step.key}: unknown clock {key!r}")
        for step in self.steps:
            if step.reverse:
                self._check_reverse(step)
            if step.released_by and step.released_by not in self.step:
                raise ValueError(f"{self.kind}.{step.key}: released by unknown step {step.released_by!r}")
        if self.succession and self.succession not in self.step:
            raise ValueError(f"{self.kind}: succession by unknown step {self.succession!r}")
        for clock in self.clocks:
            if clock.on_due and clock.on_due not in self.step:
                raise ValueError(f"{self.kind}: clock {clock.key} ends in unknown step {clock.on_due!r}")

    def _check_reverse(self, step: Step) -> None:
        reverse = self.step.get(step.reverse)
        if reverse is None or not all(outcome.restores for outcome in reverse.outcomes):
            raise ValueError(f"{self.kind}.{step.key}: {step.reverse!r} is no step that restores")
        if any(outcome.resumes for outcome in step.outcomes):
            raise ValueError(f"{self.kind}.{step.key}: a pause that has ended cannot be brought back")

    def reversed_by(self, step: Step) -> tuple[str, ...]:
        """Keys of the steps that this one takes back."""
        return tuple(other.key for other in self.steps if other.reverse == step.key)

    @property
    def interruptible(self) -> tuple[str, ...]:
        """States that a pausing step may leave and a resuming step returns to."""
        return tuple(
            dict.fromkeys(s for step in self.steps if any(o.pauses for o in step.outcomes) for s in step.sources)
        )

    def available(self, matter: Matter, actor: Actor) -> list[Step]:
        """What this actor may press now, the primary one first."""
        found = [
            step
            for step in self.steps
            if matter.state in step.sources
            and not step.by_system
            and actor.may(step.permission)
            and (step.whose or acts_on)(actor, matter)
            and (step.fits is None or step.fits(matter, actor))
        ]
        return sorted(found, key=lambda step: not step.primary)


flows: Registry[Flow] = Registry("flows")


def acts_on(actor: Actor, matter: Matter) -> bool:
    """Whether it is this actor's turn, apart from role and state: a unit acts on what it holds, a reporter on what it
    raised, the centre on everything."""
    match actor.scope:
        case "all":
            return True
        case "organisation" | "street" | "community":
            return actor.organisation_id is not None and matter.holder_id == actor.organisation_id
        case "own" | "shown":
            return scope_of(actor).allows(actor, matter)
        case _:
            return False


@dataclass(slots=True)
class Change:
    """One matter on its way through one step: what hooks read and fill in."""

    flow: Flow
    step: Step
    matter: Matter
    actor: Actor
    at: datetime
    now: datetime
    data: Input
    outcome: Outcome
    clocks: list[Clock] = field(default_factory=list)
    columns: dict[str, object] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    salts: dict[str, bytes] = field(default_factory=dict)
    document: str | None = None  # bigrams to search an opened matter by
    attachments: tuple[UUID, ...] = ()
    attachments_public: bool = False
    ceilings: dict[str, datetime] = field(default_factory=dict)  # the upper level's own deadline per clock
    limits: dict[str, tuple[float, str]] = field(default_factory=dict)  # clock -> (amount, unit) instead of the table's
    extends: dict[str, int] = field(default_factory=dict)  # running clock -> working days by which it is lengthened
    told: dict[str, str] = field(default_factory=dict)  # words of its own for the messages it sends
    owners: dict[str, int] = field(default_factory=dict)  # clock -> organisation that it measures instead of the holder
    excuses: dict[str, str] = field(default_factory=dict)  # clock -> why figures leave it out, whatever its end
    aside: dict[str, list[int]] = field(default_factory=dict)  # clock aside -> organisations whose clocks are meant
    units: list[int] = field(default_factory=list)  # organisations that the notices to `units` go to
    people: list[int] = field(default_factory=list)  # users that the notices to `sent_there` go to
    particulars: object | None = None  # the room's own row, when a hook has loaded it
    extra: dict[str, object] = field(default_factory=dict)  # what a hook finds in `check` and needs in `record`
    done: str = ""  # what whoever took it is told, where the outcome alone does not say it
    answer: dict[str, str] = field(default_factory=dict)  # told once to whoever pressed, e.g. a follower's code
    undone: Undone | None = None  # what a reversing step takes back
    stopped: list[Clock] = field(default_factory=list)  # the clocks that line stopped
    refusal: Refusal | None = None
    target: str = ""
    seq: int = 0
    quiet: bool = False  # leave nothing in the outbox
    had: tuple[int | None, ...] = ()  # the bodies that had it in hand, led or helped before the step

    def refuse(self, refusal: Refusal) -> None:
        self.refusal = self.refusal or refusal

    def choose(self, target: str, key: str = "") -> None:
        """Pick the outcome that leads to `target`, the one with this `key` where there are several."""
        for outcome in self.step.outcomes:
            if outcome.target == target and (not key or outcome.key == key):
                self.outcome = outcome
                return
        raise ValueError(f"{self.step.key} has no outcome {target!r} {key}".rstrip())

    @property
    def aspects(self) -> Collection[str]:
        """Those that stand on the matter once the change is written."""
        return cast(Collection[str], self.columns.get("aspects", self.matter.aspects))

    def mark(self, aspect: str) -> None:
        """Put an aspect on the matter (`huying.matters.aspects`); it may stand there already."""
        self._aspects({*self.aspects, aspect})

    def unmark(self, aspect: str) -> None:
        self._aspects({*self.aspects} - {aspect})

    def _aspects(self, keys: set[str]) -> None:
        self.set(aspects=sorted(keys))

    def set(self, **columns: object) -> None:
        """Columns of the matter to write. Hooks of one batch should set the same columns."""
        self.columns.update(columns)


def spread(change: Change) -> None:
    """Put the input's fields where they belong: files, free text into words, everything else that is set into facts."""
    data = change.data
    change.attachments = tuple(dict.fromkeys(getattr(data, "attachments", ())))
    for name, free in _kept_fields(type(data)):
        value: object = getattr(data, name)
        if value is None or value == "" or value == []:
            continue
        if free:
            change.words[name] = cast(str, value)
        else:
            change.facts[name] = fact(value)


_NOT_FACTS = {"attachments"}


@cache
def _kept_fields(kind: type[Input]) -> tuple[tuple[str, bool], ...]:
    """Names of its fields, and whether each is free text."""
    return tuple(
        (name, any(getattr(mark, "free", False) for mark in info.metadata))
        for name, info in kind.model_fields.items()
        if name not in _NOT_FACTS and not any(isinstance(mark, Personal) for mark in info.metadata)
    )


_PLAIN = {str, int, float, bool}


def fact(value: object) -> object:
    """A value as it stands in a line: JSON, times in ISO form with zone."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, date):  # a moment is one as well
        return value.isoformat()
    if isinstance(value, StrEnum) or hasattr(value, "value"):
        return cast(object, getattr(value, "value"))  # noqa: B009 (any enum)
    if isinstance(value, tuple | list | frozenset):
        return [fact(item) for item in cast(Iterable[object], value)]
    if isinstance(value, Input):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, UUID):
        return str(value)
    return value
