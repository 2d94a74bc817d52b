from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "huying.web"
    label = "web"
    verbose_name = "首页"

    def ready(self) -> None:
        from huying.kernel.registry import NavigationEntry, navigation

        navigation.declare(NavigationEntry(key="today", label="今天", url_name="web:desk", order=10))
