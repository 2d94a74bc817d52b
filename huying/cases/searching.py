"""Search over cases: by number, by phone, by the words of the appeal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, Right

from huying.cases import options
from huying.cases.enums import MotionBody
from huying.cases.models import Motion
from huying.cases.similar import like
from huying.kernel.privacy import find_personal, normalise
from huying.kernel.search import Folded, Matches, Says, exact_words, fold
from huying.matters.frequencies import frequencies, share_of
from huying.matters.models import Matter, Words
from huying.people.actors import Actor
from huying.people.models import Contact

RARE = 1000  # hits up to which the words are looked up first and the list is put in order afterwards
LOOKED_AT = 2000  # texts that may be looked at to count hits
FOUND_BY_KEY = 1000  # rows of one phone or one external number that a search looks at, the newest first

_NUMBER = re.compile(r"[A-Z]{1,6}-?\d{4,}[\dA-Z-]*")
_DIGITS = re.compile(r"\d{5,}")
_ENDING = re.compile(r"\d{4,6}")
_EXTERNAL = re.compile(r"\d{4}")
_MOTION = re.compile(r"第?\s*(\d{1,9})\s*号(建议|提案|议案|议提案)")
_BODIES = {
    "建议": (MotionBody.CONGRESS,),
    "议案": (MotionBody.CONGRESS,),
    "提案": (MotionBody.CPPCC,),
    "议提案": (MotionBody.CONGRESS, MotionBody.CPPCC),
}
_PHONE = re.compile(r"\+?[\d\s()（）-]{7,20}")


def looks_like_number(typed: str) -> str:
    """The number of a case that was typed, in the form it is stored in; "" when it is none."""
    wanted = fold(typed).strip().upper()
    return wanted if _NUMBER.fullmatch(wanted) else ""


def looks_like_phone(typed: str) -> bool:
    return bool(_PHONE.fullmatch(typed.strip())) and 7 <= len(normalise("phone", typed)) <= 15


def sees_plain_words(actor: Actor) -> bool:
    """Whether numbers of phones and identities in people's texts are shown as they are."""
    return actor.may("cases.view_contact") and not actor.role.deidentified


def searched_by(actor: Actor) -> str:
    """What a box for words of cases may be given, in words."""
    return "编号、电话或内容" if sees_plain_words(actor) else "编号或内容"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `many`: more than `RARE` of the whole district; `costly`: to count more than a page of them would
    take longer than the page; `alike`: none says just that, these come near."""

    rows: QuerySet[Matter]
    many: bool = False
    costly: bool = False
    alike: bool = False


def search(rows: QuerySet[Matter], actor: Actor, typed: str) -> QuerySet[Matter]:
    """Those found by number, external number, the words of the appeal or, for whoever may see it, the phone."""
    return find(rows, actor, typed, near=False).rows


def find(rows: QuerySet[Matter], actor: Actor, typed: str, *, near: bool = True) -> Found:
    """The same, and whether there are many. `near`: where nobody says just that, those who say something like it.

    Nobody finds by what is hidden from them: a phone typed by a role that sees none finds nothing, and a confidential
    reporter's phone finds nothing for a unit. Each way is one condition with an index of its own: put together by OR
    none of them would be used.
    """
    if found := _by_external_number(typed):
        return Found(rows.filter(pk__in=found))
    if found := _by_motion(typed):
        return Found(rows.filter(pk__in=found))
    if number := looks_like_number(typed):
        return Found(rows.filter(number__startswith=number))
    # Whoever must not learn who a confidential reporter is finds nothing by words that may name somebody.
    readable = Q() if actor.may("cases.view_confidential") else Q(confidential=False)
    if looks_like_phone(typed):
        return Found(rows.filter(readable, pk__in=_by_phone(actor, typed)))
    ends = _by_end_of_number(typed)
    if hides(typed) and not sees_plain_words(actor):
        return Found(rows.filter(pk__in=ends))
    if share := share_of(typed):
        return _walked(rows.filter(readable), share, typed)
    said = _saying(typed)
    rare = list(said.values_list("matter_id", flat=True)[: RARE + 1])
    if len(rare) > RARE:
        if share := share_of(typed, rare=False):
            return _walked(rows.filter(readable), share, typed)
        # Pairs of characters that stand apart count as well: looking closer at so many texts would cost more than the
        # odd false hit.
        return Found(rows.filter(readable, Exists(said.filter(matter_id=OuterRef("pk")))))
    exact = _exact(said, rare, typed)
    alike = like(typed) if near and not exact and not ends else []
    return Found(rows.filter(Q(pk__in=ends) | Q(readable, pk__in=exact or alike)), alike=bool(alike))


def _walked(rows: QuerySet[Matter], share: float, typed: str) -> Found:
    """So many say it that walking down the list meets a page of them soon; pairs that stand apart count here, too."""
    said = Words.objects.filter(Says("document", typed), document__isnull=False, matter_id=OuterRef("pk"))
    texts = frequencies().texts
    return Found(
        rows.filter(Exists(said)),
        many=share * texts > 5 * RARE,  # statistics are not exact
        costly=min(texts, RARE / share) > LOOKED_AT,
    )


def _by_end_of_number(typed: str) -> list[int]:
    """The newest whose number ends so: people read out the last digits."""
    ending = fold(typed).strip()
    if not _ENDING.fullmatch(ending):
        return []
    rows = Matter.objects.alias(end=Right("number", 4)).filter(end=ending[-4:], number__endswith=ending)
    return list(rows.order_by("-id").values_list("pk", flat=True)[:FOUND_BY_KEY])


def _by_motion(typed: str) -> list[int]:
    """第86号建议, 86号提案: under that number in any session, the newest first."""
    if (said := _MOTION.fullmatch(fold(typed).strip())) is None:
        return []
    rows = Motion.objects.filter(serial=int(said[1]), body__in=_BODIES[said[2]])
    return list(rows.order_by("-case").values_list("case", flat=True)[:FOUND_BY_KEY])


def _by_external_number(typed: str) -> list[int]:
    if not typed.isascii() and not _EXTERNAL.search(typed):
        return []  # words: the numbers of channels have digits
    # The index begins with the channel.
    rows = Matter.objects.exclude(external_number="").filter(channel__in=list(options.channel_names()))
    return list(rows.filter(external_number=typed.strip()).values_list("pk", flat=True)[:FOUND_BY_KEY])


def _by_phone(actor: Actor, typed: str) -> QuerySet[Matter, int]:
    """The newest matters of whoever gave this number, and those whose text has it."""
    if not sees_plain_words(actor):
        return Matter.objects.none().values_list("pk", flat=True)
    contacts = list(Contact.objects.with_phone(typed).values_list("pk", flat=True)[:50])
    rows = Matter.objects.filter(raised_by_id__in=contacts)
    if not actor.may("cases.view_confidential"):
        rows = rows.filter(confidential=False)
    raised = rows.order_by("-id").values_list("pk", flat=True)[:FOUND_BY_KEY]
    told = _saying(typed).order_by("-matter_id").values_list("matter_id", flat=True)[:FOUND_BY_KEY]
    return raised.union(told, all=True)


def hides(typed: str) -> bool:
    """Whether words could be used to try out somebody's phone or identity number."""
    return any(True for _ in find_personal(typed)) or bool(_DIGITS.search(fold(typed)))


def _saying(typed: str) -> QuerySet[Words]:
    """Texts that hold every pair of characters of the words typed."""
    return Words.objects.filter(Matches("document", typed), document__isnull=False)


def _exact(said: QuerySet[Words], ids: list[int], typed: str) -> list[int]:
    """Those among them that hold the words themselves."""
    compound = exact_words(typed)
    if not compound or not ids:
        return ids
    whole = Concat(
        F("matter__title"), Value("\n"), F("text"), Value("\n"), F("matter__case__address"), output_field=TextField()
    )
    found = said.filter(matter_id__in=ids).annotate(whole=whole).alias(folded=Folded("whole"))
    for word in compound:
        # Nearly always it stands there as typed: folding a text costs twenty times as much as looking into it.
        found = found.filter(Q(whole__contains=word) | Q(folded__contains=word))
    return list(found.values_list("matter_id", flat=True))
