"""What the fault test of imports does in processes of its own.

python -m zhikong.hub.network.tests.import_fault_worker prepare | upload PREFIX ROWS | press | work
"""

import datetime as dt
import sys
import threading

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from zhikong.hub.core import actions, files, worker  # noqa: E402
from zhikong.hub.core.models import ImportBatch, User  # noqa: E402
from zhikong.hub.network.models import Grant, Region, Role  # noqa: E402


def prepare():
    call_command("migrate", verbosity=0)
    region = Region.objects.create(code="41", name="河南省", short_name="河南", level="province", order=1, last=1)
    user = User.objects.create_user("province", None, name="省质控办审核员")
    Grant.objects.create(user=user, role=Role.OFFICE, region=region, starts_on=dt.date(2025, 1, 1))


def upload(prefix, rows):
    lines = [f"{prefix}{n:06},第{n}示例医院,41,综合医院,公立\n" for n in range(int(rows))]
    table = "".join(["机构编码,机构名称,地区代码,类别,所有制\n", *lines]).encode()
    by = User.objects.get()
    actions.start_import("institutions", files.place([table]), name=f"{prefix}.csv", by=by, at=timezone.now())


def press():
    """As an impatient user does: twice."""
    for batch in ImportBatch.objects.filter(state="ready"):
        for _press in range(2):
            actions.begin_commit(batch, by=batch.owner, at=timezone.now())


def work():
    stop = threading.Event()
    worker.stop_on_signals(stop)
    worker.work(stop=stop)


if __name__ == "__main__":
    {"prepare": prepare, "upload": upload, "press": press, "work": work}[sys.argv[1]](*sys.argv[2:])
