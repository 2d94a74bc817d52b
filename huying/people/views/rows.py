"""A session as a line of a list."""

from __future__ import annotations

import re
from dataclasses import dataclass

from huying.people.models import Session

# The first that fits; a browser's own words name several others it wants to be taken for.
_BROWSERS = (
    ("微信", r"MicroMessenger"),
    ("Edge", r"Edg[eA]?/"),
    ("QQ 浏览器", r"QQBrowser"),
    ("360 浏览器", r"360[SE]E"),
    ("Firefox", r"Firefox/"),
    ("Chrome", r"Chrome/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("鸿蒙", r"HarmonyOS|OpenHarmony"),
    ("安卓", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("Mac", r"Mac OS"),
    ("Linux", r"Linux"),
)


@dataclass(frozen=True, slots=True)
class SessionRow:
    session: Session
    device: str
    is_own: bool


def session_row(session: Session, own_key: str) -> SessionRow:
    return SessionRow(session, device(session.agent), session.session_key == own_key)


def device(agent: str) -> str:
    """“Chrome · Windows” out of what a browser says of itself."""
    words = [next((name for name, mark in known if re.search(mark, agent)), "") for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, words)) or "未知设备"
