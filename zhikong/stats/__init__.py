"""The statistics of quality control, on numpy: no clock, no files, no Django.

control        Levey-Jennings limits, Westgard rules, sigma, QC design, CUSUM, EWMA
measurement    imprecision, method comparison, lot crossover, measurement uncertainty
patient        patient-based real-time QC and the search for its settings
robust         robust location and scale: Algorithm A and S, MADe, nIQR, Q and Hampel
proficiency    scores, assigned values, homogeneity and stability, verdicts of EQA
charts         SPC charts, run rules, phases, variation and assurance
funnel         funnel limits, over-dispersion, standardisation, risk adjustment
grading        ranks, percentile grades, rubrics, raters

Every public function raises ValueError naming the argument and the value; none answers with a silent NaN.
Import the module you need: `from zhikong.stats import robust`.
"""
