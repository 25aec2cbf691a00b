import os
import subprocess
import sys

import numpy as np
import pytest

from zhikong.stats import conformance, kernels
from zhikong.stats.kernels import kernel, prange


@kernel()
def twice(value):
    return 2 * value


@kernel(parallel=True, example=lambda: (np.zeros((2, 2)), np.zeros(2)))
def sums(table, out):
    for row in prange(table.shape[0]):
        total = 0.0
        for column in range(table.shape[1]):
            total += twice(table[row, column])
        out[row] = total
    return out


def test_a_small_call_runs_as_plain_python():
    calls = subprocess.run(
        [sys.executable, "-c", "import sys; from zhikong.stats.tests.test_kernels import *\n"
         "assert sums(np.ones((2, 3)), np.zeros(2)).tolist() == [6.0, 6.0]; print('numba' in sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert calls.stdout.strip() == "False"


def test_importing_everything_loads_nothing_heavy():
    """A web process pays for numpy and scipy.special alone: neither a compiler, nor models, nor plots."""
    modules = ", ".join(f"zhikong.stats.{name}" for name in conformance.MODULES)
    heavy = "numba", "statsmodels", "pandas", "matplotlib", "scipy.stats", "scipy.optimize"
    code = f"import sys, {modules}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.thorough
def test_a_large_call_is_compiled_and_agrees():
    table = np.random.default_rng(1).normal(size=(100, 100))
    assert np.array_equal(sums(table, np.zeros(100)), sums.plain(table, np.zeros(100)))
    assert "numba" in sys.modules


@pytest.mark.thorough
def test_it_compiles_where_nothing_can_be_kept(monkeypatch):
    import numba

    def nowhere(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: ("compiled without a cache", function)

    monkeypatch.setattr(numba, "njit", nowhere)
    assert kernels.Kernel(lambda values: values, parallel=False, example=None).compiled()[0].endswith("without a cache")


@pytest.mark.thorough
def test_what_is_kept_follows_the_sources_of_what_a_kernel_calls(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    code = "import numpy; from room.outer import outer; print(outer.compiled()(numpy.zeros(3)).tolist())"
    header = "from zhikong.stats.kernels import kernel\n"
    (room / "__init__.py").touch()
    (room / "outer.py").write_text(
        f"{header}from room.inner import inner\n@kernel()\ndef outer(values):\n    return values + inner(1)\n"
    )
    for step in (2, 3):
        (room / "inner.py").write_text(f"{header}@kernel()\ndef inner(value):\n    return {step} * value\n")
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONPATH": f"{tmp_path}:{os.getcwd()}", "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
                              "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        assert done.stdout.strip() == str([float(step)] * 3)


def test_an_unknown_module_is_named():
    with pytest.raises(ValueError, match="'nothing'"):
        kernels.compile_all(["nothing"])
