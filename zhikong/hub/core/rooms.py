"""What this area puts into the frame of every page."""

from allauth.mfa.utils import is_mfa_enabled
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import shell
from .models import Duty, User


def anybody(user):
    return True


def has_duty(*duties):
    return lambda user: user.duty in duties


def account_steps(user):
    """Everybody: a second factor. The system administrator: the other two administrators."""
    yield shell.FirstStep(_("设置双因素验证"), reverse("mfa_index"), is_mfa_enabled(user))


def account_facts(user):
    """What an administrator looks after; the domain's data is not theirs to see."""
    if user.duty in {Duty.SYSTEM, Duty.SECURITY}:
        accounts = User.objects.visible_to(user)
        yield shell.Fact(_("账号"), accounts.filter(duty=Duty.NONE, is_active=True).count())
        yield shell.Fact(_("管理员"), accounts.exclude(duty=Duty.NONE).filter(is_active=True).count())


def register():
    shell.add_room(shell.Room("core:home", gettext_lazy("首页"), "h", 0, anybody))
    shell.add_room(shell.Room("core:components", gettext_lazy("部件"), "x", 9, has_duty(Duty.SYSTEM)))
    shell.add_first_steps(account_steps)
    shell.add_scope_facts(account_facts)
