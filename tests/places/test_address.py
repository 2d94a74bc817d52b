from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from huying.kernel.generation import forget_all
from huying.places import address, wuchang
from huying.places.actions import write_aliases, write_places
from huying.places.address import AddressMatch, Alias, Gazetteer, Named
from huying.places.commands import places
from huying.places.enums import AliasKind, Level
from huying.places.evaluation import evaluate_wuchang, samples
from huying.places.evaluation import wuchang as committed
from huying.places.models import Place
from huying.places.rows import AliasRow, PlaceRow
from tests.places.conftest import BORN

NAMES = {i: row.name for i, row in enumerate(wuchang.divisions(), start=1)}
READER = committed()


def find(text: str) -> AddressMatch:
    return READER.find(text)


def name(match: AddressMatch) -> str:
    return NAMES[match.place_id] if match.place_id else ""


# The labelled sample -----------------------------------------------------------------------------------------------


def test_the_sample_is_labelled_with_places_that_exist() -> None:
    codes = {row.code for row in wuchang.divisions()}
    rows = samples()
    assert len(rows) >= 150
    assert len({row.address for row in rows}) == len(rows)
    assert {row.part for row in rows} == {"tune", "held"}
    for row in rows:
        assert {row.expected, *row.candidates} <= codes | {""}
        assert not (row.expected and row.candidates)


@pytest.mark.parametrize(("part", "precision", "recall"), [("tune", 0.98, 0.95), ("held", 0.97, 0.88)])
def test_precision_and_recall_do_not_fall(part: str, precision: float, recall: float) -> None:
    score = evaluate_wuchang(part)
    assert score.precision >= precision, score.wrong
    assert score.recall >= recall, score.missed
    assert score.offered == score.to_offer


def test_the_manual_prints_the_figures_that_are_true() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "how-to" / "places.md").read_text(encoding="utf-8")
    for title, part in (("调试用", "tune"), ("未参与调试", "held")):
        score = evaluate_wuchang(part)
        assert f"| {title} | {score.n} | {score.precision:.1%} | {score.recall:.1%} |" in manual
    score = evaluate_wuchang()
    assert f"自带样本 {score.n} 条" in manual
    assert f"应给候选的 {score.to_offer} 条全部给全" in manual


def test_nothing_is_decided_where_nothing_is_said_and_outside_is_noticed() -> None:
    assert evaluate_wuchang(group="nothing").decided == 0
    outside = [row for row in samples() if row.group == "outside"]
    noticed = [row for row in outside if find(row.address).outside]
    assert len(noticed) >= 0.85 * len(outside)


# Single habits -----------------------------------------------------------------------------------------------------


def test_longest_name_wins() -> None:
    assert name(find("徐东路社区3栋")) == "徐东路社区"
    assert name(find("四美塘社区")) == "四美塘社区"
    assert name(find("四美社区")) == "四美社区"


def test_two_communities_of_one_name_need_their_street() -> None:
    both = find("东湖路社区12栋")
    assert both.place_id is None
    assert {c.code for c in both.candidates} >= {"420106012001", "420106490018"}
    assert find("水果湖街东湖路社区12栋").candidates[0].code == "420106012001"
    assert name(find("水果湖街东湖路社区12栋")) == "东湖路社区"


def test_a_bare_road_gives_candidates_and_no_community() -> None:
    found = find("民主路占道经营")
    assert found.place_id is None
    assert "民主路社区" in {c.name for c in found.candidates}
    assert {c.level for c in found.candidates} == {Level.COMMUNITY, Level.STREET}


def test_two_roads_narrow_each_other() -> None:
    assert name(find("中北路与楚汉路路口")) == "水果湖街道"
    assert find("中北路").place_id is None


def test_a_contradiction_is_not_settled_by_guessing() -> None:
    found = find("徐家棚街道白云社区")
    assert found.place_id is None
    assert {"白云社区", "徐家棚街道"} <= {c.name for c in found.candidates}


def test_sound_alikes_are_forgiven_but_not_two_of_them() -> None:
    assert name(find("昙花林社区")) == "昙华林社区"
    assert name(find("水岸新城3栋")) == "水岸星城社区"
    assert find("谁按新城3栋").place_id is None


def test_other_cities_and_districts_are_outside_even_with_a_namesake_here() -> None:
    for text in ("深圳市宝安区向阳社区", "洪山区中央花园社区", "湖北省黄冈市白云社区"):
        found = find(text)
        assert found.outside
        assert found.place_id is None
    assert not find("湖北省武汉市武昌区白云社区").outside
    assert not find("武汉市武昌区汉阳门").outside


def test_a_namesake_outside_makes_a_bare_name_uncertain() -> None:
    assert find("张家湾").place_id is None
    assert name(find("水果湖街道张家湾社区")) == "张家湾社区"


def test_a_stem_followed_by_road_is_a_road() -> None:
    assert name(find("宝通寺门口")) == "宝通寺社区"
    assert find("宝通寺路").place_id is None


def test_width_spaces_and_length_do_not_matter() -> None:
    assert name(find("　水岸 星城社区　Ｇ１５栋")) == "水岸星城社区"
    assert find("").candidates == ()
    assert name(find("水岸星城社区" + "，很长" * 5000)) == "水岸星城社区"


def numbered() -> Gazetteer:
    street = Named(1, "420106001", "积玉桥街道")
    here, there = Named(2, "420106001001", "尚隆苑社区"), Named(3, "420106001002", "中山社区")
    aliases = [
        Alias(here, "和平大道", AliasKind.ROAD, 1, 199),
        Alias(there, "和平大道", AliasKind.ROAD, 200, 399),
        Alias(street, "和平大道", AliasKind.ROAD),
    ]
    return Gazetteer([street], [here, there], aliases, {("420106001001", 12): Named(9, "420106001001012", "第12网格")})


def test_house_numbers_of_a_road_decide_the_community() -> None:
    reader = numbered()
    assert reader.find("和平大道88号").place_id == 2
    assert reader.find("和平大道288号院3栋").place_id == 3
    assert reader.find("和平大道888号").level == Level.STREET
    assert reader.find("和平大道").level == Level.STREET


@pytest.mark.parametrize("words", ["第12网格", "第十二网格", "12网格"])
def test_a_grid_named_in_a_community_is_found(words: str) -> None:
    found = numbered().find(f"尚隆苑社区{words}")
    assert (found.place_id, found.level, found.community_id) == (9, Level.GRID, 2)
    assert numbered().find("尚隆苑社区第13网格").level == Level.COMMUNITY


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("十", 10), ("十一", 11), ("二十", 20), ("三十五", 35), ("八", 8)]
)
def test_chinese_numbers(text: str, number: int) -> None:
    assert address._number(text) == number


# With a database ---------------------------------------------------------------------------------------------------


def test_the_database_speaks_with_its_own_aliases(four_grids: dict[str, int]) -> None:
    assert address.find("老棉纺厂宿舍5栋").place_id is None
    write_aliases([AliasRow(code="420106001001", words="老棉纺厂宿舍", kind=AliasKind.FORMER)])
    found = address.find("老棉纺厂宿舍5栋 第2网格")
    assert found.place_id == four_grids["420106001001002"]
    assert (found.community_id, found.street_id) == (four_grids["420106001001"], four_grids["420106001"])


def test_aliases_are_added_once(four_grids: dict[str, int]) -> None:
    row = AliasRow(code="420106001", words="和平大道", kind=AliasKind.ROAD)
    outside = AliasRow(code="", words="街道口", kind=AliasKind.LANDMARK)
    assert write_aliases([row, outside, row]) == 2
    assert write_aliases([row, outside]) == 0
    with pytest.raises(KeyError):
        write_aliases([AliasRow(code="420106999", words="某路", kind=AliasKind.ROAD)])


@pytest.mark.django_db
def test_all_committed_names_and_aliases_can_be_written() -> None:
    write_places([PlaceRow(code=row.code, name=row.name) for row in wuchang.divisions()], day=BORN)
    assert write_aliases(wuchang.aliases()) == len(wuchang.aliases())
    forget_all()
    assert address.find("百瑞景三期").place_id == Place.objects.get(name="百瑞景社区").pk
    Place.objects.filter(name="百瑞景社区").update(valid_to="2024-01-01")
    forget_all()
    assert address.find("百瑞景三期").place_id is None


# The command -------------------------------------------------------------------------------------------------------


def test_evaluate_prints_figures_for_people_and_programs() -> None:
    told = CliRunner().invoke(places, ["evaluate", "--part", "held"])
    assert told.exit_code == 0
    assert "准确率" in told.output
    assert "召回率" in told.output
    figures = json.loads(CliRunner().invoke(places, ["evaluate", "--json"]).output)
    assert figures["n"] == len(samples())
    assert 0.9 < figures["recall"] <= figures["precision"] <= 1


def test_evaluate_a_file_of_ones_own(four_grids: dict[str, int], tmp_path: Path) -> None:
    forget_all()
    path = tmp_path / "样本.csv"
    path.write_text("address,expected\n尚隆苑社区3栋,420106001001\n别处,\n尚隆苑社区,420106001\n", encoding="utf-8-sig")
    figures = json.loads(CliRunner().invoke(places, ["evaluate", str(path), "--json"]).output)
    assert (figures["n"], figures["decided"], figures["precision"]) == (3, 2, 0.5)
    path.write_text("地址\n某处\n")
    wrong = CliRunner().invoke(places, ["evaluate", str(path)])
    assert wrong.exit_code == 2
    assert "address 和 expected" in wrong.output
