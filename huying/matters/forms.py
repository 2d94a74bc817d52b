"""A form drawn from an `Input`: one declaration, no second set of rules.

    Form = form_of(flow.step["triage"].input)
    form = Form(request.POST, request.FILES, uploader=uploader(actor))
    if form.is_valid():
        move_one(..., data=form.input)

What is typed goes through `kernel.inputs.parse` as everywhere else; its sentences come back beside the fields. A field
of an input inside an input is named with a dot (`reporter.phone`), as in the refusals.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, TypedDict, Union, get_args, get_origin
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import Choices, Q
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from huying.kernel.errors import Invalid, Refusal
from huying.kernel.files import accept, accept_attribute
from huying.kernel.inputs import Input, Kept, LongText, More, OneLine, OnlyIf, Options, YesNo, parse
from huying.kernel.models import StoredFile
from huying.ui.forms import BOXES, LongSelect, LongSelectMany
from huying.ui.text import file_size

Kind = Literal["line", "text", "select", "radio", "many", "check", "moment", "day", "number", "words", "files"]
Chosen = Sequence[tuple[str, str]]

FEW = 5  # choices that are shown at once instead of in a drop-down
LONG_LINE = 200  # characters from which a line is given a box of several
GROUPED = 20  # choices from which paths (城乡建设 / 市政管理) are grouped by their first part
BETWEEN = re.compile(r"[,，、;；\s]+")  # between several short words in one box
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
YES_NO: Chosen = (("true", "是"), ("false", "否"))
UNCHOSEN = "请选择"


@dataclass(frozen=True, slots=True)
class Plan:
    """How one field of an input is asked for."""

    name: str  # with dots for what lies inside
    kind: Kind
    info: FieldInfo
    required: bool
    choices: Chosen = ()
    folded: bool = False

    @property
    def default(self) -> object:
        return None if self.info.is_required() else self.info.get_default(call_default_factory=True)


def plans_of(kind: type[Input], prefix: str = "", *, folded: bool = False) -> list[Plan]:
    """The fields of an input in their order, those of inputs inside it in its place."""
    plans: list[Plan] = []
    for name, info in kind.model_fields.items():
        here = folded or any(isinstance(mark, More) for mark in info.metadata)
        core, optional = core_type(info.annotation)
        if isinstance(core, type) and issubclass(core, Input):
            plans += plans_of(core, f"{prefix}{name}.", folded=here)
        else:
            plans.append(_plan(f"{prefix}{name}", info, core, optional, here))
    return plans


def core_type(annotation: object) -> tuple[object, bool]:
    """The type without `None` and `Annotated`, and whether None was allowed."""
    optional = False
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        optional = len(rest) < len(get_args(annotation))
        annotation = rest[0]
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation, optional


def _plan(name: str, info: FieldInfo, core: object, optional: bool, folded: bool) -> Plan:
    required = info.is_required()
    options = next((mark for mark in info.metadata if isinstance(mark, Options)), None)

    def plan(kind: Kind, choices: Chosen = ()) -> Plan:
        return Plan(name, kind, info, required, choices, folded)

    if get_origin(core) is list:
        item, _ = core_type(get_args(core)[0])
        if item is UUID:
            return plan("files")
        return plan("many", options.source()) if options else plan("words")
    if options is not None:
        return plan("select", options.source())
    if isinstance(core, type) and issubclass(core, enum.Enum):
        choices = enum_choices(core)
        open_ended = optional and not any(isinstance(mark, Kept) for mark in info.metadata)
        return plan("radio" if not open_ended and len(choices) <= FEW else "select", choices)
    if core is bool:
        if (words := yes_no_of(info)) is not None:
            return replace(plan("radio", (("true", words.yes), ("false", words.no))), required=True)
        if optional:  # a drop-down, because a radio button once pressed cannot be let go
            return plan("select", YES_NO)
        return plan("radio", YES_NO) if required else plan("check")
    if core in (AwareDatetime, dt.datetime):
        return plan("moment")
    if core is dt.date:
        return plan("day")
    if core in (float, int):
        return plan("number")
    if any(isinstance(mark, LongText) for mark in info.metadata):
        return plan("text")
    return plan("line")


def yes_no_of(info: FieldInfo) -> YesNo | None:
    return next((mark for mark in info.metadata if isinstance(mark, YesNo)), None)


def enum_choices(kind: type[enum.Enum]) -> Chosen:
    if issubclass(kind, Choices):
        return [(str(value), str(label)) for value, label in kind.choices]
    return [(str(member.value), member.name) for member in kind]


# --- widgets ---------------------------------------------------------------------------------------------------------


class Uploads(forms.FileInput):
    """Several files at once. Those that were accepted before another field was refused stay, and can be dropped."""

    allow_multiple_selected = True

    def __init__(self, uploader: str) -> None:
        super().__init__(
            attrs={"data-max-mb": str(settings.MAX_ATTACHMENT_BYTES // 1024 // 1024), "accept": accept_attribute()}
        )
        self.uploader = uploader
        self.kept: list[StoredFile] = []

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return list(files.getlist(name)) if isinstance(files, MultiValueDict) else []

    def render(self, name: str, value: object, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows = format_html_join(
            "",
            '<label class="choice" for="{0}-{1}"><input type="checkbox" id="{0}-{1}" name="{2}.kept" value="{1}"'
            " checked><span>{3}（{4}）</span></label>",
            (((attrs or {}).get("id", name), file.pk, name, file.name, file_size(file.size)) for file in self.kept),
        )
        return format_html("{}{}", rows, super().render(name, None, attrs, renderer))


def grouped(choices: Chosen) -> list[tuple[str, object]]:
    """Paths by their first part, when there are many."""
    if len(choices) < GROUPED or not any(" / " in label for _, label in choices):
        return list(choices)
    groups: dict[str, list[tuple[str, str]]] = {}
    for value, label in choices:
        head, _, rest = label.partition(" / ")
        groups.setdefault(head, []).append((value, rest or f"{head}（不细分）"))
    return list(groups.items())


class _Words(TypedDict):
    label: str
    help_text: str
    required: bool


def _field(plan: Plan, uploader: str) -> forms.Field:
    """For drawing only: nothing is validated by it."""
    words: _Words = {
        "label": plan.info.title or plan.name,
        "help_text": plan.info.description or "",
        "required": plan.required,
    }
    match plan.kind:
        case "select":
            blank = [] if plan.default not in (None, "") else [("", UNCHOSEN if plan.required else "不填")]
            return forms.ChoiceField(choices=[*blank, *grouped(plan.choices)], widget=LongSelect, **words)
        case "radio":
            return forms.ChoiceField(choices=plan.choices, widget=forms.RadioSelect, **words)
        case "many" if len(plan.choices) > BOXES:
            return forms.MultipleChoiceField(choices=grouped(plan.choices), widget=LongSelectMany, **words)
        case "many":
            return forms.MultipleChoiceField(choices=plan.choices, widget=forms.CheckboxSelectMultiple, **words)
        case "check":
            return forms.BooleanField(**words)
        case "files":
            words["help_text"] = words["help_text"] or "可以一次选几个：图片、PDF、Word、Excel、录音、视频。"
            return forms.Field(widget=Uploads(uploader), **words)
    return forms.CharField(widget=_box(plan), **words)


def _box(plan: Plan) -> forms.Widget:
    most = next((m.most for m in plan.info.metadata if isinstance(m, OneLine | LongText)), None)
    attrs: dict[str, str] = {"maxlength": str(most)} if most else {}
    match plan.kind:
        case "text":
            return forms.Textarea(attrs={**attrs, "rows": "6" if (most or 0) > 2000 else "4"})
        case "moment":
            return forms.TextInput(attrs={"type": "datetime-local"})
        case "day":
            return forms.TextInput(attrs={"type": "date"})
        case "number":
            return forms.TextInput(attrs={"inputmode": "decimal"})
        case _:
            if (most or 0) > LONG_LINE:
                return forms.Textarea(attrs={**attrs, "rows": "2"})
            if plan.name.endswith("phone"):
                attrs["inputmode"] = "tel"
            return forms.TextInput(attrs={**attrs, "autocomplete": "off"})


# --- the form --------------------------------------------------------------------------------------------------------


class InputForm(forms.Form):
    """Base of every form made by `form_of`. After `is_valid()` the parsed input is in `input`."""

    kind: ClassVar[type[Input]]
    first: ClassVar[Sequence[str]] = ()
    without: ClassVar[Sequence[str]] = ()
    use_required_attribute = False

    input: Input

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        initial: Mapping[str, object] | None = None,
        uploader: str = "",
        choices: Mapping[str, Chosen] | None = None,
        again: Collection[UUID] = (),
    ) -> None:
        """`choices` narrows those of single fields; `initial` is given as the input would hold it; `again`: files of an
        earlier line that may come along again."""
        super().__init__(data, files)
        self.uploader = uploader
        self.again = again
        plans = {plan.name: plan for plan in plans_of(self.kind) if plan.name not in self.without}
        names = [*(name for name in self.first if name in plans), *(name for name in plans if name not in self.first)]
        self.plans = [plans[name] for name in names]
        self.more = tuple(
            plan.name for plan in self.plans if (plan.name not in self.first if self.first else plan.folded)
        )
        self.status = 422  # of the answer that shows this form again
        for plan in self.plans:
            if choices and plan.name in choices:
                plan = Plan(plan.name, plan.kind, plan.info, plan.required, choices[plan.name], plan.folded)
            self.fields[plan.name] = _field(plan, uploader)
            if (mark := next((m for m in plan.info.metadata if isinstance(m, OnlyIf)), None)) is not None:
                self.fields[plan.name].widget.attrs["data-only-if"] = f"{self.add_prefix(mark.field)}={mark.value}"
            self.fields[plan.name].initial = shown(plan.default, plan.kind)
            if initial and plan.name in initial:
                self.initial[plan.name] = shown(initial[plan.name], plan.kind)
                if plan.kind == "files":
                    self._keep({plan.name: initial[plan.name]})
        if not any(plan.kind == "files" for plan in self.plans):
            self.files = MultiValueDict()

    @property
    def takes_files(self) -> bool:
        return any(plan.kind == "files" for plan in self.plans)

    def full_clean(self) -> None:
        """Instead of Django's own rules: those of the input."""
        self._errors = ErrorDict(renderer=self.renderer)
        if not self.is_bound:
            return
        self.cleaned_data: dict[str, object] = {}
        taken = self._take_files()
        data = self.typed() | taken
        try:
            self.input = parse(self.kind, nested(data))
        except Invalid as refusal:
            self.refuse(refusal)
        if self._errors:
            self.data = printable(self.data)
            self._keep(taken)

    def typed(self) -> dict[str, object]:
        """What was typed, by field, without what was left blank."""
        found: dict[str, object] = {}
        for plan in self.plans:
            if plan.kind == "files":
                continue
            widget = self.fields[plan.name].widget
            value = widget.value_from_datadict(self.data, self.files, self.add_prefix(plan.name))
            match plan.kind:
                case "check":
                    found[plan.name] = bool(value)
                case "many":
                    if value:
                        found[plan.name] = value
                case "words":
                    if words := [word for word in BETWEEN.split(value or "") if word]:
                        found[plan.name] = words
                case "moment":
                    if value and value.strip():
                        found[plan.name] = aware(value.strip())
                case _:
                    if value is not None and value.strip():
                        found[plan.name] = value
        return found

    def refuse(self, refusal: Refusal) -> None:
        """Put a refusal beside the fields it is about; what belongs to none stands above the form."""
        self.status = refusal.status
        for name, texts in refusal.fields.items():
            field = self._nearest(name)
            for text in texts:
                self.add_error(field, text)
        if not refusal.fields:
            self.add_error(None, refusal.message)

    def _nearest(self, name: str) -> str | None:
        """`tags.0` belongs to `tags`."""
        while name and name not in self.fields:
            name = name.rpartition(".")[0]
        return name or None

    def _take_files(self) -> dict[str, object]:
        """Accept what was uploaded; ids of it and of what was kept from the attempt before."""
        taken: dict[str, object] = {}
        for plan in self.plans:
            if plan.kind != "files":
                continue
            name = self.add_prefix(plan.name)
            ids = _uuids(self.data.getlist(f"{name}.kept") if isinstance(self.data, MultiValueDict) else [])
            for upload in self.fields[plan.name].widget.value_from_datadict(self.data, self.files, name):
                try:
                    ids.append(accept(upload, uploader=self.uploader).pk)
                except Refusal as refusal:
                    self.status = refusal.status
                    self.add_error(plan.name, f"{upload.name}：{refusal.message}")
            if ids:
                taken[plan.name] = ids
        return taken

    def leave_unchecked(self) -> None:
        """To be shown again as typed: nothing is judged, and what was uploaded is kept."""
        self._errors = ErrorDict(renderer=self.renderer)
        self.cleaned_data = {}
        self._keep(self._take_files())

    def keep_files(self) -> None:
        """Before the form is shown again because the domain refused it."""
        self._keep({plan.name: getattr(self.input, plan.name) for plan in self.plans if plan.kind == "files"})

    def _keep(self, taken: Mapping[str, object]) -> None:
        for name, ids in taken.items():
            widget = self.fields[name].widget
            if isinstance(widget, Uploads) and isinstance(ids, Iterable):
                own = Q(uploader=self.uploader, state=StoredFile.State.LOOSE)
                wanted = StoredFile.objects.filter(own | Q(pk__in=list(self.again)), pk__in=list(ids))
                widget.kept = list(wanted.order_by("uploaded_at"))


def form_of(
    kind: type[Input], *, first: Sequence[str] = (), without: Sequence[str] = (), base: type[InputForm] = InputForm
) -> type[InputForm]:
    """The form of an input. `first`: shown before the fold, in this order, all others behind “more”."""
    return type(f"{kind.__name__}Form", (base,), {"kind": kind, "first": first, "without": without})


def shown(value: object, kind: Kind) -> object:
    """A value of an input as a control of this kind holds it."""
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, bool) and kind in ("radio", "select"):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        items = [str(item) for item in value]
        return "、".join(items) if kind == "words" else items
    return value


def aware(value: str) -> str:
    """The time in a `datetime-local` box has no zone: it is ours. What is no time stays for the input to refuse."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment.isoformat() if moment.tzinfo else timezone.make_aware(moment).isoformat()


def printable(data: Any) -> Any:
    """What was typed, fit to be shown again: a page must not hold control characters."""
    if not isinstance(data, MultiValueDict):
        return data
    shown = MultiValueDict[str, str]()
    for name, values in data.lists():
        shown.setlist(name, [CONTROL.sub("", value) for value in values])
    return shown


def nested(flat: Mapping[str, object]) -> dict[str, object]:
    """`{"reporter.phone": …}` as `{"reporter": {"phone": …}}`."""
    found: dict[str, object] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        here = found
        for part in path:
            inner = here.setdefault(part, {})
            assert isinstance(inner, dict)
            here = inner
        here[last] = value
    return found


def _uuids(values: Sequence[str]) -> list[UUID]:
    found: list[UUID] = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found
