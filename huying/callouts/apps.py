from django.apps import AppConfig


class CalloutsConfig(AppConfig):
    name = "huying.callouts"
    label = "callouts"
    verbose_name = "民呼我应"

    def ready(self) -> None:
        from huying.callouts import flow, forgetting, menu, notices, panel, receiving, responses  # noqa: F401 (they register themselves)

        menu.register()
