"""Who is asking through the API: `Authorization: Bearer KEY`."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from ninja.security.base import AuthBase

from huying.kernel.errors import Forbidden, Unauthenticated
from huying.kernel.throttle import Throttle
from huying.people.actors import Actor
from huying.people.keys import LiveKey, note_use, recognise
from huying.people.permissions import PERMISSIONS

throttle = Throttle()


class Bearer(AuthBase):
    """Lets a request through whose key was granted one of these permissions; with none named, any key's."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = "密钥由区中心的系统管理员用 huying keys create 建立，只显示一次。"

    def __init__(self, *permissions: str) -> None:
        super().__init__()
        if unknown := set(permissions) - PERMISSIONS.keys():
            raise ValueError(f"not permissions: {sorted(unknown)}")
        self.permissions = permissions

    def __call__(self, request: HttpRequest) -> LiveKey:
        scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("请求没有带上密钥。请在请求头写：Authorization: Bearer 密钥。")
        key = recognise(text.strip())
        throttle.take(key.prefix, key.per_minute)
        note_use(key)
        if self.permissions and not any(map(key.actor.may, self.permissions)):
            words = "或".join(f"“{PERMISSIONS[permission]}”（{permission}）" for permission in self.permissions)
            raise Forbidden(f"密钥没有{words}的权限，请向区中心申请。", code="scope")
        return key


def key_of(request: HttpRequest) -> LiveKey:
    """The key of a request that `Bearer` has let through."""
    return cast(LiveKey, request.auth)  # type: ignore[attr-defined]


def caller(request: HttpRequest) -> Actor:
    return key_of(request).actor
