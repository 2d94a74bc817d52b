from django.apps import AppConfig


class MattersConfig(AppConfig):
    name = "huying.matters"
    label = "matters"
    verbose_name = "事项"

    def ready(self) -> None:
        from huying.matters import addresses, menu, messages, moving, retaining, rhythms, tasks  # noqa: F401 (handlers and periodic work register themselves)
        from huying.matters.settings import menu as settings_menu

        addresses.register()
        menu.register()
        settings_menu.register()
