"""The environment of the test suite, loaded by pytest before Django reads its settings."""

import os
import tempfile

os.environ.setdefault("ZHIKONG_SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("ZHIKONG_HOME", tempfile.mkdtemp(prefix="zhikong-test-"))
os.environ.setdefault("ZHIKONG_DATABASE", "sqlite:///:memory:")
os.environ.setdefault("ZHIKONG_LOG_LEVEL", "ERROR")
