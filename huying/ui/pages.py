"""Whole pages that any room may answer with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from huying.ui.components import Confirmation


def confirm_page(
    request: HttpRequest, confirmation: Confirmation, *, base: str = "ui/staff.html", status: int | None = None
) -> HttpResponse:
    """The question of `{% confirm %}` as a page: for browsers without script, and for input that was refused."""
    form = confirmation.form
    refused = form is not None and form.is_bound and bool(form.errors)
    return render(
        request,
        "ui/confirm.html",
        {"confirmation": confirmation, "base": base},
        status=status or (422 if refused else 200),
    )
