"""What this area puts into the frame of every page."""

from allauth.mfa.utils import is_mfa_enabled
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import shell
from .imports import kinds
from .models import Delivery, Duty, ImportBatch, Notification, User


def anybody(user):
    return True


def has_duty(*duties):
    return lambda user: user.duty in duties


def account_steps(user):
    """Everybody: a second factor. The system administrator: the other two administrators."""
    yield shell.FirstStep(_("设置双因素验证"), reverse("mfa_index"), is_mfa_enabled(user))
    if user.duty == Duty.SYSTEM:
        duties = set(User.objects.visible_to(user).filter(is_active=True).values_list("duty", flat=True))
        others = {Duty.SECURITY, Duty.AUDIT} <= duties
        yield shell.FirstStep(_("设立安全管理员和审计管理员"), reverse("core:create_account"), others)


def account_facts(user):
    """What an administrator looks after; the domain's data is not theirs to see."""
    if user.duty in {Duty.SYSTEM, Duty.SECURITY}:
        accounts = User.objects.visible_to(user)
        yield shell.Fact(_("账号"), accounts.filter(duty=Duty.NONE, is_active=True).count())
        yield shell.Fact(_("管理员"), accounts.exclude(duty=Duty.NONE).filter(is_active=True).count())


def delivery_tasks(user):
    """The system administrator: copies that did not get out."""
    if user.duty == Duty.SYSTEM:
        count = Delivery.objects.visible_to(user).filter(state=Delivery.State.GIVEN_UP).count()
        yield shell.Task(_("发送失败的通知"), count, reverse("core:deliveries"), "soon")


def notification_tasks(user):
    """What came into the inbox and was not read."""
    unread = user.notifications.unread()
    late = unread.filter(urgency=Notification.Urgency.LATE).count()
    count = unread.count()
    detail = _("其中逾期提醒 %(late)d 条") % {"late": late} if late else ""
    yield shell.Task(_("条通知还没有看"), count, reverse("core:inbox"), "soon" if late else "ordinary", detail)


def may_import(user):
    return bool(kinds.allowed_to(user))


def import_tasks(user):
    """Tables that were checked and wait for their owner."""
    if not may_import(user):
        return
    mine = ImportBatch.objects.visible_to(user)
    page = reverse("core:imports")
    for state, title in (
        (ImportBatch.State.READY, _("检查完的导入，待您写入")),
        (ImportBatch.State.HAS_ERRORS, _("有错的导入，待您改好再传")),
        (ImportBatch.State.STALE, _("须重新检查的导入")),
    ):
        yield shell.Task(title, mine.filter(state=state).count(), f"{page}?state={state}")


def register():
    shell.add_room(shell.Room("core:home", gettext_lazy("首页"), "h", 0, anybody))
    shell.add_room(shell.Room("core:components", gettext_lazy("部件"), "x", 9, has_duty(Duty.SYSTEM)))
    shell.add_room(shell.Room("core:jobs", gettext_lazy("任务"), "j", 8, has_duty(Duty.SYSTEM)))
    shell.add_room(shell.Room("core:deliveries", gettext_lazy("投递"), "d", 8, has_duty(Duty.SYSTEM)))
    shell.add_tasks(delivery_tasks)
    shell.add_tasks(notification_tasks)
    shell.add_room(shell.Room("core:imports", gettext_lazy("导入"), "u", 5, may_import))
    shell.add_tasks(import_tasks)
    shell.add_room(shell.Room("core:accounts", gettext_lazy("账号"), "a", 1, has_duty(Duty.SYSTEM)))
    shell.add_room(shell.Room("core:sign_in_policy", gettext_lazy("登录规则"), "p", 2, has_duty(Duty.SECURITY)))
    shell.add_room(shell.Room("core:ledger", gettext_lazy("操作记录"), "l", 1, has_duty(Duty.AUDIT)))
    shell.add_first_steps(account_steps)
    shell.add_scope_facts(account_facts)
