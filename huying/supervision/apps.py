from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "huying.supervision"
    label = "supervision"
    verbose_name = "督办"

    def ready(self) -> None:
        from huying.supervision import flow, forgetting, menu, notices, panels, tasks  # noqa: F401 (they register themselves)

        menu.register()
        panels.register()
