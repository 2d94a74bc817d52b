"""Addresses of what all matters share."""

from django.urls import path

from huying.matters import preference_pages, reply_pages, views
from huying.matters.settings.urls import settings_urls

app_name = "matters"

urlpatterns = [
    path("desk/messages/", views.inbox, name="messages"),
    path("desk/messages/settings/", preference_pages.preferences_page, name="message-settings"),
    path("desk/messages/read/", views.read_all, name="read-all"),
    path("desk/messages/<int:pk>/open/", views.open_message, name="open-message"),
    path("desk/alarms/", views.alarm_list, name="alarms"),
    path("desk/alarms/<int:pk>/", views.acknowledge_alarm, name="acknowledge-alarm"),
    path("desk/templates/", reply_pages.template_list, name="templates"),
    path("desk/templates/new/", reply_pages.template_edit, name="new-template"),
    path("desk/templates/<int:pk>/", reply_pages.template_edit, name="template"),
    path("desk/files/<uuid:pk>/", views.file, name="file"),
    path("desk/files/<uuid:pk>/thumbnail/", views.thumbnail, name="thumbnail"),
    *settings_urls,
]
