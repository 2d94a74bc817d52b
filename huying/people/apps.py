from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "huying.people"
    label = "people"
    verbose_name = "人员"

    def ready(self) -> None:
        from huying.people import menu, moving, retaining, tasks  # noqa: F401 (periodic work, movers and periods register themselves)

        menu.register()
