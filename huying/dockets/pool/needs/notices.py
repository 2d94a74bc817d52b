"""What people are told at each step of a need."""

from __future__ import annotations

from huying.matters.messages import templates
from huying.matters.wording import Template

for _key, _template in {
    "need.open": Template("有可以认领的需求", "服务需求“{title}”（{number}）与贵单位的资源相符，可以认领。"),
    "need.asked": Template("请认领服务需求", "服务需求“{title}”（{number}）请贵单位认领，请在 {due} 前答复。"),
    "need.claimed": Template("需求已有人认领", "服务需求“{title}”（{number}）已由{holder}认领。"),
    "need.declined": Template("需求被退回", "服务需求“{title}”（{number}）对方不能承接，请另行对接。"),
    "need.done": Template("需求待确认", "服务需求“{title}”（{number}）已报告完成，请在 {due} 前确认并评价。"),
    "need.confirmed": Template("需求已确认", "服务需求“{title}”（{number}）已确认办成，谢谢。"),
    "need.sent_back": Template("需求退回重做", "服务需求“{title}”（{number}）还没有做好，请按意见接着做。"),
    "need.withdrawn": Template("需求已撤销", "服务需求“{title}”（{number}）已撤销，不用再做。"),
    "need.succeeded": Template("承接服务需求", "服务需求“{title}”（{number}）的单位有变更，现由{holder}办理。"),
}.items():
    templates.add(_key, _template)
