"""Taking a case one step further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.cases import inputs, machine_drafts, options, reply_check
from huying.cases.flow import CASES
from huying.cases.forms import REPLIES, beginning, carried, narrowed, step_form
from huying.cases.knowing import cited
from huying.cases.objections import DISPUTED, against_objecting, given_at_of, said_of
from huying.cases.public_findings import findings
from huying.cases.queries import door
from huying.cases.ruled import ruled
from huying.cases.suggesting import Advising
from huying.cases.views.detail import summary, told
from huying.kernel.errors import Missing
from huying.matters.blanks import blanks_in, in_words
from huying.matters.enums import ReplyUse
from huying.matters.flow import Step
from huying.matters.forms import Chosen, InputForm
from huying.matters.models import Matter
from huying.matters.step_pages import StepPages
from huying.matters.timeline import Story
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.forms import PurposeForm
from huying.people.requests import UserRequest
from huying.ui.components import TimelineEntry

ASKING = ("ask_extension", "ask_complex", "ask_deferral", "propose_unreasonable")
DECIDING = (
    *("endorse_request", "refuse_request", "withdraw_request"),
    *("grant_extension", "grant_complex", "defer", "approve_unreasonable"),
)
REPLY_BOX = "public_reply"
ADVISED = {"triage": "category", "dispatch": "lead"}  # step -> field for which choices are suggested
AFTER_A_PROPOSAL = ("propose", "withdraw_proposal", "approve")


def taken(step: Step, request: UserRequest) -> dict[str, object]:
    """What was suggested and taken without script."""
    field = ADVISED.get(step.key, "")
    chosen = request.GET.get(field) if field else None
    return {field: chosen} if chosen else {}


class CasePages(StepPages):
    flow = CASES
    this = "这件诉求"
    list_label = "诉求件"
    list_url = "cases:list"
    detail_url = "cases:detail"
    step_url = "cases:step"
    template = "cases/desk_step.html"
    judging: ClassVar[Mapping[str, tuple[tuple[str, ...], str]]] = {
        "approve": (("propose",), "请审阅办理结果"),
        "send_back": (("propose",), "请审阅办理结果"),
        "spot_check": (("answer",), "请核对答复"),
        "endorse_objection": (("object",), "请审核申诉"),
        "decline_objection": (("object",), "请审核申诉"),
        "rule": (("object",), "请裁定这件申诉"),
        "dispatch": (("object", "hand_back"), "上一家单位说不归自己管"),
        "approve_rejection": (("propose_rejection",), "请审核不予受理"),
        "decline_rejection": (("propose_rejection",), "请审核不予受理"),
        **dict.fromkeys(DECIDING, (ASKING, "请审阅申请")),
        "publish_reply": (("propose",), "请审核公开答复"),
        "return_reply": (("propose",), "请审核公开答复"),
        "judge": (("propose",), "请评价这次办理"),
        "propose": (("send_back", "return_reply"), "退回的原因"),
    }

    def door(self, actor: Actor, number: str) -> Matter:
        return door(actor, number)

    def told(self, matter: Matter, actor: Actor) -> Story:
        return told(matter, actor)

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        beside: dict[str, object] = {"reveal_form": PurposeForm(auto_id="reveal-%s"), "person": None}
        beside["ruled"] = lambda: ruled(matter, story.words.get("text", ""))
        beside["advising"] = Advising(matter, story.words.get("text", ""), actor)
        if DISPUTED in matter.aspects:
            beside["denials"] = said_of(matter)
        return summary(matter, actor, story, now, ended_clocks=False) | beside

    def form(self, step: Step, matter: Matter) -> type[InputForm]:
        return step_form(step.key, matter)

    def beginning(self, step: Step, matter: Matter, request: UserRequest) -> dict[str, object]:
        known = beginning(step.key, matter, matter.case, request.actor, request.user)
        known |= taken(step, request)
        number = request.GET.get("article", "")[:20] if step.key == "answer" else ""
        from_article = cited(number) if number else {}
        if known.get("category"):
            from_article.pop("category", None)
        return known | from_article

    def choices(self, step: Step, matter: Matter) -> dict[str, Chosen]:
        return narrowed(step.key, matter)

    def carried(self, step: Step, matter: Matter) -> Sequence[UUID]:
        return carried(step.key, matter)

    def replies(self, step: Step) -> Mapping[str, ReplyUse]:
        return REPLIES.get(step.key, {})

    def judged(self, step: Step, story: Story) -> TimelineEntry | None:
        returns = ("send_back", "return_reply")
        newest = next((line.step for line in story.lines if line.step in (*AFTER_A_PROPOSAL, *returns)), "")
        if step.key == "propose" and newest not in returns:
            return None  # that reason was about an earlier one
        return super().judged(step, story)

    def beside(self, step: Step, form: InputForm, story: Story) -> dict[str, object]:
        rejections = options.reasons_to_reject().values() if step.key == "propose_rejection" else ()
        resumed = step.key == "propose" and not form.is_bound and form.initial.get("public_reply")
        if step.key in ("publish_reply", "return_reply"):
            reply = story.last_said("propose").get("public_reply", "")
            return {"blanks": "", "resumed": False, "reply_findings": findings(reply)}
        if step.key in ADVISED:
            return {"blanks": "", "resumed": False, "usual_words": (), "advised": ADVISED[step.key]}
        return {
            "blanks": in_words(found) if (found := _left_blank(step, story)) else "",
            "resumed": resumed,
            "usual_words": [(one.label, one.guidance, one.at_once) for one in rejections if one.active],
        }

    def advice(
        self, request: UserRequest, matter: Matter, step: Step, form: InputForm, story: Story
    ) -> dict[str, object]:
        """The reply check: of what was proposed for whoever answers it, of what is typed for whoever writes it."""
        typed = str(form[REPLY_BOX].value() or "") if REPLY_BOX in form.fields else ""
        if step.key == "propose":
            asked = form.is_bound and not machine_drafts.pressed(request)
            shown = _of_writer(request, matter, story, typed) if asked else None
            return {"reply_check": shown, "may_check_reply": True, **machine_drafts.shown(request, matter, typed)}
        if step.key not in reply_check.READ_BY:
            return {"reply_check": None, "may_check_reply": False}
        reply = typed or story.last_said("propose").get(REPLY_BOX, "")
        files = reply_check.proposed_files(story)
        shown = reply_check.checked(matter, request.actor, story, reply, files=files) if reply else None
        return {"reply_check": shown, "may_check_reply": False}

    def retyped(self, request: UserRequest, matter: Matter, step: Step) -> QueryDict | None:
        if step.key != "propose":
            return None
        if reply_check.ASK in request.POST:
            return request.POST
        return machine_drafts.retyped(request, matter)

    def stops(self, request: UserRequest, matter: Matter, step: Step, form: InputForm) -> bool:
        """Once for each text, where something wants a look."""
        if step.key != "propose" or _seen(request, matter, form) is not None:
            return False
        reply = getattr(form.input, REPLY_BOX)
        if machine_drafts.use_of(request, matter, reply) == "accepted":
            return True
        return _of_writer(request, matter, self.told(matter, request.actor), reply).wants_a_look

    def told_facts(self, request: UserRequest, matter: Matter, step: Step, form: InputForm) -> Mapping[str, object]:
        if step.key != "propose" and step.key not in reply_check.READ_BY:
            return {}
        kinds = _seen(request, matter, form)
        told = {} if kinds is None else dict(reply_check.facts(kinds))
        if step.key == "propose" and (use := machine_drafts.use_of(request, matter, getattr(form.input, REPLY_BOX))):
            told["machine_draft"] = use
        return told

    def why_not(self, matter: Matter, step: Step, actor: Actor) -> str:
        usual = super().why_not(matter, step, actor)
        if step.key == "object" and usual == step.unfit:
            return against_objecting(matter, given_at_of(matter), timezone.now()) or usual
        return usual

    def holds_messages(self, step: Step) -> bool:
        return super().holds_messages(step) and step.input is inputs.Recall


def _left_blank(step: Step, story: Story) -> Sequence[str]:
    """What the chief is warned of: nothing is proposed with blanks any more, but what was proposed before may have."""
    if step.key not in ("approve", "send_back"):
        return ()
    return blanks_in(story.last_said("propose").get("public_reply", ""))


def _of_writer(request: UserRequest, matter: Matter, story: Story, reply: str) -> reply_check.Shown:
    kept: list[object] = [*request.POST.getlist("attachments"), *request.FILES.getlist("attachments")]
    asked = reply_check.ASK in request.POST
    return reply_check.checked(matter, request.actor, story, reply, files=len(kept), stops=not asked)


def _seen(request: UserRequest, matter: Matter, form: InputForm) -> list[str] | None:
    """What the page had shown: to its writer of this very text, to its reader of whatever stands."""
    typed = getattr(form.input, REPLY_BOX, None) if form.kind is inputs.Propose else None
    return reply_check.shown_before(request.POST.get(reply_check.SEEN, ""), matter, typed)


PAGES = CasePages()


@desk("cases.view")
@require_http_methods(["GET", "POST"])
def step(request: UserRequest, number: str, key: str) -> HttpResponse:
    return PAGES.take(request, number, key)


@desk("cases.propose")
@require_GET
def machine_draft(request: UserRequest, number: str) -> HttpResponse:
    """The panel of the newest draft that this person has asked for, told anew."""
    matter = door(request.actor, number)
    panel = machine_drafts.shown(request, matter, "")
    if panel["machine_draft"] is None:
        raise Missing("没有机器起草的内容。")
    return render(request, "knowledge/drafting/panel.html", panel)
