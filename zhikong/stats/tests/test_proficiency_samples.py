"""Assigned values, homogeneity, stability, Mandel, Youden, peer groups."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from zhikong.stats import proficiency as pt
from zhikong.stats import robust
from zhikong.stats.conformance.proficiency import SOYA
from zhikong.stats.proficiency import AssignedValue

seeds = st.integers(0, 2**32 - 1)


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(10, 1, shape)


# ---- assigned values ------------------------------------------------------------------------------------------------


def test_contributions_add_in_quadrature():
    value = pt.with_contributions(AssignedValue(5, 2, "consensus", 9, 1), homogeneity=3, transport=6, stability=0)
    assert value == AssignedValue(5, 7, "consensus", 9, 1)


def test_formulation():
    value = pt.by_formulation(
        0.5, 100, purity=0.98, base=0.001, u_added=0.001, u_total=0.1, u_purity=0.002, u_base=1e-5
    )
    assert value.value == pytest.approx(0.001 + 0.5 * 0.98 / 100, rel=1e-15)

    def formula(added, total, purity, base):
        return base + added * purity / total

    at, u = np.array([0.5, 100, 0.98, 0.001]), np.array([0.001, 0.1, 0.002, 1e-5])
    gradient = optimize.approx_fprime(at, lambda p: formula(*p), 1e-8)
    assert value.standard_uncertainty == pytest.approx(math.hypot(*(gradient * u)), rel=1e-4)
    assert pt.by_formulation(1, 4) == AssignedValue(0.25, 0, "formulation")


def test_reference():
    certificate = pt.by_certificate(21.62, 0.52)
    assert (certificate.value, certificate.standard_uncertainty) == (21.62, 0.26)
    assert pt.by_certificate(1, 0.3, coverage=3).standard_uncertainty == pytest.approx(0.1)
    # ISO 13528:2005, 5.5 (mineral aggregates): mean difference 1.73 with standard error 0.07; 21.62 (0.26) -> 23.35 (0.27)
    d = 1.73 + 0.07 * math.sqrt(4) / np.std([-1, 1, -1, 1], ddof=1) * np.array([-1, 1, -1, 1])
    value = pt.by_reference(certificate, d)
    assert value.value == pytest.approx(23.35, abs=5e-3)
    assert value.standard_uncertainty == pytest.approx(0.27, abs=5e-3)
    assert value.standard_uncertainty == pytest.approx(math.hypot(0.26, 0.07), rel=1e-12)


@given(seeds, st.integers(4, 30))
@settings(max_examples=20, deadline=None)
def test_consensus_is_algorithm_a(seed, n):
    x = normal(seed, n)
    estimate = robust.algorithm_a(x)
    value = pt.by_consensus(x)
    assert (value.value, value.sd, value.n) == (estimate.mean, estimate.sd, n)
    assert value.standard_uncertainty == pytest.approx(1.25 * estimate.sd / math.sqrt(n), rel=1e-15)
    assert pt.by_estimate(estimate) == value
    experts = pt.by_experts(x)
    assert (experts.value, experts.standard_uncertainty) == (value.value, value.standard_uncertainty)
    stated = pt.by_experts(x, np.full(n, 0.5))
    assert stated.standard_uncertainty == pytest.approx(1.25 * 0.5 / math.sqrt(n))
    other = pt.by_consensus(x, profile=robust.ISO_13528)
    assert (other.value, other.sd) == (
        robust.algorithm_a(x, profile=robust.ISO_13528).mean,
        robust.algorithm_a(x, profile=robust.ISO_13528).sd,
    )


def test_negligible_uncertainty_includes_equality():
    assert pt.uncertainty_is_negligible(0.3, 1)
    assert pt.uncertainty_is_negligible(0.03 + 0.06, 0.3)
    assert not pt.uncertainty_is_negligible(0.3001, 1)


@given(seeds, st.integers(2, 12), st.floats(0.01, 3))
@settings(max_examples=40, deadline=None)
def test_mandel_paule_solves_its_equation(seed, p, scale):
    rng = np.random.default_rng(seed)
    x, u = rng.normal(10, 1, p), scale * rng.uniform(0.1, 2, p)
    ours = pt.mandel_paule(x, u)

    def excess(v):
        w = 1 / (u * u + v)
        return float(w @ (x - w @ x / w.sum()) ** 2) - (p - 1)

    v = optimize.brentq(excess, 0, 1e4, xtol=1e-14) if excess(0) > 0 else 0.0
    w = 1 / (u * u + v)
    assert ours.sd**2 == pytest.approx(v, rel=1e-8, abs=1e-10)
    assert ours.value == pytest.approx(w @ x / w.sum(), rel=1e-10)
    assert ours.standard_uncertainty == pytest.approx(1 / math.sqrt(w.sum()), rel=1e-8)
    moved = pt.mandel_paule(3 * x[::-1] - 7, 3 * u[::-1])
    assert moved.value == pytest.approx(3 * ours.value - 7, rel=1e-9)
    assert moved.sd == pytest.approx(3 * ours.sd, rel=1e-6, abs=1e-7)


def test_mandel_paule_with_unequal_and_tiny_uncertainties():
    value = pt.mandel_paule([1.0, 2.0, 4.0], [1e-9, 1e-6, 1e-3])
    assert value.sd == pytest.approx(np.std([1, 2, 4], ddof=1), rel=1e-6)
    assert pt.mandel_paule([1, 1, 1], [1, 2, 3]).sd == 0


def test_the_printed_mandel_paule_is_an_early_stop():
    # metRology starts at the variance of the means and stops when v changes by less than eps^0.25 of it; the printed
    # digits of the apricot case are those of that iteration, ours those of the root.
    fibre = [25.05, 26.29, 27.64, 29.01, 26.99, 24.45, 26.85, 27.21, 25.31,
             25.58, 27.16, 28.14, 26.39, 27.85, 24.15, 27.37, 27.34, 25.43]  # fmt: skip
    pairs = np.reshape(fibre, (2, 9)).T
    x, u = pairs.mean(axis=1), pairs.std(axis=1, ddof=1) / math.sqrt(2)
    v = step = whole = x.var(ddof=1)
    while abs(step) > np.finfo(float).eps ** 0.25 * whole:
        w = 1 / (u * u + v)
        centre = w @ x / w.sum()
        step = (w @ (x - centre) ** 2 - 8) / (w * w @ (x - centre) ** 2)
        v += step
    assert centre == pytest.approx(26.4789824064672, rel=1e-14)
    assert 1 / math.sqrt(w.sum()) == pytest.approx(0.424362303139265, rel=1e-13)
    assert pt.mandel_paule(x, u).value == pytest.approx(centre, abs=5e-6)


# ---- homogeneity and stability --------------------------------------------------------------------------------------


@given(seeds, st.integers(2, 15), st.integers(2, 5), st.floats(0.05, 5))
@settings(max_examples=30, deadline=None)
def test_homogeneity_is_one_way_analysis_of_variance(seed, g, m, sigma):
    x = normal(seed, g, m)
    ours = pt.homogeneity(x, sigma)
    f, probability = stats.f_oneway(*x)
    assert ours.f == pytest.approx(f)
    assert ours.f_probability == pytest.approx(probability)
    assert ours.f_critical == pytest.approx(stats.f.ppf(0.95, g - 1, g * (m - 1)))
    assert ours.f_test == (ours.f <= ours.f_critical)
    between, within = ours.mean_squares
    assert ours.sd_between**2 == pytest.approx(max(0, (between - within) / m), abs=1e-12)
    assert ours.sufficient == (ours.sd_between <= 0.3 * sigma)
    assert ours.factors[0] == pytest.approx(stats.chi2.ppf(0.95, g - 1) / (g - 1))
    assert ours.factors[1] == pytest.approx((stats.f.ppf(0.95, g - 1, g * (m - 1)) - 1) / m)
    assert ours.expanded == (ours.sd_between**2 <= ours.expanded_limit)
    variances = x.var(axis=1, ddof=1)
    assert ours.cochran == pytest.approx(variances.max() / variances.sum())
    assert (ours.outlying_sample is not None) == (ours.cochran > ours.cochran_critical)
    moved = pt.homogeneity(4 * x[::-1, ::-1] + 100, 4 * sigma)
    assert moved.sd_between == pytest.approx(4 * ours.sd_between, abs=1e-6)
    assert moved.f == pytest.approx(ours.f)


def test_the_scheme_names_its_criterion():
    # copper in soya flour: F = 3.78 > 2.72 shows differences between samples that are small beside sigma_pt = 1.10
    found = {name: pt.homogeneity(SOYA, 1.10, criterion=name).homogeneous for name in ("sufficient", "expanded", "f")}
    assert found == {"sufficient": True, "expanded": True, "f": False}
    # with a smaller sigma the plain criterion fails where the expanded one still passes
    found = {name: pt.homogeneity(SOYA, 0.9, criterion=name).homogeneous for name in ("sufficient", "expanded", "f")}
    assert found == {"sufficient": False, "expanded": True, "f": False}
    alone = pt.homogeneity(SOYA, criterion="f")
    assert (alone.sufficient, alone.expanded, alone.allowed, alone.homogeneous) == (None, None, None, False)


def test_equality_is_homogeneous_and_negative_variance_is_zero():
    pairs = [[0, 1], [1, 0], [0, 1], [1, 0]]  # equal means: s_s^2 would be negative
    assert pt.homogeneity(pairs, 1).sd_between == 0
    spread = pt.homogeneity(SOYA, 1).sd_between
    assert pt.homogeneity(SOYA, spread / 0.3).sufficient
    assert not pt.homogeneity(SOYA, spread / 0.3 * (1 - 1e-6)).sufficient


def test_a_sample_with_wild_replicates_is_named():
    pairs = np.array(SOYA)
    pairs[4, 1] += 3
    assert pt.homogeneity(pairs, 1).outlying_sample == 4
    assert pt.homogeneity(SOYA, 1).outlying_sample is None


def test_printed_factors_move_the_limit_a_little():
    computed, printed = pt.homogeneity(SOYA, 1.1), pt.homogeneity(SOYA, 1.1, factors="printed")
    assert printed.factors == (1.79, 0.86)  # ISO 13528, Annex B, 12 samples in duplicate
    assert printed.expanded_limit != computed.expanded_limit
    assert printed.expanded_limit == pytest.approx(computed.expanded_limit, rel=0.01)


def test_stability():
    first, second = [10.0, 10.2, 9.8], [10.1, 10.3, 10.2]
    ours = pt.stability(first, second, 1)
    assert ours.difference == pytest.approx(0.2)
    assert (ours.limit, ours.stable) == (0.3, True)
    u = math.hypot(np.std(first, ddof=1) / math.sqrt(3), np.std(second, ddof=1) / math.sqrt(3))
    wide = pt.stability(first, second, 0.1, criterion="expanded")
    assert wide.standard_uncertainty == pytest.approx(u)
    assert wide.limit == pytest.approx(0.03 + 2 * u)
    assert wide.stable
    assert not pt.stability(first, second, 0.1).stable
    assert pt.stability([1.0], [1.3], 1).stable  # 1.3 - 1.0 is 0.30000000000000004 in binary
    assert not pt.stability([1.0], [1.301], 1).stable


# ---- Mandel ---------------------------------------------------------------------------------------------------------


@given(seeds, st.integers(3, 12), st.integers(2, 5), st.sampled_from([0.005, 0.01, 0.05]))
@settings(max_examples=30, deadline=None)
def test_mandel_against_plain_code(seed, p, n, alpha):
    x = normal(seed, p, n)
    ours = pt.mandel(x, alpha=alpha)
    means = [float(np.mean(row)) for row in x]
    sds = [float(np.std(row, ddof=1)) for row in x]
    centre, spread = np.mean(means), np.std(means, ddof=1)
    pooled = math.sqrt(sum(s * s for s in sds) / p)
    assert ours.h == pytest.approx([(m - centre) / spread for m in means])
    assert ours.k == pytest.approx([s / pooled for s in sds])
    t = stats.t.ppf(1 - alpha / 2, p - 2)
    assert ours.h_critical == pytest.approx((p - 1) * t / math.sqrt(p * (t * t + p - 2)))
    # k^2 / p has a beta distribution
    assert ours.k_critical == pytest.approx(
        math.sqrt(p * stats.beta.ppf(1 - alpha, (n - 1) / 2, (p - 1) * (n - 1) / 2))
    )
    assert ours.h_flagged.tolist() == [abs(h) > ours.h_critical for h in ours.h]
    assert ours.k_flagged.tolist() == [k > ours.k_critical for k in ours.k]
    assert (ours.k**2).sum() == pytest.approx(p)
    both = pt.mandel(np.stack([x, 2 * x[::-1] - 5]))
    assert both.h == pytest.approx(np.stack([ours.h, ours.h[::-1]]))
    assert both.k == pytest.approx(np.stack([ours.k, ours.k[::-1]]))


# ---- Youden ---------------------------------------------------------------------------------------------------------


@given(seeds, st.integers(6, 40), st.sampled_from(["robust", "classical"]), st.floats(0.5, 0.99))
@settings(max_examples=30, deadline=None)
def test_the_ellipse_is_the_border(seed, n, method, probability):
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 1, n)
    x, y = 10 + shared + rng.normal(0, 0.5, n), 5 + shared + rng.normal(0, 0.5, n)
    ours = pt.youden(x, y, method=method, probability=probability)
    border = ours.ellipse(40)
    a, b = (border - ours.centre).T / np.array(ours.sd)[:, None]
    r = ours.correlation
    assert (a * a - 2 * r * a * b + b * b) / (1 - r * r) == pytest.approx(np.full(40, ours.limit**2))
    assert border[0] == pytest.approx(border[-1])
    t2 = 2 * (n - 1) / (n - 2) * stats.f.ppf(probability, 2, n - 2)
    assert ours.limit == pytest.approx(math.sqrt(t2))
    assert ours.outside.tolist() == (ours.distance > ours.limit).tolist()
    if method == "classical":
        assert r == pytest.approx(np.corrcoef(x, y)[0, 1])
        covariance = np.linalg.inv(np.cov(x, y))
        d = np.column_stack((x, y)) - [x.mean(), y.mean()]
        assert ours.distance**2 == pytest.approx(np.einsum("ij,jk,ik->i", d, covariance, d))
    turned = pt.youden(y[::-1], x[::-1], method=method, probability=probability)
    assert turned.distance == pytest.approx(ours.distance[::-1], rel=1e-6)
    moved = pt.youden(7 * x + 1, 3 * y - 2, method=method, probability=probability)
    assert moved.distance == pytest.approx(ours.distance, rel=1e-6)
    assert moved.correlation == pytest.approx(r, abs=1e-8)


def test_one_wild_laboratory_moves_only_the_classical_ellipse():
    rng = np.random.default_rng(5)
    shared = rng.normal(0, 1, 60)
    x, y = shared + rng.normal(0, 0.4, 60), shared + rng.normal(0, 0.4, 60)
    wild_x, wild_y = np.append(x, 40.0), np.append(y, -40.0)
    clean, robust_one = pt.youden(x, y), pt.youden(wild_x, wild_y)
    assert robust_one.correlation == pytest.approx(clean.correlation, abs=0.15)
    assert pt.youden(wild_x, wild_y, method="classical").correlation < 0
    assert robust_one.outside[-1]


def test_exchanged_samples_are_told_from_biased_ones():
    rng = np.random.default_rng(2)
    shared = rng.normal(0, 0.3, 30)
    x, y = 8 + shared + rng.normal(0, 0.1, 30), 5 + shared + rng.normal(0, 0.1, 30)
    x[3], y[3] = 5.1, 8.1
    x[9], y[9] = 11, 8
    ours = pt.youden(x, y)
    assert ours.outside[[3, 9]].all()
    assert np.flatnonzero(ours.exchanged).tolist() == [3]


# ---- peer groups ----------------------------------------------------------------------------------------------------


def test_a_small_group_is_widened():
    labels = (
        [("kit A", "method 1", "all")] * 3 + [("kit B", "method 1", "all")] * 2 + [("kit C", "method 2", "all")] * 1
    )
    ours = pt.peer_groups(labels, fewest=3)
    assert ours.level.tolist() == [0, 0, 0, 1, 1, 2]
    assert ours.group[0] == ("kit A", "method 1", "all")
    assert ours.group[3] == ("method 1", "all")
    assert ours.group[5] == ("all",)
    assert ours.size.tolist() == [3, 3, 3, 5, 5, 6]
    alone = pt.peer_groups(labels, fewest=7)
    assert alone.level.tolist() == [-1] * 6
    assert alone.group == (None,) * 6
    assert alone.size.tolist() == [6] * 6
    default = pt.peer_groups([("x",)] * 10 + [("y",)] * 9)
    assert default.level.tolist() == [0] * 10 + [-1] * 9


def test_one_kit_name_under_two_methods_is_two_groups():
    ours = pt.peer_groups([("kit", "m1"), ("kit", "m1"), ("kit", "m2")], fewest=2)
    assert ours.level.tolist() == [0, 0, -1]


def test_the_groups_of_one_are_the_labels_of_the_other():
    labels = [("kit", "m1")] * 12 + [("kit", "m2")] * 12
    results = np.concatenate([normal(1, 12), normal(2, 12) + 50])
    apart = pt.separate_groups(results, pt.peer_groups(labels).group, relevant=1)
    assert apart.members == ((("kit", "m1"),), (("kit", "m2"),))


def three_groups(gap):
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(10, 0.2, 12), rng.normal(10.02, 0.2, 12), rng.normal(10 + gap, 0.2, 12)])
    return x, ["a"] * 12 + ["b"] * 12 + ["c"] * 12


def test_groups_that_do_not_differ_are_merged():
    x, labels = three_groups(2)
    ours = pt.separate_groups(x, labels, relevant=0.3)
    assert sorted(map(sorted, ours.members)) == [["a", "b"], ["c"]]
    assert ours.group.tolist() == [0] * 24 + [1] * 12
    assert ours.assigned[0].value == pt.by_consensus(x[:24]).value
    assert [value.n for value in ours.assigned] == [24, 12]
    order = np.random.default_rng(1).permutation(36)
    shuffled = pt.separate_groups(x[order], [labels[place] for place in order], relevant=0.3)
    assert shuffled.group.tolist() == ours.group[order].tolist()


def test_both_rules_must_hold_to_keep_groups_apart():
    x, labels = three_groups(2)
    assert len(pt.separate_groups(x, labels, relevant=5).assigned) == 1  # significant, not relevant
    assert len(pt.separate_groups(x, labels, relevant=0.3, coverage=1e3).assigned) == 1  # relevant, not significant
    assert len(pt.separate_groups(x, labels, relevant=0, coverage=0).assigned) == 3
    low, high = [1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 5.0]
    exact = {"labels": ["l"] * 4 + ["h"] * 4, "coverage": 0}
    assert len(pt.separate_groups(low + high, relevant=1, **exact).assigned) == 1  # a difference equal to it is none
    assert len(pt.separate_groups(low + high, relevant=0.999, **exact).assigned) == 2


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: pt.with_contributions(AssignedValue(1, 1, "x"), transport=-1), "transport is -1"),
        (lambda: pt.by_formulation(0, 1), "added is 0"),
        (lambda: pt.by_formulation(1, 0), "total is 0"),
        (lambda: pt.by_formulation(1, 1, purity=1.1), "purity is 1.1"),
        (lambda: pt.by_formulation(1, 1, u_base=-1), "u_base is -1"),
        (lambda: pt.by_certificate(1, -1), "expanded_uncertainty is -1"),
        (lambda: pt.by_certificate(1, 1, coverage=0), "coverage is 0"),
        (lambda: pt.by_reference(AssignedValue(1, 1, "x"), [1]), "differences needs at least 2"),
        (lambda: pt.by_experts([1, 2]), "results needs at least 3"),
        (lambda: pt.by_experts([1, 2, 3], [1, 2]), "results has 3, uncertainties has 2"),
        (lambda: pt.by_experts([1, 2, 3], [1, 2, -1]), r"uncertainties\[2\] is -1"),
        (lambda: pt.by_consensus([1, 2, math.nan]), r"results\[2\] is nan"),
        (lambda: pt.by_consensus([1, 1, 1, 2]), "more than half"),
        (lambda: pt.uncertainty_is_negligible(1, 0), "sigma_pt is 0"),
        (lambda: pt.mandel_paule([1], [1]), "means needs at least 2"),
        (lambda: pt.mandel_paule([1, 2], [1, 0]), r"uncertainties\[1\] is 0"),
        (lambda: pt.mandel_paule([1, 2], [1, 1e-200]), r"uncertainties\[1\] is 1e-200"),
        (lambda: pt.mandel_paule([1, 2], [1, 1, 1]), "means has 2, uncertainties has 3"),
        (lambda: pt.homogeneity([1, 2], 1), "values must have 2 dimension"),
        (lambda: pt.homogeneity([[1, 2]], 1), r"values has 1 sample\(s\)"),
        (lambda: pt.homogeneity([[1], [2]], 1), "values needs at least 2"),
        (lambda: pt.homogeneity([[1, 2], [3]], 1), "values must be rectangular"),
        (lambda: pt.homogeneity([[1, 1], [2, 2]], 1), r"values \(within samples\) has no spread"),
        (lambda: pt.homogeneity([[0.1] * 3, [0.2] * 3, [0.7] * 3], 1), r"values \(within samples\) has no spread"),
        (lambda: pt.homogeneity(SOYA), "sigma_pt is None: the criterion 'sufficient' needs it"),
        (lambda: pt.homogeneity(SOYA, 0), "sigma_pt is 0"),
        (lambda: pt.homogeneity(SOYA, 1, criterion="s"), "criterion is 's'"),
        (lambda: pt.homogeneity(SOYA, 1, alpha=1), "alpha is 1"),
        (lambda: pt.homogeneity(SOYA[:6], 1, factors="printed"), "none are printed for 6 samples x 2"),
        (lambda: pt.expanded_factors(10, 3, factors="printed"), "none are printed for 10 samples x 3"),
        (lambda: pt.expanded_factors(10, factors="x"), "factors is 'x'"),
        (lambda: pt.expanded_factors(1), "samples is 1"),
        (lambda: pt.stability([], [1], 1), "first needs at least 1"),
        (lambda: pt.stability([1], [1, 2], 1, criterion="expanded"), "first needs at least 2"),
        (lambda: pt.stability([1], [1], 0), "sigma_pt is 0"),
        (lambda: pt.stability([1], [1], 1, criterion="f"), "criterion is 'f'"),
        (lambda: pt.mandel([[1, 2], [3, 4]]), "values has 2 laboratories"),
        (lambda: pt.mandel([[1], [2], [3]]), "values needs at least 2"),
        (lambda: pt.mandel([[1, 1], [2, 2], [3, 3]]), r"values \(within laboratories\) has no spread"),
        (lambda: pt.mandel([[1, 3], [3, 1], [2, 2]]), r"values \(between laboratories\) has no spread"),
        (lambda: pt.mandel([[0.1] * 3, [0.2] * 3, [0.7] * 3]), r"values \(within laboratories\) has no spread"),
        (
            lambda: pt.mandel([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.2, 0.3, 0.1]]),
            r"values \(between laboratories\) has no",
        ),
        (lambda: pt.mandel([[1, 2], [3, 4], [5, 7]], alpha=0), "alpha is 0"),
        (lambda: pt.mandel_h_critical(2), "laboratories is 2"),
        (lambda: pt.mandel_k_critical(3, 1), "replicates is 1"),
        (lambda: pt.youden([1, 2, 3], [1, 2, 3]), "first needs at least 4"),
        (lambda: pt.youden([1, 2, 3, 4], [1, 2, 3, 4, 5]), "first has 4, second has 5"),
        (lambda: pt.youden([1, 2, 3, 4], [1, 2, 3, 4]), "wholly correlated"),
        (lambda: pt.youden([1, 2, 3, 4], [1, 2, 3, 4], method="classical"), "wholly correlated"),
        (lambda: pt.youden([1, 1, 1, 1], [1, 2, 3, 4], method="classical"), "first has no spread"),
        (lambda: pt.youden([0.1] * 6, [1, 2, 3, 4, 5, 7], method="classical"), "first has no spread"),
        (lambda: pt.youden([1, 2, 3, 4], [1, 2, 4, 3], method="x"), "method is 'x'"),
        (lambda: pt.youden([1, 2, 3, 4], [1, 2, 4, 3], probability=1), "probability is 1"),
        (lambda: pt.youden([1, 2, 3, 4], [1, 2, 4, 3]).ellipse(3), "points is 3"),
        (lambda: pt.peer_groups([]), "labels is empty"),
        (lambda: pt.peer_groups([()]), "labels is empty"),
        (lambda: pt.peer_groups([("a", "b"), ("a",)]), r"labels\[1\] has 1 level\(s\), labels\[0\] has 2"),
        (lambda: pt.peer_groups([("a",)], fewest=0), "fewest is 0"),
        (lambda: pt.separate_groups([1, 2, 3], ["a", "a"], relevant=1), "results has 3, labels has 2"),
        (lambda: pt.separate_groups([1, 2, 3], ["a", "a", "b"], relevant=1), "labels has 2 of 'a'"),
        (lambda: pt.separate_groups([1, 2, 3], ["a"] * 3, relevant=-1), "relevant is -1"),
        (lambda: pt.separate_groups([1, 2, 3], 3, relevant=1), "labels is 3: a sequence is needed"),
    ],
)
def test_bad_arguments_are_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()
