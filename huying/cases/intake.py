"""The form of intake: what is asked first, in which order, and by which keys each field is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.forms import BoundField
from django.urls import reverse

from huying.cases import inputs
from huying.cases.enums import CaseKind
from huying.matters.forms import Chosen, InputForm
from huying.ui.forms import by_typing, is_opened

ROWS: Sequence[Sequence[str]] = (
    ("reporter.phone", "reporter.name"),
    ("text",),
    ("address",),
    ("kind", "category"),
    ("motion.body", "motion.disclosed"),
    ("motion.term", "motion.session"),
    ("motion.serial", "motion.proposer"),
    ("motion.seconders", "motion.key"),
    ("channel", "urgency"),
    ("attachments",),
)
MORE_ROWS: Sequence[Sequence[str]] = (
    ("happened_at", "who"),
    ("cause", "effect"),
    ("title",),
    ("external_number", "upper_due_at"),
    ("tags",),
    ("reporter.kind", "reporter.identity"),
    ("reporter.address",),
    ("lon", "lat"),
    ("anonymous", "confidential", "wants_reply"),
)
# Digits that lead to a field while Alt is held, and what they are called in the table of keys.
KEYS: Mapping[str, tuple[str, str]] = {
    "reporter.phone": ("1", "联系电话"),
    "text": ("2", "诉求内容"),
    "address": ("3", "事发地址"),
    "kind": ("4", "诉求类型"),
    "category": ("5", "分类"),
    "happened_at": ("6", "更多"),
}
SIMILAR_KEY = "8"
OF_MOTIONS = "motion."  # how names of their fields begin
KNOWLEDGE_KEY = "9"
TAKE_KEY = "7"  # takes the category that is suggested first
CHOSEN_BY_TYPING = ("kind", "category", "channel")


class ReceiveForm(InputForm):
    """A case as a call-taker types it. `joins` and `repeats` are said by the button that is pressed."""

    kind = inputs.Receive
    first = tuple(name for row in ROWS for name in row)
    without = ("reporter.handle", "joins", "repeats")

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        initial: Mapping[str, object] | None = None,
        uploader: str = "",
        choices: Mapping[str, Chosen] | None = None,
    ) -> None:
        super().__init__(data, files, initial=initial, uploader=uploader, choices=choices)
        for name, (digit, _) in KEYS.items():
            self.fields[name].widget.attrs |= {"data-alt": digit, "aria-keyshortcuts": f"Alt+{digit}"}
        for name in CHOSEN_BY_TYPING:
            by_typing(self.fields[name], whole=name == "category")
        self.fields["reporter.phone"].widget.attrs["data-looks"] = ""
        self.fields["attachments"].widget.attrs["data-upload"] = reverse("cases:new-file")
        for name in ("lon", "lat"):
            self.fields[name].help_text = "在地图上点一下就会填上"
        self.fields["text"].help_text = "经过和结果：发生了什么，希望怎样解决。"
        for name in self.fields:
            if name.startswith(OF_MOTIONS):
                self.fields[name].widget.attrs["data-only-if"] = f"kind={CaseKind.MOTION.value}"
        if not self.is_bound:
            self.fields["reporter.phone"].widget.attrs |= {"autofocus": True, "data-pushed-caller": True}

    def typed(self) -> dict[str, object]:
        """What stands on the paper of a motion is asked for, and sent, where it is one."""
        found = super().typed()
        if found.get("kind") == CaseKind.MOTION:
            return found
        return {name: value for name, value in found.items() if not name.startswith(OF_MOTIONS)}

    def rows(self) -> list[list[BoundField]]:
        return _drawn(self, ROWS)

    def more_rows(self) -> list[list[BoundField]]:
        return _drawn(self, MORE_ROWS)

    def opened(self) -> bool:
        """Whether what is folded away has to be seen."""
        return is_opened(self)


def _drawn(form: InputForm, rows: Sequence[Sequence[str]]) -> list[list[BoundField]]:
    return [[form[name] for name in row] for row in rows]
