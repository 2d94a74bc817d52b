"""Addresses of call-outs and of the responses to them."""

from django.urls import path

from huying.callouts.views import detail, duty, lists, new, rules, steps

app_name = "callouts"

urlpatterns = [
    path("desk/callouts/", lists.callout_list, name="list"),
    path("desk/callouts/new/", new.new_callout, name="new"),
    path("desk/callouts/new/look/", new.look, name="look"),
    path("desk/callouts/new/areas.geojson", detail.areas, name="areas"),
    path("desk/callouts/emergency/", new.emergency, name="emergency"),
    path("desk/callouts/duty/", duty.duty, name="duty"),
    path("desk/callouts/press/", lists.press, name="press"),
    path("desk/callouts/export/<slug:key>/", lists.export, name="export"),
    path("desk/callouts/responses/", lists.response_list, name="responses"),
    path("desk/callouts/responses/<number:number>/", detail.response, name="response"),
    path("desk/callouts/responses/<number:number>/steps/<slug:key>/", steps.response_step, name="response-step"),
    path("desk/callouts/<number:number>/", detail.callout, name="detail"),
    path("desk/callouts/<number:number>/area.geojson", detail.area, name="area"),
    path("desk/callouts/<number:number>/steps/<slug:key>/", steps.callout_step, name="step"),
    path("desk/settings/calling-rules/", rules.calling_rules, name="calling-rules"),
    path("desk/settings/calling-rules/<int:pk>/", rules.change, name="calling-rule"),
]
