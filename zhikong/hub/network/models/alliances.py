from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .scope import any_of, reaches, within


class AllianceQuerySet(models.QuerySet):
    path = "members"

    def visible_to(self, user):
        """Those in which a region of one's grants takes part; who left sees nothing of what is agreed and changed since."""
        own = any_of(within(r, f"{self.path}__region") for r in reaches(user) if r.region_id)
        return self.filter(own, **{f"{self.path}__left_on__isnull": True}).distinct()


class OfAllianceQuerySet(AllianceQuerySet):
    path = "alliance__members"


class Alliance(models.Model):
    """A group of cities (宜荆荆, 都市圈) or an alliance of provinces, with its charter."""

    class Kind(models.TextChoices):
        CITIES = "cities", _("城市群")
        PROVINCES = "provinces", _("省际联盟")
        COLLABORATION = "collaboration", _("协作网")

    name = models.CharField(_("名称"), max_length=100, unique=True)
    kind = models.CharField(_("类别"), max_length=16, choices=Kind.choices)
    founded_on = models.DateField(_("成立日期"), null=True, blank=True)
    purpose = models.TextField(_("宗旨"), blank=True)
    charter = models.TextField(_("章程"), blank=True)
    charter_adopted_on = models.DateField(_("章程通过日期"), null=True, blank=True)
    platforms = models.TextField(_("共享平台"), blank=True, help_text=_("一行一个"))
    ended_on = models.DateField(_("终止日期"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)
    is_synthetic = models.BooleanField(_("示例数据"), default=False)

    objects = AllianceQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["kind", "name"]
        verbose_name = _("联盟")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("network:alliance", args=[self.pk])

    def platform_names(self):
        return [line.strip() for line in self.platforms.splitlines() if line.strip()]


class AllianceMember(models.Model):
    """A region that takes part."""

    alliance = models.ForeignKey(Alliance, on_delete=models.CASCADE, related_name="members")
    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, related_name="alliance_memberships")
    joined_on = models.DateField(_("加入日期"), null=True, blank=True)
    left_on = models.DateField(_("退出日期"), null=True, blank=True)

    objects = OfAllianceQuerySet.as_manager()
    ledgered = True
    history_of = "alliance"

    class Meta:
        ordering = ["region__order"]
        verbose_name = _("联盟成员")
        constraints = [models.UniqueConstraint(fields=["alliance", "region"], name="alliance_member_once")]


class AllianceOfficer(models.Model):
    """A chair, secretary-general or deputy."""

    class Post(models.TextChoices):
        CHAIR = "chair", _("主席")
        DEPUTY = "deputy", _("副主席")
        SECRETARY_GENERAL = "secretary_general", _("秘书长")
        DEPUTY_SECRETARY = "deputy_secretary", _("副秘书长")

    alliance = models.ForeignKey(Alliance, on_delete=models.CASCADE, related_name="officers")
    post = models.CharField(_("职务"), max_length=32, choices=Post.choices)
    person_name = models.CharField(_("姓名"), max_length=64)
    affiliation = models.CharField(_("单位"), max_length=200, blank=True)
    started_on = models.DateField(_("任职日期"))
    ended_on = models.DateField(_("离任日期"), null=True, blank=True)

    objects = OfAllianceQuerySet.as_manager()
    ledgered = True
    history_of = "alliance"

    class Meta:
        ordering = [models.F("ended_on").desc(nulls_first=True), "post", "started_on", "id"]
        verbose_name = _("联盟职务")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("started_on")),
                name="alliance_officer_ends_after_start",
            ),
        ]

    def __str__(self):
        return f"{self.get_post_display()} {self.person_name}"


class AllianceAgreement(models.Model):
    """An agreement on joint quality control, between regions or between specialties (ALL-06)."""

    alliance = models.ForeignKey(Alliance, on_delete=models.CASCADE, related_name="agreements")
    title = models.CharField(_("名称"), max_length=200)
    signed_on = models.DateField(_("签署日期"))
    parties = models.TextField(_("各方"))
    subject_matter = models.TextField(_("内容"), blank=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)

    objects = OfAllianceQuerySet.as_manager()
    ledgered = True
    history_of = "alliance"

    class Meta:
        ordering = ["-signed_on", "id"]
        verbose_name = _("联盟协议")

    def __str__(self):
        return self.title
