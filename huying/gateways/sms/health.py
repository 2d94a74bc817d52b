"""What `huying doctor` says of the SMS platform."""

from __future__ import annotations

from django.conf import settings

from huying.gateways.sms.codes import lacking
from huying.gateways.sms.platform import NotJoined, platform
from huying.kernel import health

SECURE = "https://"


@health.check("短信平台")
def joined() -> health.Finding:
    """Whether it could send: nothing is sent to find out."""
    if not settings.SMS_PLATFORM:
        return health.Finding(True, "没有接通短信平台，短信只记入日志。")
    try:
        found = platform()
    except NotJoined as error:
        return health.Finding(False, error.words, "请补全设置后重启。")
    if found.coded and (missing := lacking()):
        return health.Finding(
            False,
            f"{found.name}：有 {len(missing)} 条消息没有模板编号，或者文字改过没有重新报备。",
            "请到“系统设置 › 短信平台 › 模板编号”补齐，没有编号的发不出去。",
        )
    return health.Finding(True, f"{found.name}已接通。")
