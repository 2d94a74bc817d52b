"""Places in from xlsx, csv, jsonl or GeoJSON, and out again.

A file is read whole: whether a grid may come in depends on its parent and its neighbours. Rows that are wrong are sent
back with a reason each, the others are written in one transaction.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import shapely
from django.db import transaction
from django.utils import timezone
from shapely.errors import ShapelyError

from huying.kernel.errors import Invalid, TooLarge
from huying.kernel.geometry import Area, Datum, checked_area, convert_geometry, from_geojson
from huying.kernel.tabular import (
    Cell,
    Column,
    Report,
    Row,
    Source,
    open_rows,
    write_csv,
    write_xlsx,
)
from huying.kernel.tabular import Mapping as ColumnMapping
from huying.places.actions import areas_on, write_aliases
from huying.places.enums import CODE_LENGTH, LEVEL_OF_LENGTH, AliasKind, GridKind, Level, SpecialKind
from huying.places.models import Place, PlaceAlias
from huying.places.partition import TOLERANCE_M2, PartitionFault, partition_faults
from huying.places.redraw import Redrawing, redraw, redraw_as_imported
from huying.places.rows import AliasRow, PlaceRow

COLUMNS = (
    Column(
        key="code",
        title="编码",
        also=("区域编码", "网格编码", "社区编码", "街道编码"),
        required=True,
        note="区 6 位、街道 9 位、社区 12 位、网格 15 位数字；下级编码以上级编码开头。请把这一列设为“文本”。",
        example="420106001001001",
    ),
    Column(
        key="name",
        title="名称",
        also=("区域名称", "网格名称", "社区名称", "街道名称"),
        required=True,
        note="最多 60 个字，同一上级下不能重名。",
        example="第1网格",
    ),
    Column(key="parent", title="上级编码", also=("所属编码",), note="可不填；填写时要与编码的前几位一致。"),
    Column(key="level", title="层级", note="可不填；填写时为区、街道、社区或网格，要与编码位数一致。"),
    Column(key="kind", title="网格类型", note="基础网格或专属网格，不填为基础网格。", example="基础网格"),
    Column(key="special_kind", title="专属类别", note=f"专属网格必填：{'、'.join(SpecialKind.labels)}。"),
    Column(key="households", title="户数", also=("总户数",), note="整数，可不填。", example="268"),
    Column(key="population", title="人口", also=("人口数", "总人口"), note="整数，可不填。", example="655"),
    Column(
        key="geometry",
        title="边界",
        also=("边界坐标", "wkt", "geojson"),
        note="WKT 或 GeoJSON 的多边形，先经度后纬度；也可以不用这一列，直接导入 GeoJSON 文件。",
    ),
    Column(
        key="aliases",
        title="别名",
        also=("小区", "包含小区"),
        note="居民在地址里会写的小区、单位、道路，用顿号隔开；诉求没有坐标时靠它们判断社区。",
        example="金都花园、老棉纺厂宿舍",
    ),
    Column(key="datum", title="坐标系", note="边界的坐标系：WGS84（与 CGCS2000 相同，默认）、GCJ02 或 BD09。"),
)

LEVELS = {level.label: level for level in Level} | {level.value: level for level in Level}
KINDS = {"基础网格": GridKind.BASIC, "基础": GridKind.BASIC, "专属网格": GridKind.SPECIAL, "专属": GridKind.SPECIAL} | {
    kind.value: kind for kind in GridKind
}
SPECIAL_KINDS = {kind.label: kind for kind in SpecialKind} | {kind.value: kind for kind in SpecialKind}
DATUMS = {
    "WGS84": Datum.WGS84,
    "CGCS2000": Datum.WGS84,
    "GCJ02": Datum.GCJ02,
    "BD09": Datum.BD09,
}
MOST_COUNT = 50_000_000
GEOJSON_SUFFIXES = {".geojson", ".json"}
GEOJSON_MEGABYTES = 512
_SEPARATORS = re.compile(r"[、,，;；/\s]+")


@dataclass(slots=True)
class Figures:
    """What an import did beside reading rows: `moved` is how much each room moved along with redrawn grids."""

    opened: int = 0
    reshaped: int = 0
    ended: int = 0
    moved: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Checking:
    """The rows of a file on their way in. A row with a fault takes those below it along."""

    day: dt.date
    ended: frozenset[str] = frozenset()
    rows: dict[str, tuple[Row, PlaceRow]] = field(default_factory=dict)
    bad: list[Row] = field(default_factory=list)
    known: dict[str, Place] = field(default_factory=dict)
    aliases: list[AliasRow] = field(default_factory=list)

    def refuse(self, code: str, column: str, message: str) -> None:
        row, _ = self.rows.pop(code)
        row.fault(column, message)
        self.bad.append(row)


def import_places(
    path: Path,
    mapping: ColumnMapping | None = None,
    *,
    day: dt.date | None = None,
    dry_run: bool = False,
    error_sheet: Path | None = None,
    tolerance_m2: float = TOLERANCE_M2,
    progress: Callable[[float], None] = lambda part: None,
    ended: Collection[str] = (),
    figures: Figures | None = None,
    also: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Create and update places as of `day` (today). With `dry_run` nothing is kept, the report is the same.

    `ended` are codes of grids that the drawn ones replace, when a grid is split or some are joined: then the file
    holds grids only. `figures` are filled in. What `also` does is kept or lost with what is written; `progress` is
    that of reading up to the half, checking and writing is the other one.

    Raises `Refusal` when the file as a whole cannot be used.
    """
    day = day or timezone.localdate()
    with open_places(path, mapping) as source, Report(source, sheet=error_sheet) as report:
        checking = _Checking(day, frozenset(ended))
        for row in source:
            _read(row, checking)
            progress(source.progress / 2)
        with transaction.atomic():
            _check_names(checking)
            _check_families(checking)
            _check_divisions(checking, tolerance_m2)
            for row in sorted(checking.bad, key=lambda row: row.number):
                report.reject(row)
            good = [place for _, place in checking.rows.values()]
            redrawing = redraw(ended=ended, rows=good, day=day) if ended else redraw_as_imported(good, day=day)
            _count(redrawing, figures)
            write_aliases([alias for alias in checking.aliases if alias.code in checking.rows])
            report.accept(len(good))
            if dry_run:
                transaction.set_rollback(True)
            else:
                also(report)
        progress(1.0)
    return report


def _count(redrawing: Redrawing | None, figures: Figures | None) -> None:
    if redrawing is None or figures is None:
        return
    redrawn = redrawing.redrawn
    figures.opened, figures.reshaped, figures.ended = len(redrawn.opened), len(redrawn.reshaped), len(redrawn.ended)
    figures.moved = dict(redrawing.moved)


def open_places(path: Path, mapping: ColumnMapping | None = None) -> Source:
    """A table, or the features of a GeoJSON file as rows (properties are the columns)."""
    if path.suffix.lower() in GEOJSON_SUFFIXES and path.is_file():
        return Source(_Features(path), COLUMNS, mapping or ColumnMapping())
    return open_rows(path, COLUMNS, mapping)


class _Features:
    """The features of a GeoJSON file. Row numbers count features."""

    def __init__(self, path: Path) -> None:
        if path.stat().st_size > GEOJSON_MEGABYTES << 20:
            raise TooLarge(f"{path.name} 超过 {GEOJSON_MEGABYTES} MB，请按街道拆分后分批导入。", code="file_too_large")
        try:
            data = json.loads(path.read_text(encoding="utf-8-sig"))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
            raise Invalid(f"{path.name} 不是有效的 GeoJSON 文件。", code="bad_geojson") from None
        features = data.get("features") if isinstance(data, dict) and data.get("type") == "FeatureCollection" else None
        if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
            raise Invalid(
                f"{path.name} 不是 GeoJSON 的 FeatureCollection，请从地理信息软件中重新导出。", code="bad_geojson"
            )
        self._features: list[dict[str, object]] = features
        self._done = 0
        names: dict[str, None] = {}
        for feature in features:
            names |= dict.fromkeys(self._properties(feature))
        self._names = [name for name in names if name != "geometry"]
        self.headers = [*self._names, "geometry"]

    @staticmethod
    def _properties(feature: dict[str, object]) -> dict[str, Cell]:
        properties = feature.get("properties")
        return {str(key): value for key, value in properties.items()} if isinstance(properties, dict) else {}

    def records(self) -> Iterator[tuple[int, Sequence[Cell], dict[int, str]]]:
        for number, feature in enumerate(self._features, start=1):
            self._done = number
            properties = self._properties(feature)
            geometry = feature.get("geometry")
            drawn = geometry if isinstance(geometry, dict) else None
            yield number, [*(properties.get(name) for name in self._names), drawn], {}

    def progress(self) -> float:
        return self._done / max(1, len(self._features))

    def close(self) -> None:
        self._features = []


# Reading one row ---------------------------------------------------------------------------------------------------


def _read(row: Row, checking: _Checking) -> None:
    code = row.digits("code", *CODE_LENGTH.values(), required=True)
    name = row.text("name", required=True, most=60)
    level = LEVEL_OF_LENGTH.get(len(code))
    written_level = row.choice("level", LEVELS)
    parent = row.digits("parent")
    if level and written_level and written_level != level:
        row.fault("level", f"{len(code)} 位编码是{level.label}，不是{written_level.label}")
    if code and parent and not (code.startswith(parent) and len(parent) < len(code)):
        row.fault("parent", f"编码 {code} 不以上级编码 {parent} 开头")
    kind, special_kind = row.choice("kind", KINDS), row.choice("special_kind", SPECIAL_KINDS)
    if level and level != Level.GRID and (kind or special_kind):
        row.fault("kind", "只有网格才有网格类型")
    if special_kind and kind is None:
        kind = GridKind.SPECIAL
    if kind == GridKind.SPECIAL and special_kind is None and not row.text("special_kind"):
        row.fault("special_kind", f"专属网格要写明类别：{'、'.join(SpecialKind.labels)}")
    if kind == GridKind.BASIC and special_kind:
        row.fault("special_kind", "基础网格没有专属类别")
    households = row.integer("households", least=0, most=MOST_COUNT)
    population = row.integer("population", least=0, most=MOST_COUNT)
    geometry = _geometry(row)
    words = [word for word in _SEPARATORS.split(row.text("aliases")) if word]
    if long := [word for word in words if not 2 <= len(word) <= 40]:
        row.fault("aliases", f"“{long[0][:20]}”应为 2 到 40 个字，几个别名之间用顿号隔开")
    if code in checking.rows:
        row.fault("code", f"编码 {code} 在第 {checking.rows[code][0].number} 行已经出现过")
    if row.faults:
        checking.bad.append(row)
        return
    place = PlaceRow(
        code=code,
        name=name,
        kind=kind,
        special_kind=special_kind,
        households=households,
        population=population,
        geometry=geometry,
    )
    checking.rows[code] = (row, place)
    for word in words:
        is_road = word.endswith(("路", "街", "大道"))
        alias_kind = AliasKind.ROAD if is_road else AliasKind.ESTATE
        checking.aliases.append(AliasRow(code=code, words=word, kind=alias_kind))


def _geometry(row: Row) -> Area | None:
    drawn = row.raw("geometry")
    datum_text = row.text("datum").upper().replace("-", "").replace("_", "").replace(" ", "")
    datum = DATUMS.get(datum_text or "WGS84")
    if datum is None:
        row.fault("datum", f"不认识的坐标系，可填：{'、'.join(DATUMS)}")
        return None
    try:
        if isinstance(drawn, dict) or (isinstance(drawn, str) and drawn.lstrip().startswith("{")):
            geometry = from_geojson(drawn)
        elif isinstance(drawn, str) and drawn.strip():
            # By way of GeoJSON, so that range, order and size are checked in one place.
            geometry = from_geojson(shapely.geometry.mapping(shapely.from_wkt(drawn.strip())))
        elif drawn is None or drawn == "":
            return None
        else:
            row.fault("geometry", "应为 WKT 或 GeoJSON 的多边形")
            return None
        return checked_area(convert_geometry(geometry, datum, Datum.WGS84))
    except (Invalid, TooLarge) as refusal:
        row.fault("geometry", refusal.message)
    except (ShapelyError, ValueError):
        row.fault("geometry", "不是有效的 WKT，例如 POLYGON ((114.30 30.55, 114.31 30.55, 114.31 30.56, 114.30 30.55))")
    return None


# Checking all rows together ----------------------------------------------------------------------------------------


def _check_families(checking: _Checking) -> None:
    """Every ancestor exists or comes along; nothing that has ended comes back."""
    codes = set(checking.rows)
    ancestors = {code[:length] for code in codes for length in CODE_LENGTH.values() if length < len(code)}
    checking.known = {place.code: place for place in Place.objects.filter(code__in=codes | ancestors)}
    for code in sorted(codes, key=len):
        _, place = checking.rows[code]
        old, parent = checking.known.get(code), place.parent_code
        if old and old.valid_to is not None:
            checking.refuse(code, "code", f"这个编码（{old.name}）已于 {old.valid_to:%Y-%m-%d} 停用，不能再用")
        elif parent and parent not in checking.rows:
            above = checking.known.get(parent)
            if above is None or above.valid_to is not None:
                level = LEVEL_OF_LENGTH[len(parent)].label
                checking.refuse(code, "code", f"所属{level} {parent} 不存在、已停用或本次没有通过")


def _check_names(checking: _Checking) -> None:
    """Names are unique below one parent, among the file and what is there."""
    parents = {place.parent_code for _, place in checking.rows.values()} - {None}
    taken: dict[tuple[str | None, str], str] = {
        (code[:-3], name): code
        for code, name in Place.objects.filter(parent__code__in=parents, valid_to__isnull=True)
        .exclude(code__in=checking.rows)
        .values_list("code", "name")
    }
    for code in sorted(checking.rows):
        _, place = checking.rows[code]
        other = taken.setdefault((place.parent_code, place.name), code)
        if other != code:
            checking.refuse(code, "name", f"与 {other} 重名，同一上级下不能有两个“{place.name}”")


def _check_divisions(checking: _Checking, tolerance_m2: float) -> None:
    """Grids of each community concerned, those of the file and those that stay, divide it."""
    drawn: dict[str, list[PlaceRow]] = defaultdict(list)
    for _, place in checking.rows.values():
        if place.geometry is not None and place.level == Level.GRID:
            drawn[place.code[:12]].append(place)
        elif place.geometry is not None and place.level == Level.COMMUNITY:
            drawn.setdefault(place.code, [])
    staying = list(Place.objects.grids().filter(parent__code__in=drawn, valid_to__isnull=True).select_related("parent"))
    outlines = list(Place.objects.communities().filter(code__in=drawn, valid_to__isnull=True))
    areas = areas_on(checking.day, [place.pk for place in (*staying, *outlines)])
    outline_of = {place.code: areas.get(place.pk) for place in outlines}
    for grid in staying:
        if grid.code in checking.ended:
            continue
        new = checking.rows.get(grid.code)
        if (new is None or new[1].geometry is None) and grid.pk in areas:
            name = new[1].name if new else grid.name
            drawn[grid.code[:12]].append(PlaceRow(code=grid.code, name=name, geometry=areas[grid.pk]))
    for community, grids in drawn.items():
        row = checking.rows.get(community)
        outline = (row[1].geometry if row else None) or outline_of.get(community)
        name = row[1].name if row else checking.known[community].name
        if faults := partition_faults(name, outline, grids, tolerance_m2):
            _refuse_division(checking, community, faults)


def _refuse_division(checking: _Checking, community: str, faults: Sequence[PartitionFault]) -> None:
    """All rows of the community go back: half a division would be worse than none. Each says what concerns it."""
    everyone = "；".join(fault.message for fault in faults if not fault.codes)
    for code in [code for code in checking.rows if code.startswith(community)]:
        own = "；".join(fault.message for fault in faults if code in fault.codes)
        reason = "；".join(part for part in (own, everyone) if part)
        checking.refuse(
            code, "geometry", reason or f"同一社区的其他网格有误：{faults[0].message}，本社区的网格要一起改正"
        )


# Out ---------------------------------------------------------------------------------------------------------------

EXPORTED = ("编码", "名称", "上级编码", "层级", "网格类型", "专属类别", "户数", "人口", "别名", "边界")
LONGEST_CELL = 32_000


def export_places(path: Path, *, day: dt.date | None = None) -> int:
    """All places of a day to .xlsx, .csv or .geojson (by the name of the file); returns how many.

    What is written can be imported again. A boundary too long for a cell of Excel is refused: CSV and GeoJSON hold it.
    """
    day = day or timezone.localdate()
    places = list(Place.objects.at(day).order_by("level", "code"))
    places.sort(key=lambda place: (len(place.code), place.code))
    areas = areas_on(day, [place.pk for place in places])
    aliases = _aliases()
    suffix = path.suffix.lower()
    if suffix in GEOJSON_SUFFIXES:
        return _export_geojson(path, places, areas, aliases)
    if suffix not in {".xlsx", ".csv"}:
        raise Invalid("只能导出为 .xlsx、.csv 或 .geojson 文件。", code="bad_suffix")
    rows = [[*_cells(place, aliases), areas[place.pk].wkt if place.pk in areas else None] for place in places]
    if suffix == ".csv":
        return write_csv(path, EXPORTED, rows)
    if long := [row[1] for row in rows if len(str(row[-1])) > LONGEST_CELL]:
        raise Invalid(
            f"“{long[0]}”等 {len(long)} 个区域的边界超过 Excel 单元格的长度，请导出为 .csv 或 .geojson。",
            code="too_long_for_excel",
        )
    return write_xlsx(path, EXPORTED, rows)


def _aliases() -> dict[int, str]:
    words: dict[int, list[str]] = defaultdict(list)
    rows = PlaceAlias.objects.filter(place__isnull=False, first_number__isnull=True).order_by("pk")
    for place_id, alias in rows.values_list("place_id", "words"):
        if place_id is not None:
            words[place_id].append(alias)
    return {place_id: "、".join(aliases) for place_id, aliases in words.items()}


def _cells(place: Place, aliases: Mapping[int, str]) -> list[Cell]:
    return [
        place.code,
        place.name,
        place.parent_code,
        place.get_level_display(),
        place.get_kind_display() if place.kind else "",
        place.get_special_kind_display() if place.special_kind else "",
        place.households,
        place.population,
        aliases.get(place.pk, ""),
    ]


def _export_geojson(path: Path, places: Sequence[Place], areas: Mapping[int, Area], aliases: Mapping[int, str]) -> int:
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"type": "FeatureCollection", "features": [\n')
        for i, place in enumerate(places):
            area = areas.get(place.pk)
            feature = {
                "type": "Feature",
                "properties": dict(zip(EXPORTED, _cells(place, aliases), strict=False)),
                "geometry": shapely.geometry.mapping(area) if area is not None else None,
            }
            stream.write((",\n" if i else "") + json.dumps(feature, ensure_ascii=False))
        stream.write("\n]}\n")
    return len(places)
