"""Cases taken in by the API against plain INSERTs of the same rows: `python -m benchmarks.intake [--rounds N]`.

Ours: `POST /api/v1/cases` over loopback HTTP to a served process on a durable database, four clients at once, every
request under an idempotency key of its own, with a text, a point, and a reporter with name and phone; each is
validated, located in its grid, numbered, written into the ledger, its clock started, its reporter's message left.
Floor: psycopg inserts the very same rows, message and delivery included, into the twin of that database, one
transaction a case, four connections at once. Both in turns; of the rounds, the median ratio counts.
"""

from __future__ import annotations

import argparse
import json
import uuid
from random import Random

import numpy as np

from benchmarks._served import SEED, Floor, Request, Served, Spent, State, compare, send, served

GOAL = 6.0
PATH = "/api/v1/cases"


def bodies(n: int, box: tuple[float, float, float, float], chance: Random) -> list[bytes]:
    """What an outside system sends: about 200 characters of text each."""
    west, south, east, north = box
    letters = [chr(0x4E00 + 6 * i) for i in range(3000)]
    made = []
    for _ in range(n):
        text = "，".join(
            "".join(chance.choices(letters, k=12)) for _ in range(max(2, int(chance.lognormvariate(2.6, 0.6))))
        )
        case = {
            "channel": "hotline",
            "external_number": uuid.UUID(int=chance.getrandbits(128)).hex,
            "kind": "help",
            "text": text[:2000],
            "lon": round(chance.uniform(west, east), 6),
            "lat": round(chance.uniform(south, north), 6),
            "address": f"{chance.randrange(1, 40)}栋{chance.randrange(1, 5)}单元",
            "reporter": {"name": "".join(chance.choices(letters, k=3)), "phone": f"139{chance.randrange(10**8):08}"},
        }
        made.append(json.dumps(case, ensure_ascii=False).encode())
    return made


def requests(n: int, chance: Random, box: tuple[float, float, float, float]) -> list[Request]:
    return [Request(PATH, body, uuid.UUID(int=chance.getrandbits(128)).hex) for body in bodies(n, box, chance)]


def kept_id(here: Served, request: Request) -> uuid.UUID:
    from huying.kernel.idempotency import Sending

    return Sending(here.key.split("_")[1], request.path, request.once, b"").id


def outline(floor: Floor) -> tuple[float, float, float, float]:
    rows = floor.source.execute("SELECT min_x, min_y, max_x, max_y FROM places_boundary").fetchall()
    edges = np.array(rows, dtype=float)
    return edges[:, 0].min(), edges[:, 1].min(), edges[:, 2].max(), edges[:, 3].max()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cases", type=int, default=600, help="of one round")
    parser.add_argument("--workers", type=int, help="web processes; as `huying serve` decides unless given")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    with served(workers=options.workers) as here:
        measure(here, options.rounds, options.cases)


def measure(here: Served, rounds: int, cases: int) -> None:
    floor, chance = Floor(here), Random(SEED)
    box = outline(floor)
    ours: list[Spent] = []
    plain: list[Spent] = []
    for n in range(-1, rounds):  # the first round warms up
        asked = requests(cases, chance, box)
        spent, answers = send(here, asked)
        floor.settle()
        ids = floor.ids([json.loads(answer)["number"] for answer in answers])
        kept = dict(zip(ids, (kept_id(here, request) for request in asked), strict=True))
        taken = floor.follow(State(), floor.state(ids), kept)
        if n >= 0:
            ours.append(spent)
            plain.append(taken)
    compare("intake", ours, plain, goal=GOAL, each=cases)


if __name__ == "__main__":
    main()
