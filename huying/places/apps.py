from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "huying.places"
    label = "places"
