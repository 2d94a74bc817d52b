"""Who is acting, and through which post: what every view, action and ledger line asks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from huying.people.directory import directory
from huying.people.enums import OrganisationKind, UserKind
from huying.people.models import Post, User
from huying.people.roles import ROLES, SYSTEM_ROLE, VISITOR, WITHOUT_POST, Role, Scope, role_of

_OF_GROUND: dict[str, Scope] = {OrganisationKind.STREET: "street", OrganisationKind.COMMUNITY: "community"}


@dataclass(frozen=True, slots=True)
class Actor:
    """One person (or machine) in one post. `granted` narrows the role for API keys; empty ids mean "none"."""

    role: Role
    via: str  # "desk" | "portal" | "api:<key>" | "import" | "system"
    user_id: int | None = None
    post_id: int | None = None
    organisation_id: int | None = None
    place_id: int | None = None
    grid_ids: tuple[int, ...] = ()
    contact_id: int | None = None
    on_behalf_of_id: int | None = None
    granted: frozenset[str] | None = None
    matter_id: int | None = None  # the one matter whose number and code somebody without an account has shown
    session: str = ""  # tells visitors apart while their uploads wait to be attached
    channel: str = ""  # the one channel whose matters an API key is narrowed to

    @property
    def scope(self) -> Scope:
        """Which matters: the role's, narrowed for an outside system that speaks for one organisation, widened for
        whoever heads a street or a community."""
        if self.role.kind == UserKind.MACHINE and self.organisation_id is not None:
            return "organisation"
        if self.role.of_ground and self.place_id is not None:
            body = directory().by_id.get(self.organisation_id or 0)
            return _OF_GROUND.get(body.kind, self.role.scope) if body else self.role.scope
        return self.role.scope

    def may(self, permission: str) -> bool:
        return self.role.may(permission) and (self.granted is None or permission in self.granted)

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None


SYSTEM = Actor(role=SYSTEM_ROLE, via="system")
IMPORT = Actor(role=SYSTEM_ROLE, via="import")
ANONYMOUS = Actor(role=VISITOR, via="portal")


def visitor(session: str = "", *, matter_id: int | None = None) -> Actor:
    """Somebody without an account; with `matter_id`, after showing that matter's number and code."""
    return Actor(role=VISITOR, via="portal", matter_id=matter_id, session=session)


def usable_posts(user: User, day: dt.date | None = None) -> list[Post]:
    """Posts the user may act through, with what an actor needs of each; own ones first, the primary one foremost."""
    posts = (
        Post.objects.usable_by(user.pk, day)
        .select_related("organisation", "user")
        .annotate(grid_keys=ArraySubquery(Post.grids.through.objects.filter(post_id=OuterRef("pk")).values("place_id")))
    )
    return sorted(posts, key=lambda post: (post.user_id != user.pk, not post.is_primary, post.pk))


def actor_for(user: User, post: Post | None = None, *, via: str = "") -> Actor:
    """The actor of this user in this post. Whether the user may use the post is asked of `usable_posts` before.

    Somebody else's post makes a deputy: what is done counts on behalf of its holder.
    """
    if post is not None:
        grids: list[int] | None = getattr(post, "grid_keys", None)
        role = role_of(post.role)
        if grids is None:
            grids = list(post.grids.values_list("pk", flat=True)) if role.needs_grids else []
        return Actor(
            role=role,
            via=via or "desk",
            user_id=user.pk,
            post_id=post.pk,
            organisation_id=post.organisation_id,
            place_id=post.organisation.place_id,
            grid_ids=tuple(sorted(grids)),
            on_behalf_of_id=post.user_id if post.user_id != user.pk else None,
        )
    match user.kind:
        case UserKind.RESIDENT | UserKind.ENTERPRISE:
            return Actor(role=ROLES[user.kind], via=via or "portal", user_id=user.pk, contact_id=user.contact_id)
        case UserKind.MACHINE:
            return Actor(role=ROLES["integrator"], via=via or "api:", user_id=user.pk, granted=frozenset())
        case _:
            return Actor(role=WITHOUT_POST, via=via or "desk", user_id=user.pk)


def machine_actor(
    user_id: int, key: str, granted: frozenset[str], organisation_id: int | None = None, channel: str = ""
) -> Actor:
    """An outside system by its API key: the integrator's role, narrowed to the scopes granted to the key, and to one
    organisation or channel where it speaks for one."""
    return Actor(
        role=ROLES["integrator"],
        via=f"api:{key}",
        user_id=user_id,
        organisation_id=organisation_id,
        granted=granted,
        channel=channel,
    )
