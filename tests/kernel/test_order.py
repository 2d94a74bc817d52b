"""Chinese names in the order a reader expects."""

from huying.kernel.order import MOST, sort_key


def test_names_sort_by_pinyin_then_tone() -> None:
    names = ["中南路街道", "徐家棚街道", "白沙洲街道", "积玉桥街道", "八铺街", "Ａ区", "a组"]
    order = sorted(names, key=sort_key)
    assert order[2:] == ["八铺街", "白沙洲街道", "积玉桥街道", "徐家棚街道", "中南路街道"]
    assert set(order[:2]) == {"a组", "Ａ区"}, "letters first, whatever their width and case"


def test_a_key_fits_its_column() -> None:
    assert len(sort_key("武" * 500)) == MOST
    assert sort_key("") == ""
