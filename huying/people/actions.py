"""What is done to accounts, organisations and posts; each one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from huying.kernel.errors import Conflict, Invalid
from huying.kernel.generation import bump
from huying.kernel.order import sort_key
from huying.people import guards, second_factor, sign_in
from huying.people.enums import OrganisationKind, UserKind
from huying.people.models import Contact, Deputy, Organisation, Post, User
from huying.people.passwords import initial_password, require_strong
from huying.people.roles import ROLES
from huying.places.models import Place

SYSTEM_USERNAME = "system"
CENTRE_CODE = "centre"


def system_user() -> User:
    """The account in whose name the command line acts; nobody can sign in with it."""
    user, _ = User.objects.get_or_create(
        username=SYSTEM_USERNAME,
        defaults={"kind": UserKind.MACHINE, "full_name": "系统", "password": make_password(None)},
    )
    return user


def create_user(
    *,
    username: str,
    password: str | None,
    full_name: str = "",
    kind: UserKind = UserKind.STAFF,
    contact: Contact | None = None,
    must_change_password: bool = True,
) -> User:
    """A new account. `password` None: nobody can sign in with a password."""
    user = User(
        username=User.normalize_username(username),
        full_name=full_name.strip(),
        kind=kind,
        contact=contact,
        must_change_password=must_change_password and password is not None,
    )
    if password is None:
        user.set_unusable_password()
    else:
        require_strong(password, user)
        user.set_password(password)
    _save(user)
    return user


@transaction.atomic
def create_admin(*, username: str, password: str, full_name: str = "系统管理员", organisation: str = "") -> User:
    """The first administrator, in the centre (made when there is none). For `huying createadmin`."""
    centre = (
        Organisation.objects.current().filter(code=organisation).first()
        if organisation
        else Organisation.objects.current().filter(kind=OrganisationKind.CENTRE).order_by("pk").first()
    )
    if centre is None and organisation:
        raise Invalid(f"没有编码为 {organisation} 的单位。")
    today = timezone.localdate()
    if centre is None:
        centre = Organisation(
            code=CENTRE_CODE,
            name="网格化服务管理中心",
            short_name="区中心",
            kind=OrganisationKind.CENTRE,
            sort_key=sort_key("网格化服务管理中心"),
            valid_from=today,
        )
        _save(centre)
        bump("organisations")
    user = create_user(username=username, password=password, full_name=full_name, must_change_password=False)
    give_post(user, "administrator", centre, since=today, is_primary=True)
    return user


@transaction.atomic
def give_post(
    user: User,
    role: str,
    organisation: Organisation,
    *,
    since: dt.date | None = None,
    grids: Iterable[Place] = (),
    is_primary: bool = False,
) -> Post:
    """Put somebody into a role at an organisation. A new primary post takes over from the one held until then."""
    since = since or timezone.localdate()
    grids = list(grids)
    check_post(user.kind, role, bool(grids))
    if is_primary:
        Post.objects.at(since).filter(user=user, is_primary=True).update(is_primary=False)
    post = Post(user=user, role=role, organisation=organisation, is_primary=is_primary, valid_from=since)
    _save(post)
    post.grids.set(grids)
    return post


def check_post(kind: str, role: str, has_grids: bool) -> None:
    """Refuse a post that makes no sense, whatever form it comes in."""
    if role not in ROLES or ROLES[role].kind != UserKind.STAFF:
        names = "、".join(known.name for known in ROLES.values() if known.kind == UserKind.STAFF)
        raise Invalid(f"没有角色“{role}”，可选：{names}。", fields={"role": ["请从列表中选择角色。"]})
    if kind != UserKind.STAFF:
        raise Invalid("只有工作人员账号可以任职。")
    if ROLES[role].needs_grids and not has_grids:
        raise Invalid(f"{ROLES[role].name}岗位要写明负责的网格。", fields={"grids": ["请填写负责的网格。"]})
    if has_grids and not ROLES[role].needs_grids:
        raise Invalid(f"{ROLES[role].name}岗位不分网格，请去掉网格。", fields={"grids": ["该角色不填网格。"]})


def make_primary(post: Post) -> None:
    """The post its holder begins the day with; whichever was until now steps back."""
    with transaction.atomic():
        Post.objects.filter(user=post.user, is_primary=True).exclude(pk=post.pk).update(is_primary=False)
        post.is_primary = True
        _save(post)


@transaction.atomic
def set_grids(post: Post, grids: Iterable[Place]) -> None:
    """The grids that a grid worker looks after from now on."""
    grids = list(grids)
    check_post(post.user.kind, post.role, bool(grids))
    post.grids.set(grids)


def end_post(post: Post, *, on: dt.date | None = None) -> None:
    """The holder leaves the post; `on` is the first day without it."""
    post.valid_to = max(on or timezone.localdate(), post.valid_from + dt.timedelta(days=1))
    _save(post)


def resume_post(post: Post) -> None:
    """The holder stays after all."""
    if post.is_primary and Post.objects.filter(user=post.user, is_primary=True, valid_to=None).exists():
        post.is_primary = False
    post.valid_to = None
    _save(post)


def appoint_deputy(post: Post, user: User, *, since: dt.date, until: dt.date, by: User) -> Deputy:
    """Let somebody act for the holder of a post from `since` up to and including the day before `until`."""
    if not user.is_staff_member:
        raise Invalid("代理人必须是工作人员。")
    if post.user_id == user.pk:
        raise Invalid("不能代理自己的岗位。")
    deputy = Deputy(post=post, user=user, valid_from=since, valid_to=until, appointed_by=by)
    _save(deputy)
    return deputy


def end_deputy(deputy: Deputy, *, on: dt.date | None = None) -> None:
    """Nobody stands in any longer from `on` (today)."""
    day = on or timezone.localdate()
    if deputy.valid_to <= day:
        raise Conflict("这次代理已经结束。")
    deputy.valid_to = day
    _save(deputy)


@transaction.atomic
def rename(user: User, full_name: str) -> None:
    """Another name of a member of staff."""
    user.full_name = full_name.strip()
    _save(user)


@transaction.atomic
def store_organisation(organisation: Organisation) -> None:
    """A new organisation, or one that has changed; the tree stays a tree."""
    if (
        organisation.pk
        and organisation.parent_id
        and Organisation.objects.inside(organisation.pk).filter(pk=organisation.parent_id).exists()
    ):
        raise Invalid("上级单位不能是本单位或其下级单位。", fields={"parent": ["上级单位不能是本单位或其下级单位。"]})
    organisation.sort_key = sort_key(organisation.name)
    _save(organisation)
    bump("organisations")


@transaction.atomic
def dissolve(organisation: Organisation, *, on: dt.date, successor: Organisation | None = None) -> None:
    """The organisation ends; `successor` answers for what it held."""
    if successor is not None and not successor.valid_from <= on:
        raise Invalid("承接单位那时还没有设立。", fields={"successor": ["承接单位那时还没有设立。"]})
    if successor is not None and successor.valid_to is not None and successor.valid_to <= on:
        raise Invalid("承接单位那时已经撤销。", fields={"successor": ["承接单位那时已经撤销，请另选一个。"]})
    organisation.valid_to, organisation.successor = on, successor
    _save(organisation)
    bump("organisations")


@transaction.atomic
def revive(organisation: Organisation) -> None:
    """It was dissolved by mistake. What has gone to its successor meanwhile stays there."""
    organisation.valid_to, organisation.successor = None, None
    _save(organisation)
    bump("organisations")


@transaction.atomic
def deactivate(user: User, *, by: User, at: dt.datetime | None = None) -> None:
    """Close an account: no sign-in, every session ended. Its past stays."""
    if user.pk == by.pk:
        raise Conflict("不能停用自己的账号。")
    user.is_active, user.deactivated_at, user.deactivated_by = False, at or timezone.now(), by
    user.save(update_fields=["is_active", "deactivated_at", "deactivated_by"])
    sign_in.end_all_sessions(user, by=by)
    if user.kind == UserKind.MACHINE:
        bump("api_keys")


@transaction.atomic
def reactivate(user: User) -> None:
    user.is_active, user.deactivated_at, user.deactivated_by = True, None, None
    user.save(update_fields=["is_active", "deactivated_at", "deactivated_by"])
    if user.kind == UserKind.MACHINE:
        bump("api_keys")


@transaction.atomic
def reset_password(user: User, *, by: User) -> str:
    """A new initial password, returned this once; it must be changed at the next sign-in."""
    password = initial_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    sign_in.end_all_sessions(user, by=by)
    unlock(user)
    return password


def unlock(user: User) -> None:
    """Let somebody try again at once who has typed a wrong password or code too often."""
    for subject in (guards.account(user.username), guards.second_factor(user.pk), guards.own_password(user.pk)):
        guards.forgive(subject)


@transaction.atomic
def reset_second_factor(user: User, *, by: User) -> None:
    """For a lost phone without recovery codes."""
    second_factor.switch_off(user)
    sign_in.end_all_sessions(user, by=by)
    unlock(user)


def _save(row: models.Model) -> None:
    """Save after the checks the database also makes, so that the refusal is a sentence."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("填写的内容有误，请按提示修改。", fields=_messages(error)) from error
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:  # somebody else was quicker, or a trigger knows better
        raise Conflict("没有保存：与已有的数据冲突，请刷新后重试。") from error


def _messages(error: ValidationError) -> dict[str, list[str]]:
    return {("" if name == "__all__" else name): texts for name, texts in error.message_dict.items()}
