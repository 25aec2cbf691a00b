from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "zhikong.hub.core"
    label = "core"

    def ready(self) -> None:
        from . import capture, rooms, signin

        capture.connect()
        signin.connect()
        rooms.register()
