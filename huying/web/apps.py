from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "huying.web"
    label = "web"
    verbose_name = "首页"

    def ready(self) -> None:
        from huying.kernel.registry import NavigationEntry, navigation
        from huying.ui.shell import shell
        from huying.web.board import parts as board
        from huying.web.board.seeing import PERMISSION as BOARD
        from huying.web.evaluation import PERMISSION as EVALUATION
        from huying.web.searching import search_words
        from huying.web.settings import menu as settings_menu
        from huying.web.units import PERMISSION

        shell.search_url = "web:search"
        shell.search_words = search_words
        shell.help_url = "web:help"
        navigation.declare(
            NavigationEntry(key="today", label="今天", url_name="web:desk", alone=True, order=10),
            NavigationEntry(key="board", label="指挥大屏", url_name="web:board", permission=BOARD, order=12),
            NavigationEntry(key="units", label="单位", url_name="web:units", permission=PERMISSION, order=250),
            NavigationEntry(
                key="evaluation", label="考核指标", url_name="web:evaluation", permission=EVALUATION, order=255
            ),
        )
        settings_menu.register()
        board.register()
