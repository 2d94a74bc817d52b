"""The three lists as tables: what is exported in the columns in which it can be imported."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from huying.dockets.enums import OfferState, ProviderKind
from huying.dockets.models import Offer, Provider
from huying.dockets.pool import offers
from huying.dockets.pool.access import visible_providers
from huying.dockets.pool.matching import services
from huying.dockets.pool.ranking import WEEKDAYS
from huying.kernel.errors import Invalid, Refusal
from huying.kernel.tabular import Cell, Column, Report, Row, open_rows, write_csv, write_xlsx
from huying.people.actors import Actor
from huying.people.contacts import Person
from huying.places.enums import Level
from huying.places.tree import place_tree

MOST = 2000  # rows at once: somebody waits for the page
BETWEEN = re.compile(r"[、,，;；\s]+")
KINDS = {label: value for value, label in ProviderKind.choices} | {value: value for value in ProviderKind.values}

OFFER_COLUMNS = (
    Column(key="number", title="编号", note="改已有的资源才填；不填为新登记一项。", example=""),
    Column(key="kind", title="力量类型", required=True, note="、".join(ProviderKind.labels), example="志愿者队伍"),
    Column(key="provider", title="服务力量", required=True, note="没有登记过的一并登记。", example="滨湖志愿服务队"),
    Column(key="home", title="所在地", note="街道或社区的名称；没有固定所在地的不填。", example="滨湖社区"),
    Column(key="service", title="服务类别", required=True, example="便民维修"),
    Column(key="title", title="资源名称", required=True, example="上门修水龙头、换灯泡"),
    Column(key="detail", title="能做什么", example="每周三上门，材料费自理。"),
    Column(key="places", title="服务范围", note="街道或社区，用顿号隔开；不填为全区。", example="滨湖社区"),
    Column(key="weekdays", title="星期", note="一至日，用顿号隔开；不填为每天。", example="三、六"),
    Column(key="opens", title="开始时间", note="例如 9:00；全天的不填。", example="9:00"),
    Column(key="closes", title="结束时间", example="17:00"),
    Column(key="months", title="月份", note="1 到 12，用顿号隔开；不填为全年。", example=""),
    Column(key="valid_from", title="有效期从", note="不填为今天。", example=""),
    Column(key="valid_to", title="有效期到", note="长期的不填。", example=""),
    Column(key="per_day", title="每天最多", note="不限的不填。", example="8"),
    Column(key="per_month", title="每月最多", example=""),
    Column(key="qualifications", title="资质", example=""),
    Column(key="person", title="联系人", note="导出时脱敏。", example="王师傅"),
    Column(key="phone", title="联系人电话", note="导出时脱敏。", example="13000001234"),
)


def too_long(path: Path, columns: Sequence[Column]) -> None:
    """Refuse a file that nobody would want to wait for."""
    with open_rows(path, columns) as source:
        if next(islice(source, MOST, None), None) is not None:
            raise Invalid(f"一次最多导入 {MOST:,} 行，请拆成几个文件。")


def written(path: Path, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], title: str) -> int:
    headers = tuple(column.title for column in columns)
    return write_csv(path, headers, rows) if path.suffix == ".csv" else write_xlsx(path, headers, rows, title=title)


def places_by_name() -> dict[str, list[int]]:
    """Streets and communities by name and code; of two of one name both."""
    found: dict[str, list[int]] = {}
    tree = place_tree()
    for family in tree.by_code.values():
        if family.level in (Level.STREET, Level.COMMUNITY):
            street = tree.name_of(family.street_id)
            for name in {family.name, family.code, f"{street}{family.name}", f"{street} / {family.name}"}:
                found.setdefault(name, []).append(family.id)
    return found


def place_of(row: Row, key: str, name: str, known: dict[str, list[int]]) -> int | None:
    found = known.get(name, [])
    if not found:
        row.fault(key, f"没有“{name[:20]}”这个街道或社区")
    elif len(found) > 1:
        row.fault(key, f"“{name[:20]}”有几个，请写成“街道 / 社区”或填编码")
    return found[0] if len(found) == 1 else None


def _time(row: Row, key: str) -> dt.time | None:
    cell = row.raw(key)
    if isinstance(cell, dt.datetime):
        return cell.time()
    if isinstance(cell, dt.time):
        return cell
    text = row.text(key, most=8).replace("：", ":")
    if not text:
        return None
    for form in ("%H:%M", "%H:%M:%S"):
        try:
            return dt.datetime.strptime(text, form).time()  # noqa: DTZ007 (a time of day has no zone)
        except ValueError:
            continue
    row.fault(key, f"“{text}”不是时间，请写成 9:00")
    return None


def _numbers(row: Row, key: str, words: Sequence[str], most: int) -> tuple[int, ...]:
    found: set[int] = set()
    for part in filter(None, BETWEEN.split(row.text(key, most=60))):
        plain = part.removeprefix("星期").removeprefix("周").removesuffix("月")
        number = (
            words.index(plain) + 1 if plain in words else int(plain) if plain.isdecimal() and plain.isascii() else 0
        )
        if not 1 <= number <= most:
            row.fault(key, f"“{part[:10]}”不对，请参照说明填写")
        else:
            found.add(number)
    return tuple(sorted(found))


def take_in_offers(path: Path, *, by: Actor, dry_run: bool, sheet: Path | None = None) -> Report:
    """Each good row is registered as by hand: confirmed where its writer may confirm, else waiting for that.

    Raises:
        Invalid: too many rows for one file.
    """
    too_long(path, OFFER_COLUMNS)
    known, kinds = places_by_name(), {one.name: one.pk for one in services().values() if one.active}
    with open_rows(path, OFFER_COLUMNS) as source, Report(source, sheet=sheet) as report, transaction.atomic():
        for row in source:
            try:
                with transaction.atomic():
                    done = _take_in_offer(row, by, known, kinds)
            except Refusal as refusal:
                done = False
                columns = {column.key for column in OFFER_COLUMNS}
                for name, texts in (refusal.fields or {"title": [refusal.message]}).items():
                    row.fault({"name": "person"}.get(name, name if name in columns else "title"), texts[0])
            if done:
                report.accept()
            else:
                report.reject(row)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _take_in_offer(row: Row, by: Actor, known: dict[str, list[int]], kinds: dict[str, int]) -> bool:
    """Whether it was taken; what is wrong stands on the row."""
    pk: int | None = None
    if number := row.text("number", most=20).upper():
        digits = number.removeprefix("ZY")
        if digits.isdecimal() and digits.isascii() and Offer.objects.filter(pk=int(digits)).exists():
            pk = int(digits)
        else:
            row.fault("number", f"没有编号为“{number}”的资源，新登记的不要填编号")
    kind = row.choice("kind", KINDS, required=True)
    name = row.text("provider", required=True, most=60)
    home_name = row.text("home", most=60)
    home = place_of(row, "home", home_name, known) if home_name else None
    service = row.choice("service", kinds, required=True)
    names = [part for part in re.split(r"[、,，;；]+", row.text("places", most=600)) if part.strip()]
    covered = [place_of(row, "places", part.strip(), known) for part in names]
    person = Person(row.text("person", most=60), row.code("phone", most=40))
    masked = "*" in f"{person.name}{person.phone}"  # as it was exported
    content = offers.Content(
        provider=0,
        service=service or 0,
        title=row.text("title", required=True, most=60),
        detail=row.text("detail", most=1000, lines=True),
        qualifications=row.text("qualifications", most=200),
        places=tuple(place for place in covered if place is not None),
        weekdays=_numbers(row, "weekdays", WEEKDAYS, 7),
        months=_numbers(row, "months", (), 12),
        opens=_time(row, "opens"),
        closes=_time(row, "closes"),
        valid_from=row.day("valid_from") or timezone.localdate(),
        valid_to=row.day("valid_to"),
        per_day=row.integer("per_day", least=1, most=100_000),
        per_month=row.integer("per_month", least=1, most=1_000_000),
        person=None if masked or person.is_anonymous else person,
    )
    for field, texts in offers.problems_of(content).items():
        row.fault(field, texts[0])
    if row.faults or kind is None:
        return False
    provider = _provider(kind, name, home, by)
    values = {field: getattr(content, field) for field in content.__slots__}
    offers.save(pk, offers.Content(**values | {"provider": provider.pk}), by=by)
    return True


def _provider(kind: str, name: str, home: int | None, by: Actor) -> Provider:
    found = Provider.objects.filter(visible_providers(by), kind=kind, name=name, active=True)
    if home is not None:
        found = found.filter(place=home)
    provider = found.first()
    if provider is not None:
        return provider
    return offers.save_provider(Provider(kind=kind, name=name, place_id=home), by=by)


def offer_rows(rows: Iterable[Offer]) -> Iterable[Sequence[Cell]]:
    """Lines of the list, people masked."""
    tree = place_tree()
    for offer in rows:
        masked = offer.contact.masked() if offer.contact is not None else None
        yield [
            offer.number,
            ProviderKind(offer.provider.kind).label,
            offer.provider.name,
            tree.name_of(offer.provider.place_id),
            offer.service.name,
            offer.title,
            offer.detail,
            "、".join(filter(None, (tree.code_of(key) if _twice(key) else tree.name_of(key) for key in offer.places))),
            "、".join(WEEKDAYS[n - 1] for n in offer.weekdays),
            f"{offer.opens:%H:%M}" if offer.opens else "",
            f"{offer.closes:%H:%M}" if offer.closes else "",
            "、".join(map(str, offer.months)),
            offer.valid_from,
            offer.valid_to,
            offer.per_day,
            offer.per_month,
            offer.qualifications,
            masked.name if masked else "",
            masked.phone if masked else "",
            OfferState(offer.state).label,
        ]


def _twice(place: int) -> bool:
    """Whether another place has the same name."""
    tree = place_tree()
    return sum(1 for f in tree.by_id.values() if f.name == tree.name_of(place) and f.level == Level.COMMUNITY) > 1


OFFERS_OUT = (*OFFER_COLUMNS, Column(key="state", title="状态"))
