"""What can be chosen on forms of dockets."""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases.options import grouped_handlers, handlers
from huying.people.directory import Listed, directory
from huying.people.enums import OrganisationKind
from huying.people.models import Post, User

__all__ = ["grouped_handlers", "handlers", "labelled", "leader_names", "leaders", "member_units", "none"]

_NOT_MEMBERS = {OrganisationKind.COMMUNITY, OrganisationKind.PROPERTY}


def leaders() -> Sequence[tuple[str, str]]:
    """Who may be in charge of a docket: whoever holds a leader's post today."""
    posts = Post.objects.current().filter(role="leader", user__is_active=True).select_related("user", "organisation")
    found = {str(post.user_id): f"{post.user.display_name}（{post.organisation}）" for post in posts.order_by("pk")}
    return list(found.items())


def leader_names() -> dict[str, str]:
    """Names of whoever is or ever was a leader, by the key under which a docket knows them."""
    users = User.objects.filter(pk__in=Post.objects.filter(role="leader").values("user"))
    return {str(user.pk): user.display_name for user in users}


def member_units() -> Sequence[tuple[str, str]]:
    """Bodies that are asked to a docket: departments, utilities and streets, which bring their communities along."""
    kinds = {unit.code: unit.kind for unit in directory().handlers()}
    return [(code, label) for code, label in handlers() if kinds[code] not in _NOT_MEMBERS]


def none() -> Sequence[tuple[str, str]]:
    """Of fields whose choices depend on the docket."""
    return ()


def labelled(units: Sequence[Listed]) -> list[tuple[str, str]]:
    return [(unit.code, unit.label) for unit in units]
