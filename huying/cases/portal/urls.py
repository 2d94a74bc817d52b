"""Addresses of the residents' portal."""

from django.urls import path

from huying.cases.portal import answers, following, preferences, reporting, views

app_name = "portal"

urlpatterns = [
    path("", views.home, name="home"),
    path("report/", reporting.report, name="report"),
    path("report/done/", reporting.reported, name="reported"),
    path("report/photo/", reporting.photo, name="photo"),
    path("report/place/", reporting.place, name="place"),
    path("report/areas.geojson", reporting.areas, name="areas"),
    path("follow/", following.follow, name="follow"),
    path("follow/leave/", following.leave, name="leave"),
    path("follow/<number:number>/", views.case, name="case"),
    path("follow/<number:number>/keep/", following.keep, name="keep"),
    path("follow/<number:number>/files/<uuid:pk>/", views.file, name="file"),
    path("follow/<number:number>/<slug:key>/", views.step, name="step"),
    path("open/", answers.answers, name="answers"),
    path("mine/", views.mine, name="mine"),
    path("mine/messages/", views.own_messages, name="messages"),
    path("mine/messages/settings/", preferences.message_settings, name="message-settings"),
    path("mine/messages/read/", views.read_messages, name="read-messages"),
    path("mine/messages/<int:pk>/", views.open_message, name="open-message"),
]
