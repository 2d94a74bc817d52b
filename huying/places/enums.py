"""Closed lists of the room."""

from django.db import models


class Level(models.TextChoices):
    DISTRICT = "district", "区"
    STREET = "street", "街道"
    COMMUNITY = "community", "社区"
    GRID = "grid", "网格"


CODE_LENGTH = {Level.DISTRICT: 6, Level.STREET: 9, Level.COMMUNITY: 12, Level.GRID: 15}
LEVEL_OF_LENGTH = {length: level for level, length in CODE_LENGTH.items()}
PARENT_LEVEL = {Level.STREET: Level.DISTRICT, Level.COMMUNITY: Level.STREET, Level.GRID: Level.COMMUNITY}


class GridKind(models.TextChoices):
    BASIC = "basic", "基础网格"
    SPECIAL = "special", "专属网格"


class SpecialKind(models.TextChoices):
    """What a special grid consists of."""

    SCHOOL = "school", "学校"
    MARKET = "market", "市场商圈"
    BUILDING = "building", "商务楼宇"
    HOSPITAL = "hospital", "医院"
    PARK = "park", "园区"
    INSTITUTION = "institution", "机关企事业单位"


class Layer(models.TextChoices):
    """A composite attribute of a grid (综合网格属性): one field of work with its own person in charge."""

    PARTY = "party", "党建"
    SAFETY = "safety", "安全生产"
    CITY = "city", "城市管理"
    HEALTH = "health", "卫生健康"
    POLICE = "police", "综治警务"
    FIRE = "fire", "消防"
    MARKET = "market", "市场监管"
    WELFARE = "welfare", "民政救助"


class KeyPlaceKind(models.TextChoices):
    SCHOOL = "school", "学校"
    HOSPITAL = "hospital", "医疗机构"
    MARKET = "market", "市场商超"
    BUILDING = "building", "楼宇"
    PUBLIC = "public", "公共场所"
    HAZARD = "hazard", "危险源"
    OTHER = "other", "其他"


class AliasKind(models.TextChoices):
    ESTATE = "estate", "小区"
    ROAD = "road", "道路"
    LANDMARK = "landmark", "地标单位"
    FORMER = "former", "旧称俗称"
    DIVISION = "division", "行政区划"
