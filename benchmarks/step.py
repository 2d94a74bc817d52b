"""Steps of a case through the API against plain writes of the same rows: `python -m benchmarks.step [--rounds N]`.

Ours: cases taken in beforehand go through triage, dispatch, acknowledge and contact by
`POST /api/v1/cases/{number}/steps/{step}` over loopback HTTP to a served process on a durable database, four clients at
once, every request under an idempotency key of its own. Floor: psycopg writes into the twin of that database what each
request has written, INSERT and UPDATE, messages and deliveries included, one transaction a step, four connections at
once. Both in turns; of the rounds, the median ratio counts.
"""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from random import Random

from benchmarks._served import SEED, Floor, Request, Served, Spent, State, compare, send, served
from benchmarks.intake import PATH, kept_id, outline, requests

GOAL = 5.0


def steps(now: datetime) -> Sequence[tuple[str, dict[str, object]]]:
    contact = {"at": now.isoformat(), "means": "phone", "reached": True, "outcome": "已电话了解情况，当晚到场查看。"}
    return (
        ("triage", {"kind": "help", "category": "02.02.01", "no_place": True, "note": "请尽快处理。"}),
        ("dispatch", {"lead": "chengguan", "note": "请按时限办理。"}),
        ("acknowledge", {"officer": "李工"}),
        ("contact", contact),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=300, help="of one round, four steps each")
    parser.add_argument("--workers", type=int, help="web processes; as `huying serve` decides unless given")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    with served(workers=options.workers) as here:
        measure(here, options.rounds, options.cases)


def measure(here: Served, rounds: int, cases: int) -> None:
    floor, chance = Floor(here), Random(SEED)
    box = outline(floor)
    ours: dict[str, list[Spent]] = {}
    plain: dict[str, list[Spent]] = {}
    for n in range(-1, rounds):  # the first round warms up
        asked = requests(cases, chance, box)
        numbers = [json.loads(answer)["number"] for answer in send(here, asked)[1]]
        floor.settle()
        ids = floor.ids(numbers)
        state = floor.state(ids)
        floor.follow(State(), state, dict(zip(ids, (kept_id(here, request) for request in asked), strict=True)))
        for step, data in steps(datetime.now().astimezone()):
            body = json.dumps(data, ensure_ascii=False).encode()
            once = [uuid.UUID(int=chance.getrandbits(128)).hex for _ in numbers]
            moves = [Request(f"{PATH}/{m}/steps/{step}", body, key) for m, key in zip(numbers, once, strict=True)]
            spent, _ = send(here, moves)
            floor.settle()
            before, state = state, floor.state(ids)
            kept = dict(zip(ids, (kept_id(here, request) for request in moves), strict=True))
            taken = floor.follow(before, state, kept)
            if n >= 0:
                ours.setdefault(step, []).append(spent)
                plain.setdefault(step, []).append(taken)
    for step in ours:
        compare(f"step-{step}", ours[step], plain[step], goal=GOAL, each=cases)
    together = [sum_of(list(parts)) for parts in zip(*ours.values(), strict=True)]
    compare("step", together, [sum_of(list(p)) for p in zip(*plain.values(), strict=True)], goal=GOAL,
            each=cases * len(ours))  # fmt: skip


def sum_of(parts: Sequence[Spent]) -> Spent:
    return Spent(sum(part.clock for part in parts), sum(part.processors for part in parts))


if __name__ == "__main__":
    main()
