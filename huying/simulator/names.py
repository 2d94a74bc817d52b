"""Names and numbers that belong to nobody: common surnames and given names put together, phones that do not exist."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from random import Random


@cache
def _lists() -> dict[str, list[str]]:
    raw = tomllib.loads(files("huying.simulator").joinpath("data/names.toml").read_text(encoding="utf-8"))
    return {key: list(words) if key == "surnames" else words.split() for key, words in raw.items()}


def person(chance: Random) -> str:
    lists = _lists()
    given = lists["given_female" if chance.random() < 0.52 else "given_male"]
    return chance.choice(lists["surnames"]) + chance.choice(given)


def mobile(chance: Random) -> str:
    """Like a mobile number, in blocks that no operator has been given: 130 0000 xxxx and its neighbours."""
    block = chance.choice(("30", "31", "32", "55", "56", "85", "86"))
    return f"1{block}0000{chance.randrange(10_000):04}"


def company(chance: Random) -> str:
    """An enterprise of the district that does not exist."""
    lists = _lists()
    return f"武汉{chance.choice(lists['enterprise_words'])}{chance.choice(lists['enterprise_trades'])}有限公司"
