"""消息设置 of residents and enterprises: whether progress is texted to the phone they gave."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from huying.cases.portal.doors import is_staff
from huying.matters import receipts
from huying.matters.models import OptOut
from huying.people.access import signed_in
from huying.people.phones import textable
from huying.people.requests import UserRequest


@signed_in
@require_http_methods(["GET", "POST"])
def message_settings(request: UserRequest) -> HttpResponse:
    if is_staff(request):
        return redirect("matters:message-settings")
    contact = request.user.contact
    number = textable(contact._phone or "") if contact is not None else ""
    if request.method == "POST" and number:
        if request.POST.get("texts") == "on":
            receipts.opt_in(number)
            messages.success(request, "已打开，以后有进展会发短信告诉您。")
        else:
            receipts.opt_out(number, OptOut.How.OWNER, timezone.now())
            messages.success(request, "已关闭，以后不发短信，进展在这里看。")
        return redirect("portal:message-settings")
    context = {
        "phone": contact.phone if contact is not None and number else "",
        "off": bool(number) and receipts.has_opted_out(number),
    }
    return render(request, "cases/portal/message_settings.html", context)
