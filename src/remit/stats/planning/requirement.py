"""What is asked of a test: its type I error and its power."""

from dataclasses import dataclass

from scipy.special import ndtri

from remit.errors import Finding, InputError


@dataclass(frozen=True, slots=True)
class Requirement:
    """Errors that a trial may make.

    A symmetric two-sided test at 5% is a requirement of 0.025: as in ``sequential.plan.Plan``, ``alpha`` is
    that of each side, and power is the probability of showing benefit, without that of showing harm. See
    ``two_sided``.

    Parameters
    ----------
    alpha
        One-sided type I error, in (0, 0.5].
    power
        Probability of showing benefit under the alternative, above ``alpha`` and below 1.
    """

    alpha: float = 0.025
    power: float = 0.9

    @property
    def z_alpha(self) -> float:
        """Critical value of the standardised statistic."""
        return -float(ndtri(self.alpha))

    @property
    def z_power(self) -> float:
        """Normal quantile of the power."""
        return float(ndtri(self.power))

    @property
    def drift(self) -> float:
        """Expected standardised statistic that gives the power, in a trial with one look."""
        return self.z_alpha + self.z_power


def two_sided(alpha: float = 0.05, power: float = 0.9) -> Requirement:
    """Requirement of a symmetric two-sided test whose type I error over both sides is ``alpha``."""
    return Requirement(alpha / 2, power)


def requirement_findings(required: Requirement) -> list[Finding]:
    """What is wrong with a requirement."""
    found: list[Finding] = []
    if not 0 < required.alpha <= 0.5:
        found.append(
            Finding("alpha", f"{required.alpha:g}", "a one-sided error above 0 and at most 0.5", "0.025")
        )
    if not required.alpha < required.power < 1:
        needed = f"a probability above alpha = {required.alpha:g} and below 1"
        found.append(Finding("power", f"{required.power:g}", needed, "0.8 or 0.9"))
    return found


def check(*findings: list[Finding]) -> None:
    """Refuse what was found wrong, all at once and each thing once.

    Raises
    ------
    InputError
        If there is any finding.
    """
    every = list(dict.fromkeys(finding for some in findings for finding in some))
    if every:
        raise InputError(every)
