"""What the worker does for this room: long exports and imports of the desk, and clearing up after them."""

from __future__ import annotations

from django.utils import timezone

from huying.cases import exporting, review_reminders, uploads
from huying.kernel import jobs, outbox


@jobs.job("cases.export")
def write_export(*, pk: int) -> None:
    exporting.attempt(pk)


@jobs.job("cases.import_check")
def check_import(*, pk: int) -> None:
    uploads.check(pk)


@jobs.job("cases.import")
def take_in(*, pk: int) -> None:
    uploads.take_in(pk)


@outbox.periodic("cases.sheets_kept", 3600)
def clear_sheets() -> None:
    exporting.forget_old()
    uploads.forget_old()


@outbox.periodic("cases.reviewers_reminded", 600)
def remind_reviewers() -> None:
    review_reminders.remind(timezone.now())
