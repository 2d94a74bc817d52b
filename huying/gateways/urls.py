"""Addresses of outside systems: pages for administrators, and where those systems call us."""

from django.urls import URLPattern, path

from huying.gateways.sms import callbacks, views

app_name = "gateways"

urlpatterns: list[URLPattern] = [
    path("gateways/sms/receipts/", callbacks.receipts, name="sms-receipts"),
    path("gateways/sms/replies/", callbacks.replies, name="sms-replies"),
    path("desk/settings/sms/", views.sms_page, name="sms"),
    path("desk/settings/sms/try/", views.try_page, name="sms-try"),
    path("desk/settings/sms/templates/", views.codes_page, name="sms-templates"),
    path("desk/settings/sms/templates/<str:key>/", views.code_page, name="sms-template"),
]
