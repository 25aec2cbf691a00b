"""An uploaded notice is read outside the web process, and refused with a sentence when it cannot be."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from zhikong.hub.core.errors import Refused

# The largest answer taken from the child. A notice has some hundred lines; the reader itself stops at 20,000 rows.
MOST_ANSWER = 32 << 20


def read_upload(path: Path, name: str) -> dict[str, Any]:
    """What the notice says, as `receive_notice` takes it. Refused when the child refuses, dies or takes too long."""
    seconds = settings.NOTICE_CPU_SECONDS
    child = subprocess.Popen(  # noqa: S603  our own interpreter and module; the user's name is data, not a path
        [
            sys.executable, "-I", "-m", "zhikong.hub.network.notice_child",
            str(path), name, str(settings.IMPORT_MEMORY_MB << 20), str(seconds),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LANG": "C.UTF-8", "PATH": os.defpath},  # nothing of ours: no key, no database
        start_new_session=True,
    )  # fmt: skip
    try:
        answer, _errors = child.communicate(timeout=seconds + 10)
    except subprocess.TimeoutExpired as error:
        raise Refused(_("读取这个文件用时超过限制。请只保留通报正文和附表后再上传。")) from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.returncode or len(answer) > MOST_ANSWER:
        raise Refused(_("读取这个文件超出了内存或时间的限制。请只保留通报正文和附表，另存后再上传。"))
    found = json.loads(answer)
    if found.get("refused") == "memory":
        raise Refused(_("读取这个文件需要的内存超过限制。请只保留通报正文和附表，另存后再上传。"))
    if "refused" in found:
        raise Refused(found["refused"])
    content: dict[str, Any] = found["notice"]
    return content
