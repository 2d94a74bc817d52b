from django.apps import AppConfig


class CalloutsConfig(AppConfig):
    name = "huying.callouts"
    label = "callouts"
    verbose_name = "民呼我应"

    def ready(self) -> None:
        from huying.callouts import flow, menu, notices, responses  # noqa: F401 (they register themselves)

        menu.register()
        from huying.callouts.stars import menu as stars_menu
        from huying.callouts.stars import shown as stars_shown

        stars_menu.register()
        stars_shown.register()
