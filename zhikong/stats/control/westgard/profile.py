"""Which Westgard rules are judged and how: named, versioned, frozen, to be stored with each verdict."""

from dataclasses import dataclass

from zhikong.stats.arguments import one_of

RULES = ("1-2s", "1-3s", "2-2s", "2of3-2s", "R-4s", "3-1s", "4-1s", "6-x", "7-T", "8-x", "9-x", "10-x", "12-x")
COUNTED = {  # rules of n results in a row beyond one limit: n, limit in SD (0 is the mean)
    "2-2s": (2, 2), "3-1s": (3, 1), "4-1s": (4, 1), "6-x": (6, 0), "8-x": (8, 0), "9-x": (9, 0), "10-x": (10, 0),
    "12-x": (12, 0),
}  # fmt: skip
OVER = {
    "1-2s": ("level",), "1-3s": ("level",), "7-T": ("level",), "2of3-2s": ("level", "run"), "R-4s": ("level", "run"),
    "2-2s": ("level", "run", "levels"), "3-1s": ("level", "run", "levels"), "4-1s": ("level", "run", "levels"),
    "6-x": ("level", "levels"), "8-x": ("level", "levels"), "9-x": ("level", "levels"), "10-x": ("level", "levels"),
    "12-x": ("level", "levels"),
}  # fmt: skip
SIDES = ("opposite", "beyond-2s", "ignored")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a profile.

    name : one of `RULES`.
    verdict : "rejection" or "warning".
    over : the results it runs over. "level": one level, run after run. "run": all levels of one run, in any order.
        "levels": all levels, run after run, a run's levels in their order, judged when the run is complete.
    """

    name: str
    verdict: str = "rejection"
    over: tuple[str, ...] = ("level",)

    def __post_init__(self) -> None:
        one_of("name", self.name, RULES)
        one_of("verdict", self.verdict, ("rejection", "warning"))
        for scope in self.over:
            one_of(f"over of {self.name}", scope, OVER[self.name])
        if not self.over:
            raise ValueError(f"over of {self.name} is empty: it must hold one of {', '.join(OVER[self.name])}")


@dataclass(frozen=True, slots=True)
class Profile:
    """A rule profile. Results are judged as z = (result - mean) / sd, computed once, against limits in SD.

    A z within a tie of a limit (1e-9; 5e-5 for float32) lies on it, so that a result that equals mean + 2 sd in its
    decimal digits does so here. On the mean is on neither side; equal neighbours are no trend.

    name : the preset or the laboratory's own name.
    version : changes whenever any field changes.
    rules : the rules, each once.
    inclusive : whether a z on a limit of 1, 2 or 3 SD is beyond it.
    range_inclusive : whether a range of exactly 4 SD breaks R-4s.
    range_sides : R-4s needs its two results on "opposite" sides of the mean, each "beyond-2s" on opposite sides, or
        the sides are "ignored". The range is the plain difference of the two z.
    rejected_stay : whether results of a rejected group go on counting in later runs.
    screen : rejections are looked for only in runs with a result beyond 2 SD (the manual procedure).
    """

    name: str
    version: str
    rules: tuple[Rule, ...]
    inclusive: bool = True
    range_inclusive: bool = False
    range_sides: str = "opposite"
    rejected_stay: bool = True
    screen: bool = False

    def __post_init__(self) -> None:
        one_of("range_sides", self.range_sides, SIDES)
        names = [rule.name for rule in self.rules]
        if not names:
            raise ValueError("rules is empty: a profile needs a rule")
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"rules has {name} twice: name its scopes in one rule")


def _warn() -> Rule:
    return Rule("1-2s", "warning")


_BOTH = ("level", "levels")
PRESETS = {
    profile.name: profile
    for profile in (
        Profile(
            "westgard-classic", "1",
            (_warn(), Rule("1-3s"), Rule("2-2s", over=("level", "run")), Rule("R-4s", over=("run",)),
             Rule("4-1s", over=_BOTH), Rule("10-x", over=_BOTH)),
        ),
        Profile(
            "westgard-1981", "1",
            (_warn(), Rule("1-3s"), Rule("2-2s", over=("level", "run")), Rule("R-4s", over=("run",)),
             Rule("4-1s", over=_BOTH), Rule("10-x", over=_BOTH)),
            inclusive=False, range_sides="beyond-2s", screen=True,
        ),
        Profile(
            "westgard-three-levels", "1",
            (_warn(), Rule("1-3s"), Rule("2of3-2s", over=("level", "run")), Rule("R-4s", over=("run",)),
             Rule("3-1s", over=("level", "run")), Rule("6-x", over=_BOTH)),
        ),
        Profile(
            "openelis", "1",
            (_warn(), Rule("1-3s"), Rule("2-2s"), Rule("R-4s"), Rule("4-1s")),
            range_inclusive=True, range_sides="ignored",
        ),
        Profile(
            "cn-cross-level", "1",
            (_warn(), Rule("1-3s"), Rule("2-2s"), Rule("R-4s", over=("run",)), Rule("10-x")),
            inclusive=False, range_sides="ignored", rejected_stay=False,
        ),
        Profile(
            "all-rules", "1",
            tuple(Rule(name, "warning" if name == "1-2s" else "rejection", OVER[name]) for name in RULES),
        ),
    )
}  # fmt: skip


def preset(name: str) -> Profile:
    """The preset of that name.

    Parameters
    ----------
    name : str
        "westgard-classic": 1-3s, 2-2s and R-4s within a run too, 4-1s and 10-x within and across levels, limits
        inclusive, R-4s by plain difference over 4 on opposite sides. "westgard-1981": the procedure as first
        published, limits exclusive, R-4s with each result beyond 2 SD, screened by 1-2s. "westgard-three-levels":
        2of3-2s, 3-1s and 6-x. "openelis": its standard rules, each level by itself, R-4s from consecutive results at
        4 SD or more. "cn-cross-level": R-4s across levels whatever the sides, rejected results left out of the history.
        "all-rules": every rule over everything it can run over.

    Returns
    -------
    Profile
        Change it with `dataclasses.replace`, and give it your own name and version.

    Raises
    ------
    ValueError
        No preset has that name.

    References
    ----------
    Westgard JO, Barry PL, Hunt MR, Groth T. A multi-rule Shewhart chart for quality control in clinical chemistry.
    Clin Chem 1981;27:493-501. Westgard S, "Break all the rules", 2015 (answers match "westgard-classic").
    OpenELIS-Global-2, rule evaluators and standard preset. Moonshadow-web/lab-management, test_westgard_r4s.py.
    """
    return PRESETS[one_of("profile", name, tuple(PRESETS))]
