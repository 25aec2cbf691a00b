"""Fills the walks' database with the named cast and prints, as JSON, the numbers that addresses are made of.

Run in a process of its own: Playwright's event loop and Django's database layer do not share one.
"""

import json

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from zhikong.hub.core.models import Job, Notification  # noqa: E402
from zhikong.hub.core.search import initials_of  # noqa: E402
from zhikong.hub.network.models import Centre, Institution, Region, Specialty  # noqa: E402
from zhikong.hub.testing import NetworkStory  # noqa: E402


def fill():
    NetworkStory.setUpTestData()
    cast = NetworkStory
    for model in (Region, Institution, Specialty, Centre):
        for row in model.objects.all():
            row.initials = initials_of(row.name)
            row.save(update_fields=["initials"])
    Institution.objects.bulk_create(  # a second page for the lists
        Institution(
            code=f"410328{number:04d}", name=f"洛宁示例{number:02d}卫生院", initials=f"lnsl{number:02d}wsy",
            region=cast.regions["410328"], kind="township", level="1", ownership="public", is_synthetic=True,
        )
        for number in range(2, 42)
    )  # fmt: skip
    officer = cast.people["city_officer"]
    now = timezone.now()
    notification = Notification.objects.create(
        recipient=officer, kind="example", urgency="late", title="烧伤市级质控中心变更没有备案", created_at=now
    )
    job = Job.objects.create(
        kind="example", title="导入机构", owner=officer, created_at=now, started_at=now, finished_at=now, state="done",
        total_rows=40, done_rows=40, good_rows=40,
    )  # fmt: skip
    return {
        "people": {part: user.username for part, user in cast.people.items()},
        "arguments": {
            "centre_id": cast.city_centre.pk,
            "institution_id": cast.county_hospital.pk,
            "region_id": cast.regions["4103"].pk,
            "specialty_id": cast.specialties["烧伤"].pk,
            "code": "4103",
            "region_code": "4103",
            "user_id": officer.pk,
            "account_id": officer.pk,
            "notification_id": notification.pk,
            "job_id": str(job.pk),
            "label": "network.centre",
        },
    }


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    print(json.dumps(fill()))
