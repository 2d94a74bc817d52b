from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "huying.web"
    label = "web"
