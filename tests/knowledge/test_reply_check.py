"""The check of one reply: what it finds, where, and that a good reply is left alone."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from huying.knowledge.replies.checking import Context, check
from huying.knowledge.replies.commands import replies
from huying.knowledge.replies.copies import Earlier, bands
from huying.knowledge.replies.corpus import Corpus
from huying.knowledge.replies.findings import Kind, Severity, marked
from huying.knowledge.replies.fit import Message, fit
from huying.knowledge.replies.phrases import shipped

LAMP = Message(
    "徐东大街水岸星城门口路灯不亮",
    "水岸星城小区北门外三盏路灯坏了快一个星期，晚上一片漆黑，老人散步摔了跤，请派人来修。",
    datetime(2026, 3, 2, 9, 30),
    ("王**",),
)
LAMP_REPLY = (
    "王女士：您好！您反映的水岸星城北门路灯不亮的问题收悉。3月3日市政所到徐东大街现场查看，三盏路灯因电缆进水跳闸，"
    "当晚换了灯头和一段电缆，路灯已经恢复照明。以后路灯不亮可以直接拨打027-88880000报修。感谢您的支持！2026年3月5日"
)
BUS_REPLY = (
    "网友您好！关于您反映的725路公交车班次少、早高峰等车时间长的问题，经与公交集团联系，725路现配车12台，高峰间隔15分钟。"
    "自下月起增加两台车，高峰间隔缩短到10分钟，末班车由21时延长到22时。感谢您对公交工作的关心。2026年3月5日"
)


def kinds(message: Message, reply: str, context: Context | None = None) -> set[Kind]:
    return {one.kind for one in check(message, reply, context or Context())}


def test_a_reply_to_the_point_is_left_alone_and_one_of_another_matter_is_not() -> None:
    assert kinds(LAMP, LAMP_REPLY) == kinds(LAMP, LAMP_REPLY, Context(by_dates=False)) == set()
    [finding] = [one for one in check(LAMP, BUS_REPLY, Context(by_dates=False)) if one.kind is Kind.OFF_TOPIC]
    assert finding.severity is Severity.CHECK
    assert "725" in finding.passage(BUS_REPLY) or "高峰" in finding.passage(BUS_REPLY)
    assert "相同之处很少" in finding.why


def test_other_matters_of_the_district_tell_how_much_is_usual() -> None:
    names = ["水果湖", "中南路", "积玉桥", "徐家棚", "首义路", "黄鹤楼"]
    things = ["路灯不亮", "井盖破损", "油烟扰民", "占道经营", "楼道堆物", "电梯停运"]
    pairs = [
        (f"{place}{n}号{thing}，请处理", f"{place}{n}号{thing}的问题已经处理，{thing}不再发生")
        for n in range(1, 5)
        for place in names
        for thing in things
    ]
    corpus = Corpus.of(pairs)
    assert corpus.enough
    again = Corpus.unpacked(corpus.packed())
    assert np.array_equal(again.said, corpus.said) and len(again.asked.docs) == len(pairs)
    own = fit(Message("", pairs[8][0]), pairs[8][1], corpus)
    swapped = fit(Message("", pairs[8][0]), pairs[100][1], corpus)
    assert own.doubt < swapped.doubt


def test_the_date_and_the_name_tell_that_a_reply_is_an_old_one() -> None:
    old = LAMP_REPLY.replace("2026年3月5日", "2024年6月1日").replace("王女士", "李女士")
    found = {one.kind: one for one in check(LAMP, old, Context())}
    assert found[Kind.DATED].passage(old) == "2024年6月1日"
    assert found[Kind.ADDRESSED].passage(old) == "李女士"
    assert Kind.ADDRESSED not in kinds(Message(LAMP.title, LAMP.text), old)  # nobody knows who asked


def test_a_copy_from_another_matter_is_found_and_one_of_the_same_question_is_not() -> None:
    earlier = Earlier("7", "WC20260301000007", "725路公交车太少，早高峰等半小时", BUS_REPLY)
    changed = BUS_REPLY.replace("网友您好！", "李先生：您好！").replace("2026年3月5日", "2026年4月8日")
    assert set(bands(changed)) & set(bands(BUS_REPLY))
    found = [one for one in check(LAMP, changed, Context(earlier=[earlier])) if one.kind is Kind.COPY]
    assert found and "WC20260301000007" in found[0].why and "725路" in found[0].passage(changed)
    bus = Message("725路公交车太少", "725路公交车太少，早高峰等半小时，请增加车辆。")
    assert Kind.COPY not in kinds(bus, changed, Context(earlier=[earlier]))
    assert bands("您好！来信收悉。感谢您的支持！") == []


def test_personal_data_of_others_and_not_of_whoever_asked() -> None:
    reply = LAMP_REPLY.replace(
        "以后路灯", "已和3栋2单元501室住户张先生（13812345678，420106199001011234）说明。以后路灯"
    )
    found = [one.passage(reply) for one in check(LAMP, reply, Context()) if one.kind is Kind.PERSONAL]
    assert "13812345678" in found and any("501室" in passage for passage in found)
    mine = check(LAMP, reply, Context(own=("13812345678",)))
    assert "13812345678" not in [one.passage(reply) for one in mine]
    assert Kind.PERSONAL not in kinds(LAMP, LAMP_REPLY)  # the line to ring is a body's


def test_evidence_is_wanted_where_something_is_said_to_be_done() -> None:
    reply = "您好！水岸星城北门路灯已更换完毕，我们已电话联系您说明情况，您表示满意。"
    found = [one for one in check(LAMP, reply, Context(files=0, contacted=False)) if one.kind is Kind.NO_EVIDENCE]
    assert [one.severity for one in found] == [Severity.CHECK, Severity.NOTE]
    assert Kind.NO_EVIDENCE not in kinds(LAMP, reply, Context(files=2, contacted=True))
    assert Kind.NO_EVIDENCE not in kinds(LAMP, reply)  # not known, not judged


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        ("您好！您反映的问题已转市政所办理。感谢您的支持！", Kind.EMPTY, "只说转办"),
        ("您好！您的来信收悉。感谢您对我们工作的支持！", Kind.SHORT, "什么也没有说"),
        ("您好！我们高度重视，将进一步加强巡查，持续关注，尽快解决。", Kind.EMPTY, "除套话外"),
        ("", Kind.SHORT, "空的"),
    ],
)
def test_replies_that_say_nothing(reply: str, kind: Kind, words: str) -> None:
    found = [one for one in check(LAMP, reply, Context(phrases=shipped())) if one.kind is kind]
    assert found and words in found[0].why and found[0].severity is Severity.CHECK


def test_a_single_phrase_is_a_note_and_the_passage_is_marked() -> None:
    reply = LAMP_REPLY.replace("3月3日", "我所高度重视，3月3日")
    found = check(LAMP, reply, Context(phrases=shipped()))
    assert [(one.kind, one.severity) for one in found] == [(Kind.EMPTY, Severity.NOTE)]
    pieces = marked(reply, found)
    assert "".join(piece.text for piece in pieces) == reply
    assert [(piece.text, piece.last) for piece in pieces if piece.numbers] == [("高度重视", "1")]


def rows(count: int) -> list[dict[str, str]]:
    streets = ["徐东大街", "中北路", "友谊大道", "和平大道", "临江大道", "雄楚大道", "珞珈山路", "东湖路"]
    things = ["路灯不亮", "井盖松动", "垃圾没人清", "树枝挡窗", "夜间施工", "公交太少", "占道停车", "油烟呛人"]
    return [
        {
            "id": str(n),
            "title": f"{streets[n % 8]}{things[n // 8 % 8]}",
            "time": f"2026/3/{n % 28 + 1} 9:00:00",
            "text": f"{streets[n % 8]}{n}号门口{things[n // 8 % 8]}，已经好几天，请处理。",
            "reply": f"您好！{streets[n % 8]}{n}号门口{things[n // 8 % 8]}的问题，已于次日到现场处理完毕，请您再看看。",
        }
        for n in range(count)
    ]


def test_the_command_reads_a_file_and_tells_row_by_row(tmp_path: Path) -> None:
    lines = rows(64)
    lines[5]["reply"] = "您好！您反映的问题已转有关单位办理。"
    lines[6]["reply"] = "请与住户联系，电话13812345678，其余情况我们正在进一步核实当中。"
    file = tmp_path / "replies.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    run = CliRunner().invoke(replies, ["check", str(file)])
    assert run.exit_code == 0
    assert "第 6 行（5）" in run.output and "只说转办" in run.output and "64 件" in run.output
    assert "13812345678" not in run.output and "138****5678" in run.output
    told = json.loads(CliRunner().invoke(replies, ["check", str(file), "--json"]).output)
    assert told["checked"] == 64 and {"kind", "start", "end", "passage", "why"} <= told["rows"][5]["findings"][0].keys()
    planted = json.loads(CliRunner().invoke(replies, ["check", str(file), "--planted", "1", "--json"]).output)
    assert [one["planted"] for one in planted["figures"]] == ["换错（随机）", "换错（问题相近）", "抄用别件"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有内容"),
        ("{", "第 1 行不是 JSON"),
        ("[1]", "不是一个 JSON 对象"),
        ('{"text": "路灯不亮"}', "没有答复"),
        ('{"reply": "好"}', "没有来件内容"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(text, encoding="utf-8")
    run = CliRunner().invoke(replies, ["check", str(file)])
    assert run.exit_code == 2
    assert words in run.output
