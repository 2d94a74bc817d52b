"""What people are told at each step of a case. `{due}` is the next due time."""

from huying.matters.messages import templates
from huying.matters.wording import Template

for _key, _template in {
    "received": Template("已受理", "您反映的“{title}”已受理，编号 {number}，办到哪一步可在“查进展”中查看。"),
    "received_joined": Template(
        "已受理", "您反映的“{title}”已受理，编号 {number}。同样的事正在办理，您这一件一起办，办好后一起答复您。"
    ),
    "joined": Template("一起办理", "您反映的“{title}”（{number}）和另一件同样的事一起办，办好后一起答复您。"),
    "unjoined": Template("单独办理", "您反映的“{title}”（{number}）改为单独办理，可在“查进展”中查看。"),
    "closed_joined": Template(
        "已答复",
        "您反映的“{title}”（{number}）已办结，答复请看“查进展”；没有解决的 {p[cases.rework_days]} 天内可要求重办。",
    ),
    "answered": Template("已答复", "您反映的“{title}”（{number}）已答复，可在“查进展”中查看答复内容。"),
    "answer_redone": Template(
        "重新办理", "您反映的“{title}”（{number}），我们核对了答复，决定重新办理，办好后再答复您。"
    ),
    "question": Template("请补充情况", "您反映的“{title}”（{number}）还需要您补充一点情况，请在“查进展”中查看并回复。"),
    "information_added": Template("诉求人已补充", "{number}“{title}”的诉求人已补充情况，请继续办理，{due} 前完成。"),
    "no_answer": Template("诉求人未补充", "{number}“{title}”满五个工作日没有补充，已回到原环节，请按现有情况办理。"),
    "triaged": Template("紧急件待派单", "{number}“{title}”为紧急件，请在 {due} 前派单。"),
    "dispatched": Template("新派单", "{number}“{title}”已派给{holder}，请在 {due} 前签收。"),
    "dispatched_co": Template("协办通知", "{number}“{title}”由{holder}主办，请贵单位协办。"),
    "succeeded": Template("承接诉求件", "{number}“{title}”的承办单位有变更，现由{holder}主办，请在 {due} 前完成。"),
    "holder_dissolved": Template("请重新派单", "{number}“{title}”的承办单位已经撤销，没有承接单位，请重新派单。"),
    "handed_back": Template("退回派单", "{number}“{title}”被承办单位退回，请重新派单。"),
    "acknowledged": Template("已有单位接手", "您反映的“{title}”（{number}）由{holder}负责，他们会先与您联系。"),
    "contact": Template("保密件待联系", "{number}“{title}”要求保密，{holder}已签收，请在 {due} 前代为联系诉求人。"),
    "contact_again": Template("保密件待联系", "{number}“{title}”要求保密，正由{holder}重办，请代为联系诉求人。"),
    "proposed": Template("待审批", "{number}“{title}”已提交办理结果，请审批。"),
    "sent_back": Template("办理结果被退回", "{number}“{title}”的办理结果被退回，请按意见修改后重新提交。"),
    "resolved": Template("已办好", "您反映的“{title}”（{number}）已有办理结果，我们会回访您是否满意。"),
    "closed": Template(
        "已结案", "您反映的“{title}”（{number}）已结案，欢迎评价；没有解决的 {p[cases.rework_days]} 天内可要求重办。"
    ),
    "reminded": Template("催办", "{number}“{title}”被催办，请抓紧办理，{due} 前完成。"),
    "rework": Template("重办", "{number}“{title}”诉求人反映未解决或不满意，请重新办理，{due} 前完成。"),
    "urged_from_above": Template("上级催办", "{number}“{title}”上级催办，请抓紧办理，把进展报区中心答复上级。"),
    "answer_above": Template("请答复上级", "{number}“{title}”上级催办，请在 {due} 前答复上级。"),
    "redo_from_above": Template("上级要求重办", "{number}“{title}”上级要求重新办理，请在 {due} 前完成。"),
    "redone_from_above": Template(
        "重新办理", "您反映的“{title}”（{number}），上级回访或审核后要求重新办理，办好后再答复您。"
    ),
    "reply_to_review": Template("公开答复待审核", "{number}“{title}”的公开答复请在 {due} 前审核。"),
    "reply_passed": Template("公开答复已审核", "{number}“{title}”的答复已经区中心审核发出，修改过的地方请看办理过程。"),
    "reply_returned": Template("公开答复被退回", "{number}“{title}”的公开答复被区中心退回，请在 {due} 前改好再报。"),
    "review_opened": Template(
        "请第三方评价", "您反映的“{title}”（{number}）您再次表示没有解决或不满意，正请两位不相干的人分别评价。"
    ),
    "review_begun": Template("转第三方评价", "{number}“{title}”诉求人再次表示没有解决或不满意，已交两位第三方评价员。"),
    "judge": Template("请评价", "{number}“{title}”请您独立评价，{until} 前提交。"),
    "judge_soon": Template("评价快到期", "{number}“{title}”的评价请在 {until} 前提交。"),
    "judge_late": Template("评价已超时", "{number}“{title}”的评价应在 {until} 前提交，已经超时。"),
    "review_late": Template("第三方评价超时", "{number}“{title}”有评价员超时没有提交，可以提醒或者换人。"),
    "review_split": Template("评价待裁定", "{number}“{title}”的第三方评价需要您裁定，或者加派第三位。"),
    "review_proper": Template(
        "评价结果", "您反映的“{title}”（{number}），第三方评价认为处置得当，现已结案；有新的情况请重新反映。"
    ),
    "review_proper_unit": Template("第三方评价得当", "{number}“{title}”第三方评价认为处置得当，已结案，诉求人不满意。"),
    "review_improper": Template(
        "重新办理", "您反映的“{title}”（{number}），第三方评价认为处置不当，现在重新办理，办好后再答复您。"
    ),
    "review_improper_told": Template(
        "第三方评价不当", "{number}“{title}”第三方评价认为处置不当，已转重办，请跟进督办。"
    ),
}.items():
    templates.add(f"case.{_key}", _template)
