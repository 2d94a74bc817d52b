from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "huying.kernel"
    label = "kernel"

    def ready(self) -> None:
        from huying.kernel.rows import load_moments_quickly

        load_moments_quickly()
