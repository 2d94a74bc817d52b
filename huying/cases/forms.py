"""Forms of steps at the desk, and what they begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils import timezone

from huying.cases import inputs, options, parts
from huying.cases.business import rules_in_use, sees
from huying.cases.enums import AnswerClass
from huying.cases.flow import CASES
from huying.cases.models import Batch, Case, Motion, MotionAnswer, Resolution
from huying.cases.motions import is_motion, usual_copies
from huying.cases.passing import below, grids_for
from huying.cases.rejections import reason_of, usual_target
from huying.cases.repeats import earlier_answer
from huying.cases.reviewers import others_for
from huying.cases.steps.motions import LETTER
from huying.cases.steps.parts import judged_states
from huying.cases.steps.public import RETURNED
from huying.cases.steps.repeats import REPEAT
from huying.cases.steps.requests import open_request
from huying.kernel.inputs import Input
from huying.kernel.privacy import mask_text
from huying.matters.enums import ReplyUse
from huying.matters.forms import GROUPED, UNCHOSEN, Chosen, InputForm, form_of
from huying.matters.messages import HANDLERS
from huying.matters.models import Attachment, Matter, Words
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.models import Post, User
from huying.places.tree import place_tree
from huying.ui.forms import LongSelectMany, by_typing

# --- forms of steps --------------------------------------------------------------------------------------------------

# What is asked first; all else of these steps stands behind “更多”.
FIRST: Mapping[str, tuple[str, ...]] = {
    "triage": ("kind", "category", "urgency", "place", "no_place", "note"),
    "contact": ("reached", "at", "means", "whom", "outcome", "attachments"),
    "hand_back": ("reason", "explanation", "suggested"),
    "object": ("cause", "explanation", "basis", "suggested", "attachments"),
    "propose_rejection": ("reason", "explanation", "guidance"),
    "hand_over": ("target", "means", "handed_at", "receipt"),
}


class StepForm(InputForm):
    """A form of the desk: what has many choices is chosen by typing, with its whole path."""

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        for plan in self.plans:
            if plan.kind == "select" and len(plan.choices) >= GROUPED:
                by_typing(self.fields[plan.name], whole=True)


class UnitForm(InputForm):
    """A form in which one of two hundred units is chosen: by typing, departments first."""

    unit: ClassVar[str]

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        field = self.fields[self.unit]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", UNCHOSEN if field.required else "不填"), *options.grouped_handlers()]
        by_typing(field)


class DispatchForm(UnitForm):
    kind: ClassVar[type[Input]] = inputs.Dispatch
    unit = "lead"

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        helpers = self.fields["co_handlers"]
        helpers.widget = LongSelectMany()
        assert isinstance(helpers, forms.MultipleChoiceField)
        helpers.choices = options.grouped_handlers()
        if not self.is_bound:
            self.fields["lead"].widget.attrs["autofocus"] = True


class AskPartsForm(InputForm):
    """Several of two hundred units, chosen by typing."""

    kind = inputs.AskParts

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        units = self.fields["units"]
        units.widget = LongSelectMany()
        assert isinstance(units, forms.MultipleChoiceField)
        units.choices = options.grouped_handlers()


class HandBackForm(UnitForm):
    kind = inputs.HandBack
    unit = "suggested"
    first = FIRST["hand_back"]


class BatchForm(StepForm):
    kind = inputs.Batch

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        places = self.fields["places"]
        places.widget = LongSelectMany()
        assert isinstance(places, forms.MultipleChoiceField)
        places.choices = list(options.streets_and_communities())


class AssignByRulingForm(DispatchForm):
    kind: ClassVar[type[Input]] = inputs.AssignByRuling
    first = ("lead", "reason")


class ObjectForm(InputForm):
    """Units that should have it instead are chosen by typing."""

    kind = inputs.Object
    first = FIRST["object"]

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        units = self.fields["suggested"]
        units.widget = LongSelectMany()
        assert isinstance(units, forms.MultipleChoiceField)
        units.choices = options.grouped_handlers()


class AnswerForm(StepForm):
    """提交办理结果 for a motion: its class says what others answer by yes and no."""

    kind = inputs.Propose
    first = (
        *("answer_class", "done", "by_whom", "public_reply", "without_meeting", "letter_number", "copies"),
        *("checklist", "attachments", "show_files"),
    )
    without = ("true", "solved")

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        self.fields["answer_class"] = forms.ChoiceField(
            label="答复类别", choices=AnswerClass.choices, widget=forms.RadioSelect, required=True
        )
        self.fields["public_reply"].label = "答复函正文"
        self.fields["public_reply"].help_text = "从办理情况写起；称谓、首句、落款、联系人和抄送由系统按公文格式排好"


_FORMS: dict[str, type[InputForm]] = {
    step.key: form_of(step.input, first=FIRST.get(step.key, ()), base=StepForm)
    for step in CASES.steps
    if not step.opens
} | {
    "dispatch": DispatchForm,
    "hand_back": HandBackForm,
    "open_batch": BatchForm,
    "change_batch": BatchForm,
    "object": ObjectForm,
    "assign_by_ruling": AssignByRulingForm,
    "ask_parts": AskPartsForm,
    "propose": form_of(inputs.Propose, without=LETTER, base=StepForm),
    "reassign": form_of(inputs.Reassign, without=("officer",), base=StepForm),
}

# Boxes beside which reply templates are offered.
REPLIES: Mapping[str, Mapping[str, ReplyUse]] = {
    "contact": {"outcome": ReplyUse.OUTCOME},
    "propose": {"public_reply": ReplyUse.REPLY},
    "answer": {"reply": ReplyUse.ANSWER},
    "return_to_reporter": {"question": ReplyUse.QUESTION},
}


def step_form(key: str, matter: Matter | None = None) -> type[InputForm]:
    """`matter`: where it is taken for one, as it is asked for in that one."""
    if key == "propose" and matter is not None and is_motion(matter):
        return AnswerForm
    return _FORMS[key]


JUDGING_PARTS = ("accept_part", "return_part", "drop_part")
Beginning = Callable[[Matter, Case, Actor, User], dict[str, object]]


def _triage(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {
        "kind": matter.subkind or None,
        "category": matter.category,
        "urgency": matter.urgency,
        "place": place_tree().code_of(matter.community_id),
        "tags": case.tags,
        "upper_due_at": case.upper_due_at,
    }


def _answer(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    known: dict[str, object] = {"kind": matter.subkind or None, "category": matter.category}
    if REPEAT in matter.aspects:
        number, reply = earlier_answer(matter)
        if reply:
            known |= {
                "reply": f"您反映的这件事，我们先前已经办理并答复过您（编号 {number}），答复如下：\n{reply}",
                "basis": f"重复反映，引用 {number} 的答复",
            }
    return known


def _acknowledge(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {"officer": user.display_name}


def _contact(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {"at": timezone.now(), "whom": "诉求人", "means": "phone"}


def _grant(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    """What was asked for, to be granted as it is or less of it."""
    request = open_request(matter)
    return {} if request is None else {"days": request.days, "until": request.until}


def _propose(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    """What was proposed before in this round and did not pass, to be mended and not written again."""
    known: dict[str, object] = {"by_whom": case.officer or user.display_name}
    last = _returned_proposal(matter, case)
    if is_motion(matter):
        known |= _letter(matter, last)
    if last is None:
        return known
    files = list(Attachment.objects.filter(matter=matter, seq=last.seq).order_by("pk"))
    said = Words.objects.filter(matter=matter, seq=last.seq, erased_at=None).values_list("field", "text")
    known |= {"true": last.true, "solved": last.solved, "by_whom": last.by_whom, "checklist": last.checklist}
    known |= {"attachments": [row.file_id for row in files], "show_files": any(row.public for row in files)}
    return known | dict(said)


def _letter(matter: Matter, last: Resolution | None) -> dict[str, object]:
    """What is known of a letter before it is written: who else gets it, or all that was put on it before."""
    motion = Motion.objects.get(case=matter.pk)
    before = MotionAnswer.objects.filter(case=matter.pk, seq=last.seq).first() if last else None
    if before is None:
        return {"copies": usual_copies(motion)}
    return {name: getattr(before, name) for name in ("answer_class", "letter_number", "copies")}


def _set_motion(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    motion = Motion.objects.filter(case=case).first()
    if motion is None:
        return {}
    names = ("body", "term", "serial", "proposer", "seconders", "disclosed", "key")
    return {"session": motion.session or None} | {name: getattr(motion, name) for name in names}


def _returned_proposal(matter: Matter, case: Case) -> Resolution | None:
    last = Resolution.objects.filter(case=case, round=case.round).order_by("-seq").first()
    returned = last is not None and (last.sent_back_at or last.withdrawn_at or RETURNED in matter.aspects)
    return last if returned else None


def carried(key: str, matter: Matter) -> Sequence[UUID]:
    """Files of an earlier line of this step that may come along again."""
    last = _returned_proposal(matter, matter.case) if key == "propose" else None
    if last is None:
        return ()
    return list(Attachment.objects.filter(matter=matter, seq=last.seq).values_list("file_id", flat=True))


def _open_batch(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {
        "name": matter.title[:60],
        "places": [place_tree().code_of(matter.community_id)] if matter.community_id else [],
        "category": matter.category,
        "begins_at": matter.opened_at,
    }


def _change_batch(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    batch = Batch.objects.filter(pk=matter.pk).first()
    if batch is None:
        return {}
    return {
        "name": batch.name,
        "places": [place_tree().code_of(key) for key in batch.places],
        "category": batch.category,
        "words": "、".join(batch.words),
        "begins_at": batch.begins_at,
        "ends_at": batch.ends_at,
        "announcement": batch.announcement,
    }


def _hand_over(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {"handed_at": timezone.now(), "target": usual_target(reason_of(matter))}


def _one_helper(key: str) -> Beginning:
    """Where only one unit can be meant, it is."""

    def make(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
        meant = helpers_of(key, matter)
        return {"unit": meant[0][0]} if len(meant) == 1 else {}

    return make


def helpers_of(key: str, matter: Matter) -> Chosen:
    """The units that this step of the lead can be about."""
    standing = parts.open_parts(parts.parts_of(matter), matter, matter.case.round, judged_states(key))
    listed = [directory().by_id[part.organisation_id] for part in standing]
    return [(unit.code, unit.label) for unit in listed]


def colleagues(matter: Matter) -> Chosen:
    """Who else could be in charge of it in its holder's house."""
    posts = Post.objects.current().filter(organisation=matter.holder_id, role__in=HANDLERS)
    others = posts.exclude(user=matter.holder_user_id) if matter.holder_user_id else posts
    return [(str(post.pk), post.user.display_name) for post in others.select_related("user")]


def service_posts(matter: Matter) -> Chosen:
    """Who could serve: those of the table, and who handles in the unit that leads."""
    known = {rule.post_id for rule in rules_in_use() if sees(rule.post, matter.lead_id)}
    own = Q(organisation=matter.lead_id, role__in=HANDLERS)
    posts = Post.objects.current().filter(own | Q(pk__in=known)).select_related("user", "organisation")
    return [(str(post.pk), f"{post.user.display_name}（{post}）") for post in posts.order_by("pk")]


def _note_service(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {"at": timezone.now(), "means": "phone"}


def _send_to_grid(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    grids = grids_for(matter)
    return {"grid": grids[0][0]} if len(grids) == 1 else {}


def _publish(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    """What the unit wrote, and the question without whatever tells who asked."""
    last = Resolution.objects.filter(case=case, approved_at__isnull=False).order_by("-seq").first()
    wanted = [1, last.seq] if last else [1]
    rows = Words.objects.filter(matter=matter, seq__in=wanted, field__in=("text", "public_reply"), erased_at=None)
    said = dict(rows.values_list("field", "text"))
    hide = matter.raised_by.concealed_in if matter.raised_by else mask_text
    return {
        "public_reply": said.get("public_reply", ""),
        "public": False if matter.confidential else None,
        "title": hide(matter.title)[:120],
        "question": hide(said.get("text", ""))[:5000],
    }


_BEGINNINGS: dict[str, Beginning] = {
    "open_batch": _open_batch,
    "change_batch": _change_batch,
    "triage": _triage,
    "answer": _answer,
    "acknowledge": _acknowledge,
    "take_part": _acknowledge,
    "take_on": _acknowledge,
    "note_service": _note_service,
    "send_to_grid": _send_to_grid,
    "accept_part": _one_helper("accept_part"),
    "return_part": _one_helper("return_part"),
    "drop_part": _one_helper("drop_part"),
    "contact": _contact,
    "propose": _propose,
    "set_motion": _set_motion,
    "hand_over": _hand_over,
    "grant_extension": _grant,
    "defer": _grant,
    "publish_reply": _publish,
}


def beginning(key: str, matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    """What is known before anybody types."""
    make = _BEGINNINGS.get(key)
    return make(matter, case, actor, user) if make else {}


def narrowed(key: str, matter: Matter) -> dict[str, Chosen]:
    """Choices that depend on the matter: a unit ticks its own list only, a lead judges who was asked, a case is judged
    by who has no part in it."""
    if key == "assign_reviewer":
        return {"reviewer": [(str(one.user_id), one.label) for one in others_for(matter, matter.reviewers)]}
    if key in JUDGING_PARTS:
        return {"unit": helpers_of(key, matter)}
    if key == "pass_down":
        return {"to": [(unit.code, unit.label) for unit in below(matter.holder_id)]}
    if key == "send_to_grid":
        return {"grid": grids_for(matter)}
    if key == "set_manager":
        return {"post": service_posts(matter)}
    if key == "reassign":
        return {"post": colleagues(matter)}
    if key != "propose":
        return {}
    return {
        "checklist": [
            (str(item), f"{words}（必须）" if required else words)
            for item, unit, words, required in options.checklist_items()
            if unit in (None, matter.lead_id)
        ]
    }
