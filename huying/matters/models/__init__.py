from huying.matters.models.alert import Alarm, AlarmWord
from huying.matters.models.attachment import Attachment
from huying.matters.models.clock import Clock, Limit
from huying.matters.models.ledger import Anchor, LedgerLine, Words
from huying.matters.models.matter import Category, Channel, Matter
from huying.matters.models.message import Delivery, Message, MessageTemplate
from huying.matters.models.presence import Presence
from huying.matters.models.regime import Regime, RegimeNotice, RegimeRhythm
from huying.matters.models.reply import ReplyTemplate
from huying.matters.models.sending import OptOut, SentCount

__all__ = [
    "Alarm",
    "AlarmWord",
    "Anchor",
    "Attachment",
    "Category",
    "Channel",
    "Clock",
    "Delivery",
    "LedgerLine",
    "Limit",
    "Matter",
    "Message",
    "MessageTemplate",
    "OptOut",
    "Presence",
    "Regime",
    "RegimeNotice",
    "RegimeRhythm",
    "ReplyTemplate",
    "SentCount",
    "Words",
]
