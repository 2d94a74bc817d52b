"""What people are told at each step of a supervision and of an instruction. `{due}` is the next due time."""

from huying.matters.messages import templates
from huying.matters.wording import Template

for _key, _template in {
    "supervision.issued": Template("督办件待签收", "{number}“{title}”已下达{holder}，请及时签收，{due} 前反馈。"),
    "supervision.handed_back": Template("督办件待改派", "{number}“{title}”没有单位承办，请改派或撤销。"),
    "supervision.to_endorse": Template("督办反馈待审核", "{number}“{title}”的反馈已经拟好，请负责人审核。"),
    "supervision.sent_back": Template("督办反馈退回修改", "{number}“{title}”的反馈被负责人退回，请修改后重新提交。"),
    "supervision.reported": Template("督办反馈已报", "{number}“{title}”的反馈已报来，请在 {due} 前审核。"),
    "supervision.returned": Template("督办件退回再办", "{number}“{title}”没有办到位，请再办，{due} 前反馈。"),
    "supervision.accepted": Template("督办件已办结", "{number}“{title}”的反馈已审核通过，督办件办结。"),
    "supervision.escalated": Template("督办升级", "{number}“{title}”的督办已经升级，文书在督办件页面下载，请抓紧。"),
    "supervision.to_sign": Template("督办文书待签发", "{number}“{title}”有一份文书拟好了，请签发。"),
    "supervision.signed": Template("督办文书已签发", "{number}“{title}”的文书已经签发，请下载送达。"),
    "supervision.declined": Template("督办文书未签发", "{number}“{title}”的文书不予签发，请看办理过程里的理由。"),
    "supervision.cancelled": Template("督办已撤销", "{number}“{title}”的督办已经撤销，不用再反馈。"),
    "instruction.recorded": Template("交办件待分解", "{number}“{title}”已登记，请在 {due} 前分解任务。"),
    "instruction.again": Template("再次批示", "{number}“{title}”有新的批示，请在 {due} 前分解任务。"),
    "instruction.gathered": Template("交办件待报告", "{number}“{title}”的任务都已办结，请在 {due} 前报告。"),
    "instruction.finished": Template("批示办理情况", "{number}“{title}”的办理情况已经报告，请阅示。"),
}.items():
    templates.add(_key, _template)
