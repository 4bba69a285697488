"""Malignant cells: four clones in nodes, blood and marrow.

Clones S (sensitive), V (BCL2-inhibitor-resistant), B (BTK-inhibitor-resistant) and D (both) live in
nodes, protected by stroma or released from it, and in blood. Only protected cells divide. They
detach, faster under BTK inhibition; released cells leave for blood, and blood cells home back, less
under BTK inhibition. Protected cells form two colonies: BTK inhibition drives the cells of the second
out more slowly, and a BCL2 inhibitor kills a share of them as fast (stronger protection, which lowers the
largest effect). The same clones live in marrow; BTK inhibition stops and drives out those that feel it, as
in nodes, and what leaves marrow is not followed. In acute leukaemia the tissue itself is the marrow.
Structure after Ibrahim and Friberg (2025), with clones, capacity and marrow added.
"""

from dataclasses import dataclass

from remit.units import Value, quantity

NAME = "clones"
CLONES = ("S", "V", "B", "D")
SITES = ("protected", "slow", "released", "blood")
"""Sites that exchange cells, the two colonies of protected ones first; marrow exchanges none."""
STATES = {f"{site}_{clone}": "cells" for site in (*SITES, "marrow") for clone in CLONES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Growth, movement and natural death."""

    growth_rate: Value = quantity("1/day", meaning="net untreated growth rate far from capacity", low=0)
    resistant_growth_fold: Value = quantity(
        "fold", meaning="net growth of resistant relative to sensitive clones", low=0
    )
    capacity: Value = quantity("cells", meaning="burden at which net growth ends", low=1e-12)
    detachment_rate: Value = quantity(
        "1/day", meaning="detachment of protected cells without BTK inhibition", low=0
    )
    detachment_slope: Value = quantity("", meaning="rise of detachment at full BTK occupancy", low=0)
    slow_share: Value = quantity(
        "fraction", meaning="share of protected cells in the colony that detaches slowly", low=0, high=1
    )
    slow_detachment_slope: Value = quantity(
        "", meaning="rise of detachment at full BTK occupancy in that colony", low=0
    )
    slow_kill: Value = quantity(
        "fraction", meaning="death rate by BCL2 inhibitor in that colony, relative to the other", low=0
    )
    released_death_rate: Value = quantity("1/day", meaning="natural death of released cells", low=0)
    btki_growth_block: Value = quantity(
        "fraction", meaning="block of division at full BTK occupancy", low=0, high=1
    )
    btki_death_rate: Value = quantity("1/day", meaning="death of released cells at full BTK occupancy", low=0)
    homing_rate: Value = quantity(
        "1/day", meaning="return of blood cells to nodes without BTK inhibition", low=0
    )
    blood_death_rate: Value = quantity("1/day", meaning="natural death of blood cells", low=0)
    blood_to_released: Value = quantity(
        "fraction", meaning="untreated ratio of blood to released cells", low=0
    )


@dataclass(frozen=True, slots=True)
class Deaths:
    """Drug-induced death rates [1/day], each a tuple over ``CLONES``."""

    protected: tuple[Value, ...]
    slow: tuple[Value, ...]
    released: tuple[Value, ...]
    blood: tuple[Value, ...]
    marrow: tuple[Value, ...]


def exit_rate(p: Params) -> Value:
    """Rate constant [1/day] of released cells into blood that keeps the untreated blood ratio."""
    return (p.homing_rate + p.blood_death_rate + p.growth_rate) * p.blood_to_released


def growth_rates(p: Params) -> tuple[Value, ...]:
    """Net untreated growth rate of each clone [1/day]."""
    resistant = p.growth_rate * p.resistant_growth_fold
    return p.growth_rate, resistant, resistant, resistant


@dataclass(frozen=True, slots=True)
class Inhibition:
    """What each clone feels of a BTK inhibitor in nodes [fraction], each a tuple over ``CLONES``.

    ``movement`` acts on detachment, egress and homing; ``signalling`` on division and on the death of
    released cells, and fades as cells rely less on BTK.
    """

    movement: tuple[Value, ...]
    signalling: tuple[Value, ...]


def rates(y: tuple[Value, ...], inhibition: Inhibition, deaths: Deaths, p: Params) -> tuple[Value, ...]:
    """Rates of change of all cells [cells/day].

    Parameters
    ----------
    y
        Cells in the order of ``STATES``.
    inhibition
        What each clone feels of a BTK inhibitor.
    deaths
        Drug-induced death rates.
    p
        Growth, movement and natural death.
    """
    n = len(CLONES)
    protected, slow, released, blood, marrow = (y[k * n : (k + 1) * n] for k in range(5))
    room = room_left(y, p)
    leave = exit_rate(p)
    d_protected: list[Value] = []
    d_slow: list[Value] = []
    d_released: list[Value] = []
    d_blood: list[Value] = []
    d_marrow: list[Value] = []
    felt = zip(growth_rates(p), inhibition.movement, inhibition.signalling, strict=True)
    for i, (growth, occupied, signalling) in enumerate(felt):
        allowed = 1 - p.btki_growth_block * signalling
        division = (p.detachment_rate + growth * room) * allowed
        egress = p.detachment_rate * p.detachment_slope * occupied
        detach = p.detachment_rate * (1 + p.detachment_slope * occupied)
        detach_slow = p.detachment_rate * (1 + p.slow_detachment_slope * occupied)
        homing = p.homing_rate * (1 - occupied) * blood[i]
        released_loss = leave + p.released_death_rate + p.btki_death_rate * signalling + deaths.released[i]
        d_protected.append((division - detach - deaths.protected[i]) * protected[i])
        d_slow.append((division - detach_slow - deaths.slow[i]) * slow[i])
        d_released.append(
            detach * protected[i] + detach_slow * slow[i] + homing - released_loss * released[i]
        )
        d_blood.append(leave * released[i] - homing - (p.blood_death_rate + deaths.blood[i]) * blood[i])
        d_marrow.append((growth * room * allowed - egress - deaths.marrow[i]) * marrow[i])
    return (*d_protected, *d_slow, *d_released, *d_blood, *d_marrow)


def drug_deaths(y: tuple[Value, ...], deaths: Deaths) -> Value:
    """Cells that die of drug [cells/day], over all sites; what lysis is made of."""
    per_state = (*deaths.protected, *deaths.slow, *deaths.released, *deaths.blood, *deaths.marrow)
    terms = [rate * cells for rate, cells in zip(per_state, y, strict=True)]
    return sum(terms[1:], terms[0])


def baseline(
    protected: Value, shares: tuple[Value, ...], marrow: Value, p: Params, room: Value = 1
) -> tuple[Value, ...]:
    """Cells in balanced untreated growth.

    Parameters
    ----------
    protected
        Node-protected cells of all clones and both colonies [cells].
    shares
        Share of each clone, in the order of ``CLONES``, summing to one [fraction].
    marrow
        Marrow cells [cells], with the clones in the shares of the nodes.
    p
        Growth, movement and natural death.
    room
        Share of the capacity that is left [fraction]; 1 far from it, see :func:`room_left`.

    Returns
    -------
    Cells in the order of ``STATES``, with released and blood cells in the ratios that balanced growth keeps.
    """
    released: list[Value] = []
    blood: list[Value] = []
    leave = exit_rate(p)
    for rate, share in zip(growth_rates(p), shares, strict=True):
        growth = rate * room
        ratio = leave / (p.homing_rate + p.blood_death_rate + growth)
        loss = growth + p.released_death_rate + leave - p.homing_rate * ratio
        released.append(share * protected * p.detachment_rate / loss)
        blood.append(released[-1] * ratio)
    return (
        *(share * protected * (1 - p.slow_share) for share in shares),
        *(share * protected * p.slow_share for share in shares),
        *released,
        *blood,
        *(share * marrow for share in shares),
    )


def room_left(cells: tuple[Value, ...], p: Params) -> Value:
    """Share of the capacity that cells leave [fraction]."""
    return 1 - sum(cells[1:], cells[0]) / p.capacity
