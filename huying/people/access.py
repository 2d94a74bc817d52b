"""Every view says who may open it, in one of four words; a test walks all routes and fails on a silent one.

    @public                       anybody; the view itself asks `request.actor` where it matters
    @signed_in                    whoever has signed in (staff: with a valid post)
    @requires("cases.dispatch")   whoever's post has this permission (several: any one of them)
    @desk("cases.view")           the same, of staff only: residents have some of these permissions, but no desk;
                                  without a permission: every post

They work on functions and on classes of views, and enforce what they say. `rule_of(view)` reads it back. What programs
ask for is guarded by their keys (`huying.people.bearer`); `keyed` only says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django_htmx.http import HttpResponseClientRedirect

from huying.people import drafts, second_factor
from huying.people.enums import UserKind
from huying.people.middleware import settle, signed_in_user
from huying.people.models import User
from huying.people.permissions import PERMISSIONS
from huying.people.requests import ActorRequest
from huying.ui.errors import error_response

if TYPE_CHECKING:
    from huying.people.actors import Actor

V = TypeVar("V", bound=Callable[..., Any])

STAFF_HOME, HOME = "/desk/", "/"  # where people are led after signing in


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a view. `before_ready`: also with a password that must be changed, without second factor or post."""

    kind: Literal["public", "signed_in", "requires", "keyed"]
    permissions: tuple[str, ...] = ()
    before_ready: bool = False
    staff: bool = False

    def admits(self, actor: Actor) -> bool:
        """Whether somebody who has signed in, and is ready, may open it."""
        if self.kind == "keyed":
            return False
        if self.kind != "requires":
            return True
        if self.staff and actor.role.kind != UserKind.STAFF:
            return False
        return not self.permissions or any(actor.may(permission) for permission in self.permissions)

    def __str__(self) -> str:
        match self.kind:
            case "public":
                return "任何人"
            case "signed_in":
                return "已登录"
            case "keyed":
                return "持密钥：" + (
                    " 或 ".join(PERMISSIONS[permission] for permission in self.permissions) or "任何密钥"
                )
            case _:
                allowed = " 或 ".join(PERMISSIONS[permission] for permission in self.permissions)
                return "：".join(filter(None, ("工作人员" if self.staff else "", allowed)))


def public(view: V) -> V:
    """Open to everybody."""
    return _ruled(view, Rule("public"))


def signed_in(view: V) -> V:
    """Open to whoever has signed in."""
    return _ruled(view, Rule("signed_in"))


def signed_in_before_ready(view: V) -> V:
    """For the pages on which an account is made ready: change of password, second factor, sign-out."""
    return _ruled(view, Rule("signed_in", before_ready=True))


def requires(*permissions: str) -> Callable[[V], V]:
    """Open to a post that has one of these permissions."""
    if not permissions:
        raise ValueError("requires() needs a permission of huying.people.permissions.PERMISSIONS")
    return lambda view: _ruled(view, Rule("requires", _known(permissions)))


def desk(*permissions: str) -> Callable[[V], V]:
    """Open to staff whose post has one of these permissions; without any: to every post."""
    return lambda view: _ruled(view, Rule("requires", _known(permissions), staff=True))


def keyed(view: V, permissions: Iterable[str]) -> V:
    """Say of a view of the API which permissions its operations ask of a key; none: any key will do."""
    view.access_rule = Rule("keyed", tuple(permissions))  # type: ignore[attr-defined]
    return view


def _known(permissions: tuple[str, ...]) -> tuple[str, ...]:
    unknown = set(permissions) - PERMISSIONS.keys()
    if unknown:
        raise ValueError(f"name permissions of huying.people.permissions.PERMISSIONS: {sorted(unknown)}")
    return permissions


def rule_of(view: Callable[..., Any]) -> Rule | None:
    """The rule of a view function, a class of views or what its `as_view()` gave; None when it has none."""
    rule = getattr(view, "access_rule", None) or getattr(getattr(view, "dispatch", None), "access_rule", None)
    return rule if isinstance(rule, Rule) else None


def _ruled(view: V, rule: Rule) -> V:
    if isinstance(view, type):
        if not issubclass(view, View):
            raise TypeError(f"{view} is not a class of views")
        # as_view() copies the attributes of dispatch to the function it makes.
        view.dispatch = _guarded(view.dispatch, rule, position=1)  # type: ignore[method-assign]
        return cast(V, view)
    return cast(V, _guarded(view, rule, position=0))


def _guarded(view: Callable[..., HttpResponseBase], rule: Rule, position: int) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponseBase:
        request = args[position]
        answer = refusal(request, rule)
        if answer is not None:
            return answer
        response = view(*args, **kwargs)
        if rule.kind != "public" and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)  # the next one at this desk presses "back"
        return response

    guarded.access_rule = rule  # type: ignore[attr-defined]
    return guarded


def refusal(request: ActorRequest, rule: Rule) -> HttpResponse | None:
    """What this request gets instead of the page; None when it may have it."""
    if rule.kind == "public":
        return None
    user = signed_in_user(request)
    if user is None:
        return _go(request, f"{reverse('people:sign-in')}?{urlencode(_coming_back(request))}")
    settle(request)
    if not rule.before_ready and (answer := unready(request, user)) is not None:
        return answer
    if not rule.admits(request.actor):
        return error_response(request, 403)
    return None


def unready(request: ActorRequest, user: User) -> HttpResponse | None:
    """What a signed-in account has to do before it may work."""
    if user.must_change_password:
        return _go(request, f"{reverse('people:change-password')}?{urlencode({'next': _here(request)})}")
    if second_factor.is_required(request.actor.role) and not user.has_second_factor:
        return _go(request, f"{reverse('people:enrol')}?{urlencode({'next': _here(request)})}")
    if user.is_staff_member and request.actor.post_id is None:
        return render(request, "people/no_post.html", status=403)
    return None


def safe_next(request: HttpRequest) -> str:
    """The address asked for in `next`, if it is one of ours; else where this user belongs."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    user = signed_in_user(request)
    return STAFF_HOME if user is not None and user.is_staff_member else HOME


def _here(request: HttpRequest) -> str:
    """The page to come back to: this one, or the one whose form was sent."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    page = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    own = page.netloc == request.get_host() and page.path.startswith("/")
    return (f"{page.path}?{page.query}" if page.query else page.path) if own else ""


UNSENT = "unsent"  # of the address of the sign-in page: what became of the form that brought somebody there
KEPT, LOST = "kept", "lost"


def _coming_back(request: HttpRequest) -> dict[str, str]:
    """Where to go after signing in. Of a form whose sender was no longer signed in, what became of it: what was written
    is kept as a draft where the form is made for that, and its page opens with it."""
    here = _here(request)
    if request.method != "POST" or request.headers.get("HX-Request"):
        return {"next": here}
    key = drafts.rescue(request)
    if not key:
        return {"next": here, UNSENT: LOST}
    return {"next": f"{urlsplit(here).path}?{urlencode({drafts.FIELD: key})}" if here else "", UNSENT: KEPT}


def _go(request: HttpRequest, address: str) -> HttpResponse:
    """A redirect that also works for a part of a page fetched by htmx."""
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)
