"""What people are told at each step of a case. `{due}` is the next due time."""

from huying.matters.messages import templates
from huying.matters.wording import OTHERS, Template, own_placeholder

OTHERS |= {
    "case.announced": ("发布处理进展", "同一件事的诉求人"),
    "case.service_step": ("营商环境件每办一步", "服务专员"),
    "case.judge": ("请第三方评价", "评价员"),
    "case.judge_soon": ("第三方评价快到期", "评价员"),
    "case.judge_late": ("第三方评价超时", "评价员"),
    "case.review_late": ("第三方评价超时", "督导员"),
}
own_placeholder("said", "进展", "抢修人员已到现场，预计今晚八点前恢复。")
own_placeholder("asked", "申请事项", "延期 5 个工作日")
own_placeholder("until", "延到", "12月4日")
own_placeholder("why", "原因", "要采购材料和配件")

for _key, _template in {
    "received": Template("已受理", "您反映的“{title}”已受理，编号 {number}，办到哪一步可在“查进展”中查看。"),
    "received_joined": Template(
        "已受理", "您反映的“{title}”已受理，编号 {number}。同样的事正在办理，您这一件一起办，办好后一起答复您。"
    ),
    "joined": Template("一起办理", "您反映的“{title}”（{number}）和另一件同样的事一起办，办好后一起答复您。"),
    "unjoined": Template("单独办理", "您反映的“{title}”（{number}）改为单独办理，可在“查进展”中查看。"),
    "announced": Template("处理进展", "您反映的“{title}”（{number}），现在的进展：{said}"),
    "repeated": Template("又来反映", "{number}“{title}”的诉求人又来反映，请抓紧办理并及时联系，{due} 前完成。"),
    "merged": Template("一起办理", "您反映的“{title}”（{number}）和另一件同样的事合并办理，办好后一起答复您。"),
    "merged_away": Template("已并案", "{number}“{title}”已并到同一件事的另一件一起办理，贵单位不用再办，原时限取消。"),
    "unmerged": Template("交还办理", "{number}“{title}”不再并案，交还{holder}单独办理，请在 {due} 前签收。"),
    "unmerged_loose": Template("请重新派单", "{number}“{title}”不再并案，原承办单位已不在，请重新派单。"),
    "tightened": Template("时限收紧", "{number}“{title}”并进来的件上级要求得更早，办理时限改为 {due}，请据此安排。"),
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
    "no_answer": Template("诉求人未补充", "{number}“{title}”到期没有补充，已回到原环节，请按现有情况办理。"),
    "triaged": Template("紧急件待派单", "{number}“{title}”为紧急件，请在 {due} 前派单。"),
    "dispatched": Template("新派单", "{number}“{title}”已派给{holder}，请在 {due} 前签收。"),
    "dispatched_co": Template("协办通知", "{number}“{title}”由{holder}主办，请贵单位协办。"),
    "part_asked": Template("请协办", "{number}“{title}”请贵单位协办，请在 {due} 前提交协办意见。"),
    "part_reported": Template("协办意见已到", "{number}“{title}”有单位提交了协办意见，请查看并采纳或退回。"),
    "part_declined": Template("协办待决定", "{number}“{title}”有单位认为不属其职责，请决定是否仍请协办。"),
    "part_accepted": Template("协办意见已采纳", "{number}“{title}”的协办意见已被采纳，贵单位的协办了结。"),
    "part_returned": Template("协办退回", "{number}“{title}”的协办被退回，请按意见再办，{due} 前提交。"),
    "part_dropped": Template("协办取消", "{number}“{title}”不再请贵单位协办。"),
    "part_overtaken": Template(
        "协办了结", "{number}“{title}”主办单位没有再等，已经报出办理结果，贵单位的协办随之了结，不用再办。"
    ),
    "passed_on": Template("转办待接收", "{number}“{title}”已转{holder}办理，请在 {due} 前接收。"),
    "given_back": Template("转办交回", "{number}“{title}”已交回，请接着办理，{due} 前完成。"),
    "taken_back": Template("转办收回", "{number}“{title}”已由主办单位收回，不用再办。"),
    "check_wanted": Template("请到现场核查", "{number}“{title}”请您到现场看一看，{due} 前报回。"),
    "check_reported": Template("核查情况已报回", "{number}“{title}”网格员已报回现场情况，请接着办理。"),
    "check_off": Template("不用去核查了", "{number}“{title}”不用再到现场核查，已经在路上的请返回。"),
    "reassigned": Template("改由您经办", "{number}“{title}”改由您经办，请在 {due} 前完成。"),
    "no_manager": Template("没有服务专员", "{number}“{title}”是营商环境的件，没有合适的服务专员，请指定。"),
    "service_step": Template("您服务的企业诉求", "{number}“{title}”有新进展，现在是“{state}”，由{holder}办理。"),
    "succeeded": Template("承接诉求件", "{number}“{title}”的承办单位有变更，现由{holder}主办，请在 {due} 前完成。"),
    "given_anew": Template("不用再办", "{number}“{title}”的承办单位已经撤销，这件重新派单，贵单位不用再办。"),
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
    "request_asked": Template("待审核的申请", "{number}“{title}”的经办人申请{asked}，请审核。"),
    "request_endorsed": Template("待审批的申请", "{number}“{title}”：{holder}申请{asked}，负责人已同意，请审批。"),
    "request_granted": Template("申请已批准", "{number}“{title}”申请的{asked}已批准。"),
    "request_refused": Template("申请没有批准", "{number}“{title}”申请的{asked}没有批准，理由见办理记录。"),
    "extended": Template(
        "延期告知", "您反映的“{title}”（{number}）需要多办几天：{why}。我们会在 {until} 前办好并答复您。"
    ),
    "deferred": Template(
        "暂缓办理告知",
        "您反映的“{title}”（{number}）眼下还办不了：{why}。我们会一直记着、定期查看，最迟 {until} 接着办。",
    ),
    "taken_up": Template("接着办理", "您反映的“{title}”（{number}）又开始办了，办好后答复您。"),
    "resumed": Template("恢复办理", "{number}“{title}”恢复办理，请在 {due} 前完成。"),
    "deferral_review": Template("挂账待复核", "{number}“{title}”挂账到了复核的日子，请报告推进情况，由区中心复核。"),
    "unreasonable_revoked": Template("认定已撤销", "{number}“{title}”的不合理诉求认定已撤销，恢复正常统计。"),
    "rework": Template("重办", "{number}“{title}”诉求人反映未解决或不满意，请重新办理，{due} 前完成。"),
    "objected": Template(
        "申诉待审核", "本单位对{number}“{title}”提出派单申诉，请审核；{due} 前不处理，办理时限照常计时。"
    ),
    "objection_declined": Template(
        "申诉没有通过本单位审核", "{number}“{title}”的派单申诉，负责人没有同意，请接着办理，{due} 前完成。"
    ),
    "to_rule": Template("申诉待裁定", "{number}“{title}”的承办单位提出派单申诉，请在 {due} 前裁定。"),
    "objection_upheld": Template("申诉成立", "{number}“{title}”不再由贵单位办理，裁定理由请看办理过程。"),
    "objection_rejected": Template(
        "申诉不成立", "{number}“{title}”经裁定仍由{holder}办理，裁定理由请看办理过程，{due} 前完成。"
    ),
    "disputed": Template("责任争议待裁定", "{number}“{title}”不止一次有单位说不归自己管，请在 {due} 前裁定承办单位。"),
    "assigned_by_ruling": Template(
        "裁定承办", "{number}“{title}”经裁定由{holder}承办，不能再申诉、退回，请在 {due} 前签收。"
    ),
    "rejection_proposed": Template("不予受理待审核", "{number}“{title}”提请不予受理，请在 {due} 前审核。"),
    "rejected": Template(
        "没有受理",
        "您反映的“{title}”（{number}）不在我们受理的范围，原因和该找谁请看“查进展”；"
        "觉得应当受理的，{p[cases.rework_days]} 天内可以请我们再看一次。",
    ),
    "handed_over": Template("已经移交", "您反映的“{title}”（{number}）已经移交给该管的单位，对方的编号请看“查进展”。"),
    "withdrawn": Template(
        "已按您的要求撤回",
        "您反映的“{title}”（{number}）已按您的要求不再办理；不是您本人的意思，或者想接着办，"
        "{p[cases.rework_days]} 天内请在“查进展”里告诉我们。",
    ),
    "withdrawn_unit": Template("诉求人撤诉", "{number}“{title}”的诉求人已经撤诉，不用再办理。"),
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
