from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DictionaryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The dictionary of specialties is for everybody who is signed in."""
        return self if user.is_authenticated and not user.is_administrator else self.none()


class Specialty(models.Model):
    """A specialty of quality control, by its canonical name."""

    class Category(models.TextChoices):
        CLINICAL = "clinical", _("临床")
        MEDICAL_TECHNOLOGY = "medical_technology", _("医技")
        MANAGEMENT = "management", pgettext_lazy("category", "管理")

    code = models.CharField(_("专业编码"), max_length=16, unique=True)
    name = models.CharField(_("专业名称"), max_length=64, unique=True)
    short_name = models.CharField(_("简称"), max_length=32)
    initials = models.CharField(_("拼音首字母"), max_length=64, blank=True)
    category = models.CharField(_("类别"), max_length=32, choices=Category.choices)
    is_tcm = models.BooleanField(_("中医"), default=False)
    is_key = models.BooleanField(_("重点专业"), default=False, help_text=_("要求市县全覆盖的专业"))
    is_active = models.BooleanField(_("在用"), default=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)

    objects = DictionaryQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["code"]
        verbose_name = _("专业")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("network:specialty", args=[self.pk])


class SpecialtyAlias(models.Model):
    """Another name under which documents mean the same specialty, confirmed by a person."""

    specialty = models.ForeignKey(Specialty, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("别名"), max_length=64, unique=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)

    objects = DictionaryQuerySet.as_manager()
    ledgered = True
    history_of = "specialty"

    class Meta:
        ordering = ["name"]
        verbose_name = _("专业别名")

    def __str__(self):
        return self.name


class OfCentreQuerySet(models.QuerySet):
    path = "centre"

    def visible_to(self, user):
        from .centres import Centre

        return self.filter(**{f"{self.path}__in": Centre.objects.visible_to(user)})


class SubspecialtyGroup(models.Model):
    """A sub-specialty group (亚专业组) under a centre; it exists once the authority has approved it (ORG-15)."""

    class State(models.TextChoices):
        APPLIED = "applied", _("已申请")
        APPROVED = "approved", _("已批准")
        REFUSED = "refused", _("未批准")
        CLOSED = "closed", _("已撤销")

    centre = models.ForeignKey("network.Centre", on_delete=models.CASCADE, related_name="subspecialty_groups")
    name = models.CharField(_("名称"), max_length=64)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.APPLIED)
    applied_on = models.DateField(_("申请日期"))
    decided_on = models.DateField(_("批复日期"), null=True, blank=True)
    document = models.CharField(_("批复文号"), max_length=100, blank=True)
    head = models.CharField(_("组长"), max_length=64, blank=True)
    closed_on = models.DateField(_("撤销日期"), null=True, blank=True)

    objects = OfCentreQuerySet.as_manager()
    ledgered = True
    history_of = "centre"

    class Meta:
        ordering = ["centre", "name"]
        verbose_name = _("亚专业组")
        constraints = [
            # A refused or closed group may be applied for again.
            models.UniqueConstraint(
                fields=["centre", "name"],
                condition=models.Q(state__in=["applied", "approved"]),
                name="subspecialty_group_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="closed") | models.Q(closed_on__isnull=False),
                name="subspecialty_closing_dated",
            ),
            models.CheckConstraint(
                condition=models.Q(state="applied") | models.Q(decided_on__isnull=False),
                name="subspecialty_decision_dated",
            ),
        ]

    def __str__(self):
        return self.name
