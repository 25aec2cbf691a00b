"""Loops that numpy cannot express, compiled by numba when there is enough to do.

A kernel is a plain function on arrays. Below `PLAIN_UP_TO` values it runs as plain Python, so that a web request never
waits for a compiler and importing this package loads none; above, it is compiled once and kept in numba's cache on disk.
`compile_all` does that ahead of time, for a worker's start or an image's build.
"""

import functools
import hashlib
import importlib
import threading
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

PLAIN_UP_TO = 5_000
prange = range  # inside a kernel: the outer loop whose turns do not depend on one another

P = ParamSpec("P")
R = TypeVar("R")

_kernels: "list[Kernel[Any, Any]]" = []
_compiling = threading.RLock()
_plain = threading.local()
_running = threading.Lock()  # numba's own thread pool takes one caller at a time


class Kernel(Generic[P, R]):
    """A function that is compiled when it pays. `plain` is the function itself, `compiled()` the fast one."""

    def __init__(
        self, function: Callable[P, R], *, parallel: bool, example: Callable[[], tuple[Any, ...]] | None
    ) -> None:
        functools.update_wrapper(self, function)
        self.plain = function
        self.parallel = parallel
        self.example = example
        self._compiled: Callable[P, R] | None = None
        _kernels.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if self._compiled is None and (getattr(_plain, "inside", False) or _size(args) <= PLAIN_UP_TO):
            outer, _plain.inside = getattr(_plain, "inside", False), True  # what a plain kernel calls stays plain
            try:
                return self.plain(*args, **kwargs)
            finally:
                _plain.inside = outer
        compiled = self.compiled()
        if not self.parallel:
            return compiled(*args, **kwargs)
        with _running:
            return compiled(*args, **kwargs)

    def compiled(self) -> Callable[P, R]:
        """The compiled function; numba is imported here and nowhere else."""
        if self._compiled is None:
            with _compiling:
                if self._compiled is None:
                    import numba

                    plain: Any = self.plain
                    names = dict(plain.__globals__)
                    for name, value in plain.__globals__.items():
                        if isinstance(value, Kernel) and value is not self:
                            names[name] = value.compiled() if name in plain.__code__.co_names else value
                    names["prange"] = numba.prange
                    function = types.FunctionType(plain.__code__, names, plain.__name__, plain.__defaults__)
                    # numba looks at the kernel's own file only; what it calls and its constants may stand beside it.
                    function.__qualname__ = f"{plain.__qualname__}_{_stamp(Path(plain.__code__.co_filename).parent)}"
                    function.__module__ = plain.__module__
                    options: dict[str, Any] = {"parallel": self.parallel, "nogil": True}
                    try:
                        self._compiled = numba.njit(cache=True, **options)(function)
                    except RuntimeError:  # nowhere to keep it: neither beside the source nor in NUMBA_CACHE_DIR
                        self._compiled = numba.njit(**options)(function)
        return self._compiled


def kernel(
    *, parallel: bool = False, example: Callable[[], tuple[Any, ...]] | None = None
) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Make a function a kernel. `example` gives small arguments of the types it is called with, for `compile_all`."""
    return lambda function: Kernel(function, parallel=parallel, example=example)


def compile_all(modules: Iterable[str] = ("control", "patient", "robust", "charts")) -> int:
    """Compile every kernel of the modules into numba's cache; returns how many.

    Parameters
    ----------
    modules : iterable of str
        Modules of `zhikong.stats` to load first.

    Returns
    -------
    int
        The number of kernels compiled, or found in the cache.

    Raises
    ------
    ValueError
        A module that does not exist.

    References
    ----------
    None: a convenience of this package.
    """
    for module in modules:
        try:
            importlib.import_module(f"zhikong.stats.{module}")
        except ModuleNotFoundError:
            raise ValueError(f"modules has {module!r}: there is no such module in zhikong.stats") from None
    ready = [each for each in _kernels if each.example]
    for each in ready:
        each.compiled()(*each.example())  # type: ignore[misc]
    return len(ready)


@functools.cache
def _stamp(directory: Path) -> str:
    """A digest of all sources in a directory."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(directory.glob("*.py")))).hexdigest()[:12]


def _size(args: tuple[Any, ...]) -> int:
    return max((argument.size for argument in args if isinstance(argument, np.ndarray)), default=0)
