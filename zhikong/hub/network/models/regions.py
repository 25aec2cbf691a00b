from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .scope import RegionalQuerySet, any_of, reaches


class RegionQuerySet(RegionalQuerySet):
    region_field = ""

    def visible_to(self, user):
        """The subtrees of one's grants, and the region of one's own institution."""
        own = [r.institution_id for r in reaches(user) if r.institution_id]
        conditions = [models.Q(order__range=(r.order, r.last)) for r in reaches(user) if r.region_id]
        if own:
            conditions.append(models.Q(institutions__in=own))
        return self.filter(any_of(conditions)).distinct() if own else self.filter(any_of(conditions))

    def subtree(self, region):
        return self.filter(order__range=(region.order, region.last))

    def above(self, region):
        """The regions that contain this one, the province first."""
        return self.filter(order__lt=region.order, last__gte=region.order).order_by("order")

    def provinces(self):
        """Names and codes of provinces are public knowledge: alliances choose among all of them."""
        return self.filter(level=Region.Level.PROVINCE)

    def with_counts(self, user):
        """Each with `centre_count` and `institution_count`: what of its subtree this user sees standing and in use."""
        from .centres import Centre
        from .institutions import Institution

        def count(rows):
            below = rows.filter(region__order__gte=models.OuterRef("order"), region__order__lte=models.OuterRef("last"))
            counted = below.order_by().annotate(all=models.Value(1)).values("all").annotate(n=models.Count("pk"))
            return Coalesce(models.Subquery(counted.values("n")), 0, output_field=models.IntegerField())

        return self.annotate(
            centre_count=count(Centre.objects.visible_to(user).standing()),
            institution_count=count(Institution.objects.visible_to(user).filter(is_active=True)),
        )

    def of_site(self):
        """The province that this site serves."""
        return self.provinces().filter(code__startswith=settings.PROVINCE[:2])


class Region(models.Model):
    """A province, city, county or township by its official code (GB/T 2260)."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省级")
        CITY = "city", _("市级")
        COUNTY = "county", _("县级")
        TOWNSHIP = "township", _("乡镇级")

    class Kind(models.TextChoices):
        DIVISION = "division", _("行政区划")
        DIRECT = "directly_administered", _("省直辖县级")
        FUNCTIONAL = "functional", _("功能区")

    code = models.CharField(_("区划代码"), max_length=12, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    short_name = models.CharField(_("简称"), max_length=64)
    initials = models.CharField(_("拼音首字母"), max_length=64, blank=True)
    level = models.CharField(_("层级"), max_length=16, choices=Level.choices)
    kind = models.CharField(_("类别"), max_length=32, choices=Kind.choices, default=Kind.DIVISION)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    order = models.PositiveIntegerField(default=0)
    last = models.PositiveIntegerField(default=0)
    tile_row = models.PositiveSmallIntegerField(_("方块图行"), null=True, blank=True)
    tile_column = models.PositiveSmallIntegerField(_("方块图列"), null=True, blank=True)

    objects = RegionQuerySet.as_manager()
    ledgered = True
    ledger_omits = ("order", "last")  # positions are derived from the tree

    class Meta:
        ordering = ["order"]
        verbose_name = _("地区")
        indexes = [
            models.Index(fields=["order"], name="region_order"),
            models.Index(fields=["level", "order"], name="region_level"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(last__gte=models.F("order")), name="region_subtree_not_empty"),
            models.CheckConstraint(
                condition=models.Q(level="province") | models.Q(parent__isnull=False),
                name="region_below_province_has_parent",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("network:region", args=[self.pk])

    def contains(self, other: "Region") -> bool:
        return self.order <= other.order <= self.last
