from django.apps import AppConfig


class DocketsConfig(AppConfig):
    name = "huying.dockets"
    label = "dockets"
    verbose_name = "议题"

    def ready(self) -> None:
        from huying.dockets import flow, forgetting, menu, notices, panel, tasks  # noqa: F401 (they register themselves)

        menu.register()

        from huying.dockets.pool import forgetting as pool_forgetting  # noqa: F401
        from huying.dockets.pool import menu as pool_menu
        from huying.dockets.pool import panel as pool_panel  # noqa: F401
        from huying.dockets.pool.needs import flow as needs  # noqa: F401 (it registers itself)
        from huying.dockets.pool.needs import notices as need_notices  # noqa: F401

        pool_menu.register()
