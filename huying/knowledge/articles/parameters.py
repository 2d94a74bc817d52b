"""Figures of the knowledge base that a district may set for itself."""

from __future__ import annotations

from huying.kernel.parameters import Parameter, declare

DUE_DAYS = declare(
    Parameter(
        key="knowledge.due_days",
        label="知识到期提前提醒",
        unit="天",
        default=15,
        least=1,
        most=90,
        note="知识的有效期或复核日期到来之前，提前多少天提醒归属单位，并列入“到期和复核”。",
    )
)
