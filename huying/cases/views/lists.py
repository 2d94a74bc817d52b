"""Work lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from huying.cases import saved_views
from huying.cases.filters import FilterForm
from huying.cases.flow import CASES
from huying.cases.listing import (
    BY_KEY,
    COLUMNS,
    Column,
    columns_of,
    lines_of,
    terms_of,
    with_particulars,
)
from huying.cases.models import SavedView
from huying.cases.queries import listed
from huying.cases.queues import (
    QUEUES,
    Queue,
    cases_for,
    counts,
    in_queue,
    tabs_of,
)
from huying.cases.searching import Found, find, hides, looks_like_number, sees_plain_words
from huying.kernel.paging import CappedCount, capped_count, keyset
from huying.kernel.registry import list_acts
from huying.matters.live import channels_of
from huying.people import preferences
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest
from huying.places.enums import Level
from huying.places.tree import place_tree

PAGE = 50
COUNTED_TO, NARROWED_TO = 10_000, 1_000  # how far hits are counted, of one filter and of more or of words
EXPORT = "export"
MEANT = 4  # places offered for one name
BULK_STEPS = ("dispatch", "remind")


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: str
    current: bool


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done with chosen rows."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class ViewLink:
    view: SavedView
    url: str
    current: bool
    own: bool


@desk("cases.view")
@require_http_methods(["GET", "POST"])
def cases_list(request: UserRequest, queue: str = "") -> HttpResponse:
    """One work list of this role, narrowed by filters and words.

    An address says all of a list and can be shared. The form posts: its filters are remembered and become an address;
    an address without any leads to what was remembered.
    """
    actor, here = request.actor, QUEUES[queue]
    if request.method == "POST":
        return _filtered(request, here)
    memory, views = saved_views.known(actor, here)
    if not request.GET and (address := _opens_with(here, memory, views)):
        return redirect(address)
    return _page(request, here, FilterForm(request.GET, here, actor), memory, views)


def _filtered(request: UserRequest, here: Queue) -> HttpResponse:
    """Take the filters of the form, remember them and go to their address."""
    actor, typed = request.actor, request.POST.copy()
    if "clear" in typed:
        for name in FilterForm.base_fields:
            typed.pop(name, None)
    typed.pop(typed.get("drop", ""), None)
    form = FilterForm(typed, here, actor)
    if form.errors:
        return _page(request, here, form, *saved_views.known(actor, here), status=422)
    saved_views.remember_query(actor, here, form.query)
    view = _number(typed.get("view", ""))
    if view and not form.query:
        view = None
    # An address that says nothing leads to what is remembered, and to the view a list opens with: say the order.
    return redirect(saved_views.address(here, form.query or {"order": form.usual_order}, view=view))


def _opens_with(here: Queue, memory: saved_views.Remembered, views: Sequence[SavedView]) -> str:
    """The address behind an address without any filter; "" when nothing is remembered."""
    for view in views:
        if view.pk == memory.view and view.queue == here.key:
            return saved_views.address_of(view)
    return saved_views.address(here, memory.query) if memory.query else ""


def _page(
    request: UserRequest,
    here: Queue,
    form: FilterForm,
    memory: saved_views.Remembered,
    views: Sequence[SavedView],
    *,
    status: int = 200,
) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    words = form.chosen.get("q", "")
    number = looks_like_number(words)
    if number and status == 200 and cases_for(actor).filter(number=number).exists():
        return redirect("cases:detail", number=number)
    view = next((v for v in views if str(v.pk) == request.GET.get("view") and v.queue == here.key), None)
    columns = _columns(request, view, memory)
    rows = in_queue(here, actor, now).filter(form.condition)
    found = find(rows, actor, words) if words else Found(rows)
    rows = found.rows
    drawn = [*columns, *(BY_KEY[key] for key in here.columns if BY_KEY[key] not in columns)]
    page = keyset(with_particulars(listed(rows), drawn), form.ordering, request.GET.get("cursor"), PAGE)
    tabs = tabs_of(actor)
    if here not in tabs:
        tabs = [here, *tabs]
    numbers = counts({tab.key: tab for tab in tabs}, actor, now)
    total: CappedCount | None = None
    if page.next is None and page.previous is None:
        total = CappedCount(len(page.rows), False)
    elif found.many and form.narrowing == ["q"] and not here.key and actor.scope == "all":
        total = CappedCount(NARROWED_TO, True)  # known of the whole list of somebody who sees the whole district
    elif found.costly:
        total = CappedCount(PAGE, True)
    elif form.narrowing:
        # Of several filters one has an index, the others look at what it finds.
        total = capped_count(rows, COUNTED_TO if len(form.narrowing) == 1 and not words else NARROWED_TO)
    terms = [] if number else terms_of(words)
    acts = acts_of(actor)
    lines = lines_of(page.rows, actor, now, drawn, [act.key for act in acts], terms)
    may_export = actor.may("cases.export")
    context = {
        "queue": here,
        "form": form,
        "tabs": [Tab(t.label, reverse(t.url_name), short(numbers[t.key]), t is here) for t in tabs],
        "chosen": [(name, str(form.fields[name].label), form.words_of(name)) for name in form.narrowing],
        "lines": lines,
        "rows": [line.row for line in lines],
        "terms": terms,
        "page": page,
        "summary": f"{total} 件" if total is not None else f"{numbers[here.key]} 件",
        "channels": " ".join(channels_of(actor)),
        "alike": found.alike,
        "places_meant": _places_meant(here, form),
        "unsearchable": bool(words) and not sees_plain_words(actor) and hides(words) and not page.rows,
        "may_receive": actor.may("cases.receive"),
        "may_import": actor.may("cases.import"),
        "may_export": may_export,
        "acts": acts,
        "columns": drawn,
        "choices": [(column, column in columns) for column in COLUMNS],
        "view": view,
        "own_view": view is not None and view.owner_id == actor.user_id,
        "view_changed": view is not None
        and (dict(view.query) != form.query or view.columns != [c.key for c in columns]),
        "views": [ViewLink(v, saved_views.address_of(v), v is view, v.owner_id == actor.user_id) for v in views],
        "may_share": actor.organisation_id is not None,
        "kept_query": urlencode(form.query),
        "kept_columns": ",".join(column.key for column in columns),
        "here": request.get_full_path() if status == 200 else request.path,
    }
    return render(request, "cases/desk_list.html", context, status=status)


def _places_meant(here: Queue, form: FilterForm) -> list[tuple[str, str]]:
    """Label and address of the list of each place whose name is among the words: texts seldom say where they are of."""
    if "place" in form.chosen:
        return []
    words, tree = form.chosen.get("q", "").split(), place_tree()
    found: list[tuple[str, str]] = []
    for place in tree.by_code.values() if words else ():
        if place.level in (Level.STREET, Level.COMMUNITY) and place.name in words:
            rest = " ".join(word for word in words if word != place.name)
            query = {**form.query, "q": rest, "place": place.code}
            street = tree.name_of(place.street_id) if place.level == Level.COMMUNITY else ""
            found.append(
                (f"{street} {place.name}".strip(), saved_views.address(here, {k: v for k, v in query.items() if v}))
            )
    return found[:MEANT]


def _columns(request: UserRequest, view: SavedView | None, memory: saved_views.Remembered) -> list[Column]:
    """Of the address, of the view, of the reader, the usual ones: the first that says any."""
    if said := request.GET.get("columns"):
        return columns_of(said.split(","))
    return columns_of(view.columns if view else memory.columns)


def acts_of(actor: Actor) -> list[Act]:
    """What this post may do with many rows at once."""
    steps = [CASES.step[key] for key in BULK_STEPS]
    found = [Act(step.key, f"批量{step.label}") for step in steps if actor.may(step.permission)]
    found += [Act(act.key, act.label) for act in list_acts if actor.may(act.permission)]
    return [*found, Act(EXPORT, "导出所选")] if actor.may("cases.export") else found


@desk("cases.view")
@require_POST
def choose_columns(request: UserRequest) -> HttpResponse:
    """Of all lists of this reader; in a view only of what is looked at, until the view is saved anew."""
    back = back_address(request)
    chosen = [column.key for column in columns_of(request.POST.getlist("column"))]
    if "usual" in request.POST:
        chosen = []
    path, _, query = back.partition("?")
    if "view=" in query:
        return redirect(_with_columns(path, query, ",".join(chosen)))
    preferences.put(request.actor, saved_views.COLUMNS, chosen or None)
    messages.success(request, "各列表都按所选的列显示。" if chosen else "已恢复常用的列。")
    return redirect(_with_columns(path, query, ""))


def _with_columns(path: str, query: str, columns: str) -> str:
    values = QueryDict(query, mutable=True)
    values.pop("columns", None)
    values.pop("cursor", None)
    if columns:
        values["columns"] = columns
    encoded = values.urlencode()
    return f"{path}?{encoded}" if encoded else path


def back_address(request: UserRequest, default: str = "") -> str:
    """Where the reader came from, if it is a list of ours."""
    back = request.POST.get("back", "")
    lists = reverse("cases:list")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith(lists)
    return back if safe else default or lists


def short(count: CappedCount) -> str:
    """999+ where nobody needs to know it exactly."""
    return f"{count.n}+" if count.more else str(count.n)


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
