from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .regions import Region
from .scope import RegionalQuerySet, any_of, reaches, within


class InstitutionQuerySet(RegionalQuerySet):
    path = ""

    def visible_to(self, user):
        """Those in one's regions, and one's own."""
        dot = f"{self.path}__" if self.path else ""
        return self.filter(
            any_of(
                within(r, f"{dot}region") if r.region_id else models.Q(**{f"{dot}pk": r.institution_id})
                for r in reaches(user)
            )
        )


class OfInstitutionQuerySet(InstitutionQuerySet):
    path = "institution"


class Institution(models.Model):
    """A hospital, community or township health centre, village clinic or laboratory."""

    class Kind(models.TextChoices):
        GENERAL = "general", _("综合医院")
        SPECIALISED = "specialised", _("专科医院")
        TCM = "tcm", _("中医医院")
        MATERNITY = "maternity", _("妇幼保健院")
        TOWNSHIP = "township", _("乡镇卫生院")
        COMMUNITY = "community", _("社区卫生服务中心")
        VILLAGE = "village", _("村卫生室")
        LABORATORY = "laboratory", _("第三方检验机构")
        OTHER = "other", _("其他")

    class Level(models.TextChoices):
        THREE = "3", _("三级")
        TWO = "2", _("二级")
        ONE = "1", _("一级")
        NONE = "0", _("未定级")

    class Grade(models.TextChoices):
        A = "A", _("甲等")
        B = "B", _("乙等")
        C = "C", _("丙等")
        NONE = "", _("未定等")

    class Ownership(models.TextChoices):
        PUBLIC = "public", _("公立")
        PRIVATE = "private", _("民营")

    code = models.CharField(_("机构编码"), max_length=32, unique=True)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    name = models.CharField(_("机构名称"), max_length=128)
    short_name = models.CharField(_("简称"), max_length=64, blank=True)
    initials = models.CharField(_("拼音首字母"), max_length=128, blank=True)
    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, related_name="institutions")
    kind = models.CharField(_("类别"), max_length=16, choices=Kind.choices)
    level = models.CharField(_("级别"), max_length=1, choices=Level.choices, default=Level.NONE)
    grade = models.CharField(_("等次"), max_length=1, choices=Grade.choices, default=Grade.NONE, blank=True)
    ownership = models.CharField(_("所有制"), max_length=16, choices=Ownership.choices)
    supervisor = models.CharField(_("主管部门"), max_length=128, blank=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    postcode = models.CharField(_("邮编"), max_length=6, blank=True)
    phone = models.CharField(_("电话"), max_length=32, blank=True)
    website = models.CharField(_("网址"), max_length=200, blank=True)
    opened_on = models.DateField(_("开业日期"), null=True, blank=True)
    beds = models.PositiveIntegerField(_("编制床位（张）"), null=True, blank=True)
    staff = models.PositiveIntegerField(_("卫生技术人员（人）"), null=True, blank=True)
    physicians = models.PositiveIntegerField(_("执业医师（人）"), null=True, blank=True)
    nurses = models.PositiveIntegerField(_("注册护士（人）"), null=True, blank=True)
    has_laboratory = models.BooleanField(_("设检验科"), default=False)
    remark = models.CharField(_("备注"), max_length=200, blank=True)
    is_active = models.BooleanField(_("在用"), default=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)
    is_synthetic = models.BooleanField(_("示例数据"), default=False)

    objects = InstitutionQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["code"]
        verbose_name = _("机构")
        indexes = [
            models.Index(fields=["name"], name="institution_name"),
            models.Index(fields=["initials"], name="institution_initials"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(code=""), name="institution_has_code"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("network:institution", args=[self.pk])

    def may_host_in(self, region: Region) -> bool:
        """A host lies in its centre's region, or is one of the city or province round it."""
        return region.contains(self.region) or self.region.contains(region)


class InstitutionOfficer(models.Model):
    """A seat in an institution's quality committee or working groups, with its history (ORG-25)."""

    class Post(models.TextChoices):
        CHAIR = "chair", _("医疗质量管理委员会主任")
        DEPUTY = "deputy", _("医疗质量管理委员会副主任")
        MEMBER = "member", _("医疗质量管理委员会委员")
        GROUP_HEAD = "group_head", _("科室质控小组组长")
        QUALITY_OFFICER = "quality_officer", _("科室质控员")

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="officers")
    post = models.CharField(_("职务"), max_length=32, choices=Post.choices)
    person_name = models.CharField(_("姓名"), max_length=64)
    department = models.CharField(_("科室"), max_length=64, blank=True)
    started_on = models.DateField(_("任职日期"))
    ended_on = models.DateField(_("离任日期"), null=True, blank=True)
    reason = models.CharField(_("变更原因"), max_length=200, blank=True)

    objects = OfInstitutionQuerySet.as_manager()
    ledgered = True
    history_of = "institution"

    class Meta:
        ordering = [models.F("ended_on").desc(nulls_first=True), "post", "department", "started_on", "id"]
        verbose_name = _("质量管理人员")
        constraints = [
            models.UniqueConstraint(
                fields=["institution"], condition=models.Q(post="chair", ended_on__isnull=True), name="one_chair"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("started_on")),
                name="institution_officer_ends_after_start",
            ),
        ]

    def __str__(self):
        return f"{self.get_post_display()} {self.person_name}"


class CommunityQuerySet(RegionalQuerySet):
    def visible_to(self, user):
        """Those in one's regions, and those one's institution belongs to."""
        return self.filter(
            any_of(
                within(r, "region") if r.region_id else models.Q(members__institution=r.institution_id)
                for r in reaches(user)
            )
        ).distinct()


class CommunityMemberQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(community__in=MedicalCommunity.objects.visible_to(user))


class MedicalCommunity(models.Model):
    """A county medical community (医共体): a lead hospital and its members, in any shape (1+7+N)."""

    name = models.CharField(_("名称"), max_length=100)
    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, related_name="communities")
    shape = models.CharField(_("结构"), max_length=32, help_text=_("如 1+7+N；第一个数是牵头医院"))
    founded_on = models.DateField(_("成立日期"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)
    is_synthetic = models.BooleanField(_("示例数据"), default=False)

    objects = CommunityQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["region__order", "name"]
        verbose_name = _("医共体")
        constraints = [models.UniqueConstraint(fields=["region", "name"], name="community_name_in_region")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("network:community", args=[self.pk])


class CommunityMember(models.Model):
    """An institution's place in a community. Tier 1 leads; tiers 2, 3 ... follow the shape's parts."""

    community = models.ForeignKey(MedicalCommunity, on_delete=models.CASCADE, related_name="members")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="community_memberships")
    tier = models.PositiveSmallIntegerField(_("层"))
    joined_on = models.DateField(_("加入日期"), null=True, blank=True)
    left_on = models.DateField(_("退出日期"), null=True, blank=True)

    objects = CommunityMemberQuerySet.as_manager()
    ledgered = True
    history_of = "community"

    class Meta:
        ordering = ["tier", "institution__code"]
        verbose_name = _("医共体成员")
        constraints = [
            models.UniqueConstraint(fields=["community", "institution"], name="community_member_once"),
            models.UniqueConstraint(
                fields=["community"],
                condition=models.Q(tier=1, left_on__isnull=True),
                name="community_has_one_lead",
            ),
            models.CheckConstraint(condition=models.Q(tier__gte=1), name="community_tier_from_one"),
        ]
