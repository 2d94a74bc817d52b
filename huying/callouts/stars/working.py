"""One unit's stars, step by step, with every number that enters and the address of the responses behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huying.callouts.stars.asked import Asked
from huying.callouts.stars.computing import DIGITS
from huying.callouts.stars.league import League, Mark, Part, UnitStars
from huying.callouts.stars.measured import REASONS
from huying.callouts.stars.standards import Band


@dataclass(frozen=True, slots=True)
class BandLine:
    """A band, how many responses fell into it, and where to see them."""

    band: Band
    mark: Mark
    n: int
    url: str


@dataclass(frozen=True, slots=True)
class Reason:
    words: str
    n: int


@dataclass(frozen=True, slots=True)
class DimensionWork:
    """Steps 1 to 4 of one dimension, as sums that can be done again with a pencil."""

    part: Part
    bands: Sequence[BandLine]
    rows: int
    url: str
    left_url: str
    reasons: Sequence[Reason]
    own: str  # (5×18 + 4×3) ÷ 21 = 4.86
    drawn: str  # (21×4.86 + 10×4.41) ÷ 31 = 4.71
    share: str  # of the whole, after the missing ones have given theirs


@dataclass(frozen=True, slots=True)
class Work:
    dimensions: Sequence[DimensionWork]
    missing: Sequence[str]  # dimensions without data
    added: str
    note: str


def worked_out(line: UnitStars, league: League, asked: Asked, base: str) -> Work:
    """`base`: the unit's address; below it stand its dimensions."""
    dimensions = [_dimension(part, line, league, asked, base) for part in line.cells]
    missing = [part.dimension.name for part in line.cells if part.drawn is None and part.dimension.weight]
    terms = [
        f"{part.drawn:.{DIGITS}f}×{_percent(line.shares[key])}"
        for key, part in line.parts.items()
        if part.drawn is not None and key in line.shares
    ]
    total = "" if line.overall is None else f"{'＋'.join(terms)}＝{line.overall:.{DIGITS}f}"
    note = ""
    if missing:
        note = f"本期没有数据的维度（{'、'.join(missing)}）不算，它的权重按比例分给其他维度。"
    return Work(dimensions, missing, total, note)


def _dimension(part: Part, line: UnitStars, league: League, asked: Asked, base: str) -> DimensionWork:
    key, tally = part.dimension.key, part.tally
    url = f"{base}{key}/?{asked.query(kind='', sort='')}"
    bands = [
        BandLine(band, Mark(band.stars), tally.counts[band.stars - 1], f"{url}&show={band.stars}")
        for band in part.dimension.bands
    ]
    reasons = sorted(tally.left_out.items(), key=lambda pair: (-pair[1], pair[0]))
    own = drawn = ""
    if tally.mean is not None and part.district is not None and part.drawn is not None:
        terms = [f"{stars}×{n}" for stars, n in zip((5, 4, 3, 2, 1), tally.counts[::-1], strict=True) if n]
        own = f"（{'＋'.join(terms)}）÷{tally.n}＝{tally.mean:.{DIGITS}f}"
        k = league.standard.strength
        drawn = (
            f"（{tally.n}×{tally.mean:.{DIGITS}f}＋{k}×{part.district:.{DIGITS}f}）÷{tally.n + k}"
            f"＝{part.drawn:.{DIGITS}f}"
        )
    return DimensionWork(
        part=part,
        bands=bands,
        rows=line.rows,
        url=url,
        left_url=f"{url}&show=left",
        reasons=[Reason(REASONS.get(reason, reason), n) for reason, n in reasons],
        own=own,
        drawn=drawn,
        share=_percent(line.shares[key]) if key in line.shares else "",
    )


def _percent(share: float) -> str:
    return f"{round(share * 100, 1):g}%"
