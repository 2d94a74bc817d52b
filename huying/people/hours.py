"""Working hours of an organisation as they are stored: `[["09:00", "12:00"], ["14:00", "17:30"]]`."""

from __future__ import annotations

import datetime as dt

EXAMPLE = "工作时间要写成起止时间的列表，例如 9:00–12:00、14:00–17:30。"


def check_spans(value: object) -> tuple[tuple[dt.time, dt.time], ...]:
    """The spans as times of day, in order and apart; ValueError with a text for the user otherwise."""
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(EXAMPLE)
    spans: list[tuple[dt.time, dt.time]] = []
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(end, str) for end in pair):
            raise ValueError(EXAMPLE)
        try:
            start, end = (dt.datetime.strptime(text, "%H:%M").time() for text in pair)  # noqa: DTZ007 — a time of day
        except ValueError as error:
            raise ValueError(f"“{pair[0]}–{pair[1]}”不是有效的时间，请按 09:00 的样子填写。") from error
        if start >= end:
            raise ValueError(f"工作时间 {pair[0]}–{pair[1]} 的结束要晚于开始。")
        if spans and start < spans[-1][1]:
            raise ValueError("各段工作时间要从早到晚排列，不能重叠。")
        spans.append((start, end))
    return tuple(spans)


def parse_spans(text: str) -> list[list[str]]:
    """Read `9:00-12:00、14:00-17:30` as people write it in a table; ValueError with a text for the user."""
    spans: list[list[str]] = []
    for part in text.replace("，", "、").replace(",", "、").replace("；", "、").replace(";", "、").split("、"):
        ends = part.strip().replace("：", ":").replace("－", "-").replace("–", "-").replace("—", "-").replace("~", "-")
        if not ends:
            continue
        start, dash, end = ends.partition("-")
        if not dash:
            raise ValueError(EXAMPLE)
        spans.append([start.strip().zfill(5), end.strip().zfill(5)])
    check_spans(spans)
    return spans


def print_spans(value: list[list[str]] | None) -> str:
    """The other way: for exports and pages."""
    return "、".join(f"{start}-{end}" for start, end in value) if value else ""
