"""Staff by user name: accounts and the posts they hold, one row a post."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from huying.kernel.errors import Invalid
from huying.kernel.tabular import Cell, Column, Mapping, Report, Row, open_rows, write_xlsx
from huying.people.enums import UserKind
from huying.people.importing.organisations import write_table
from huying.people.models import Organisation, Post, User
from huying.people.models.accounts import USERNAME
from huying.people.passwords import hash_many, initial_password
from huying.people.roles import ROLES, Role
from huying.places.enums import Level
from huying.places.models import Place

STAFF_ROLES = [role for role in ROLES.values() if role.kind == UserKind.STAFF]
COLUMNS = (
    Column(
        key="username",
        title="用户名",
        also=("账号", "登录名"),
        required=True,
        note="3 至 64 位小写字母、数字或 . _ @ -；同一人有几个岗位就写几行。",
        example="liwei",
    ),
    Column(key="full_name", title="姓名", required=True, example="李伟"),
    Column(
        key="role",
        title="角色",
        also=("岗位",),
        required=True,
        note=f"{'、'.join(role.name for role in STAFF_ROLES)}。",
        example="承办单位经办人",
    ),
    Column(
        key="organisation",
        title="单位编码",
        also=("单位", "单位名称"),
        required=True,
        note="单位的编码或全称，单位要先导入。",
        example="swj",
    ),
    Column(key="grids", title="负责网格", also=("网格编码",), note="网格员必填：网格编码，多个用顿号隔开。"),
    Column(key="is_primary", title="主岗", note="是或否；不填时第一个岗位为主岗。", example="是"),
    Column(key="valid_from", title="任职日期", note="新岗位不填为今天。", example="2026-01-01"),
    Column(key="valid_to", title="离任日期", note="当日起不再任职，可不填。"),
)
ROLES_BY_NAME = {role.name: role for role in STAFF_ROLES}
ROLES_BY_KEY = {role.key: role for role in STAFF_ROLES}
PASSWORD_HEADERS = ("用户名", "姓名", "单位", "初始密码")
HASHED_AT_ONCE = 50
_SEPARATORS = re.compile(r"[、,，;；\s]+")

Progress = Callable[[int, int], None]  # passwords made, of how many


@dataclass(slots=True)
class WantedPost:
    row: Row
    username: str
    full_name: str
    role: Role
    organisation: Organisation
    grids: tuple[int, ...]
    is_primary: bool | None  # None: not said
    since: dt.date | None
    until: dt.date | None


@dataclass(slots=True)
class _Writing:
    """What changes, and how many rows changed something."""

    users: dict[str, User]
    new_users: list[User] = field(default_factory=list)
    renamed: list[User] = field(default_factory=list)
    written: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    organisations: Dictionary[str, Organisation]
    grids: Dictionary[str, int]
    users: dict[str, User]


def import_staff(
    path: Path,
    mapping: Mapping | None = None,
    *,
    day: dt.date | None = None,
    dry_run: bool = False,
    error_sheet: Path | None = None,
    password_sheet: Path | None = None,
    progress: Progress = lambda made, total: None,
) -> Report:
    """Create and update accounts and posts. New accounts get an initial password, written once to `password_sheet`
    (.xlsx, readable by its owner only); it must be changed at the first sign-in. Nobody loses a post by a file that
    does not name it.
    """
    day = day or timezone.localdate()
    if password_sheet is not None and password_sheet.exists() and not dry_run:
        raise Invalid(f"{password_sheet} 已经存在，里面可能有还没发放的初始密码，请移走后再导入。", code="sheet_exists")
    with open_rows(path, COLUMNS, mapping) as source, Report(source, sheet=error_sheet) as report:
        known = _known(day)
        wanted: dict[tuple[str, str, int], WantedPost] = {}
        names: dict[str, WantedPost] = {}
        primary: dict[str, int] = {}
        for row in source:
            one = _read(row, known, wanted, names, primary)
            if one is None:
                report.reject(row)
                continue
            wanted[(one.username, one.role.key, one.organisation.pk)] = one
            names.setdefault(one.username, one)
            if one.is_primary:
                primary[one.username] = row.number
        new_names = [name for name in names if name not in known.users]
        if new_names and password_sheet is None and not dry_run:
            raise Invalid("有新账号，要指定初始密码写到哪个文件。", code="no_password_sheet")
        passwords = {} if dry_run else {name: initial_password() for name in new_names}
        hashes = _hashes(passwords, progress)
        with transaction.atomic():
            writing = _write_users(list(names.values()), known, hashes)
            _write_posts(list(wanted.values()), writing, day)
            report.accept(writing.written)
            report.skip(len(wanted) - writing.written)
            if passwords and password_sheet is not None:
                _write_passwords(password_sheet, passwords, names)
            if dry_run:
                transaction.set_rollback(True)
    return report


def _known(day: dt.date) -> _Known:
    organisations = {}
    for one in Organisation.objects.at(day):
        organisations[one.code] = organisations[one.name] = one
    return _Known(
        organisations,
        dict(Place.objects.at(day).filter(level=Level.GRID).values_list("code", "pk")),
        {user.username: user for user in User.objects.all()},
    )


def _read(
    row: Row,
    known: _Known,
    wanted: Dictionary[tuple[str, str, int], WantedPost],
    names: Dictionary[str, WantedPost],
    primary: Dictionary[str, int],
) -> WantedPost | None:
    username = User.normalize_username(row.text("username", required=True))
    if username and not re.fullmatch(USERNAME, username):
        row.fault("username", "应为 3 至 64 位小写字母、数字或 . _ @ -，以字母或数字开头")
    full_name = row.text("full_name", required=True, most=60)
    user = known.users.get(username)
    if user is not None and not user.is_staff_member:
        row.fault("username", f"“{username}”已是{user.get_kind_display()}账号，请换一个用户名")
    if user is not None and not user.is_active:
        row.fault("username", f"账号“{username}”已停用，请先重新启用")
    if username in names and names[username].full_name != full_name:
        row.fault("full_name", f"与第 {names[username].row.number} 行的姓名不一致")
    role = ROLES_BY_KEY.get(row.text("role")) or row.choice("role", ROLES_BY_NAME, required=True)
    written = row.text("organisation", required=True)
    organisation = known.organisations.get(written)
    if written and organisation is None:
        row.fault("organisation", f"没有“{written[:30]}”这个单位，或已撤销，请先导入单位")
    grids = _grids(row, known)
    if role is not None and role.needs_grids and not grids and not row.text("grids"):
        row.fault("grids", f"{role.name}要写明负责的网格")
    if role is not None and not role.needs_grids and grids:
        row.fault("grids", f"{role.name}不分网格，请去掉")
    is_primary = row.yes("is_primary") if row.text("is_primary") else None
    if is_primary and username in primary:
        row.fault("is_primary", f"第 {primary[username]} 行已是此人的主岗")
    since, until = row.day("valid_from"), row.day("valid_to")
    if since and until and until <= since:
        row.fault("valid_to", "离任日期要晚于任职日期")
    if role is not None and organisation is not None:
        twin = wanted.get((username, role.key, organisation.pk))
        if twin is not None:
            row.fault("", f"与第 {twin.row.number} 行是同一个岗位")
    if row.faults or role is None or organisation is None:
        return None
    return WantedPost(row, username, full_name, role, organisation, grids, is_primary, since, until)


def _grids(row: Row, known: _Known) -> tuple[int, ...]:
    codes = [code for code in _SEPARATORS.split(row.text("grids")) if code]
    unknown = [code for code in codes if code not in known.grids]
    if unknown:
        row.fault("grids", f"没有编码为 {'、'.join(unknown[:5])} 的网格，或已停用")
        return ()
    return tuple(sorted({known.grids[code] for code in codes}))


def _hashes(passwords: Dictionary[str, str], progress: Progress) -> dict[str, str]:
    """Hashing is slow on purpose; some hundred accounts take a minute, so it says how far it is."""
    hashes: dict[str, str] = {}
    names = list(passwords)
    for at in range(0, len(names), HASHED_AT_ONCE):
        part = names[at : at + HASHED_AT_ONCE]
        hashes |= dict(zip(part, hash_many([passwords[name] for name in part]), strict=True))
        progress(len(hashes), len(names))
    return hashes


def _write_users(people: list[WantedPost], known: _Known, hashes: Dictionary[str, str]) -> _Writing:
    writing = _Writing(dict(known.users))
    for one in people:
        user = known.users.get(one.username)
        if user is None:
            user = User(
                username=one.username,
                full_name=one.full_name,
                kind=UserKind.STAFF,
                password=hashes.get(one.username) or make_password(None),
                must_change_password=True,
            )
            writing.new_users.append(user)
            writing.users[one.username] = user
        elif user.full_name != one.full_name:
            user.full_name = one.full_name
            writing.renamed.append(user)
    User.objects.bulk_create(writing.new_users)
    User.objects.bulk_update(writing.renamed, ["full_name"])
    return writing


def _write_posts(wanted: list[WantedPost], writing: _Writing, day: dt.date) -> None:
    """Posts brought in line, all of them with a handful of statements."""
    through = Post.grids.through
    users = {writing.users[one.username].pk for one in wanted}
    old: dict[tuple[int, str, int], Post] = {}
    primary: dict[int, list[Post]] = defaultdict(list)
    for post in Post.objects.filter(user_id__in=users).order_by("pk"):
        if post.valid_to is None or post.valid_to > day:
            old[(post.user_id, post.role, post.organisation_id)] = post
        if post.is_primary:
            primary[post.user_id].append(post)
    grids: dict[int, set[int]] = defaultdict(set)
    for post_id, place_id in through.objects.filter(post__in=old.values()).values_list("post_id", "place_id"):
        grids[post_id].add(place_id)

    touched = {user.username for user in (*writing.new_users, *writing.renamed)}
    stepping_back: list[Post] = []
    changed: list[Post] = []
    new: list[Post] = []
    to_grids: list[tuple[Post, tuple[int, ...]]] = []
    for one in wanted:
        user_id = writing.users[one.username].pk
        found = old.get((user_id, one.role.key, one.organisation.pk))
        held = found or Post(
            user_id=user_id, role=one.role.key, organisation=one.organisation, valid_from=one.since or day
        )
        before = (held.valid_from, held.valid_to, held.is_primary)
        held.valid_from, held.valid_to = one.since or held.valid_from, one.until
        rivals = [other for other in primary[user_id] if other is not held and _overlap(other, held)]
        if one.is_primary is not None:
            held.is_primary = one.is_primary
        elif found is None:
            held.is_primary = not rivals
        if held.is_primary:
            for other in rivals:
                other.is_primary = False
            stepping_back += rivals
            primary[user_id] = [*(other for other in primary[user_id] if other.is_primary and other is not held), held]
        regridded = grids[held.pk] != set(one.grids) if found else bool(one.grids)
        if regridded:
            to_grids.append((held, one.grids))
        if found is None:
            new.append(held)
        elif before != (held.valid_from, held.valid_to, held.is_primary):
            changed.append(held)
        elif not regridded and one.username not in touched:
            continue
        writing.written += 1
    # First who steps back, then who takes over: at no moment two primary posts.
    Post.objects.bulk_update([post for post in stepping_back if post.pk], ["is_primary"])
    Post.objects.bulk_update(changed, ["is_primary", "valid_from", "valid_to"])
    Post.objects.bulk_create(new)
    through.objects.filter(post__in=[post for post, _ in to_grids]).delete()
    through.objects.bulk_create(
        through(post_id=post.pk, place_id=place_id) for post, places in to_grids for place_id in places
    )


def _overlap(one: Post, other: Post) -> bool:
    return (one.valid_to is None or one.valid_to > other.valid_from) and (
        other.valid_to is None or other.valid_to > one.valid_from
    )


def _write_passwords(path: Path, passwords: Dictionary[str, str], names: Dictionary[str, WantedPost]) -> None:
    """Before anybody else can look: the file is there, for its owner alone, when the workbook is written into it."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    rows = [
        [username, names[username].full_name, names[username].organisation.name, password]
        for username, password in passwords.items()
    ]
    write_xlsx(path, PASSWORD_HEADERS, rows, title="初始密码")


EXPORTED = tuple(column.title for column in COLUMNS)


def export_staff(path: Path) -> int:
    """All posts that are held, to .xlsx or .csv, as they can be imported again; returns how many. No passwords."""
    posts = (
        Post.objects.current()
        .filter(user__is_active=True)
        .select_related("user", "organisation")
        .prefetch_related("grids")
        .order_by("user__username", "-is_primary", "pk")
    )
    rows: list[list[Cell]] = [
        [
            post.user.username,
            post.user.full_name,
            post.get_role_display(),
            post.organisation.code,
            "、".join(sorted(grid.code for grid in post.grids.all())),
            "是" if post.is_primary else "否",
            post.valid_from,
            post.valid_to,
        ]
        for post in posts
    ]
    return write_table(path, EXPORTED, rows)
