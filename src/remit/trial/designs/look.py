"""What a design sees at a look, and what it decides; arrays over replicates."""

from dataclasses import dataclass

from remit.stats.estimate import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True)
class Look:
    """Patients treated and responders among them at the cut-off, arrays of shape (n_replicates,)."""

    n_patients: Integers
    responders: Integers


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the null hypothesis is rejected, whether enrolment stops, and the p-value; (n_replicates,)."""

    reject: Booleans
    stop: Booleans
    p_value: Floats
