"""Partners whose mechanism is not modelled: amounts that fade, and cells that they kill in proportion.

A kinetic-pharmacodynamic model (Jacqmin 2007): every administration adds to an amount, counted in full
doses, that is lost at one rate; death rates are proportional to it. It carries antibodies and cytotoxic
drugs, whose size is calibrated on control arms or assumed, and says nothing on concentrations.
"""

from dataclasses import dataclass

from remit.units import Value, quantity

NAME = "empirical_kill"
STATES = {"amount": "fold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Loss of the effect, and death rates at an amount of one full dose."""

    loss_rate: Value = quantity("1/day", meaning="loss of the amount that acts", low=0)
    kill_node: Value = quantity("1/day", meaning="death of node cells per full dose present", low=0)
    kill_blood: Value = quantity("1/day", meaning="death of blood cells per full dose present", low=0)
    kill_marrow: Value = quantity("1/day", meaning="death of marrow cells per full dose present", low=0)
    sensitivity: Value = quantity("fold", meaning="sensitivity of the tumour, relative to typical", low=0)
    b_cell_kill: Value = quantity("1/day", meaning="death of normal B cells per full dose present", low=0)
    progenitor_kill: Value = quantity(
        "1/day", meaning="death of normal marrow progenitors per full dose present", low=0
    )


def rates(y: tuple[Value, ...], p: Params) -> tuple[Value, ...]:
    """Rate of change of the amount [full doses per day]."""
    (amount,) = y
    return (-p.loss_rate * amount,)


def tumour_kill(y: tuple[Value, ...], p: Params) -> tuple[Value, Value, Value]:
    """Death rates of malignant cells in nodes, blood and marrow [1/day]."""
    acting = y[0] * p.sensitivity
    return p.kill_node * acting, p.kill_blood * acting, p.kill_marrow * acting
