"""派单推荐: which versions of the model there are, how good each was on later cases, where it is wrong most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Missing
from huying.kernel.paging import keyset
from huying.knowledge.models import RecommenderVersion
from huying.knowledge.recommender import learning
from huying.knowledge.recommender.advising import active_model
from huying.knowledge.recommender.learning import CATEGORY, HANDLER
from huying.knowledge.rules.book import published
from huying.knowledge.rules.options import TERRITORIAL
from huying.matters.messages import urls
from huying.matters.models import Matter
from huying.matters.settings.choices import category_paths
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Confirmation, Crumb
from huying.ui.pages import confirm_page

VIEW, TRAIN = "knowledge.recommender", "knowledge.train"
PAGE = 20
SHOWN_WRONG = 10
SHOWN_CLASSES = 12
TITLES = {HANDLER: "承办单位", CATEGORY: "分类"}
State = RecommenderVersion.State
TONES = {State.WAITING: "blue", State.RUNNING: "blue", State.READY: "grey", State.FAILED: "red"}


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it is of."""

    name: str
    share: str
    note: str


@dataclass(frozen=True, slots=True)
class Wrong:
    right: str
    said: str
    n: int
    examples: Sequence[tuple[str, str]]  # number, address; "" where the reader may not open it


@dataclass(frozen=True, slots=True)
class Report:
    """How one target did on later cases, in words."""

    key: str
    title: str
    rates: Sequence[Rate]
    curve: Sequence[tuple[str, str]]
    bins: Sequence[tuple[str, int, str, str]]
    weakest: Sequence[tuple[str, int, str, str]]
    wrong: Sequence[Wrong]


@desk(VIEW)
@require_GET
def versions(request: UserRequest) -> HttpResponse:
    actor = request.actor
    rows = RecommenderVersion.objects.defer("content").select_related("asked_by", "activated_by")
    page = keyset(rows, ("-id",), request.GET.get("after"), PAGE)
    running = next((v for v in page.rows if v.state in (State.WAITING, State.RUNNING)), None)
    may_train = actor.may(TRAIN)
    lines = [
        (version, TONES[State(version.state)], _activation(version) if may_train and _can_be_used(version) else None)
        for version in page.rows
    ]
    context = {
        "page": page,
        "lines": lines,
        "running": running,
        "outdated": any(version.active for version in page.rows) and active_model() is None,
        "may_train": may_train,
        "train": _training(),
        "rules": bool(published().in_force(timezone.localdate())),
        "crumbs": [Crumb("派单推荐")],
    }
    return render(request, "knowledge/recommender/versions.html", context)


@desk(VIEW)
@require_GET
def version_page(request: UserRequest, pk: int) -> HttpResponse:
    version = _version(pk)
    context = {
        "version": version,
        "tone": TONES[State(version.state)],
        "reports": _reports(version.report, request.actor),
        "judged_from": dt.date.fromisoformat(said) if (said := version.report.get("judged_from")) else None,
        "activation": _activation(version) if request.actor.may(TRAIN) and _can_be_used(version) else None,
        "crumbs": [Crumb("派单推荐", reverse("knowledge:recommender")), Crumb(str(version))],
    }
    return render(request, "knowledge/recommender/version.html", context)


@desk(TRAIN)
@require_http_methods(["GET", "POST"])
def train(request: UserRequest) -> HttpResponse:
    if request.method == "GET":
        return confirm_page(request, _training())
    version = learning.ask(request.user)
    messages.success(request, f"{version}开始训练，完成后在这里看检验报告，再决定是否启用。")
    return redirect("knowledge:recommender")


@desk(TRAIN)
@require_http_methods(["GET", "POST"])
def activate(request: UserRequest, pk: int) -> HttpResponse:
    version = _version(pk)
    if request.method == "GET":
        return confirm_page(request, _activation(version))
    learning.activate(pk, request.user)
    messages.success(request, f"已启用{version}，几秒内全平台生效。")
    return redirect("knowledge:recommender")


def _version(pk: int) -> RecommenderVersion:
    found = RecommenderVersion.objects.defer("content").select_related("asked_by", "activated_by").filter(pk=pk).first()
    if found is None:
        raise Missing("没有这个版本。")
    return found


def _can_be_used(version: RecommenderVersion) -> bool:
    return version.state == State.READY and not version.active


def _training() -> Confirmation:
    return Confirmation(
        id="train",
        label="重新训练",
        title="用最近办结的件重新训练？",
        body=f"取最近办结的至多 {learning.MOST_CASES:,} 件，在后台训练几分钟。"
        "训练好的版本不会自动替换在用的版本，看过报告再启用。",
        verb="开始训练",
        action=reverse("knowledge:recommender-train"),
        back_url=reverse("knowledge:recommender"),
    )


def _activation(version: RecommenderVersion) -> Confirmation:
    back = version.activated_at is not None
    word = "换回" if back else "启用"
    return Confirmation(
        id=f"activate-{version.pk}",
        label=f"{word}这一版",
        title=f"{word}{version}？",
        body="几秒内全平台改用这一版推荐分类和承办单位。已经派出的件不变，随时可以再换回来。",
        verb=word,
        action=reverse("knowledge:recommender-activate", args=[version.pk]),
        back_url=reverse("knowledge:recommender"),
    )


# --- the report in words ---------------------------------------------------------------------------------------------


def label_of(target: str, key: str) -> str:
    if target == CATEGORY:
        return category_paths().get(key, key)
    if key in TERRITORIAL:
        return TERRITORIAL[key]
    listed = directory().by_id.get(int(key)) if key.isdigit() else None
    return listed.label if listed is not None else "已撤销的单位"


def _reports(report: Mapping[str, Any], actor: Actor) -> list[Report]:
    numbers = [
        number
        for target in TITLES
        for pair in report.get(target, {}).get("wrong", [])[:SHOWN_WRONG]
        for number in pair["examples"]
    ]
    links: dict[str, str] = {}
    if numbers and actor.may("cases.view"):
        for matter in Matter.objects.visible_to(actor).filter(number__in=numbers):
            links[matter.number] = urls[matter.kind](matter)
    return [_report(target, report[target], links) for target in TITLES if target in report]


def _report(target: str, told: Mapping[str, Any], links: Mapping[str, str]) -> Report:
    n = told["n"]
    rates = [
        Rate("第一个就对", _percent(told["accuracy"]), f"{n:,} 件中 {round(told['accuracy'] * n):,} 件"),
        Rate("前三个里有", _percent(told["top3"]), f"{n:,} 件中 {round(told['top3'] * n):,} 件"),
        Rate("有把握的", _percent(told["coverage"]), "其余答“没有把握”，只列可能"),
        Rate("有把握时对的", _percent(told["accuracy_when_covered"]), f"{round(told['coverage'] * n):,} 件中"),
        Rate("概率与实际相差", _percent(told["calibration_error"]), "越小，概率越可信"),
    ]
    weakest = sorted((c for c in told["classes"] if c["n"] > 1), key=lambda c: (c["f1"], -c["n"]))[:SHOWN_CLASSES]
    return Report(
        key=target,
        title=TITLES[target],
        rates=rates,
        curve=[(_percent(part, 0), _percent(right)) for part, right in told["curve"]],
        bins=[
            (f"{place * 10}%～{place * 10 + 10}%", each["n"], _percent(each["said"]), _percent(each["right"]))
            for place, each in enumerate(told["bins"])
            if each["n"]
        ],
        weakest=[
            (label_of(target, c["label"]), c["n"], _percent(c["recall"]), _percent(c["precision"])) for c in weakest
        ],
        wrong=[
            Wrong(
                label_of(target, pair["right"]),
                label_of(target, pair["said"]),
                pair["n"],
                [(number, links.get(number, "")) for number in pair["examples"]],
            )
            for pair in told["wrong"][:SHOWN_WRONG]
        ],
    )


def _percent(share: float, places: int = 1) -> str:
    return f"{share * 100:.{places}f}%"
