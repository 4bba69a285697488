r"""The largest of correlated standard normal variables: how likely it is beyond a bound.

The correlation is factored, :math:`Z = L Y` with independent :math:`Y` and rows of :math:`L` of length one,
so that :math:`\{\max Z \le c\}` is a polyhedron whose faces all lie at distance :math:`c` from the origin;
statistics that are linear combinations of others, such as FH(0, 0) of FH(1, 0) and FH(0, 1), cost no
dimension. How the probability of a polyhedron changes as it grows is the probability of its faces (the
theorem of Gauss):

.. math:: \frac{d}{ds} P(Y \in sK) = \sum_k a_k\,\varphi(s a_k)\,P(Y' \in s F_k), \qquad
    K = \{y : u_k \cdot y \le a_k\}

where :math:`F_k` is face :math:`k` seen from the foot of its perpendicular, a polyhedron of one dimension
less. In two dimensions the integral over :math:`s` is Owen's T function (Owen 1956), and each dimension more
is one integral of a smooth function, by panels of Gauss and Legendre that are halved until nothing changes.
No random numbers.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, owens_t

from remit.errors import problem
from remit.stats.estimate import Booleans, Floats
from remit.stats.roots import root

ROOTS = np.polynomial.legendre.leggauss(16)
"""Nodes of a panel and their weights."""
FAR = 9.5
"""Standard deviations beyond a face that are integrated over: what is left out is below 1e-19."""
ENOUGH = 1e-8
"""Change of a probability at which panels are not halved again; the finer ones are far better than that."""
PANELS = (2, 4, 8, 16, 32)
"""Panels of an integral, coarse to fine."""
PARALLEL = 1e-11
"""Length of a normal, projected on a face, at which it counts as parallel to that of the face."""
FLAT = 1e-12
"""Variance in a direction at which the direction counts as none."""
LARGEST = 4
"""Most independent statistics."""
ROWS = 256
"""Correlations taken at once."""


@dataclass(frozen=True, slots=True)
class Polyhedra:
    """Many polyhedra, the origin anywhere: ``normals`` (n, n_faces, dimension), ``distance`` (n, n_faces).

    ``active`` says which faces there are, (n, n_faces).
    """

    normals: Floats
    distance: Floats
    active: Booleans


def probability_beyond(bound: Floats, correlation: Floats, two_sided: bool = False) -> Floats:
    """Probability that the largest of correlated standard normal variables is above a bound.

    Absolute error below 1e-9, for at most four independent variables.

    Parameters
    ----------
    bound
        One for each correlation matrix, shape (n,).
    correlation
        Shape (n, n_statistics, n_statistics), singular or not; a statistic whose correlation with itself is
        NaN is left out.
    two_sided
        Whether it is the largest in absolute value.

    Returns
    -------
    Shape (n,); NaN where the bound is NaN or there is no statistic.

    Raises
    ------
    InputError
        If there are more than four independent statistics.
    """
    at, matrix = np.asarray(bound, dtype=float), np.asarray(correlation, dtype=float)
    found = np.empty(len(at))
    for begin in range(0, len(at), ROWS):
        rows = slice(begin, begin + ROWS)
        found[rows] = _beyond(at[rows], matrix[rows], two_sided)
    return found


def bound_of(correlation: Floats, alpha: float, two_sided: bool = False) -> float:
    """The bound that the largest statistic exceeds with probability ``alpha``; one correlation matrix."""
    m = len(correlation) * (2 if two_sided else 1)
    low, high = float(-ndtri(alpha)), float(-ndtri(alpha / m)) + 1e-6

    def surplus(c: float) -> float:
        return float(probability_beyond(np.array([c]), correlation[None], two_sided)[0]) - alpha

    return low if surplus(low) <= 0 else root(surplus, low, high)


def _beyond(bound: Floats, correlation: Floats, two_sided: bool) -> Floats:
    own = np.diagonal(correlation, axis1=1, axis2=2)
    there = ~np.isnan(own)
    n, m = own.shape
    known = np.where(there[:, :, None] & there[:, None, :], correlation, 0.0)
    values, vectors = np.linalg.eigh(known)
    rank = int((values > FLAT * m).sum(axis=1).max(initial=1))
    if rank > LARGEST:
        remedy = "leave out weights that are nearly the same as others"
        raise problem("weights", f"{rank} independent statistics", f"at most {LARGEST}", remedy)
    normals = vectors[:, :, -rank:] * np.sqrt(np.maximum(values[:, None, -rank:], 0))
    # One that is left out has no direction; any will do for a face that is not there.
    normals[~there, 0] = 1.0
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    if two_sided:
        normals, there = np.concatenate([normals, -normals], axis=1), np.concatenate([there, there], axis=1)
    side = np.where(bound < 0, -1.0, 1.0)
    shape = Polyhedra(normals, np.broadcast_to(side[:, None], there.shape), there)
    at = np.abs(bound)[:, None]
    before = _outside(shape, at, PANELS[0])[:, 0]
    open_ = np.ones(n, dtype=bool)
    for panels in PANELS[1:] if rank > 2 else ():
        some = Polyhedra(shape.normals[open_], shape.distance[open_], shape.active[open_])
        now = _outside(some, at[open_], panels)[:, 0]
        moved = np.abs(now - before[open_]) > ENOUGH
        before[open_] = now
        open_[open_] = moved
        if not open_.any():
            break
    return np.where(np.isnan(bound) | ~there.any(axis=1), np.nan, np.clip(before, 0.0, 1.0))


def _outside(shape: Polyhedra, s: Floats, panels: int) -> Floats:
    """Probability outside ``s`` times each polyhedron, shape of ``s``, (n, n_scales)."""
    holds_origin = ((shape.distance >= 0) | ~shape.active).all(axis=1, keepdims=True)
    if shape.normals.shape[2] == 1:
        return 1 - _on_a_line(shape, s)
    through = _through_edges if shape.normals.shape[2] == 2 else _through_faces
    return 1.0 - holds_origin + through(shape, s, panels)


def _on_a_line(shape: Polyhedra, s: Floats) -> Floats:
    """Probability inside, in one dimension."""
    up = shape.active & (shape.normals[..., 0] > 0)
    down = shape.active & (shape.normals[..., 0] < 0)
    high = np.where(up, shape.distance, np.inf).min(axis=1, keepdims=True)
    low = np.where(down, -shape.distance, -np.inf).max(axis=1, keepdims=True)
    # At s = 0 an infinite end stays infinite.
    with np.errstate(invalid="ignore"):
        above = np.where(np.isinf(high), high, s * high)
        below = np.where(np.isinf(low), low, s * low)
    return np.maximum(ndtr(above) - ndtr(below), 0.0)


def _parallel(shape: Polyhedra, k: int, along: Floats) -> Booleans:
    """Whether face ``k`` is there, given those parallel to it: not behind them, and once of equal ones."""
    distance, own = shape.distance, shape.distance[:, k, None]
    later = np.arange(distance.shape[1]) > k
    same = (own < distance - PARALLEL) | ((own < distance + PARALLEL) & later)
    return np.where(along > 0, same, own + distance > 0)


def _through_edges(shape: Polyhedra, s: Floats, panels: int) -> Floats:
    """What leaves polygons through their edges as they grow from ``s``; ``panels`` are not needed."""
    del panels
    found = np.zeros(s.shape)
    for k in range(shape.distance.shape[1]):
        own, distance = shape.normals[:, k], shape.distance[:, k, None]
        along = np.einsum("nld,nd->nl", shape.normals, own)
        across = shape.normals[..., 1] * own[:, None, 0] - shape.normals[..., 0] * own[:, None, 1]
        others = shape.active & (np.arange(along.shape[1]) != k)
        is_parallel = np.abs(across) < PARALLEL
        there = shape.active[:, k] & (~others | ~is_parallel | _parallel(shape, k, along)).all(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            corner = (shape.distance - distance * along) / across
        high = np.where(others & ~is_parallel & (across > 0), corner, np.inf).min(axis=1, keepdims=True)
        low = np.where(others & ~is_parallel & (across < 0), corner, -np.inf).max(axis=1, keepdims=True)
        away = np.maximum(np.abs(distance), 1e-150)
        side = np.where(distance < 0, -1.0, 1.0)
        part = owens_t(s * away, high / away) - owens_t(s * away, low / away)
        found += np.where(there[:, None] & (high > low), side * part, 0.0)
    return found


def _through_faces(shape: Polyhedra, s: Floats, panels: int) -> Floats:
    """What leaves polyhedra of three or more dimensions through their faces as they grow from ``s``."""
    edges = np.linspace(0, FAR, panels + 1)
    half = np.diff(edges)[:, None] / 2
    x, weight = (edges[:-1, None] + half + half * ROOTS[0]).ravel(), (half * ROOTS[1]).ravel()
    found = np.zeros(s.shape)
    for k in range(shape.distance.shape[1]):
        face, there = _face(shape, k)
        away = np.maximum(np.abs(shape.distance[:, k, None]), 1e-150)
        height = (s * away)[:, :, None] + x
        mass = weight * np.exp(-0.5 * height * height) / np.sqrt(2 * np.pi)
        scales = (height / away[:, :, None]).reshape(len(s), -1)
        inside = 1 - _outside(face, scales, panels).reshape(height.shape)
        side = np.where(shape.distance[:, k, None] < 0, -1.0, 1.0)
        found += np.where(there[:, None], side * (mass * inside).sum(axis=2), 0.0)
    return found


def _face(shape: Polyhedra, k: int) -> tuple[Polyhedra, Booleans]:
    """Face ``k`` of each polyhedron in coordinates of its own, and whether there is one."""
    own = shape.normals[:, k]
    # The reflection that takes the normal to the first axis, either way, takes its plane to the other axes.
    mirror = own.copy()
    mirror[:, 0] += np.where(own[:, 0] < 0, -1.0, 1.0)
    mirror /= np.linalg.norm(mirror, axis=1, keepdims=True)
    along = np.einsum("nld,nd->nl", shape.normals, own)
    off = np.einsum("nld,nd->nl", shape.normals, mirror)
    projected = (shape.normals - 2 * off[..., None] * mirror[:, None])[..., 1:]
    length = np.linalg.norm(projected, axis=2)
    is_parallel = length < PARALLEL
    others = shape.active & (np.arange(along.shape[1]) != k)
    there = shape.active[:, k] & (~others | ~is_parallel | _parallel(shape, k, along)).all(axis=1)
    active = others & ~is_parallel
    size = np.where(active, length, 1.0)
    distance = np.where(active, (shape.distance - shape.distance[:, k, None] * along) / size, 1.0)
    return Polyhedra(projected / size[..., None], distance, active), there
