"""Closed lists of the room."""

from django.db import models


class UserKind(models.TextChoices):
    STAFF = "staff", "工作人员"
    RESIDENT = "resident", "居民"
    ENTERPRISE = "enterprise", "企业"
    MACHINE = "machine", "系统对接"


class OrganisationKind(models.TextChoices):
    CENTRE = "centre", "区中心"
    DEPARTMENT = "department", "部门"
    UTILITY = "utility", "公用事业单位"
    STREET = "street", "街道"
    COMMUNITY = "community", "社区"
    ENTERPRISE = "enterprise", "企业"
    PROPERTY = "property", "物业公司"
    OTHER = "other", "其他"


class ContactKind(models.TextChoices):
    PERSON = "person", "个人"
    ENTERPRISE = "enterprise", "企业"


class SignInOutcome(models.TextChoices):
    """What the sign-in log says happened."""

    SIGNED_IN = "signed_in", "登录成功"
    WRONG_PASSWORD = "wrong_password", "用户名或密码错误"
    WRONG_CODE = "wrong_code", "动态验证码错误"
    LOCKED = "locked", "已锁定，未予验证"
    SIGNED_OUT = "signed_out", "退出登录"
    ENDED = "ended", "会话被结束"
