"""The environment of the test suite, loaded by pytest before Django reads its settings."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("ZHIKONG_SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("ZHIKONG_HOME", tempfile.mkdtemp(prefix="zhikong-test-"))
os.environ.setdefault("ZHIKONG_DATABASE", "sqlite:///:memory:")
os.environ.setdefault("ZHIKONG_LOG_LEVEL", "ERROR")
os.environ.setdefault("ZHIKONG_MFA", "offered")  # the cast signs in without codes; sign-in tests enforce them

(Path(os.environ["ZHIKONG_HOME"]) / "static").mkdir(parents=True, exist_ok=True)  # whitenoise warns without it
