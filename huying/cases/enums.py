"""Closed lists of cases. Open lists (channels, categories, limits) are data."""

from django.db import models


class CaseKind(models.TextChoices):
    CONSULT = "consult", "咨询"
    HELP = "help", "求助"
    COMPLAINT = "complaint", "投诉"
    TIP = "tip", "举报"
    SUGGESTION = "suggestion", "建议"
    PRAISE = "praise", "表扬"
    MOTION = "motion", "议提案"


class Means(models.TextChoices):
    PHONE = "phone", "电话"
    VISIT = "visit", "上门"
    MEETING = "meeting", "面谈"
    MESSAGE = "message", "短信或微信"
    ONLINE = "online", "网上留言"


class ContactExemption(models.TextChoices):
    ANONYMOUS = "anonymous", "匿名，没有联系方式"
    UNREACHABLE = "unreachable", "多次联系不上"
    DECLINED = "declined", "诉求人要求不联系"


class CorrectionReason(models.TextChoices):
    MISTAKEN = "mistaken", "登记时写错"
    CHANGED = "changed", "号码换了"
    ASKED = "asked", "诉求人要求改用这个号码"


class HandBackReason(models.TextChoices):
    NOT_OURS = "not_ours", "不属于本单位职责"
    WRONG_PLACE = "wrong_place", "不在本单位辖区"
    NEEDS_OTHERS = "needs_others", "应由其他单位主办"
    DUPLICATE = "duplicate", "重复派单"
    UNCLEAR = "unclear", "内容不清，无法办理"


class NoCallbackReason(models.TextChoices):
    ANONYMOUS = "anonymous", "匿名，没有联系方式"
    NO_REPLY_WANTED = "no_reply_wanted", "诉求人不要求答复"
    UNREACHABLE = "unreachable", "多次回访未接通"


class Satisfaction(models.IntegerChoices):
    VERY_DISSATISFIED = 1, "很不满意"
    DISSATISFIED = 2, "不满意"
    FAIR = 3, "一般"
    SATISFIED = 4, "满意"
    VERY_SATISFIED = 5, "非常满意"


class LocatedBy(models.TextChoices):
    POINT = "point", "地图定位"
    ADDRESS = "address", "按地址判定"
    CHOSEN = "chosen", "人工选定"
    NONE = "none", "无具体地点"


class LinkKind(models.TextChoices):
    """How one case is tied to another."""

    JOINED = "joined", "并入"
    MERGED = "merged", "并案"
    REPEAT = "repeat", "重复反映"


class ObjectionCause(models.TextChoices):
    """Why a unit says that a case is not its own."""

    NOT_OURS = "not_ours", "不属本单位职责"
    WRONG_PLACE = "wrong_place", "不属本辖区"
    BEING_HANDLED = "being_handled", "已有单位在办"
    DUPLICATE = "duplicate", "重复派单"
    UNCLEAR = "unclear", "信息不全，无法办理"
    OUT_OF_SCOPE = "out_of_scope", "依法不由本平台受理（诉讼、仲裁、信访、纪检等）"


class Verdict(models.TextChoices):
    """What became of a unit's word that a case is not its own."""

    UPHELD = "upheld", "申诉成立"
    REJECTED = "rejected", "申诉不成立"
    DECLINED = "declined", "本单位负责人不同意"
    WITHDRAWN = "withdrawn", "本单位撤回"
    RETURNED = "returned", "已退回派单"
    DROPPED = "dropped", "不再裁定"


class HandoverMeans(models.TextChoices):
    PHONE = "phone", "电话转告"
    LETTER = "letter", "书面移送"
    SYSTEM = "system", "平台转办"
    IN_PERSON = "in_person", "当面移交"


class RequestKind(models.TextChoices):
    """What a unit may ask for beside the main way."""

    EXTENSION = "extension", "延期"
    COMPLEX = "complex", "复杂件"
    DEFERRAL = "deferral", "挂账"
    UNREASONABLE = "unreasonable", "不合理诉求认定"


class RequestVerdict(models.TextChoices):
    GRANTED = "granted", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "已失效"


class ReviewReason(models.TextChoices):
    """Why two from outside look at a case (第三方评价)."""

    DISSATISFIED = "dissatisfied", "两次表示没有解决或不满意"
    SAMPLED = "sampled", "随机抽取"


class Responsible(models.TextChoices):
    UNIT = "unit", "承办单位"
    OTHERS = "others", "其他单位"
    REPORTER = "reporter", "诉求人自己"
    NOBODY = "nobody", "客观原因，不归谁"
    UNCLEAR = "unclear", "说不清"


class ReviewStage(models.TextChoices):
    JUDGING = "judging", "评价中"
    TO_DECIDE = "to_decide", "待裁定"
    DONE = "done", "已有结果"


class ReviewResult(models.TextChoices):
    PROPER = "proper", "处置得当"
    IMPROPER = "improper", "处置不当"
    DROPPED = "dropped", "不再评价"


class ReviewBasis(models.TextChoices):
    """Whose word a result is."""

    AGREED = "agreed", "两位评价员意见一致"
    MAJORITY = "majority", "三位评价员的多数意见"
    RULED = "ruled", "督导员裁定"


class MotionBody(models.TextChoices):
    """Whose members moved it."""

    CONGRESS = "congress", "人大建议"
    CPPCC = "cppcc", "政协提案"


class AnswerClass(models.TextChoices):
    """How far the answer to a motion goes."""

    SOLVED = "A", "A 已经解决或基本解决"
    PLANNED = "B", "B 正在解决或列入计划"
    LIMITED = "C", "C 因条件限制暂时不能解决"
    NOTED = "D", "D 留作参考"


class Opinion(models.TextChoices):
    """What a proposer says of an answer."""

    CONTENT = "content", "满意"
    BASICALLY = "basically", "基本满意"
    DISCONTENT = "discontent", "不满意"


class UpperKind(models.TextChoices):
    """What passes between the upper level (市民热线、市长专线 …) and us about one case."""

    URGED = "urged", "上级催办"
    ANSWERED = "answered", "答复上级"
    CALLED = "called", "上级回访"
    REWORK = "rework", "上级重办"
    ACCEPTED = "accepted", "上级认可"
    RETURNED = "returned", "上级退回"
