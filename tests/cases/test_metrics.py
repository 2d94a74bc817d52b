"""Every metric equals a recount from the ledger's lines alone, and its rows add up to it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from statistics import fmean
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.joined import close_joined
from huying.cases.metrics.declared import CLOSINGS, METRICS
from huying.cases.metrics.exclusions import COUNTED_ENDS, OTHER_ENDS, Exclusion, exclusions, reason
from huying.cases.models import Callback, Objection
from huying.kernel.generation import bump
from huying.kernel.metrics import Span, Tally, metric_rows, narrowed, sliced, tallies
from huying.kernel.parameters import set_value
from huying.kernel.registry import Counted, metrics
from huying.matters.engine import Move, move, move_one, open_one
from huying.matters.flow import flows
from huying.matters.models import Clock, LedgerLine, Matter
from huying.people.actors import SYSTEM
from huying.people.directory import directory
from tests.cases.desk import dispatched, many
from tests.cases.test_objections import colleague
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

COUNTED = [clock.key for clock in CASES.clocks if clock.counted]
CONTACT = {"means": "phone", "reached": True, "outcome": "已电话了解情况。"}


def take(
    district: District, matter: Matter, step: str, who: str, moment: datetime | None = None, **data: object
) -> Matter:
    return move_one(CASES, step, matter.pk, by=district.actor(who), data=data, at=moment)


def played(district: District, now: datetime) -> None:
    """Some weeks of two units: on time and late, done over, handed back, joined, imported, waiting, exempt."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    monday = now - day * (now.weekday() + 42)
    begun = timezone.localtime(monday).replace(hour=9, minute=10, second=0, microsecond=0)

    def case(at: datetime, **values: object) -> Matter:
        return receive(district, at=at, **values)

    for n in range(4):  # in time, a little slower each time
        advance(district, case(begun + n * day), "closed", start=begun + n * day + n * hour / 2)
    late = advance(district, case(begun), "awaiting_approval", start=begun)
    late = take(district, late, "approve", "chief", begun + 21 * day)
    late = take(district, late, "callback", "call_taker", begun + 22 * day, reached=False)
    late = take(district, late, "callback", "call_taker", begun + 22 * day, reached=True, solved=True, satisfied=2)
    assert late.state == "handling"  # its rework is late by now, too
    over = advance(district, case(begun + day), "closed", start=begun + day)
    over = take(district, over, "rework", "call_taker", begun + 8 * day, reason="还是不亮。")
    at = begun + 9 * day
    over = take(district, over, "contact", "handler", at, **CONTACT, at=at.isoformat())
    advance(district, over, "closed", start=at + hour)
    handed = advance(district, case(begun + day), "dispatched", start=begun + day)
    handed = take(
        district, handed, "hand_back", "handler", begun + day + 2 * hour, reason="not_ours", explanation="不归我们管。"
    )
    handed = take(district, handed, "dispatch", "dispatcher", begun + day + 3 * hour, lead="HOUSING")
    handed = take(district, handed, "acknowledge", "handler2", begun + 2 * day, officer="王工")
    slip = advance(district, case(begun + 2 * day), "triaged", start=begun + 2 * day)
    slip = take(district, slip, "dispatch", "dispatcher", begun + 2 * day + hour, lead="HOUSING")
    slip = take(district, slip, "recall_dispatch", "dispatcher", begun + 2 * day + hour)
    main = advance(district, case(begun + 3 * day), "handling", start=begun + 3 * day)
    case(begun + 4 * day, joins=main.number, text="三号门路灯也黑了")
    advance(district, main, "closed", start=begun + 5 * day)
    close_joined(now)
    history = {"channel": "phone", "text": "去年的事。", "handler": "URBAN", "closed_at": (begun + day).isoformat()}
    open_one(CASES, "import_history", by=SYSTEM, data=history, at=begun)
    waiting = advance(district, case(begun + 3 * day), "handling", start=begun + 3 * day)
    waiting = take(district, waiting, "return_to_reporter", "handler", begun + 4 * day, question="是哪一盏灯？")
    waiting = take(district, waiting, "add_information", "call_taker", begun + 6 * day, text="大门左边那盏。")
    waiting = advance(district, waiting, "awaiting_approval", start=begun + 7 * day)
    take(district, waiting, "withdraw_proposal", "handler", begun + 7 * day + hour)
    asked = advance(district, case(begun + 4 * day), "handling", start=begun + 4 * day)
    take(district, asked, "return_to_reporter", "handler", begun + 5 * day, question="是哪一盏灯？")
    exempt = advance(
        district, case(begun + 2 * day, anonymous=True, reporter=None), "acknowledged", start=begun + 2 * day
    )
    exempt = take(district, exempt, "contact", "handler", begun + 2 * day + 4 * hour, exemption="anonymous")
    exempt = advance(district, exempt, "resolved", start=begun + 3 * day)
    take(district, exempt, "close_without_callback", "dispatcher", begun + 4 * day, reason="anonymous")
    _contested(district, begun + 5 * day)
    answer = {
        "reply": "路灯由市政所维修，三个工作日内会修好。",
        "basis": "知识库",
        "kind": "help",
        "category": "02.02.01",
    }
    wrong = take(district, case(begun + 4 * day), "answer", "call_taker", begun + 4 * day + hour / 2, **answer)
    wrong = take(district, wrong, "rework", "call_taker", begun + 5 * day, reason="到期了也没有人来。")
    advance(district, wrong, "closed", start=begun + 5 * day + hour)  # the unit does it for the first time
    secret = advance(district, case(begun + 3 * day, confidential=True), "acknowledged", start=begun + 3 * day)
    assert secret.state == "acknowledged"
    advance(district, case(now - hour), "dispatched")


OBJECT = {"cause": "not_ours", "explanation": "小区内部道路由住房部门管理。", "basis": "《武汉市城市管理条例》职责分工"}


def _contested(district: District, begun: datetime) -> None:
    """Objections of every end, and what the centre takes back by itself."""
    hour = timedelta(hours=1)
    colleague(district, "reviewer", "dispatcher", "centre")

    def objected(*then: str) -> Matter:
        found = advance(district, receive(district, at=begun), "dispatched", start=begun)
        for n, step in enumerate(("object", *then), start=3):
            who = "chief" if step.endswith("e_objection") else "handler"
            found = take(district, found, step, who, begun + n * hour, **(OBJECT if step == "object" else WHY[step]))
        return found

    objected("decline_objection")
    objected("withdraw_objection")
    objected("endorse_objection", "withdraw_objection")
    objected("endorse_objection")  # nobody has ruled yet
    stays = objected("endorse_objection")
    take(district, stays, "rule", "reviewer", begun + 6 * hour, upheld=False, reason="路灯在市政道路上，属城管养护。")
    goes = objected("endorse_objection")
    goes = take(district, goes, "rule", "reviewer", begun + 6 * hour, upheld=True, reason="小区内部设施不属城管。")
    take(district, goes, "dispatch", "dispatcher", begun + 7 * hour, lead="HOUSING")
    back = advance(district, receive(district, at=begun), "dispatched", start=begun)
    take(
        district, back, "hand_back", "dispatcher", begun + 3 * hour, reason="not_ours", explanation="派错了，收回重派。"
    )


WHY: dict[str, dict[str, object]] = {
    "endorse_objection": {},
    "decline_objection": {"reason": "这条路由我们养护。"},
    "withdraw_objection": {},
}


# --- the recount: nothing but lines ----------------------------------------------------------------------------------


@dataclass
class Ran:
    """One clock as its lines tell of it."""

    matter: int
    kind: str
    lead: str
    due: str
    confidential: bool = False
    paused: bool = False
    stopped: int | None = None
    met: bool | None = None
    minutes: int = 0
    by: str = ""
    excuse: str = ""
    started: int = 0
    objected: bool = False


@dataclass
class Told:
    """Everything the ledger says, gone through line by line."""

    clocks: list[Ran] = field(default_factory=list)
    callbacks: list[dict[str, Any]] = field(default_factory=list)
    closings: list[dict[str, Any]] = field(default_factory=list)
    rulings: list[dict[str, Any]] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)


def recount() -> Told:
    told = Told()
    lines: dict[int, list[LedgerLine]] = {}
    for line in LedgerLine.objects.order_by("matter_id", "seq"):
        lines.setdefault(line.matter_id, []).append(line)
    for of_one in lines.values():
        _follow(of_one, told)
    return told


def _follow(lines: list[LedgerLine], told: Told) -> None:
    running: dict[str, Ran] = {}
    ended: list[Ran] = []
    closing: dict[str, Any] | None = None
    channel, objection = "", {}
    for line in lines:
        facts = json.loads(line.facts)
        lead = facts.get("lead") or facts.get("handler", "")
        clocks = facts.get("clocks", {})
        channel = channel or facts.get("channel", "")
        for kind in clocks.get("voided", ()):
            running.pop(kind)
        for kind, due in clocks.get("restored", {}).items():
            if kind in running:
                running[kind].paused = False
            else:
                found = next(ran for ran in ended if ran.kind == kind and ran.stopped == facts["undoes"])
                ended.remove(found)
                running[kind] = Ran(found.matter, kind, found.lead, due)
        for kind, how in clocks.get("stopped", {}).items():
            ran = running.pop(kind)
            ran.due, ran.met, ran.minutes, ran.stopped, ran.by = (
                how["due"],
                how["met"],
                how["minutes"],
                line.seq,
                line.step,
            )
            if line.step == "contact" and facts.get("exemption"):
                ran.excuse = f"exempt:{facts['exemption']}"
            elif line.step == "hand_back" and "denied_by" not in facts:
                ran.excuse = "taken_back"
            elif line.step == "close_without_callback":
                ran.excuse = f"no_callback:{facts['reason']}"
            ran.paused = False
            ended.append(ran)
        for kind, due in clocks.get("resumed", {}).items():
            running[kind].due, running[kind].paused = due, False
        for kind in clocks.get("paused", ()):
            running[kind].paused = True
        for kind, due in clocks.get("started", {}).items():
            confidential = kind == "contact" and facts.get("confidential", False)
            running[kind] = Ran(line.matter_id, kind, lead, due, confidential, started=line.seq)
        done_over = any(ran.kind == "rework" and ran.lead == lead for ran in (*ended, *running.values()))
        if line.step == "callback":
            before = any(
                r.kind == "rework" and r.lead == lead and r.started < line.seq for r in (*ended, *running.values())
            )
            told.callbacks.append({"matter": line.matter_id, "at": line.at, "lead": lead, "again": before} | facts)
        if line.from_state == "closed" and line.to_state != "closed":
            closing = None
        if line.step == "object":
            objection = facts
        elif line.step == "endorse_objection":
            given = next(
                r
                for r in (*ended, *running.values())
                if r.kind == "acknowledge" and r.started == objection["given_seq"]
            )
            given.objected = True
        elif (verdict := _verdict(line.step, facts)) is not None:
            told.rulings.append({"at": line.at, "unit": facts["unit"], "verdict": verdict})
        if line.to_state == "closed" and line.from_state != "closed":
            closing = {"at": line.at, "lead": lead, "step": line.step, "reworked": done_over}
            if line.step == "import_history":
                closing["at"] = datetime.fromisoformat(facts["closed_at"])
    told.clocks += [*ended, *running.values()]
    told.states[lines[0].matter_id] = lines[-1].to_state
    if closing:
        told.closings.append(closing | {"channel": channel})


def _verdict(step: str, facts: dict[str, Any]) -> str | None:
    match step:
        case "rule":
            return "upheld" if facts["upheld"] else "rejected"
        case "decline_objection":
            return "declined"
        case "withdraw_objection":
            return "withdrawn"
        case _:
            return None


def _excluded_clock(ran: Ran, told: Told, now: datetime) -> str:
    if ran.kind == "contact" and ran.confidential:
        return "confidential"
    if ran.excuse:
        return ran.excuse
    if ran.stopped and ran.met is None:
        return f"ended:{ran.by}"
    if ran.paused:
        return f"paused:{told.states[ran.matter]}"
    return "not_due" if not ran.stopped and datetime.fromisoformat(ran.due) > now else ""


def _ninetieth(values: list[int]) -> float:
    values = sorted(values)
    at = 0.9 * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def recounted(told: Told, units: set[str], since: datetime, until: datetime, now: datetime) -> dict[str, Tally]:
    """Each metric as its sentence says it, for these units and this period."""
    found = {metric.id: Tally() for metric in METRICS}
    hours: dict[str, list[int]] = {"acknowledge": [], "contact": [], "handle": []}

    def add(key: str, excluded: str, counts: bool) -> None:
        tally = found[f"cases.{key}"]
        if excluded:
            tally.excluded[excluded] = tally.excluded.get(excluded, 0) + 1
        else:
            tally.whole, tally.part = tally.whole + 1, tally.part + counts

    for ran in told.clocks:
        if ran.lead not in units or not since <= datetime.fromisoformat(ran.due) < until:
            continue
        why, met = _excluded_clock(ran, told, now), bool(ran.met)
        match ran.kind:
            case "handle" | "rework":
                add("on_time", why, met)
            case "contact":
                add("contacted", why, met and ran.by == "contact")
            case "callback":
                add("called_back", why, ran.by == "callback")
            case "acknowledge":
                given = "taken_back" if ran.excuse == "taken_back" else ""
                add("handed_back", given, ran.by == "hand_back")
                add("objected", given, ran.objected)
        name = {"acknowledge": "hours_to_acknowledge", "contact": "hours_to_contact", "handle": "hours_to_close"}
        if ran.kind in name and ran.met is not None:
            add(name[ran.kind], why, True)
            if not why:
                hours[ran.kind].append(ran.minutes)
    for kind, values in hours.items():
        if values:
            tally = found[f"cases.hours_to_{'close' if kind == 'handle' else kind}"]
            tally.average, tally.ninetieth = fmean(values), _ninetieth(values)
    for asked in told.callbacks:
        if asked["lead"] not in units or not since <= asked["at"] < until:
            continue
        why = "" if asked["reached"] else "unreached"
        add("satisfied", why, bool(asked.get("content")))
        add("solved", why, bool(asked.get("solved")))
        if not asked["again"]:
            add("first_time", why, bool(asked.get("solved")))
    for ruled in told.rulings:
        if ruled["unit"] in units and since <= ruled["at"] < until:
            verdict = ruled["verdict"]
            add("upheld", "" if verdict in ("upheld", "rejected") else f"verdict:{verdict}", verdict == "upheld")
    for closing in told.closings:
        if closing["lead"] not in units or not since <= closing["at"] < until:
            continue
        why = f"closed:{closing['step']}" if closing["step"] in ("import_history", "close_joined") else ""
        add("reworked", why, closing["reworked"])
        add("volume", why, True)
        if why:
            add("on_time", why, False)
            add("called_back", why, False)
    return found


# --- the tests -------------------------------------------------------------------------------------------------------


def ids(*codes: str) -> tuple[int, ...]:
    return tuple(directory().by_code[code].id for code in codes)


def test_every_metric_equals_a_recount_from_the_lines(district: District) -> None:
    now = timezone.now()
    played(district, now)
    told = recount()
    middle = now - timedelta(days=30)
    periods = [(now - timedelta(days=60), middle), (middle, now + timedelta(days=30))]
    seen: Counter[str] = Counter()
    for units in ({"URBAN"}, {"HOUSING"}, {"URBAN", "HOUSING"}):
        for since, until in periods:
            span = Span(since, until, ids(*units))
            counted = tallies(METRICS, {"now": span}, now)["now"][None]
            expected = recounted(told, units, since, until, now)
            for metric in METRICS:
                got, wanted = counted[metric.id], expected[metric.id]
                assert (got.part, got.whole, got.excluded) == (
                    wanted.part if metric.is_rate else wanted.whole,
                    wanted.whole,
                    wanted.excluded,
                ), (metric.id, units, since)
                assert got.average == pytest.approx(wanted.average), metric.id
                assert got.ninetieth == pytest.approx(wanted.ninetieth), metric.id
                seen[metric.id] += got.whole
                seen.update(got.excluded.keys())
    assert all(seen[metric.id] for metric in METRICS), "every metric has something to count"
    assert {
        "ended:hand_back",
        "exempt:anonymous",
        "confidential",
        "paused:waiting",
        "not_due",
        "no_callback:anonymous",
        "unreached",
        "closed:import_history",
        "closed:close_joined",
        "taken_back",
        "verdict:declined",
        "verdict:withdrawn",
    } <= seen.keys()


def test_the_rows_of_a_metric_add_up_to_it(district: District) -> None:
    now = timezone.now()
    played(district, now)
    span = Span(now - timedelta(days=60), now + timedelta(days=30), ids("URBAN", "HOUSING"), each=True)
    found = tallies(METRICS, {"all": span}, now)["all"]
    for metric in METRICS:
        rows = list(metric_rows(metric, span, now))
        for unit in (None, *ids("URBAN", "HOUSING")):
            own = [row for row in rows if unit in (None, row["unit_key"])]
            tally = found[unit][metric.id]
            assert tally.whole == sum(row["excluded"] == "" for row in own)
            assert tally.part == sum(bool(row["counts"]) for row in own)
            assert tally.excluded == dict(Counter(str(row["excluded"]) for row in own if row["excluded"]))
        assert narrowed(metric.main, span, now).filter(excluded="").count() == found[None][metric.id].whole
    channels = sliced(Counted(CLOSINGS), {"all": span}, "channel", now)["all"]
    assert sum(channels.values()) == found[None]["cases.volume"].whole


def test_whatever_is_asked_costs_one_query(district: District) -> None:
    now = timezone.now()
    spans = {
        "now": Span(now - timedelta(days=30), now, ids("URBAN")),
        "all": Span(now - timedelta(days=30), now, ids("URBAN", "HOUSING"), each=True),
    }
    dispatched(district, many(district, 1))
    with CaptureQueriesContext(connection) as few:
        tallies(METRICS, spans, now)
    dispatched(district, many(district, 60))
    with CaptureQueriesContext(connection) as lots:
        tallies(METRICS, spans, now)
    assert len(few) == len(lots) == 1


def test_what_counts_as_satisfied_stays_as_it_was_judged(district: District) -> None:
    matter = advance(district, receive(district), "resolved")
    take(district, matter, "callback", "call_taker", reached=True, solved=True, satisfied=3)
    set_value("cases.satisfied_from", 4)
    now = timezone.now()
    found = tallies(METRICS, {"now": Span(now - timedelta(days=1), now, ids("URBAN"))}, now)["now"][None]
    assert (found["cases.satisfied"].part, found["cases.satisfied"].whole) == (1, 1)


def test_a_side_way_plugs_in_as_an_exclusion(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    matter = advance(district, receive(district), "dispatched")
    for step, who in (("object", "handler"), ("decline_objection", "chief")):
        matter = take(district, matter, step, who, **(OBJECT if step == "object" else WHY[step]))
    matter = advance(district, matter, "closed")
    odd = Exclusion("odd", "单号件", Q(number=matter.number))
    monkeypatch.setattr(exclusions, "_items", {})
    exclusions.declare(odd)
    now = timezone.now()
    span = Span(now - timedelta(days=30), now + timedelta(days=30), ids("URBAN"))
    found = tallies(METRICS, {"now": span}, now)["now"][None]
    for metric in METRICS:
        assert (found[metric.id].whole, found[metric.id].excluded) == (0, {"odd": 1}), metric.id
    assert reason("odd") == "单号件"


def test_whoever_takes_over_is_counted_for_what_goes_on(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    urban = district.organisations["urban"]
    urban.valid_to, urban.successor = timezone.localdate(), district.organisations["housing"]
    urban.save()
    bump("organisations")
    move(CASES, "succeed", [Move(matter.pk, SYSTEM, {})])[0].unwrap()
    now = timezone.now()
    until = now + timedelta(days=30)
    for code, n in (("URBAN", 0), ("HOUSING", 1)):
        found = tallies(METRICS, {"now": Span(now, until, ids(code))}, now)["now"][None]
        assert found["cases.on_time"].excluded.get("not_due", 0) == n


def test_every_step_that_closes_counts_or_is_left_out_on_purpose() -> None:
    closing = {s.key for s in CASES.steps for o in s.outcomes if o.target == "closed"}
    assert {*COUNTED_ENDS, *OTHER_ENDS} == closing
    assert not {*COUNTED_ENDS} & {*OTHER_ENDS}


def test_every_metric_says_what_it_means() -> None:
    for metric in metrics:
        assert metric.numerator and metric.formula and metric.grain and metric.label, metric.id
        assert metric.denominator or not metric.is_rate
        assert not any(c in metric.formula + metric.numerator + metric.denominator for c in ",;"), metric.id


def test_what_was_there_before_is_filled_as_the_engine_would(district: District) -> None:
    played(district, timezone.now())

    def kept() -> list[object]:
        clocks = Clock.objects.order_by("pk").values_list("pk", "lead", "minutes", "ended_by", "excused")
        closed = Matter.objects.order_by("pk").values_list("pk", "closed_by")
        asked = Callback.objects.order_by("pk").values_list("pk", "lead", "content")
        said = Objection.objects.order_by("pk").values_list("pk", "given_seq")
        return [*clocks.filter(kind__in=COUNTED), *closed, *asked, *said]

    before = kept()
    Clock.objects.update(lead=None, minutes=None, ended_by="", excused="")
    Callback.objects.update(lead=None, content=None)
    Objection.objects.update(given_seq=None)
    Matter.objects.update(closed_by="")
    assert kept() != before
    with connection.schema_editor() as editor:
        import_module("huying.cases.migrations.0012_counted_before").fill(apps, editor)
        import_module("huying.cases.migrations.0027_objections_counted").fill(apps, editor)
    assert kept() == before


def test_a_counted_clock_belongs_to_one_flow() -> None:
    keys = [clock.key for flow in flows for clock in flow.clocks if clock.counted]
    assert len(keys) == len(set(keys))
