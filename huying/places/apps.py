from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "huying.places"
    label = "places"
    verbose_name = "区域与网格"
