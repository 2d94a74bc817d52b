"""Numbers under which our templates are registered with the platform, and what still lacks one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from huying.gateways.models import SmsTemplate
from huying.kernel.generation import cached
from huying.matters.messages import templates
from huying.matters.settings.templates import described
from huying.matters.wording import Wording, named_in, parts, sample, variable, wording

CACHE = "sms_templates"


@cached(CACHE)
def registered() -> Mapping[str, tuple[str, str]]:
    """Number and registered words by message. After a change: `bump("sms_templates")`."""
    return {key: (code, body) for key, code, body in SmsTemplate.objects.values_list("key", "code", "body")}


def code_of(key: str) -> str:
    return registered().get(key, ("", ""))[0]


@dataclass(frozen=True, slots=True)
class Going:
    """A message that goes by SMS. `always`: to residents or to whoever must be reached, not by somebody's choice."""

    key: str
    words: Wording
    always: bool
    code: str
    changed: bool  # other words than those that are registered

    @property
    def variables(self) -> list[tuple[str, str]]:
        """Placeholder and variable, in order."""
        return [(name, variable(name)) for name in named_in(self.words.body)]

    @property
    def text(self) -> str:
        """As the platform's form wants it: `${number}` for a variable."""
        text = self.words.body
        for name, code in self.variables:
            text = text.replace(f"{{{name}}}", f"${{{code}}}")
        return text

    @property
    def example(self) -> str:
        sign = f"【{settings.SMS_SIGN}】" if settings.SMS_SIGN else ""
        return sign + self.words.body.format(**sample(templates[self.key]))

    @property
    def length(self) -> int:
        return len(self.example)

    @property
    def parts(self) -> int:
        return parts(self.example)


def going(key: str) -> Going:
    now = wording(key, templates[key])
    code, body = registered().get(key, ("", ""))
    always = described(key).outward or templates[key].must
    return Going(key, now, always, code, bool(code) and body != now.body)


def all_going() -> list[Going]:
    """Those that go always first; the rest goes where somebody of the staff has asked for it."""
    return sorted((going(key) for key, _ in templates.items()), key=lambda one: (not one.always, one.key))


def lacking() -> list[Going]:
    """What goes always and has no number, or was changed since it got one."""
    return [one for one in all_going() if one.always and (not one.code or one.changed)]
