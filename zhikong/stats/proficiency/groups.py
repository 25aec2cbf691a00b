"""Peer groups (同组): in which group a participant is judged, and which groups are kept apart."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import robust
from zhikong.stats.arguments import count, floats, number, same_length
from zhikong.stats.proficiency._shapes import TIE
from zhikong.stats.proficiency.assigned import AssignedValue, by_consensus


@dataclass(frozen=True, slots=True)
class PeerGroups:
    """The group in which each participant is judged."""

    level: NDArray[np.int_]
    """0 is the narrowest; -1 where even the widest group is too small: not evaluated. Shape (n,)."""
    group: tuple[tuple[Hashable, ...] | None, ...]
    """The labels from that level outwards; None where there is no group."""
    size: NDArray[np.int_]
    """Members of that group, or of the widest one where none is large enough. Shape (n,)."""


def peer_groups(labels: Sequence[Sequence[Hashable]], *, fewest: int = 10) -> PeerGroups:
    """Widen each participant's group until it is large enough.

    Parameters
    ----------
    labels : sequence of sequence, shape (n, levels)
        For each participant, labels from the narrowest level to the widest: (reagent, instrument, method). Add a
        constant last label to let everybody together be a group. A group at a level is all participants that share
        the labels from that level outwards, including those who are themselves judged in a narrower group.
    fewest : int, >= 1
        Members that a group needs; exactly so many are enough.

    Returns
    -------
    PeerGroups
        Level, group and size for each participant.

    Raises
    ------
    ValueError
        No participant, no level, or unequal numbers of levels.

    References
    ----------
    42 CFR 493.2, peer group: at least 10 participants, otherwise the mean of all.
    """
    fewest = count("fewest", fewest, low=1)
    rows = [tuple(row) for row in labels]
    if not rows or not rows[0]:
        raise ValueError("labels is empty: at least one participant with one label is needed")
    levels = len(rows[0])
    for place, row in enumerate(rows):
        if len(row) != levels:
            raise ValueError(f"labels[{place}] has {len(row)} level(s), labels[0] has {levels}")
    sizes = [Counter(row[level:] for row in rows) for level in range(levels)]
    chosen = [
        next((level for level in range(levels) if sizes[level][row[level:]] >= fewest), -1)
        for row in rows
    ]  # fmt: skip
    return PeerGroups(
        np.array(chosen),
        tuple(None if level < 0 else row[level:] for level, row in zip(chosen, rows, strict=True)),
        np.array([sizes[level][row[level:]] for level, row in zip(chosen, rows, strict=True)]),
    )


@dataclass(frozen=True, slots=True)
class Separation:
    """Groups after merging: those that remain differ."""

    group: NDArray[np.int_]
    """Number of the merged group of each result, in order of its assigned value, shape (n,)."""
    members: tuple[tuple[Hashable, ...], ...]
    """Labels merged into each group, in order of their own assigned values."""
    assigned: tuple[AssignedValue, ...]
    """Consensus of each merged group, rising."""


def separate_groups(
    results: ArrayLike,
    labels: Sequence[Hashable],
    *,
    relevant: float,
    coverage: float = 2.0,
    profile: robust.Profile = robust.FIXED_POINT,
) -> Separation:
    """Merge groups until those that remain differ both significantly and relevantly.

    Two groups differ when the difference of their consensus values exceeds `relevant` and also exceeds
    `coverage` x sqrt(u1^2 + u2^2); equality does not. Groups stand in order of their consensus; among neighbours
    that do not differ, the closest two are merged (the lower pair of a tie), their consensus is computed from all
    their results, and the order is made again, until all neighbours differ.

    Parameters
    ----------
    results : array_like of float, shape (n,)
        One result per participant; every group needs at least 3.
    labels : sequence, length n
        Group of each result.
    relevant : float, >= 0
        The smallest difference that matters, in the unit of the results, for instance 0.3 sigma_pt. There is no
        default: it belongs to the scheme.
    coverage : float, >= 0
        Coverage factor of the difference; 0 leaves only relevance.
    profile : robust.Profile
        Constants and stop rule of Algorithm A.

    Returns
    -------
    Separation
        The groups that remain.

    Raises
    ------
    ValueError
        Unequal lengths; a group of fewer than 3; no robust estimate in a group.

    References
    ----------
    The difference over its uncertainty is that of ISO 13528:2022, 7.8; the order of merging is of this package.
    """
    x = floats("results", results, at_least=3)
    same_length(results=x, labels=labels)
    relevant, coverage = number("relevant", relevant, low=0), number("coverage", coverage, low=0)
    places: dict[Hashable, list[int]] = {}
    for place, label in enumerate(labels):
        places.setdefault(label, []).append(place)
    for label, members in places.items():
        if len(members) < 3:
            raise ValueError(f"labels has {len(members)} of {label!r}: a group needs at least 3 results")
    groups: list[tuple[AssignedValue, tuple[Hashable, ...], list[int]]] = sorted(
        ((by_consensus(x[members], profile=profile), (label,), members) for label, members in places.items()),
        key=lambda group: group[0].value,
    )
    while len(groups) > 1:
        gaps = []
        for place, (low, high) in enumerate(pairwise(groups)):
            gap = high[0].value - low[0].value
            u = math.hypot(low[0].standard_uncertainty, high[0].standard_uncertainty)
            if not (gap > relevant * (1 + TIE) and gap > coverage * u * (1 + TIE)):
                gaps.append((gap, place))
        if not gaps:
            break
        _, place = min(gaps)
        (_, names, members), (_, others, more) = groups[place : place + 2]
        merged = (by_consensus(x[members + more], profile=profile), names + others, members + more)
        groups = sorted([*groups[:place], merged, *groups[place + 2 :]], key=lambda group: group[0].value)
    number_of = np.empty(x.size, dtype=int)
    for place, (_, _, members) in enumerate(groups):
        number_of[members] = place
    return Separation(number_of, tuple(names for _, names, _ in groups), tuple(value for value, _, _ in groups))
