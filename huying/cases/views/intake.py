"""A voice becomes a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.cases import inputs
from huying.cases.batches import Offered, offered
from huying.cases.flow import CASES, JOINABLE
from huying.cases.intake import KEYS, KNOWLEDGE_KEY, SIMILAR_KEY, TAKE_KEY, ReceiveForm
from huying.cases.joined import followers
from huying.cases.knowing import beside
from huying.cases.queries import Row, door, other_cases_of, rows_of
from huying.cases.repeats import may_be_done_over
from huying.cases.resent import Made, made, make, token_of
from huying.cases.searching import looks_like_phone
from huying.cases.similar import Likeness, similar
from huying.cases.steps.joining import main_of
from huying.cases.steps.repeats import times
from huying.cases.suggesting import Advice, advise
from huying.kernel.errors import Invalid, Refusal
from huying.kernel.files import accept
from huying.kernel.geometry import from_wkb, to_geojson
from huying.kernel.privacy import mask_name, mask_phone, mask_text
from huying.knowledge.history import Asked
from huying.knowledge.recommender.advising import active_model
from huying.matters.attachments import uploader
from huying.matters.engine import Opening, move_one, open_many
from huying.matters.forms import Uploads
from huying.matters.models import Words
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.drafts import Drafts
from huying.people.models import Contact
from huying.people.requests import UserRequest
from huying.places.address import find
from huying.places.enums import Level
from huying.places.locate import locate
from huying.places.models import Boundary
from huying.places.tree import place_tree
from huying.ui.components import Crumb
from huying.ui.text import file_size

ONTO = {"adds": "repeat", "reworks": "rework"}  # button -> step of the case that it names
CODE = "follow-code"  # session key: number and code of the case just registered, told on the next page once
CHANNELS = {"grid_worker": "grid", "community_clerk": "visit", "street_clerk": "visit"}
DRAFT = "intake"
FIRST_WORDS = 16  # characters of an appeal by which a draft is known again
LEAST_TYPED = 4  # characters of a text from which it is compared
MOST_AREAS = 300


@dataclass(frozen=True, slots=True)
class Caller:
    """Who has called by this number before."""

    known: bool
    names: str = ""  # masked
    cases: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """Where an address or a point lies; several names when that is not certain. `code`: of what the map should show."""

    name: str = ""
    by_point: bool = False
    candidates: Sequence[str] = ()
    outside: bool = False
    problem: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Like:
    """A case that may be the same, as a line beside the form."""

    row: Row
    reasons: Sequence[str]
    joined: int
    joinable: bool
    earlier: str = ""  # by the same person: the number of the one that is repeated
    again: int = 0  # … and which time it would be, where that is known
    reworkable: bool = False  # … and closed so lately that it may be done over


@desk("cases.receive")
@require_http_methods(["GET", "POST"])
def new_case(request: UserRequest) -> HttpResponse:
    """The form of a case. The button `look` tells who calls, where it is and what is like it, and saves nothing:
    without script the page would not know. A button `joins` registers and ties it to another case at once,
    `repeats` to what the same person had raised; `adds` and `reworks` make no case of it (`ONTO`). `answers` goes on to
    the answer with an article of the knowledge base in it."""
    actor, mine = request.actor, uploader(request.actor)
    drafts = Drafts.of(request, DRAFT, _known_by)
    if request.method == "GET":
        if drafts.opened is None:
            form = ReceiveForm(initial={"channel": CHANNELS.get(actor.role.key, "phone")}, uploader=mine)
        else:
            form = ReceiveForm(drafts.opened, uploader=mine)
            form.leave_unchecked()
        return _page(request, form, drafts, looked=drafts.opened is not None)
    typed: QueryDict = request.POST
    if "take" in request.POST:  # without script: the category that was suggested
        typed = QueryDict(mutable=True)
        typed.update(request.POST)
        typed["category"] = request.POST["take"][:20]
    form = ReceiveForm(typed, request.FILES, uploader=mine)
    onto = next((name for name in ONTO if name in request.POST), "")
    if "look" in request.POST or "take" in request.POST:
        form.leave_unchecked()
        return _page(request, form, drafts, looked=True)
    if not form.is_valid():
        before = made(request)
        return _page(request, form, drafts) if before is None else _received(request, before, drafts)
    try:
        case = make(request, lambda: _put_onto(request, form, onto) if onto else _register(request, form))
    except Refusal as refusal:
        form.refuse(refusal)
        form.keep_files()
        return _page(request, form, drafts)
    return _received(request, case, drafts)


def _lost_files(form: ReceiveForm, drafts: Drafts) -> int:
    """Files that a draft names and that are no longer there: what nobody hands in is kept for a day."""
    if drafts.opened is None:
        return 0
    widget = form.fields["attachments"].widget
    kept = {str(file.pk) for file in widget.kept} if isinstance(widget, Uploads) else set()
    return len(set(drafts.opened.getlist("attachments.kept")) - kept) if form.data is drafts.opened else 0


def _known_by(typed: Mapping[str, object]) -> str:
    """Who called, masked, and how the appeal begins."""
    who = mask_name(_text(typed, "reporter.name")) or mask_phone(_text(typed, "reporter.phone"))
    text = mask_text(" ".join(_text(typed, "text").split()))
    return "，".join(filter(None, (who, text if len(text) <= FIRST_WORDS else f"{text[:FIRST_WORDS]}…")))


@desk("cases.receive")
@require_POST
def new_file(request: UserRequest) -> JsonResponse:
    """One file, sent while the form is still typed; the form then names it, and so does its draft."""
    sent = request.FILES.get("file")
    try:
        if not isinstance(sent, UploadedFile):
            raise Invalid("没有收到文件，请再选一次。")
        stored = accept(sent, uploader=uploader(request.actor))
    except Refusal as refusal:
        return JsonResponse({"message": refusal.message}, status=refusal.status)
    return JsonResponse({"id": str(stored.pk), "name": f"{stored.name}（{file_size(stored.size)}）"})


def _register(request: UserRequest, form: ReceiveForm) -> Made:
    said = {name: request.POST.get(name, "")[:40] for name in ("joins", "repeats")}
    data = form.input.model_copy(update=said)
    result = open_many(CASES, "receive", [Opening(request.actor, data)])[0]
    matter = result.unwrap()
    assert result.change is not None
    main = main_of(result.change)
    return Made(matter.pk, matter.number, str(result.change.answer["code"]), main.number if main else "")


def _put_onto(request: UserRequest, form: ReceiveForm, button: str) -> Made:
    """No case of its own: what was said goes to the one that the same person had raised before."""
    data = form.input
    assert isinstance(data, inputs.Receive)
    matter = door(request.actor, request.POST.get(button, "")[:40])
    said: dict[str, object] = {"attachments": data.attachments, "reason" if button == "reworks" else "text": data.text}
    moved = move_one(CASES, ONTO[button], matter.pk, by=request.actor, data=said)
    return Made(moved.pk, moved.number, "")


def _received(request: UserRequest, case: Made, drafts: Drafts) -> HttpResponse:
    drafts.discard()
    if not case.code:
        messages.success(request, f"没有另立新件，说的内容已记到 {case.number}。")
        return redirect("cases:detail", number=case.number)
    article = request.POST.get("answers", "")[:20]
    if article and not case.main and request.actor.may("cases.answer"):
        messages.success(
            request, f"{case.number} 已登记，查询码 {case.code}，请告诉诉求人。核对答复后提交，这件就结案。"
        )
        query = urlencode({"article": article})
        return redirect(f"{reverse('cases:step', args=[case.number, 'answer'])}?{query}")
    request.session[CODE] = [case.number, case.code, case.main]
    return redirect("cases:received", number=case.number)


def _page(request: UserRequest, form: ReceiveForm, drafts: Drafts, *, looked: bool = False) -> HttpResponse:
    actor, typed = request.actor, form.typed() if form.is_bound else {}
    context = {
        "form": form,
        "drafts": drafts,
        "lost_files": _lost_files(form, drafts),
        "once": token_of(request),
        "caller": caller_of(actor, typed) if looked else None,
        "found": place_of(typed),
        "likes": likes_of(actor, typed) if looked else None,
        "batches": batches_of(actor, typed) if looked else (),
        "near": beside(typed) if looked else None,
        "may_answer": actor.may("cases.answer"),
        "inserts": False,
        "near_key": KNOWLEDGE_KEY,
        "advises": active_model() is not None,
        "advice": advice_of(typed) if looked else None,
        "take_key": TAKE_KEY,
        "may_rework": actor.may("cases.rework"),
        "may_add": actor.may("cases.repeat"),
        "matter": None,
        "merges": False,
        "knows_callers": actor.may("cases.view_contact"),
        "may_join": actor.may("cases.join"),
        "keys": [
            *KEYS.values(),
            (TAKE_KEY, "推荐的第一个分类，直接采用"),
            (SIMILAR_KEY, "相近的件"),
            (KNOWLEDGE_KEY, "知识"),
        ],
        "similar_key": SIMILAR_KEY,
        "areas_url": reverse("cases:areas"),
        "closer_url": f"{reverse('cases:areas')}?level={Level.COMMUNITY.value}",
        "crumbs": [Crumb("诉求件", reverse("cases:list")), Crumb("登记诉求")],
    }
    status = form.status if form.is_bound and form.errors else 200
    return render(request, "cases/desk_intake.html", context, status=status)


@desk("cases.receive")
@require_GET
def received(request: UserRequest, number: str) -> HttpResponse:
    """The number and, once, the code to tell the caller. Who registers for others may not see the case afterwards."""
    told, code, main = request.session.pop(CODE, ["", "", ""])
    if told != number:
        door(request.actor, number)
        code = main = ""
    context = {
        "number": number,
        "code": code,
        "main": main,
        "crumbs": [Crumb("诉求件", reverse("cases:list")), Crumb("登记诉求", reverse("cases:new")), Crumb("已受理")],
    }
    return render(request, "cases/desk_received.html", context)


# --- beside the form -------------------------------------------------------------------------------------------------
# Each is a POST, so that no phone number and no word of an appeal stands in an address or a log.


@desk("cases.receive")
@require_POST
def caller(request: UserRequest) -> HttpResponse:
    """Who calls."""
    return render(request, "cases/desk_caller.html", {"caller": caller_of(request.actor, request.POST)})


@desk("cases.receive")
@require_POST
def place(request: UserRequest) -> HttpResponse:
    """Where an address or a point lies."""
    return render(request, "cases/desk_found_place.html", {"found": place_of(request.POST)})


@desk("cases.receive")
@require_POST
def alike(request: UserRequest) -> HttpResponse:
    """What is like it and under way."""
    context = {
        "likes": likes_of(request.actor, request.POST),
        "batches": batches_of(request.actor, request.POST),
        "may_rework": request.actor.may("cases.rework"),
        "may_add": request.actor.may("cases.repeat"),
        "may_join": request.actor.may("cases.join"),
        "similar_key": SIMILAR_KEY,
        "matter": None,
        "merges": False,
    }
    return render(request, "cases/desk_alike.html", context)


@desk("cases.receive")
@require_POST
def suggested(request: UserRequest) -> HttpResponse:
    """Which category it is, and who may have to handle it."""
    context = {"advice": advice_of(request.POST), "take_key": TAKE_KEY}
    return render(request, "cases/desk_suggested.html", context)


@desk("cases.join")
@require_GET
def alike_to(request: UserRequest, number: str) -> HttpResponse:
    """The same beside a case that was registered without looking: what it could be joined to."""
    actor = request.actor
    matter = door(actor, number)
    said = Words.objects.filter(matter=matter, seq=1, field="text").values_list("text", flat=True).first()
    wanted = Likeness.to(matter, said or "")
    may_merge = matter.state not in CASES.step["join"].sources
    context = {
        "likes": _likes(wanted, actor),
        "may_join": True,
        "similar_key": "",
        "matter": matter,
        "merges": may_merge,
    }
    return render(request, "cases/desk_alike.html", context)


@desk("cases.receive")
@require_GET
def areas(request: UserRequest) -> JsonResponse:
    """Outlines for the map of the form: the grids of a community or street, by its code; with `level` all
    communities; else the streets."""
    family = place_tree().family(request.GET.get("place", ""))
    rows = Boundary.objects.at(timezone.localdate()).select_related("place").order_by("place__code")
    if family is not None and family.level == Level.COMMUNITY:
        rows = rows.filter(place__level=Level.GRID, place__community=family.id)
    elif family is not None and family.level == Level.STREET:
        rows = rows.filter(place__level=Level.COMMUNITY, place__street=family.id)
    else:
        closer = request.GET.get("level") == Level.COMMUNITY
        rows = rows.filter(place__level=Level.COMMUNITY if closer else Level.STREET)
    features = [
        {
            "type": "Feature",
            "properties": {"name": str(boundary.place)},
            "geometry": to_geojson(from_wkb(bytes(boundary.geometry)), 5),
        }
        for boundary in rows[:MOST_AREAS]
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _text(typed: Mapping[str, object], name: str) -> str:
    return str(typed.get(name, "")).strip()


def caller_of(actor: Actor, typed: Mapping[str, object]) -> Caller | None:
    """None when nothing like a number was typed, or the role sees no contacts."""
    contacts = _contacts(actor, typed)
    if contacts is None:
        return None
    # Whoever was never heard of and whoever may not be seen here sound the same.
    matters = other_cases_of([contact.pk for contact in contacts], actor) if contacts else []
    shown = {matter.raised_by_id for matter in matters}
    names = "、".join(dict.fromkeys(contact.name for contact in contacts if contact.pk in shown))
    return Caller(bool(matters), names, rows_of(matters, actor, timezone.now()))


def _contacts(actor: Actor, typed: Mapping[str, object]) -> list[Contact] | None:
    phone = _text(typed, "reporter.phone")
    if not actor.may("cases.view_contact") or not looks_like_phone(phone):
        return None
    return list(Contact.objects.with_phone(phone)[:20])


def _point(typed: Mapping[str, object]) -> tuple[float, float] | None:
    try:
        return float(_text(typed, "lon")), float(_text(typed, "lat"))
    except ValueError:
        return None


def place_of(typed: Mapping[str, object]) -> FoundPlace | None:
    """By the point, where one was set, else by the words of the address. No query."""
    tree, point, address = place_tree(), _point(typed), _text(typed, "address")[:200]

    def name(place_id: int | None) -> str:
        family = tree.by_id.get(place_id) if place_id is not None else None
        if family is None:
            return ""
        names = (tree.name_of(family.street_id), tree.name_of(family.community_id), tree.name_of(family.grid_id))
        return " ".join(filter(None, names))

    if point is not None:
        try:
            where = locate(*point)
        except Refusal as refusal:
            return FoundPlace(problem=refusal.message)
        if where is None:
            return FoundPlace(outside=True, by_point=True)
        return FoundPlace(name(where.grid_id), by_point=True, code=tree.code_of(where.community_id))
    if not address:
        return None
    match = find(address)
    if found := name(match.place_id):
        return FoundPlace(found, code=tree.code_of(match.community_id or match.street_id))
    return FoundPlace(
        "", candidates=[n for c in match.candidates if (n := name(c.place_id))][:4], outside=match.outside
    )


def likes_of(actor: Actor, typed: Mapping[str, object]) -> list[Like] | None:
    """What may be about the same thing as what is typed. None while too little is known."""
    text = _text(typed, "text")
    people = _contacts(actor, typed) or []
    if len(text) < LEAST_TYPED and not people:
        return None
    return _likes(_likeness(typed, [contact.pk for contact in people]), actor)


def advice_of(typed: Mapping[str, object]) -> Advice | None:
    text = _text(typed, "text")[:4000]
    if len(text) < LEAST_TYPED:
        return None
    where = _likeness(typed)
    return advise(
        Asked(
            text=f"{_text(typed, 'title')[:200]}\n{text}",
            kind=_text(typed, "kind"),
            category=_text(typed, "category"),
            channel=_text(typed, "channel"),
            street=where.street_id,
            community=where.community_id,
        )
    )


def _likeness(typed: Mapping[str, object], people: Sequence[int] = ()) -> Likeness:
    point = _point(typed)
    return Likeness.of(
        f"{_text(typed, 'title')}\n{_text(typed, 'text')[:2000]}",
        address=_text(typed, "address"),
        lon=point[0] if point else None,
        lat=point[1] if point else None,
        people=people,
    )


def batches_of(actor: Actor, typed: Mapping[str, object]) -> Sequence[Offered]:
    """Events under way that what is typed may belong to."""
    if not actor.may("cases.join") or not (_text(typed, "text") or _text(typed, "category")):
        return ()
    wanted = _likeness(typed)
    places = [key for key in (wanted.street_id, wanted.community_id, wanted.grid_id) if key]
    return offered(
        actor,
        wanted.text,
        place_ids=places,
        placed=wanted.is_placed,
        category=_text(typed, "category"),
        at=timezone.now(),
    )


def _likes(wanted: Likeness, actor: Actor) -> list[Like]:
    found = similar(wanted, actor)
    rows = rows_of([one.matter for one in found], actor, timezone.now())
    joined = followers([one.matter.pk for one in found])
    now = timezone.now()
    return [
        Like(
            row,
            one.reasons,
            joined.get(one.matter.pk, 0),
            one.matter.state in JOINABLE,
            earlier=(one.through or one.matter.number) if one.same_person else "",
            again=times(one.matter) + 1 if one.same_person and not one.through else 0,
            reworkable=one.same_person and may_be_done_over(one.matter, now) and not one.matter.case.imported,
        )
        for row, one in zip(rows, found, strict=True)
    ]
