from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "zhikong.hub.core"
    label = "core"

    def ready(self) -> None:
        from . import capture, rooms

        capture.connect()
        rooms.register()
