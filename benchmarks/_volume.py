"""A district with very many cases, written set-wise past the engine, and pages of the desk asked for in this process.

What is written are rows as the engine leaves them, with ledgers of three lines that prove nothing. Triggers
are off while it is written, the index of words is built afterwards.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from benchmarks import report

SEED = 386
GOAL = 50.0  # milliseconds
TEXTS = 4000  # different ones
PEOPLE = 5000
OPEN = 0.02
A_YEAR = 200_000  # cases; more of them reach further back
SENTENCES = {"common": "路灯不亮", "usual": "电动车充电", "rare": "孔雀飞走"}
SHARES = {"common": 0.33, "usual": 0.01, "rare": 0.00003}


def main(name: str, pages: Mapping[str, Mapping[str, str]]) -> None:
    """Build the volume and measure: user name → label → address."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cases", type=int, default=200_000)
    arguments.add_argument("--rounds", type=int, default=40)
    arguments.add_argument("--home", type=Path, help="keep the database here, and use it again")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    with database(asked.home) as superuser_url:
        _prepare(superuser_url, asked.cases)
        _measure(name, pages, asked.rounds, asked.cases)


@contextmanager
def database(home: Path | None) -> Iterator[str]:
    """A database of its own with the demo district's places and units in it, and Django speaking to it; yields the
    superuser's address. `home`: where it is kept for another time; None: it is gone afterwards."""
    at = home or Path(tempfile.mkdtemp(prefix="huying-bench-"))
    at.mkdir(exist_ok=True)
    at.chmod(0o755)  # the embedded database may run as another user
    for variable in [name for name in os.environ if name.startswith("HUYING_") or name == "DATABASE_URL"]:
        del os.environ[variable]
    os.environ |= {
        "HUYING_DATA_DIR": str(at),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HUYING_SECOND_FACTOR_ROLES": "[]",
    }
    from huying.kernel.postgres import embedded

    try:
        with embedded(at) as server:
            _set_up()
            yield server.superuser_url
    finally:
        if home is None:
            shutil.rmtree(at, ignore_errors=True)


def _set_up() -> None:
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.db import connection

    from huying.cli.migrate import apply_migrations, grant_to
    from huying.kernel.postgres import APPLICATION, OWNER

    connection.settings_dict["USER"] = OWNER
    apply_migrations()
    grant_to(APPLICATION)
    connection.close()
    connection.settings_dict["USER"] = APPLICATION
    from huying.simulator import district

    if not district.is_built():
        district.build(seed=SEED)


def _prepare(superuser_url: str, cases: int) -> None:
    from django.db import connection

    from huying.matters.models import Matter

    if Matter.objects.count() < cases:
        contacts = _people()
        with psycopg.connect(superuser_url, dbname="huying") as opened:
            _write(opened, cases, contacts)
        with psycopg.connect(superuser_url, dbname="huying", autocommit=True) as opened:
            opened.execute("VACUUM ANALYZE")
    connection.close()


def _people() -> list[int]:
    from huying.people.contacts import Person, remember_many

    return list(remember_many([Person(name=f"王{n}", phone=f"139{n:08}") for n in range(PEOPLE)]))


# --- the volume ------------------------------------------------------------------------------------------------------


def _skewed(chance: np.random.Generator, values: Sequence[Any], n: int, power: float = 1.1) -> list[Any]:
    """n of the values, the first ones much more often than the last."""
    weights = 1 / np.arange(1, len(values) + 1) ** power
    return [values[i] for i in chance.choice(len(values), n, p=weights / weights.sum())]


def _write(database: psycopg.Connection, n: int, contacts: Sequence[int]) -> None:
    from django.conf import settings

    from huying.cases.flow import CASES
    from huying.kernel.search import index_text
    from huying.matters.models import Clock, Matter, Words
    from huying.people.directory import directory
    from huying.places.enums import Level
    from huying.places.models import Place

    chance, python = np.random.default_rng(SEED), Random(SEED)
    units = [unit.id for unit in directory().handlers()]
    centre = directory().centre.id
    places = list(Place.objects.filter(level=Level.GRID).values_list("pk", "parent_id", "parent__parent_id"))
    python.shuffle(places)
    categories, channels = _leaves(), _channels()
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    ages = np.sort(chance.random(n))[::-1] * 365 * 86400 * max(1.0, n / A_YEAR)
    is_open = chance.random(n) < np.where(ages < 20 * 86400, 0.35, OPEN / 8)
    holders, grids = _skewed(chance, units, n), _skewed(chance, places, n, 0.3)
    chosen = {
        "category": _skewed(chance, categories, n),
        "channel": _skewed(chance, channels, n, 1.6),
        "subkind": _skewed(chance, ["complaint", "help", "consult", "suggestion", "tip", "praise", "motion"], n),
        "urgency": chance.choice(["normal", "urgent", "emergency"], n, p=[0.93, 0.066, 0.004]).tolist(),
        "contact": chance.choice(np.asarray(contacts), n).tolist(),
        "state": _skewed(chance, [s.key for s in CASES.states if not s.final][::-1], n, 0.4),
    }
    texts, first = _texts(), chance.integers(0, TEXTS, n)
    planted = _planted(chance, n)
    database.execute("SET session_replication_role = replica")
    database.execute("SET maintenance_work_mem = '512MB'")
    database.execute("DROP INDEX words_document")
    fields = [field for field in Matter._meta.concrete_fields if field.attname != "head"]
    names = ", ".join(f'"{field.column}"' for field in fields)
    started: list[tuple[Any, ...]] = []
    with database.cursor() as cursor:
        with cursor.copy(f"COPY matters_matter ({names}, head) FROM STDIN") as copy:
            for i in range(n):
                opened = now - dt.timedelta(seconds=int(ages[i]))
                opens = bool(is_open[i])
                state = chosen["state"][i] if opens else "closed"
                early = state in ("received", "triaged")
                grid, community, street = grids[i]
                due = opened + dt.timedelta(days=int(ages[i] % 9) + 5) if opens else None
                row = {field.attname: field.get_default() for field in fields} | {
                    "id": i + 1,
                    "district": settings.DISTRICT_CODE,
                    "kind": CASES.kind,
                    "number": f"{settings.NUMBER_PREFIX}{opened:%Y%m%d}{i:07}",
                    "state": state,
                    "version": 3,
                    "title": texts[first[i]][0],
                    "subkind": chosen["subkind"][i],
                    "urgency": chosen["urgency"][i],
                    "channel": chosen["channel"][i],
                    "external_number": f"HX-{i:08}" if chosen["channel"][i] == "hotline" else "",
                    "category": chosen["category"][i],
                    "holder_id": centre if early or not opens else holders[i],
                    "first_holder_id": holders[i],
                    "lead_id": None if early else holders[i],
                    "co_handlers": [],
                    "raised_by_id": chosen["contact"][i],
                    "street_id": street,
                    "community_id": community,
                    "grid_id": grid,
                    "opened_at": opened,
                    "moved_at": opened,
                    "next_due_at": due,
                    "warning": 2 if due and due < now else 0,
                    "rework_count": int(i % 41 == 0) + int(i % 997 == 0),
                    "closed_at": None if opens else opened + dt.timedelta(hours=int(ages[i] % 190) + 2),
                }
                copy.write_row([*(row[field.attname] for field in fields), b"\0" * 32])
                if opens:
                    started.append((i + 1, "handle", 2, opened, 5, "working_days", row["holder_id"], due, Jsonb([])))
        with cursor.copy(
            f"COPY {Clock._meta.db_table} (matter_id, kind, started_seq, started_at, amount, unit, organisation_id, "
            "due_at, pauses, provisional, warning) FROM STDIN"
        ) as copy:
            for line in started:
                copy.write_row((*line, False, 0))
        cursor.execute(
            "INSERT INTO cases_case (matter_id, address, located_by, anonymous, wants_reply, tags, sampled, officer, "
            "round, contact_tries, callback_tries, imported, satisfaction) SELECT id, '中北路' || id % 300 || '号', "
            "'map', false, true, '[]', false, '', 1, 1, 1, false, CASE WHEN closed_at IS NOT NULL THEN 1 + id % 5 END "
            "FROM matters_matter"
        )
        cursor.execute(
            "INSERT INTO matters_ledgerline (matter_id, seq, at, recorded_at, step, from_state, to_state, via, facts, "
            "previous, hash) SELECT id, seq, opened_at, opened_at, step, '', 'received', 'system', '{}', "
            "decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex') FROM matters_matter, "
            "(VALUES (1, 'receive'), (2, 'triage'), (3, 'dispatch')) AS line (seq, step) ORDER BY id, seq"
        )
        cursor.execute("CREATE TEMP TABLE said (k int, extra text, text text, document tsvector)")
        with cursor.copy("COPY said FROM STDIN") as copy:
            for k, (title, text) in enumerate(texts):
                for extra in ("", *SENTENCES.values()):
                    whole = f"{text}。{extra}" if extra else text
                    copy.write_row((k, extra, whole, index_text(title, whole)))
        cursor.execute("CREATE INDEX ON said (k, extra)")
        cursor.execute("CREATE TEMP TABLE says (id int, k int, extra text)")
        with cursor.copy("COPY says FROM STDIN") as copy:
            for i in range(n):
                copy.write_row((i + 1, int(first[i]), planted[i]))
        cursor.execute(
            f"INSERT INTO {Words._meta.db_table} (matter_id, seq, field, text, salt, document) "
            "SELECT id, 1, 'text', said.text, decode(repeat('00', 16), 'hex'), said.document "
            "FROM says JOIN said USING (k, extra) ORDER BY id"
        )
        cursor.execute("CREATE INDEX words_document ON matters_words USING gin (document) WHERE document IS NOT NULL")


def _leaves() -> list[str]:
    from huying.cases import options

    codes = sorted(options.active_categories())
    leaves = [code for code in codes if not any(other.startswith(f"{code}.") for other in codes)]
    Random(SEED).shuffle(leaves)
    return leaves


def _channels() -> list[str]:
    from huying.cases import options

    keys = list(options.channel_names())
    return ["hotline", *(key for key in keys if key != "hotline")]


def _texts() -> list[tuple[str, str]]:
    from benchmarks.import_ import Texts

    made = Texts(None)
    return [(made.of_length(18), made.text()[:1500]) for _ in range(TEXTS)]


def _planted(chance: np.random.Generator, n: int) -> list[str]:
    drawn = chance.random(n)
    planted = [""] * n
    edge = 0.0
    for key, share in SHARES.items():
        for i in np.nonzero((drawn >= edge) & (drawn < edge + share))[0]:
            planted[i] = SENTENCES[key]
        edge += share
    return planted


# --- asking ----------------------------------------------------------------------------------------------------------


def _measure(name: str, pages: Mapping[str, Mapping[str, str]], rounds: int, cases: int) -> None:
    from django.test import Client
    from django.test.utils import override_settings

    from huying.people.models import User

    floor = _point_select(max(200, rounds))
    with override_settings(ALLOWED_HOSTS=["*"]):
        values: dict[str, str] | None = None
        for username, addresses in pages.items():
            client = Client()
            client.force_login(User.objects.get(username=username))
            values = values or _values(client)
            for label, address in addresses.items():
                url = address.format(**values)
                spent = [_spent(client, url) for _ in range(rounds + 3)][3:]
                report(
                    f"{name}-{label}",
                    percentile(spent, 95),
                    "milliseconds",
                    floor=None,
                    goal=GOAL,
                    n=rounds,
                    median=round(percentile(spent, 50), 2),
                    point_select=round(floor, 3),
                    cases=cases,
                )


def percentile(values: Sequence[float], at: float) -> float:
    return float(np.percentile(np.asarray(values), at))


def _spent(client: Any, url: str) -> float:
    start = time.perf_counter()
    answer = client.get(url)
    _ = answer.content
    spent = (time.perf_counter() - start) * 1000
    assert answer.status_code == 200, (url, answer.status_code)
    return spent


def _point_select(n: int) -> float:
    """Milliseconds of the floor, 95th percentile."""
    from django.db import connection

    spent: list[float] = []
    with connection.cursor() as cursor:
        for i in range(n):
            start = time.perf_counter()
            cursor.execute("SELECT * FROM matters_matter WHERE id = %s", [i * 37 + 1])
            cursor.fetchall()
            spent.append((time.perf_counter() - start) * 1000)
    return percentile(spent, 95)


def _values(client: Any) -> dict[str, str]:
    """What stands in the addresses, out of what there is."""
    from django.db.models import Count
    from django.utils import timezone

    from huying.matters.models import Matter
    from huying.people.directory import directory
    from huying.places.tree import place_tree

    def ranked(column: str) -> list[Any]:
        rows = Matter.objects.exclude(**{column: None}).order_by().values_list(column).annotate(n=Count("pk"))
        return [value for value, _ in sorted(rows, key=lambda row: -row[1])]

    units, streets, communities = ranked("lead_id"), ranked("street_id"), ranked("community_id")
    leaves, channels = ranked("category"), ranked("channel")
    closed = Matter.objects.filter(closed_at__isnull=False)
    example, own = closed.order_by("pk")[10], directory().by_code["chengguan"].id
    opened = Matter.objects.filter(closed_at=None, lead_id__isnull=False).order_by("pk")[10]
    month = timezone.localdate().replace(day=1) - dt.timedelta(days=40)
    first = month.replace(day=1)
    cursor = ""
    for _ in range(20):
        page = client.get(f"/desk/cases/?cursor={cursor}" if cursor else "/desk/cases/").content.decode()
        found = re.search(r'rel="next" href="[^"]*cursor=([^"&]+)', page)
        assert found is not None
        cursor = found[1]
    tree, book = place_tree(), directory()
    values = {
        "cursor": cursor,
        "unit": book.by_id[units[0]].code,
        "rare_unit": book.by_id[units[-1]].code,
        "own": str(own),
        "street": tree.code_of(streets[0]) or "",
        "community": tree.code_of(communities[len(communities) // 2]) or "",
        "channel": channels[0],
        "rare_channel": channels[-1],
        "leaf": leaves[3],
        "rare_leaf": leaves[-1],
        "branch": leaves[0].split(".")[0],
        "first": first.isoformat(),
        "last": (first + dt.timedelta(days=30)).isoformat(),
        "number": example.number,
        "open_number": opened.number,
        "beginning": example.number[:-3],
        "external": Matter.objects.filter(channel="hotline").order_by("pk")[10].external_number,
        "phone": "13900000123",
        "none": "独角兽来了",
        "character": "灯",
        "sentence": "路灯不亮路灯不亮",
        "common": "路灯",
        "usual": "电动车充电",
        "rare": "孔雀飞走",
    }
    return {key: value if key == "cursor" else quote(value) for key, value in values.items()}
