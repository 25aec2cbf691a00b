from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Duty(models.TextChoices):
    """三员: each administers one thing, and none of them sees the domain's data."""

    NONE = "none", _("业务用户")
    SYSTEM = "system", _("系统管理员")
    SECURITY = "security", _("安全管理员")
    AUDIT = "audit", _("审计管理员")


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Administrators of accounts and of grants see everybody; anyone else sees themselves."""
        if not user.is_authenticated:
            return self.none()
        if user.duty in {Duty.SYSTEM, Duty.SECURITY}:
            return self
        return self.filter(pk=user.pk)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, username, password=None, **fields):
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What they may do is said by `duty` (administrators) or by grants (everybody else)."""

    username = models.CharField(_("用户名"), max_length=64, unique=True)
    name = models.CharField(_("姓名"), max_length=64)
    email = models.EmailField(_("邮箱"), blank=True)
    phone = models.CharField(_("手机"), max_length=32, blank=True)
    duty = models.CharField(_("账号类别"), max_length=16, choices=Duty.choices, default=Duty.NONE)
    language = models.CharField(_("语言"), max_length=16, default="zh-hans")
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("须修改密码"), default=False)
    password_changed_at = models.DateTimeField(_("密码修改时间"), default=timezone.now)
    date_joined = models.DateTimeField(_("开户时间"), default=timezone.now)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    ledgered = True
    ledger_omits = ("password", "last_login")

    objects = UserManager()

    class Meta:
        ordering = ["username"]
        verbose_name = pgettext_lazy("one", "账号")
        constraints = [
            models.CheckConstraint(condition=models.Q(duty__in=Duty.values), name="user_duty_known"),
            # Sign-in ignores case.
            models.UniqueConstraint(Lower("username"), name="username_unique_in_any_case"),
        ]

    def __str__(self):
        return f"{self.name}（{self.username}）"

    @property
    def is_administrator(self):
        return self.duty != Duty.NONE


class PasswordRecordQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Nobody reads these; the rule about former passwords asks for one's own through the account."""
        return self.none()


class PasswordRecord(models.Model):
    """A former password's hash, so that the last ones cannot be used again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=256)
    set_at = models.DateTimeField()

    objects = PasswordRecordQuerySet.as_manager()
    not_ledgered = "password hashes must not be copied"

    class Meta:
        ordering = ["-set_at"]
