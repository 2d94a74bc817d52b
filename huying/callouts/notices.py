"""What people are told at each step of a call-out and of the responses to it."""

from __future__ import annotations

from huying.matters.messages import templates
from huying.matters.wording import Template

for _key, _template in {
    "callout.to_analyse": Template("呼叫待研判", "{number}“{title}”已提交，请在 {due} 前研判。"),
    "callout.to_approve": Template("呼叫待审批", "{number}“{title}”等您审批，请在 {due} 前审批。"),
    "callout.issued": Template("呼叫已发出", "{number}“{title}”已发出，被呼叫的单位已收到通知。"),
    "callout.sent_back": Template("呼叫被退回", "{number}“{title}”被区中心退回，原因请查看呼叫，修改后可以重新提交。"),
    "callout.disapproved": Template("呼叫未获同意", "{number}“{title}”负责人没有同意，原因请查看呼叫。"),
    "callout.raised": Template("呼叫提级", "{number}“{title}”已提级到您这里，请协调有关单位尽快到场。"),
    "callout.raised_by_clock": Template(
        "呼叫到时提级", "{number}“{title}”到时限还有单位没有响应，已提级到您这里，请协调。"
    ),
    "callout.raised_called": Template("呼叫已提级", "{number}“{title}”已提级，请尽快响应、办理。"),
    "callout.withdrawn": Template("呼叫已撤回", "{number}“{title}”已撤回，不用再来，原因请查看呼叫。"),
    "callout.docketed": Template("呼叫转为议题", "{number}“{title}”转为议题联合解决，这次呼叫到此为止。"),
    "callout.handed_over": Template("呼叫已移交", "{number}“{title}”已移交别的机构，这次呼叫到此为止。"),
    "callout.all_accepted": Template("呼叫办结，请互评", "{number}“{title}”各单位都已办结，请互相评价。"),
    "callout.succeeded": Template("承接呼叫", "{number}“{title}”的单位有变更，现由{holder}办理。"),
    "callout_response.called": Template("有人呼叫", "{number}“{title}”请{holder}到场，请在 {due} 前响应。"),
    "callout_response.responded": Template("有单位响应", "{number}“{title}”{holder}已响应。"),
    "callout_response.declined": Template("有单位申请退出", "{number}“{title}”有单位申请退出，等区中心裁定。"),
    "callout_response.to_rule": Template("退出申请待裁定", "{number}“{title}”有单位申请退出，请在 {due} 前裁定。"),
    "callout_response.released": Template("同意退出", "{number}“{title}”区中心已同意退出，理由请查看响应。"),
    "callout_response.bound": Template("裁定应当响应", "{number}“{title}”区中心裁定由{holder}响应，请照原时限办理。"),
    "callout_response.arrived": Template("有单位到场", "{number}“{title}”{holder}已到场。"),
    "callout_response.reported": Template("呼应有进展", "{number}“{title}”{holder}反馈了进展。"),
    "callout_response.fed_back": Template("呼应结果待验收", "{number}“{title}”已反馈结果，请在 {due} 前验收。"),
    "callout_response.accepted": Template("呼应结果已验收", "{number}“{title}”已验收通过，请评价这次呼叫。"),
    "callout_response.sent_back": Template("呼应结果被退回", "{number}“{title}”被退回，请重新办理，{due} 前反馈。"),
    "callout_response.rated": Template("收到呼应评价", "{number}“{title}”呼叫单位已作出评价。"),
    "callout_response.caller_rated": Template("收到呼叫评价", "{number}“{title}”被呼叫单位已作出评价。"),
    "callout_response.pressed": Template("呼应催办", "{number}“{title}”被催办，请尽快响应、办理。"),
    "callout_response.run_out": Template("到时未响应", "{number}“{title}”到时限没有响应，呼叫已提级，请马上响应。"),
    "callout_response.response_succeeded": Template("承接响应", "{number}“{title}”的单位有变更，现由{holder}办理。"),
}.items():
    templates.add(_key, _template)
