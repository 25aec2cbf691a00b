"""`zhikong`: the command line for operators. `zhikong COMMAND --help` says what each does."""

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="zhikong", description="The open platform for medical quality control (质控)."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("init", help="write a secret key, prepare the database, load the region table")
    command.set_defaults(run=init)

    command = commands.add_parser("demo", help="prepare a realistic province and serve it")
    command.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    command.add_argument("--no-serve", action="store_true", help="prepare the data and stop")
    command.set_defaults(run=demo)

    command = commands.add_parser("serve", help="run the web server and the worker")
    command.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    command.add_argument("--address", default="127.0.0.1")
    command.add_argument("--threads", type=int, default=8)
    command.set_defaults(run=serve)

    command = commands.add_parser("worker", help="run the worker alone: jobs, mail, webhooks")
    command.set_defaults(run=lambda options: manage("worker"))

    command = commands.add_parser("administrators", help="create the three administrators, with one-time passwords")
    command.set_defaults(run=lambda options: manage("create_administrator"))

    check = commands.add_parser("check", help="check a notice or the ledger").add_subparsers(
        required=True, metavar="WHAT"
    )
    command = check.add_parser("notice", help="find the contradictions in a published notice (txt, csv, xlsx)")
    command.add_argument("file", type=Path)
    command.add_argument("--json", action="store_true", help="one record a finding")
    command.add_argument("--english", action="store_true", help="messages in English")
    command.set_defaults(run=check_notice)
    command = check.add_parser("ledger", help="verify the chain of every recorded action")
    command.add_argument("--json", action="store_true")
    command.add_argument("--rows", action="store_true", help="compare the tables with their last recorded change, too")
    command.set_defaults(run=check_ledger)
    command = check.add_parser("stats", help="published cases of the statistics, ours beside theirs")
    command.add_argument("--cases", type=Path, help="a folder of further cases (*.json); default: ZHIKONG_CASES")
    command.add_argument("--failing", action="store_true", help="only lines that do not hold")
    command.add_argument("--json", action="store_true", help="one record a line")
    command.set_defaults(run=check_stats)
    command = commands.add_parser("compile", help="compile the statistics' inner loops ahead of their first large call")
    command.set_defaults(run=compile_kernels)

    command = commands.add_parser("backup", help="write database and files into a new folder, with a manifest")
    command.add_argument("folder", type=Path)
    command.set_defaults(run=backup)
    command = commands.add_parser("restore", help="bring a backup into an empty installation, and compare")
    command.add_argument("folder", type=Path)
    command.set_defaults(run=restore)

    command = commands.add_parser("manage", help="any of Django's own commands", add_help=False)
    command.add_argument("rest", nargs=argparse.REMAINDER)
    command.set_defaults(run=lambda options: manage(*options.rest))

    options = parser.parse_args(arguments)
    return options.run(options) or 0


def setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhikong.hub.config.settings")
    import django

    django.setup()


def manage(*arguments: str) -> None:
    setup()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["zhikong manage", *arguments])


def home() -> Path:
    return Path(os.environ.get("ZHIKONG_HOME", Path(__file__).resolve().parents[1] / "var"))


def write_secret_key() -> None:
    """A key of this installation's own, readable by its user alone. An existing one is kept."""
    if "ZHIKONG_SECRET_KEY" in os.environ:
        return
    home().mkdir(parents=True, exist_ok=True)
    path = home() / "secret_key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))


def init(options: argparse.Namespace) -> None:
    write_secret_key()
    manage("migrate", "--verbosity", "0")
    manage("load_reference")


def demo(options: argparse.Namespace) -> int:
    os.environ.setdefault("ZHIKONG_DEMO", "1")
    os.environ.setdefault("ZHIKONG_MFA", "offered")  # the cast has no telephones
    os.environ.setdefault("ZHIKONG_HOME", str(Path(__file__).resolve().parents[1] / "var" / "demo"))
    os.environ.setdefault("ZHIKONG_ORIGIN", f"http://localhost:{options.port}")
    write_secret_key()
    manage("migrate", "--verbosity", "0")
    from zhikong.hub import demo as province

    sign_ins = province.prepare()
    print(sign_ins, flush=True)
    if options.no_serve:
        return 0
    return serve(argparse.Namespace(port=options.port, address="127.0.0.1", threads=8))


def serve(options: argparse.Namespace) -> int:
    """gunicorn and the worker, side by side. If one of them ends, both do, so that a supervisor starts both again."""
    setup()
    from django.conf import settings

    settings.STATIC_ROOT.mkdir(
        parents=True, exist_ok=True
    )  # whitenoise looks there first, and says so if it is missing
    web = [
        *(sys.executable, "-m", "gunicorn", "zhikong.hub.config.wsgi:application"),
        *("--bind", f"{options.address}:{options.port}", "--worker-class", "gthread"),
        *("--threads", str(options.threads), "--workers", os.environ.get("ZHIKONG_WEB_WORKERS", "2")),
        *("--timeout", "60", "--max-requests", "5000", "--max-requests-jitter", "500", "--no-control-socket"),
    ]
    children = [
        subprocess.Popen(web),  # noqa: S603  a fixed command
        subprocess.Popen([sys.executable, "-m", "zhikong.cli", "worker"]),
    ]

    def stop(*_: object) -> None:
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"zhikong: http://{options.address}:{options.port}  ({settings.DATABASES['default']['ENGINE']})", flush=True)
    while all(child.poll() is None for child in children):
        time.sleep(0.3)
    stop()
    return max(abs(child.wait()) for child in children)


def check_notice(options: argparse.Namespace) -> int:
    """Exit code 0: nothing contradicts; 1: contradictions; 2: the file cannot be read."""
    from zhikong.hub.network import notice

    language = "en" if options.english else "zh"
    try:
        read = notice.read_notice(options.file)
    except (notice.NoticeError, OSError) as error:
        print(json.dumps({"error": str(error)}, ensure_ascii=False) if options.json else error, file=sys.stderr)
        return 2
    report = notice.examine_notice(read)
    if options.json:
        print(notice.report_json(report, language))
    else:
        print(notice.report_text(read, report, language))
    return int(any(finding.severity == "contradiction" for finding in report.findings))


def check_ledger(options: argparse.Namespace) -> int:
    setup()
    from zhikong.hub.core import ledger

    report = ledger.check(rows=options.rows)
    print(report.as_json() if options.json else report.as_text())
    return int(bool(report.faults))


def check_stats(options: argparse.Namespace) -> int:
    """Exit code 0: every case holds; 1: some do not; 2: a folder of cases cannot be read."""
    from zhikong.stats import conformance

    cases = conformance.published()
    folder = options.cases or os.environ.get("ZHIKONG_CASES")
    try:
        for path in sorted(each for each in Path(folder).iterdir() if each.suffix == ".json") if folder else ():
            cases += json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{folder}: {error}", file=sys.stderr)
        return 2
    outcomes = list(conformance.run(conformance.complete(cases)))
    print(conformance.as_json(outcomes) if options.json else conformance.as_text(outcomes, failing=options.failing))
    return int(not all(outcome.holds for outcome in outcomes))


def compile_kernels(options: argparse.Namespace) -> None:
    os.environ.setdefault("NUMBA_CACHE_DIR", str(home() / "compiled"))
    from zhikong.stats import kernels

    print(f"{kernels.compile_all()} inner loops are compiled and kept in numba's cache")


def backup(options: argparse.Namespace) -> int:
    setup()
    from zhikong.hub.core import backup as copies

    try:
        print(copies.backup(options.folder))
    except copies.BackupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def restore(options: argparse.Namespace) -> int:
    setup()
    from zhikong.hub.core import backup as copies

    try:
        differences = copies.restore(options.folder)
    except copies.BackupError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(differences) or "restored; rows, files and the ledger's head are as in the manifest")
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main())
