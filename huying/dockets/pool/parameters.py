"""Figures of the resource pool that a district may set for itself."""

from __future__ import annotations

from huying.kernel.parameters import Parameter, declare

EXPIRY_DAYS = declare(
    Parameter(
        key="pool.expiry_days",
        label="服务资源到期提前提醒",
        unit="天",
        default=15,
        least=1,
        most=90,
        note="资源的有效期到来之前，提前多少天提醒提供单位和确认的社区、街道，并列入“快到期”。",
    )
)
POINTS = declare(
    Parameter(
        key="pool.points",
        label="服务积分：每小时",
        unit="分",
        default=10,
        least=0,
        most=1000,
        note="社区确认的每个服务小时记多少积分；已经记下的不变。",
    )
)
