from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "huying.people"
    label = "people"
