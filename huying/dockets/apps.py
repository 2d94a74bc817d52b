from django.apps import AppConfig


class DocketsConfig(AppConfig):
    name = "huying.dockets"
    label = "dockets"
    verbose_name = "议题"

    def ready(self) -> None:
        from huying.dockets import flow, forgetting, menu, notices, panel  # noqa: F401 (they register themselves)

        menu.register()
