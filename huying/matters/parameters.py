"""Figures of all matters that a district may set for itself."""

from __future__ import annotations

from huying.kernel.parameters import Parameter, declare

QUIET_FROM = declare(
    Parameter(
        key="matters.quiet_from",
        label="夜间不发短信：从几点",
        unit="点",
        default=21,
        least=0,
        most=23,
        note="不紧急的短信等到早上再发，紧急的照发；和“到几点”相同时不分昼夜。",
    )
)
QUIET_TO = declare(
    Parameter(key="matters.quiet_to", label="夜间不发短信：到几点", unit="点", default=8, least=0, most=23)
)
DAILY = declare(
    Parameter(
        key="matters.sms_daily",
        label="每天最多发多少条短信",
        unit="条",
        default=20_000,
        least=0,
        most=1_000_000,
        note="超过后不紧急的等到第二天早上，紧急的照发。",
    )
)
DAILY_EACH = declare(
    Parameter(
        key="matters.sms_daily_each",
        label="同一个号码每天最多发多少条短信",
        unit="条",
        default=20,
        least=1,
        most=1000,
        note="超过后不紧急的等到第二天早上，紧急的照发。",
    )
)

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
