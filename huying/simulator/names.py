"""Names and numbers that belong to nobody: common surnames and given names put together, phones that do not exist."""

from __future__ import annotations

from random import Random

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN_FEMALE = tuple(
    "秀英 桂兰 玉珍 淑华 丽华 红梅 晓燕 春梅 海燕 建华 文静 慧敏 雅婷 雪梅 丹 静 敏 芳 娟 霞 倩 颖 佳怡 思琪 梦洁 雨欣 子涵 "
    "欣怡 若兰 明霞 爱华 金凤 素芬 志红 小玲 美玲 晓红 亚男 诗雨 可欣 婉清 紫薇 凤琴 国珍 翠英 冬梅 秋菊 月娥".split()
)
GIVEN_MALE = tuple(
    "建国 志强 国庆 伟 磊 军 勇 涛 斌 鹏 浩然 子轩 宇航 俊杰 文博 天佑 明辉 海波 建平 德华 永康 家栋 汉生 长江 楚雄 汉明 "
    "振华 立新 光明 卫东 少华 世杰 一鸣 嘉伟 晨 凯 帆 超 亮 刚 宏伟 学军 新民 金生 水清 云飞 远航 致远".split()
)


def person(chance: Random) -> str:
    given = chance.choice(GIVEN_FEMALE if chance.random() < 0.52 else GIVEN_MALE)
    return chance.choice(SURNAMES) + given


def mobile(chance: Random) -> str:
    """Like a mobile number, in a block that no operator has been given: 130 0000 xxxx and its neighbours."""
    return f"1{chance.choice(('30', '31', '32', '55', '56', '85', '86'))}0000{chance.randrange(10_000):04}"


def company(chance: Random) -> str:
    """An enterprise of the district that does not exist."""
    word = chance.choice(ENTERPRISE_WORDS)
    trade = chance.choice(ENTERPRISE_TRADES)
    return f"武汉{word}{trade}有限公司"


ENTERPRISE_WORDS = tuple(
    "楚禾 江汇源 沙湖湾 鹤鸣里 云梦泽 秦园 徐东汇 紫阳 都府 首义 临江苑 东亭 晒湖 花园里 楚才 江夏风 水岸汇 昙华".split()
)
ENTERPRISE_TRADES = tuple(
    "餐饮管理 商贸 文化传播 信息技术 物业服务 建筑装饰 电子商务 教育咨询 医药连锁 汽车服务 酒店管理".split()
)
