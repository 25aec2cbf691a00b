"""A control chart: what is drawn, and what is judged."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhikong.stats.arguments import Floats
from zhikong.stats.charts.constants import Constants
from zhikong.stats.charts.phases import Layout


@dataclass(frozen=True, slots=True)
class Chart:
    """One element a point, in the unit of the values. NaN stands for a missing point (its limits too, where it has no
    denominator) and for nothing else, but that a run chart has no score.

    kind : "individuals", "p", "u", ...
    values : what is drawn
    centre : the centre line
    lower, upper : the limits, three sigma from the centre and cut where no value can lie; infinite on a run chart
    score : the value in standard errors from the mean that sets the limits, (value - mean) / (sigma / sqrt(units)),
        on the scale on which the chart is made (a t chart's is transformed): what the zones of the rules are judged on
    side : 1 above the centre line, -1 below, 0 on it or missing
    inflation : one a phase, sigma over that of the plain p or u chart; 1 but on p' and u' charts
    layout : phases, and which points set limits or were excluded
    constants : the profile of constants
    """

    kind: str
    values: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    score: Floats
    side: NDArray[np.int8]
    inflation: tuple[float, ...]
    layout: Layout
    constants: Constants

    @property
    def baseline(self) -> NDArray[np.bool_]:
        """Whether a point set the limits of its phase."""
        return self.layout.frozen & ~self.layout.excluded & ~np.isnan(self.values)
