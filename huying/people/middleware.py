"""Gives every request its actor, when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from huying.people import sessions, sign_in
from huying.people.actors import ANONYMOUS, Actor, actor_for, usable_posts
from huying.people.models import Post, User
from huying.people.requests import ActorRequest


class ActorMiddleware:
    """`request.actor`, worked out at first use: a page for everybody asks the database nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, given: HttpRequest) -> HttpResponseBase:
        request = cast(ActorRequest, given)
        request.actor = cast(Actor, SimpleLazyObject(lambda: _actor(request)))
        response = self.get_response(request)
        if request.session.accessed and response.status_code < 500 and signed_in_user(request) is not None:
            sign_in.keep_alive(request)
        return response


def settle(request: ActorRequest) -> None:
    """From now on the actor himself and not the promise of one: a page of rows asks him a thousand times."""
    if issubclass(type(request.actor), SimpleLazyObject):  # its __class__ is the actor's
        request.actor = _actor(request)


def signed_in_user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def posts_of(request: HttpRequest) -> list[Post]:
    """The posts this user may act through; asked of the database once a request."""
    posts: list[Post] | None = getattr(request, "_usable_posts", None)
    if posts is None:
        user = signed_in_user(request)
        posts = usable_posts(user) if user is not None and user.is_staff_member else []
        request._usable_posts = posts  # type: ignore[attr-defined]
    return posts


def post_of(request: HttpRequest) -> Post | None:
    """The post chosen in this session, if it may still be used; else the primary one."""
    posts = posts_of(request)
    wanted = request.session.get(sessions.POST)
    return next((post for post in posts if post.pk == wanted), posts[0] if posts else None)


def _actor(request: HttpRequest) -> Actor:
    user = signed_in_user(request)
    return ANONYMOUS if user is None else actor_for(user, post_of(request))
