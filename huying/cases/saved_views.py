"""Lists that somebody has named, and what a list remembers of its reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import JSONObject
from django.urls import reverse

from huying.cases.models import SavedView
from huying.cases.queues import QUEUES, Queue
from huying.cases.searching import hides
from huying.kernel.errors import Invalid, Missing
from huying.people import preferences
from huying.people.actors import Actor

MOST = 50  # of one owner
COLUMNS = "cases.columns"


def visible_to(actor: Actor) -> QuerySet[SavedView]:
    """The actor's own, and those shared with its unit; in lists of which there still is one."""
    shared = Q(organisation_id=actor.organisation_id) if actor.organisation_id is not None else Q(pk__in=[])
    rows = SavedView.objects.filter(Q(owner_id=actor.user_id) | shared, queue__in=list(QUEUES))
    return rows.select_related("owner")


def own(actor: Actor, pk: int) -> SavedView:
    """One of the actor's own, to be changed.

    Raises:
        Missing
    """
    view = SavedView.objects.filter(pk=pk, owner_id=actor.user_id).first()
    if view is None:
        raise Missing("没有这个视图，或者它是别人建立的，只有建立人可以修改。")
    return view


def address(queue: Queue, query: Mapping[str, str], *, view: int | None = None, columns: str = "") -> str:
    """Of a list, so that whoever is sent it sees the same."""
    values = {**query, **({"view": str(view)} if view else {}), **({"columns": columns} if columns else {})}
    return f"{reverse(queue.url_name)}?{urlencode(values)}" if values else reverse(queue.url_name)


def address_of(view: SavedView) -> str:
    return address(QUEUES[view.queue], view.query, view=view.pk)


def save(
    actor: Actor, *, name: str, queue: str, query: Mapping[str, str], columns: list[str], shared: bool
) -> SavedView:
    """Name a list.

    Raises:
        Invalid: too many, or what `change` refuses.
    """
    assert actor.user_id is not None
    view = SavedView(owner_id=actor.user_id, queue=queue, query=dict(query), columns=columns)
    if SavedView.objects.filter(owner_id=actor.user_id).count() >= MOST:
        raise Invalid(f"最多存 {MOST} 个视图。", fields={"name": [f"您已存了 {MOST} 个视图，请先删去不用的"]})
    change(actor, view, name=name, shared=shared)
    return view


def change(actor: Actor, view: SavedView, *, name: str, shared: bool) -> None:
    """Store a view as it now is, under its name, shared or kept to oneself; every way into the table leads here.

    Raises:
        Invalid: no name, one that is taken, or words that are somebody's number.
    """
    if hides(str(view.query.get("q", ""))):
        raise Invalid(
            "查找的内容里有电话或证件号码，不能存进视图。请去掉后再存。", fields={"name": ["请先去掉查找的号码"]}
        )
    view.name = " ".join(name.split())
    if not 1 <= len(view.name) <= 30:
        raise Invalid("请给视图起个名称。", fields={"name": ["请填写名称，最多 30 个字"]})
    if shared and actor.organisation_id is None:
        raise Invalid("您的岗位没有所属单位，不能共享。", fields={"shared": ["您的岗位没有所属单位"]})
    if not shared:
        view.organisation_id = None
    elif view.organisation_id is None:
        view.organisation_id = actor.organisation_id
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Invalid("已有同名的视图。", fields={"name": ["您已有同名的视图，请换一个名称"]}) from None


# --- what a list remembers -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remembered:
    """Of one reader and one list: the filters used last, the view it opens with, and the columns of all lists."""

    query: Mapping[str, str]
    view: int | None
    columns: object


def _key(queue: Queue) -> str:
    return f"cases.list.{queue.key or 'all'}"


def remembered(actor: Actor, queue: Queue) -> Remembered:
    """One query."""
    return _remembered(queue, preferences.get_many(actor, [_key(queue), COLUMNS]))


def _remembered(queue: Queue, found: Mapping[str, object]) -> Remembered:
    kept = found.get(_key(queue))
    kept = kept if isinstance(kept, dict) else {}
    query, view = kept.get("query"), kept.get("view")
    return Remembered(
        {str(k): str(v) for k, v in query.items()} if isinstance(query, dict) else {},
        view if isinstance(view, int) else None,
        found.get(COLUMNS),
    )


def known(actor: Actor, queue: Queue) -> tuple[Remembered, list[SavedView]]:
    """What this list remembers, and all views of its reader by name; in one query. `by` of a view: its owner's name."""
    whole = {name: F(name) for name in ("pk", "owner_id", "organisation_id", "name", "queue", "query", "columns")}
    told = JSONObject(**whole, by=F("owner__full_name"))
    views = (
        visible_to(actor).select_related(None).order_by().annotate(key=_VIEW, value=told).values_list("key", "value")
    )
    kept: dict[str, object] = {}
    found: list[SavedView] = []
    for key, value in preferences.rows(actor, [_key(queue), COLUMNS]).union(views, all=True):
        if key == "":
            by = value.pop("by")
            found.append(SavedView(**value))
            found[-1].by = by  # type: ignore[attr-defined]
        else:
            kept[key] = value
    return _remembered(queue, kept), sorted(found, key=lambda view: (view.name, view.pk))


_VIEW = Value("", output_field=CharField())  # stands where a preference has its key


def openings(actor: Actor) -> dict[str, int]:
    """The view each list opens with, of those that open with one. One query."""
    keys = {_key(queue): queue.key for queue in QUEUES.values()}
    found = preferences.get_many(actor, list(keys))
    views = {keys[key]: kept.get("view") for key, kept in found.items() if isinstance(kept, dict)}
    return {queue: view for queue, view in views.items() if isinstance(view, int)}


def remember_query(actor: Actor, queue: Queue, query: Mapping[str, str]) -> None:
    """The filters; the words looked for are not kept, they may be somebody's number."""
    kept = {name: value for name, value in query.items() if name != "q"}
    preferences.put(actor, _key(queue), {"query": kept, "view": remembered(actor, queue).view})


def remember_view(actor: Actor, queue: Queue, view: int | None) -> None:
    """The view with which a list opens; None: as it was left."""
    preferences.put(actor, _key(queue), {"query": dict(remembered(actor, queue).query), "view": view})
