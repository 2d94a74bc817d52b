"""Figures of all matters that a district may set for itself."""

from __future__ import annotations

from huying.kernel.parameters import Parameter, declare

UNDO_SECONDS = declare(
    Parameter(
        key="matters.undo_seconds",
        label="办错了可以撤回的时间",
        unit="秒",
        default=60,
        least=10,
        most=600,
        note="这段时间内，本人可以撤回刚办的一步；发给外部的短信也等过了这段时间再发。",
    )
)
