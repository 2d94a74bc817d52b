"""Who people are, where they work and how they are reached."""

from huying.people.models.accounts import RecoveryCode, Session, SignIn, SignInGuard, User
from huying.people.models.contacts import Contact, Reveal
from huying.people.models.drafts import Draft
from huying.people.models.keys import ApiKey
from huying.people.models.organisations import Deputy, Organisation, Post
from huying.people.models.preferences import Preference
from huying.people.models.reach import Reach
from huying.people.models.tables import TableImport

__all__ = [
    "ApiKey",
    "Contact",
    "Deputy",
    "Draft",
    "Organisation",
    "Post",
    "Preference",
    "Reach",
    "RecoveryCode",
    "Reveal",
    "Session",
    "SignIn",
    "SignInGuard",
    "TableImport",
    "User",
]
