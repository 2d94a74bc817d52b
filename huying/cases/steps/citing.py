"""An answer given at once may rest on an article of the knowledge base: it is in force, and its uses are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from huying.cases import inputs
from huying.cases.steps.particulars import data_of
from huying.kernel.errors import Invalid
from huying.knowledge.articles import actions
from huying.knowledge.articles.queries import pk_of
from huying.knowledge.articles.search import keys_in_force
from huying.matters.flow import Change

ARTICLE, VERSION = "article", "article_version"  # of the line: what was cited, and which wording of it


def check_cited(changes: Sequence[Change]) -> None:
    """One query for a batch, none where nothing is cited."""
    cited = {id(c): pk_of(typed) for c in changes if (typed := data_of(c, inputs.Answer).article)}
    if not cited:
        return
    known = keys_in_force({key for key in cited.values() if key is not None})
    for change in changes:
        if id(change) not in cited:
            continue
        version = known.get(cited[id(change)] or 0)
        if version is None:
            words = "没有这条知识，或者它已经撤下、过期，请核对编号"
            change.refuse(Invalid(f"{words}。", fields={"article": [words]}))
            continue
        change.facts |= {ARTICLE: version.number, VERSION: version.n}
        if not data_of(change, inputs.Answer).basis:
            change.words["basis"] = f"知识 {version.number}“{version.question}”"[:200]


def record_cited(changes: Sequence[Change]) -> None:
    uses = Counter(change.facts[ARTICLE] for change in changes if ARTICLE in change.facts)
    actions.used({key: n for number, n in uses.items() if (key := pk_of(str(number))) is not None})
