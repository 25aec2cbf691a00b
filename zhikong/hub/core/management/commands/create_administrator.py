from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from zhikong.hub.core import actions
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import Duty, User

NAMES = {
    Duty.SYSTEM: ("sysadmin", "系统管理员"),
    Duty.SECURITY: ("secadmin", "安全管理员"),
    Duty.AUDIT: ("auditor", "审计管理员"),
}


class Command(BaseCommand):
    help = "Create the administrators that are missing (system, security, audit) and print their one-time passwords."

    def add_arguments(self, parser):
        parser.add_argument(
            "--duty", choices=[duty.value for duty in NAMES], help="one of them only, beside the others"
        )
        parser.add_argument("--username", help="with --duty")
        parser.add_argument("--name", help="with --duty")

    def handle(self, *args, **options):
        if options["duty"]:
            duty = Duty(options["duty"])
            username, name = NAMES[duty]
            self._create(duty, options["username"] or username, options["name"] or name)
            return
        for duty, (username, name) in NAMES.items():
            if User.objects.filter(duty=duty, is_active=True).exists():
                self.stdout.write(f"{duty}: there already")
            else:
                self._create(duty, username, name)

    def _create(self, duty, username, name):
        try:
            user, password = actions.create_account(by=None, at=timezone.now(), username=username, name=name, duty=duty)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{duty}: {user.username}  {password}")
