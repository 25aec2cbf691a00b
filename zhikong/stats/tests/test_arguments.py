import numpy as np
import pytest

from zhikong.stats import arguments


@pytest.mark.parametrize(
    ("values", "options", "told"),
    [
        ([1.0, float("nan")], {}, r"x\[1\] is nan: a finite number is needed"),
        ([1.0, float("inf")], {"missing": True}, r"x\[1\] is inf"),
        ([], {}, r"x needs at least 1 value"),
        ([1, 2], {"at_least": 3}, r"x needs at least 3 value\(s\), not 2"),
        (["<0.1", 2], {}, r"x\[0\] is '<0.1': a number is needed"),
        ([1, None], {}, r"x\[1\] is None: a number is needed"),
        ([True, False], {}, r"x\[0\] is True: a number is needed"),
        ([1j], {}, r"x\[0\] is 1j: a number is needed"),
        ([[1, 2], [3]], {"dimensions": 2}, r"x must be rectangular"),
        (5, {}, r"x must have 1 dimension\(s\), not 0"),
        ([[1], [2]], {}, r"x must have 1 dimension\(s\), not 2"),
        ([2, -1], {"low": 0}, r"x\[1\] is -1: it must be at least 0"),
        ([0], {"above": 0}, r"x\[0\] is 0: it must be above 0"),
        ([2], {"high": 1}, r"x\[0\] is 2: it must be at most 1"),
        ([1.5], {"whole": True}, r"x\[0\] is 1.5: a whole number is needed"),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), {}, r"x has masked values"),
        ([1.0, -1e151], {"missing": True}, r"x\[1\] is -1e\+151: sizes beyond 1e\+150 are not computed with"),
        ([1.0, 1e-151], {"above": 0}, r"x\[1\] is 1e-151: sizes below 1e-150 are not computed with"),
    ],
)
def test_bad_values_are_named(values, options, told):
    with pytest.raises(ValueError, match=told):
        arguments.floats("x", values, **options)


def test_values_come_back_as_contiguous_floats():
    result = arguments.floats("x", np.arange(10)[::2])
    assert result.dtype == np.float64
    assert result.flags.c_contiguous
    assert np.isnan(arguments.floats("x", [1, np.nan], missing=True)[1])
    assert arguments.floats("x", 3, dimensions=(0, 1)).shape == ()
    assert np.isnan(arguments.floats("x", [1, np.nan], missing=True, whole=True)[1])


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf, 1e-151])
def test_no_spread_is_named(value):
    with pytest.raises(ValueError, match="x has no spread"):
        arguments.spread("x", value)


@pytest.mark.parametrize(
    "values", [["b", "a"], np.array(["b", "a"], dtype=object), [2, 1], np.array(["2025-01-02", "2025-01-01"], "M8[D]")]
)
def test_labels_are_numbers_texts_or_dates(values):
    assert np.argsort(arguments.labels("x", values)).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1, np.nan], r"x\[1\] is nan"),
        (["a", None], r"x\[1\] is None: a text is needed"),
        (np.array(["NaT"], "M8[D]"), "x must be numbers, texts or dates, none missing"),
        ([1j], "x must be numbers, texts or dates"),
        (1, r"x must have 1 dimension\(s\), not 0"),
        ([], r"x needs at least 1 value\(s\), not 0"),
    ],
)
def test_bad_labels_are_named(values, told):
    with pytest.raises(ValueError, match=told):
        arguments.labels("x", values)
    assert arguments.floats("x", [-1e150, 1e-300, np.nan, 1e150], missing=True).size == 4


def test_numbers_counts_words_lengths_spread():
    assert arguments.number("x", np.float32(0.5), above=0, below=1) == 0.5
    assert arguments.count("n", 3) == 3
    assert arguments.one_of("rule", "a", ("a", "b")) == "a"
    arguments.same_length(x=[1, 2], y=[3, 4])
    arguments.same_length(x=np.zeros(3), labels=[("a", 1)] * 3, words="abc")
    assert arguments.spread("x", 0.1) == 0.1
    for call, told in (
        (lambda: arguments.number("p", 1.0, below=1), "p is 1: it must be below 1"),
        (lambda: arguments.number("p", "1"), "p is '1'"),
        (lambda: arguments.count("n", 2.5), "n is 2.5: a whole number"),
        (lambda: arguments.one_of("rule", "c", ("a", "b")), "rule is 'c': it must be one of a, b"),
        (
            lambda: arguments.one_of("rule", np.array(["a", "b"]), ("a", "b")),
            r"rule is array\(.*: it must be one of a, b",
        ),
        (lambda: arguments.one_of("rule", ["a"], ("a", "b")), r"rule is \['a'\]: it must be one of a, b"),
        (lambda: arguments.same_length(x=[1], y=[1, 2]), "x has 1, y has 2"),
        (lambda: arguments.same_length(x=np.zeros(2), labels=[("a", 1)] * 3), "x has 2, labels has 3"),
        (lambda: arguments.same_length(x=[1], y=2), "y is 2: a sequence is needed"),
        (lambda: arguments.spread("x", 0.0), "x has no spread"),
    ):
        with pytest.raises(ValueError, match=told):
            call()
