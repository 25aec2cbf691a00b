"""The child process that reads an uploaded notice: a file in, JSON out. It knows nothing of the site.

    python -I -m zhikong.hub.network.notice_child FILE NAME MEMORY SECONDS

A hostile file can at worst kill this process: the kernel limits its memory and its processor time.
"""

import json
import resource
import sys

from zhikong.hub.network.notice import NoticeError, read_notice


def main(path: str, name: str, memory: int, seconds: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # Where they are installed openpyxl loads them, and their libraries alone would fill the memory allowed here.
    sys.modules.update({"numpy": None, "PIL": None, "lxml": None, "pandas": None})  # type: ignore[dict-item]
    try:
        answer = {"notice": read_notice(path, name).to_dict()}
    except NoticeError as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": "memory"}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
