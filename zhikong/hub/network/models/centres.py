import calendar
import datetime as dt

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .scope import any_of, reaches, within
from .specialties import OfCentreQuerySet


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day some months later; the month's last where it has no such day (31 January, 28 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def filing_due(happened_on: dt.date) -> dt.date:
    return months_after(happened_on, settings.FILING_MONTHS)


class CentreQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those in or covering one's regions (of the grant's specialty, if any), and those one's institution hosts."""
        conditions = []
        for reach in reaches(user):
            if reach.institution_id:
                hosted = CentreHost.objects.filter(institution=reach.institution_id, ended_on__isnull=True)
                conditions.append(models.Q(pk__in=hosted.values("centre")))
            else:
                covering = Centre.covers.through.objects.filter(region__order__range=(reach.order, reach.last))
                condition = within(reach, "region") | models.Q(pk__in=covering.values("centre"))
                if reach.specialty_id:
                    condition &= models.Q(specialty=reach.specialty_id)
                conditions.append(condition)
        return self.filter(any_of(conditions))

    def lacking_plans(self, year, kind=None):
        """Standing centres without a plan of some kind for the year, each kind as `has_<kind>` (EVA-17)."""
        start, end = dt.date(year, 1, 1), dt.date(year, 12, 31)
        plans = CentrePlan.objects.filter(centre=models.OuterRef("pk"), starts_on__lte=end, ends_on__gte=start)
        found = self.standing().annotate(
            **{f"has_{each}": models.Exists(plans.filter(kind=each)) for each in CentrePlan.Kind.values}
        )
        kinds = [kind] if kind else CentrePlan.Kind.values
        lacking = models.Q(pk__in=[])
        for each in kinds:
            lacking |= models.Q(**{f"has_{each}": False})
        return found.filter(lacking)

    def last_terms(self):
        """Each centre with `term_ends_on`, the end of its latest term; none where hosting was entrusted without one."""
        latest = CentreTerm.objects.filter(centre=models.OuterRef("pk")).order_by("-ends_on").values("ends_on")[:1]
        return self.annotate(term_ends_on=models.Subquery(latest))

    def free_code(self, region, specialty, level, given=()):
        """Region, specialty and level, numbered where a place has several; none of those `given` but not yet written."""
        stem = f"{region.code}-{specialty.code}-{level}"
        taken = {*given, *self.filter(code__startswith=stem).values_list("code", flat=True)}
        number, code = 1, stem
        while code in taken:
            number += 1
            code = f"{stem}-{number}"
        return code

    def standing(self):
        """Set up or formal: neither merged nor closed."""
        return self.filter(state__in=[Centre.State.SETTING_UP, Centre.State.FORMAL])


class Centre(models.Model):
    """A quality-control centre (质控中心) of one specialty at one level."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省级")
        REGIONAL = "regional", _("区域分中心")
        CITY = "city", _("市级")
        COUNTY = "county", _("县级")
        COUNTY_GROUP = "county_group", _("县级质控组")
        GRID = "grid", _("网格分中心")

    class State(models.TextChoices):
        SETTING_UP = "setting_up", _("筹建")
        FORMAL = "formal", _("正式")
        MERGED = "merged", _("已合并")
        CLOSED = "closed", _("已撤销")

    class Capability(models.TextChoices):
        PLATFORM = "platform", _("自有平台")
        NATIONAL = "national", _("使用国家平台数据")
        WEB_PAGE = "web_page", _("网站或网页")
        NONE = "none", _("无")
        UNKNOWN = "unknown", _("未填")

    code = models.CharField(_("编号"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=128)
    initials = models.CharField(_("拼音首字母"), max_length=128, blank=True)
    specialty = models.ForeignKey("network.Specialty", on_delete=models.PROTECT, related_name="centres")
    level = models.CharField(_("层级"), max_length=16, choices=Level.choices)
    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, related_name="centres")
    covers = models.ManyToManyField("network.Region", related_name="covered_by", blank=True, verbose_name=_("覆盖地区"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.SETTING_UP)
    founded_on = models.DateField(_("成立日期"), null=True, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="absorbed")
    responsible_person = models.CharField(_("网格责任人"), max_length=64, blank=True)
    mandate = models.TextField(_("委托文件"), blank=True)
    covers_inpatients = models.BooleanField(_("住院"), default=False)
    covers_day_cases = models.BooleanField(_("日间"), default=False)
    covers_outpatients = models.BooleanField(_("门诊"), default=False)
    covers_emergency = models.BooleanField(_("急诊"), default=False)
    capability = models.CharField(
        _("信息化手段"), max_length=16, choices=Capability.choices, default=Capability.UNKNOWN
    )
    contact = models.CharField(_("联系电话"), max_length=64, blank=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)
    is_synthetic = models.BooleanField(_("示例数据"), default=False)

    objects = CentreQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["region__order", "specialty__code", "code"]
        verbose_name = _("质控中心")
        indexes = [
            models.Index(fields=["level", "state"], name="centre_level_state"),
            models.Index(fields=["region", "level", "specialty"], name="centre_place"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="merged") | models.Q(merged_into__isnull=False),
                name="merged_centre_says_into_which",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("network:centre", args=[self.pk])

    @property
    def is_standing(self):
        return self.state in {self.State.SETTING_UP, self.State.FORMAL}


class CentreHost(models.Model):
    """An institution that hosts a centre (挂靠单位). A centre may have several at once."""

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="hosts")
    institution = models.ForeignKey("network.Institution", on_delete=models.PROTECT, related_name="hosted")
    position = models.PositiveSmallIntegerField(default=1)
    started_on = models.DateField(_("开始"), null=True, blank=True)
    ended_on = models.DateField(_("结束"), null=True, blank=True)

    objects = OfCentreQuerySet.as_manager()
    ledgered = True
    history_of = "centre"

    class Meta:
        ordering = ["position"]
        verbose_name = _("挂靠单位")
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "institution"], condition=models.Q(ended_on__isnull=True), name="host_once_at_a_time"
            ),
        ]


class CentreTerm(models.Model):
    """A term for which hosting is entrusted."""

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="terms")
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("结束"))
    document = models.CharField(_("文号"), max_length=100, blank=True)

    objects = OfCentreQuerySet.as_manager()
    ledgered = True
    history_of = "centre"

    class Meta:
        ordering = ["-starts_on"]
        verbose_name = _("委托期")
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_on__gt=models.F("starts_on")), name="term_ends_after_start")
        ]


class CentreMember(models.Model):
    """A director, secretary, expert or committee member, with the history of changes (ORG-21)."""

    class Post(models.TextChoices):
        DIRECTOR = "director", _("主任")
        DEPUTY = "deputy", _("副主任")
        SECRETARY = "secretary", _("秘书")
        EXPERT = "expert", _("专家")
        MEMBER = "member", _("委员")

    class Reason(models.TextChoices):
        RETIRED = "retired", _("退休")
        MOVED = "moved", _("工作调动")
        TERM_OVER = "term_over", _("任期届满")
        OTHER = "other", _("其他")

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    post = models.CharField(_("职务"), max_length=16, choices=Post.choices)
    person_name = models.CharField(_("姓名"), max_length=64)
    affiliation = models.CharField(_("单位"), max_length=128, blank=True)
    started_on = models.DateField(_("任职日期"))
    ended_on = models.DateField(_("离任日期"), null=True, blank=True)
    reason = models.CharField(_("离任原因"), max_length=16, choices=Reason.choices, blank=True)

    objects = OfCentreQuerySet.as_manager()
    ledgered = True
    history_of = "centre"

    class Meta:
        ordering = [models.F("ended_on").desc(nulls_first=True), "post", "started_on", "id"]
        verbose_name = _("质控中心成员")
        constraints = [
            models.UniqueConstraint(
                fields=["centre"], condition=models.Q(post="director", ended_on__isnull=True), name="one_director"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("started_on")),
                name="centre_member_ends_after_start",
            ),
        ]

    def __str__(self):
        return f"{self.get_post_display()} {self.person_name}"


class CentreDuty(models.Model):
    """One line of a centre's duty list (职责清单); acting outside it is a fault (ORG-22)."""

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="duties")
    position = models.PositiveSmallIntegerField(default=1)
    text = models.CharField(_("职责"), max_length=300)
    document = models.CharField(_("依据"), max_length=200, blank=True)

    objects = OfCentreQuerySet.as_manager()
    ledgered = True
    history_of = "centre"

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("职责")

    def __str__(self):
        return self.text


class CentrePlan(models.Model):
    """A plan for a period; a centre without one is listed (EVA-17)."""

    class Kind(models.TextChoices):
        LONG_TERM = "long_term", _("长期规划")
        ANNUAL = "annual", _("年度计划")
        TRAINING = "training", _("培训方案")
        GUIDANCE = "guidance", _("指导评价方案")

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="plans")
    kind = models.CharField(_("类别"), max_length=16, choices=Kind.choices)
    title = models.CharField(_("标题"), max_length=200)
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("结束"))
    file = models.ForeignKey("core.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfCentreQuerySet.as_manager()
    ledgered = True
    history_of = "centre"

    class Meta:
        ordering = ["-starts_on", "kind", "id"]
        verbose_name = _("计划")
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="plan_ends_after_start")
        ]

    def __str__(self):
        return self.title


class CentreChangeQuerySet(OfCentreQuerySet):
    def unfiled(self):
        return self.filter(filed_on__isnull=True)

    def overdue(self, today):
        return self.unfiled().filter(due_on__lt=today)

    def to_receive(self):
        return self.filter(filed_on__isnull=False, received_on__isnull=True)

    def received(self):
        return self.filter(received_on__isnull=False)


class CentreChange(models.Model):
    """Something that happened to a centre, and its filing (备案) one level up within a month (ORG-10)."""

    class Kind(models.TextChoices):
        FOUNDED = "founded", _("筹建")
        FORMALISED = "formalised", pgettext_lazy("change", "转为正式")
        RENAMED = "renamed", pgettext_lazy("change", "更名")
        REHOSTED = "rehosted", pgettext_lazy("change", "变更挂靠单位")
        DIRECTOR = "director", pgettext_lazy("change", "变更主任")
        MERGED = "merged", pgettext_lazy("change", "合并")
        CLOSED = "closed", pgettext_lazy("change", "撤销")

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(_("变更"), max_length=16, choices=Kind.choices)
    # What a closing or merger ended: giving up a set-up takes no formal centre away.
    ended_state = models.CharField(_("结束前的状态"), max_length=16, choices=Centre.State.choices, blank=True)
    happened_on = models.DateField(_("发生日期"))
    detail = models.CharField(_("说明"), max_length=300, blank=True)
    due_on = models.DateField(_("备案期限"))
    filed_on = models.DateField(_("备案日期"), null=True, blank=True)
    filed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    document = models.CharField(_("备案文号"), max_length=100, blank=True)
    file = models.ForeignKey("core.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    received_on = models.DateField(_("签收日期"), null=True, blank=True)
    received_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    objects = CentreChangeQuerySet.as_manager()
    ledgered = True
    history_of = "centre"

    class Meta:
        ordering = ["-happened_on", "-id"]
        verbose_name = _("质控中心变更")
        indexes = [
            models.Index(fields=["filed_on", "due_on"], name="change_filing"),
            models.Index(fields=["happened_on"], name="change_happened"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(received_on__isnull=True) | models.Q(filed_on__isnull=False),
                name="received_after_filed",
            ),
        ]

    def __str__(self):
        return f"{self.centre} {self.get_kind_display()}"

    def days_overdue(self, today):
        """Whole days past the due date while not filed; 0 before."""
        return max(0, (today - self.due_on).days) if self.filed_on is None else 0


class PublishedGrade(models.Model):
    """A grade that an authority published for a centre and a year."""

    class Grade(models.TextChoices):
        EXCELLENT = "excellent", _("优秀")
        GOOD = "good", _("良好")
        PASSED = "passed", pgettext_lazy("grade", "合格")
        FAILED = "failed", _("不合格")

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="published_grades")
    year = models.PositiveSmallIntegerField(_("年度"))
    grade = models.CharField(_("等次"), max_length=16, choices=Grade.choices)
    source = models.CharField(_("来源"), max_length=200)

    objects = OfCentreQuerySet.as_manager()
    ledgered = True
    history_of = "centre"

    class Meta:
        ordering = ["-year"]
        verbose_name = _("公布的等次")
        constraints = [models.UniqueConstraint(fields=["centre", "year"], name="one_grade_a_year")]
