from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhikong.hub.core.models import Duty


class Role(models.TextChoices):
    """What a person is in the network. What each may do stands in `roles.py`."""

    COMMISSION = "commission", _("卫生健康行政部门人员")
    OFFICE = "office", _("质控管理办公室人员")
    DIRECTOR = "director", _("质控中心主任")
    SECRETARY = "secretary", _("质控中心秘书")
    EXPERT = "expert", _("质控中心专家")
    QUALITY_OFFICE = "quality_office", _("医院质控办人员")
    TECHNICIAN = "technician", _("检验技术人员")


def grantable(model, user):
    """The regions, institutions or specialties that a grant may name; for the security administrator alone."""
    rows = model.objects.all()
    return rows if user.is_authenticated and user.duty == Duty.SECURITY else rows.none()


class GrantQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The security administrator gives grants; everybody else sees their own."""
        if not user.is_authenticated:
            return self.none()
        if user.duty == Duty.SECURITY:
            return self
        return self.filter(user=user)

    def in_force(self, day):
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


class Grant(models.Model):
    """A role over a region's subtree or one institution, perhaps for one specialty, for a time."""

    user = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(_("角色"), max_length=16, choices=Role.choices)
    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    institution = models.ForeignKey(
        "network.Institution", on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    specialty = models.ForeignKey(
        "network.Specialty", on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    starts_on = models.DateField(_("生效日期"))
    ends_on = models.DateField(_("失效日期"), null=True, blank=True)
    given_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    objects = GrantQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["user", "role"]
        verbose_name = _("授权")
        constraints = [
            models.CheckConstraint(
                condition=Q(region__isnull=False, institution__isnull=True)
                | Q(region__isnull=True, institution__isnull=False),
                name="grant_over_region_or_institution",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["quality_office", "technician"], institution__isnull=False)
                | Q(role__in=["commission", "office", "director", "secretary", "expert"], region__isnull=False),
                name="grant_scope_fits_role",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=["director", "secretary", "expert"]) | Q(specialty__isnull=False),
                name="centre_roles_name_a_specialty",
            ),
        ]

    def __str__(self):
        place = " · ".join(str(part) for part in (self.region or self.institution, self.specialty) if part)
        return f"{self.user.name} · {self.get_role_display()} · {place}"
