"""Ours beside R's on random data: base R and MASS, where Debian's Rscript is there (`make test-stats` installs it)."""

import shutil
import subprocess

import numpy as np
import pytest

from zhikong.stats import funnel, measurement, robust

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R: apt-get install r-base-core r-cran-mass"),
]
RULES = {  # R's types of quantile by our names
    1: "inverted_cdf", 2: "averaged_inverted_cdf", 3: "closest_observation", 4: "interpolated_inverted_cdf",
    5: "hazen", 6: "weibull", 7: "linear", 8: "median_unbiased", 9: "normal_unbiased",
}  # fmt: skip
CLOSE = {"rel": 1e-9, "abs": 1e-12}


def vector(values):
    return f"c({','.join(repr(float(value)) for value in values)})"


def ask(*lines):
    """What R prints: one row of numbers a line."""
    code = "\n".join(["options(digits = 17)", "say <- function(x) cat(sprintf('%.17g', x), '\\n')", *lines])
    done = subprocess.run(["Rscript", "--vanilla", "-"], input=code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [[float(number) for number in line.split()] for line in done.stdout.splitlines()]


def samples():
    rng = np.random.default_rng(2026)
    for n in (5, 9, 10, 24, 57):
        values = rng.normal(5, 0.3, n)
        values[0] += 3  # one gross outlier each
        yield values.round(3)


def test_spread_and_quartiles():
    every = list(samples())
    lines = []
    for values in every:
        lines.append(f"x <- {vector(values)}; say(mad(x))")
        lines += [f"say(0.7413 * IQR(x, type = {kind}))" for kind in RULES]
    answers = iter(ask(*lines))
    for values in every:
        assert next(answers) == pytest.approx([robust.made(values, factor=1.4826)], **CLOSE)
        for rule in RULES.values():
            assert next(answers) == pytest.approx([robust.niqr(values, quartiles=rule)], **CLOSE), rule


def test_algorithm_a_is_hubers_second_proposal():
    every = [values for values in samples() if len(values) > 20]  # MASS ends after 30 rounds, converged or not
    answers = ask(
        "library(MASS)", *(f"say(unlist(hubers({vector(values)}, k = 1.5, tol = 1e-13)))" for values in every)
    )
    for values, (mean, sd) in zip(every, answers, strict=True):
        ours = robust.algorithm_a(values, profile=robust.EXACT)
        assert (ours.mean, ours.sd) == pytest.approx((mean, sd), rel=1e-8)


def test_kernel_density_at_the_modes():
    for values in samples():
        modes = robust.density_modes(values, bandwidth=0.1)
        (heights,) = ask(
            f"x <- {vector(values)}", f"say(sapply({vector(modes.at)}, function(at) mean(dnorm(at, x, 0.1))))"
        )
        assert list(modes.heights) == pytest.approx(heights, **CLOSE)


def test_lines_through_points():
    rng = np.random.default_rng(7)
    x = rng.uniform(1, 20, 30).round(2)
    y = (0.4 + 1.1 * x + rng.normal(0, 0.5, 30)).round(2)
    weights = (1 / x**2).round(6)
    told = "say(c(coef(m), vcov(m)[1, 1], vcov(m)[1, 2], vcov(m)[2, 2], t(confint(m))))"
    plain, weighted = ask(
        f"x <- {vector(x)}; y <- {vector(y)}; w <- {vector(weights)}",
        f"m <- lm(y ~ x); {told}", f"m <- lm(y ~ x, weights = w); {told}",
    )  # fmt: skip
    for fit, theirs in (
        (measurement.ordinary_least_squares(x, y), plain),
        (measurement.weighted_least_squares(x, y, weights=weights), weighted),
    ):
        assert [fit.intercept, fit.slope, *fit.covariance] == pytest.approx(theirs[:5], rel=1e-8)
        assert [fit.intercept_lower, fit.intercept_upper, fit.slope_lower, fit.slope_upper] == pytest.approx(
            theirs[5:], rel=1e-8
        )


def test_nested_mean_squares_of_unbalanced_data():
    rng = np.random.default_rng(11)
    days = np.repeat(np.arange(6), 4)
    runs = np.tile([1, 1, 2, 2], 6)
    keep = np.ones(24, dtype=bool)
    keep[[3, 10]] = False
    values = (100 + rng.normal(0, 2, 6)[days] + rng.normal(0, 1, 24)).round(2)
    days, runs, values = days[keep], runs[keep], values[keep]
    squares, freedom = ask(
        f"d <- factor({vector(days)}); r <- factor({vector(runs)}); y <- {vector(values)}",
        "a <- anova(lm(y ~ d/r)); say(a[['Mean Sq']]); say(a[['Df']])",
    )
    found = measurement.nested_anova(values, {"day": days, "run": runs})
    assert [each.mean_square for each in found.components] == pytest.approx(squares, rel=1e-9)
    assert [each.degrees_of_freedom for each in found.components] == freedom


def test_exact_intervals():
    pairs = [(0, 12), (3, 40), (17, 18), (9, 9), (250, 4000)]
    counts = [0, 1, 7, 150]
    lines = [f"say(binom.test({events}, {cases}, conf.level = {level})$conf.int)"
             for level in (0.95, 0.998) for events, cases in pairs]  # fmt: skip
    lines += [f"say(prop.test({events}, {cases}, correct = FALSE)$conf.int)" for events, cases in pairs]
    lines += [
        f"say(poisson.test({count}, conf.level = {level})$conf.int)" for level in (0.95, 0.998) for count in counts
    ]
    answers = iter(ask(*lines))
    for level in (0.95, 0.998):
        for events, cases in pairs:
            ours = funnel.proportion_interval(events, cases, level=level, method="exact")
            assert (float(ours.lower), float(ours.upper)) == pytest.approx(next(answers), **CLOSE)
    for events, cases in pairs:
        ours = funnel.proportion_interval(events, cases)
        assert (float(ours.lower), float(ours.upper)) == pytest.approx(next(answers), **CLOSE)
    for level in (0.95, 0.998):
        for count in counts:
            ours = funnel.poisson_interval(count, level=level, method="exact")
            assert (float(ours.lower), float(ours.upper)) == pytest.approx(next(answers), **CLOSE)


def test_risk_models():
    rng = np.random.default_rng(5)
    age, urgent = rng.normal(60, 12, 300).round(1), rng.integers(0, 2, 300)
    risk = 1 / (1 + np.exp(-(-6 + 0.06 * age + 0.8 * urgent)))
    died = (rng.uniform(size=300) < risk).astype(int)
    stays, days = rng.poisson(2 + urgent), rng.integers(1, 9, 300)
    covariates = np.column_stack([age, urgent])
    logistic, poisson = ask(
        f"a <- {vector(age)}; u <- {vector(urgent)}; y <- {vector(died)}; k <- {vector(stays)}; d <- {vector(days)}",
        "say(coef(glm(y ~ a + u, family = binomial, control = glm.control(epsilon = 1e-14))))",
        "say(coef(glm(k ~ a + u + offset(log(d)), family = poisson, control = glm.control(epsilon = 1e-14))))",
    )
    ours = funnel.fit_risk_model(died, covariates, family="logistic")
    assert list(ours.coefficients) == pytest.approx(logistic, rel=1e-6)
    ours = funnel.fit_risk_model(stays, covariates, family="poisson", exposure=days)
    assert list(ours.coefficients) == pytest.approx(poisson, rel=1e-6)
