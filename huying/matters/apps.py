from django.apps import AppConfig


class MattersConfig(AppConfig):
    name = "huying.matters"
    label = "matters"
