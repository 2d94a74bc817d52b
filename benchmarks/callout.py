"""A call-out with three units and each step of their responses, through the API: `python -m benchmarks.callout`.

Ours: communities open emergencies that call three departments (`POST /api/v1/callouts`; each is issued at once, with a
response for each department), then every response goes through respond, arrive, handle, feed_back, accept, rate and
rate_caller by `POST /api/v1/callout-responses/{number}/steps/{step}`, over loopback HTTP to a served process on a
durable database, four clients at once, every request under an idempotency key of its own, with the keys of the bodies
that act. Floor: psycopg writes into the twin of that database what each request has written, INSERT and UPDATE,
messages and deliveries included, one transaction a request, four connections at once. What a step of a response does
to its call-out is written with the last of its responses. Both in turns; of the rounds, the median ratio counts.
"""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from benchmarks._served import SEED, Floor, Request, Served, Spent, State, compare, send, served
from benchmarks.intake import kept_id
from benchmarks.live import SIGNS
from benchmarks.step import sum_of

GOAL = 5.0
CALLS, RESPONSES = "/api/v1/callouts", "/api/v1/callout-responses"
SCOPES = ["callouts.view", "callouts.call", "callouts.respond", "callouts.accept"]
UNITS = 3
RATING, CALLER_RATING = {"solved": "yes", "satisfaction": 5}, {"justified": "yes", "clear": 5, "right_address": True}
STEPS: Sequence[tuple[str, bool, Mapping[str, object]]] = (  # key, whether the caller takes it, data
    ("respond", False, {"who": "李工", "minutes": 20}),
    ("arrive", False, {}),
    ("handle", False, {}),
    ("feed_back", False, {"done": "已围挡封路并回填夯实，夜间有人值守，照片见附件。"}),
    ("accept", True, {}),
    ("rate", True, RATING),
    ("rate_caller", False, CALLER_RATING),
)

_keys: dict[str, str] = {}  # code of a body → key of its system


def prepare() -> None:
    """A key for one community and for three departments."""
    from huying.callouts.options import callable_by
    from huying.people.directory import directory
    from huying.people.keys import MOST_PER_MINUTE, create_key

    caller = next(one for one in directory().by_id.values() if one.kind == "community")
    departments = [one for one in callable_by(caller) if one.kind == "department"][:UNITS]
    for body in (caller, *departments):
        _, _keys[body.code] = create_key(
            name=f"测量{body.id}", scopes=SCOPES, organisation=body.code, per_minute=MOST_PER_MINUTE
        )


@dataclass(frozen=True, slots=True)
class Called:
    """A response: its matter, number, call-out and the body that was called."""

    id: int
    number: str
    callout: int
    unit: str


def made_with(floor: Floor, callouts: Sequence[int]) -> list[Called]:
    rows = floor.source.execute(
        "SELECT m.id, m.number, r.callout_id, o.code FROM callouts_response r "
        "JOIN matters_matter m ON m.id = r.matter_id JOIN people_organisation o ON o.id = m.lead_id "
        "WHERE r.callout_id = ANY (%s) ORDER BY m.id",
        [list(callouts)],
    )
    return [Called(*row) for row in rows.fetchall()]


def sent(
    here: Served, chance: Random, paths: Sequence[str], data: Sequence[object]
) -> tuple[Spent, list[bytes], list[uuid.UUID]]:
    """One request each, and which answers were kept."""
    asked = [
        Request(path, json.dumps(body, ensure_ascii=False).encode(), uuid.UUID(int=chance.getrandbits(128)).hex)
        for path, body in zip(paths, data, strict=True)
    ]
    spent, answers = send(here, asked)
    return spent, answers, [kept_id(here, request) for request in asked]


def measure(here: Served, rounds: int, calls: int) -> None:
    floor, chance = Floor(here), Random(SEED)
    caller, *units = _keys
    ours: dict[str, list[Spent]] = {}
    plain: dict[str, list[Spent]] = {}
    for n in range(-1, rounds):  # the first round warms up
        bodies = [
            {
                "purpose": "emergency",
                "title": "".join(chance.choices(SIGNS, k=16)),
                "text": "晚高峰时塌了一个两米宽的洞，居民绕行，夜里没有照明。",
                "wanted": "请带围挡和警示灯来，先封路再回填。",
                "units": units,
            }
            for _ in range(calls)
        ]
        by_caller = replace(here, key=_keys[caller])
        spent, answers, kept = sent(by_caller, chance, [CALLS] * calls, bodies)
        floor.settle()
        ids = floor.ids([json.loads(answer)["number"] for answer in answers])
        responses = made_with(floor, ids)
        assert len(responses) == calls * UNITS, "not all of them went out at once"
        every = [*ids, *(one.id for one in responses)]
        state = floor.state(every)
        taken = floor.follow(
            State(), state, dict(zip(ids, kept, strict=True)), {one.id: one.callout for one in responses}
        )
        if n >= 0:
            ours.setdefault("call", []).append(spent)
            plain.setdefault("call", []).append(taken)
        for step, by_the_caller, data in STEPS:
            parts: list[Spent] = []
            answers_kept: dict[int, uuid.UUID] = {}
            for unit in units:
                mine = [one for one in responses if one.unit == unit]
                acting = by_caller if by_the_caller else replace(here, key=_keys[unit])
                paths = [f"{RESPONSES}/{one.number}/steps/{step}" for one in mine]
                spent, _, kept = sent(acting, chance, paths, [data] * len(mine))
                parts.append(spent)
                answers_kept |= dict(zip((one.id for one in mine), kept, strict=True))
            floor.settle()
            before, state = state, floor.state(every)
            last = {one.callout: one.id for one in responses}
            taken = floor.follow(before, state, answers_kept, last)
            if n >= 0:
                ours.setdefault(step, []).append(sum_of(parts))
                plain.setdefault(step, []).append(taken)
    for step in ours:
        each = calls if step == "call" else calls * UNITS
        compare(f"callout-{step.replace('_', '-')}", ours[step], plain[step], goal=GOAL, each=each)
    together = [sum_of(list(parts)) for parts in zip(*ours.values(), strict=True)]
    floors = [sum_of(list(parts)) for parts in zip(*plain.values(), strict=True)]
    compare("callout", together, floors, goal=GOAL, each=calls * (1 + UNITS * len(STEPS)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=60, help="of one round, three units each")
    parser.add_argument("--workers", type=int, help="web processes; as `huying serve` decides unless given")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    with served(prepare, workers=options.workers) as here:
        measure(here, options.rounds, options.calls)


if __name__ == "__main__":
    main()
