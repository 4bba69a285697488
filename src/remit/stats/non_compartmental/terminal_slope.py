r"""The terminal slope of a profile: the last points whose logarithms lie best on a falling line.

Regressions of ln C on time are tried over the last 3, 4, 5 ... candidates. The best has the largest adjusted
r2 of those that fall; of those within a tolerance of it, 1e-4 by default, the one with most points is taken.

.. math:: r^2_{adj} = 1 - (1 - r^2)\,\frac{n - 1}{n - 2}, \qquad t_{1/2} = \frac{\ln 2}{\lambda_z}

Candidates are quantifiable, after the peak and not before the end of an infusion. The peak itself is one
after a bolus only. These are the rules that the documentation of Phoenix WinNonlin ("Lambda Z or slope
estimation settings") and of PKNCA ("Half-life calculation") describe.
"""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Floats

ROUNDING = 1e-9
"""A correlation nearer to zero than this is none."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A terminal slope, and what it rests on; NaN where none could be found.

    ``lambda_z`` is the rate of decline [1/time], positive. ``intercept`` is the logarithm of the
    concentration that the line has at time zero. ``first`` and ``last`` are the times of the first and last
    of its ``n_points``. ``n_candidates`` counts the points that could have been used.
    """

    lambda_z: float
    intercept: float
    n_points: int
    first: float
    last: float
    r2: float
    r2_adjusted: float
    n_candidates: int

    @property
    def half_life(self) -> float:
        """Time in which the concentration halves."""
        return float(np.log(2)) / self.lambda_z

    @property
    def span_ratio(self) -> float:
        """Half-lives between first and last point."""
        return (self.last - self.first) / self.half_life

    def at(self, time: float) -> float:
        """Concentration of the line at a time."""
        return float(np.exp(self.intercept - self.lambda_z * time))


def terminal_slope(
    time: Floats, concentration: Floats, min_points: int = 3, tolerance: float = 1e-4
) -> Slope:
    """The terminal slope through the last of the candidates.

    Parameters
    ----------
    time, concentration
        The candidates in order of time, all above zero, shape (n_candidates,).
    min_points
        Fewest points of a slope, 3 or more.
    tolerance
        How much adjusted r2 may fall short of the best for the sake of more points.
    """
    n = time.size
    if n < min_points:
        return no_slope(n)
    y = np.log(concentration)
    # Sums from the last point backwards, about it, so that a few late points keep the digits of their spread.
    dt, dy = (time - time[-1])[::-1], (y - y[-1])[::-1]
    count = np.arange(1, n + 1)
    st, sy = dt.cumsum(), dy.cumsum()
    with np.errstate(all="ignore"):
        tt, yy = (dt**2).cumsum() - st**2 / count, (dy**2).cumsum() - sy**2 / count
        ty = (dt * dy).cumsum() - st * sy / count
        adjusted = 1 - (1 - ty**2 / (tt * yy)) * (count - 1) / (count - 2)
        # A slope of zero comes out as a tiny one of either sign.
        falls = (count >= min_points) & (ty < -ROUNDING * np.sqrt(tt * yy)) & np.isfinite(adjusted)
    if not falls.any():
        return no_slope(n)
    adjusted = np.where(falls, adjusted, -np.inf)
    points = int(count[adjusted >= adjusted.max() - tolerance].max())
    return _line(time[-points:], y[-points:], n)


def _line(time: Floats, y: Floats, n_candidates: int) -> Slope:
    """Least squares through points, about their means."""
    n = time.size
    dt, dy = time - time.mean(), y - y.mean()
    slope = float((dt * dy).sum() / (dt**2).sum())
    r2 = float((dt * dy).sum() ** 2 / ((dt**2).sum() * (dy**2).sum()))
    return Slope(
        lambda_z=-slope,
        intercept=float(y.mean() - slope * time.mean()),
        n_points=n,
        first=float(time[0]),
        last=float(time[-1]),
        r2=r2,
        r2_adjusted=1 - (1 - r2) * (n - 1) / (n - 2),
        n_candidates=n_candidates,
    )


def no_slope(n_candidates: int) -> Slope:
    """What is known of a slope that could not be found."""
    return Slope(np.nan, np.nan, 0, np.nan, np.nan, np.nan, np.nan, n_candidates)
