"""Pharmacokinetic structures by name: absorption, one to three compartments, and elimination put together.

``one_compartment``, ``two_compartment`` and ``three_compartment`` take boluses and infusions; ``_oral``,
``_zero_order`` and ``_transit`` say how a dose is absorbed; ``_michaelis_menten`` replaces a clearance by
saturable elimination. Time, amounts and volumes are in the user's own units, whatever they are.

Compartments are numbered as NONMEM's ADVAN subroutines of the same structure number them: 1, 2 and 4, 3 and
12, 11. Without a depot the central compartment is 1, with one it is 2. What an ADVAN subroutine does not
have, the chain of ``_transit``, comes after the peripheral compartments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from remit.errors import problem
from remit.pk import absorption, distribution, elimination
from remit.units import Quantity, Value

Absorption = Literal["", "oral", "zero_order", "transit"]

SIZES = {"one_compartment": 0, "two_compartment": 1, "three_compartment": 2}
"""Peripheral compartments by the first words of a name."""
SATURABLE = "michaelis_menten"
ABSORPTIONS: tuple[Absorption, ...] = ("", "oral", "zero_order", "transit")
MOST_TRANSIT = 30
"""Transit compartments that a structure may have."""

CLEARANCE = {"CL": Quantity("volume/time", "clearance, CL/F after oral doses", low=0)}
MICHAELIS_MENTEN = {
    "Vmax": Quantity("amount/time", "largest rate of elimination", low=0),
    "Km": Quantity("amount/volume", "concentration at which elimination is half of Vmax", low=0),
}
ONE_VOLUME = {"V": Quantity("volume", "volume of the central compartment", low=0)}
CENTRAL_VOLUME = {"Vc": Quantity("volume", "volume of the central compartment", low=0)}
PERIPHERALS: tuple[dict[str, Quantity], ...] = (
    {},
    {
        "Q": Quantity("volume/time", "clearance between central and peripheral compartment", low=0),
        "Vp": Quantity("volume", "volume of the peripheral compartment", low=0),
    },
    {
        "Qp1": Quantity("volume/time", "clearance between central and first peripheral compartment", low=0),
        "Vp1": Quantity("volume", "volume of the first peripheral compartment", low=0),
        "Qp2": Quantity("volume/time", "clearance between central and second peripheral compartment", low=0),
        "Vp2": Quantity("volume", "volume of the second peripheral compartment", low=0),
    },
)
KA = {"ka": Quantity("1/time", "absorption rate constant", low=0)}
MTT = {"MTT": Quantity("time", "mean transit time from the dose to the absorbing depot", low=0)}
POSITIVE = frozenset({"V", "Vc", "Vp", "Vp1", "Vp2", "Km", "MTT"})
"""Parameters by which something is divided; the others may be zero."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A pharmacokinetic structure.

    Parameters
    ----------
    name
        Its name.
    peripherals
        Peripheral compartments, 0 to 2.
    absorption
        How a dose enters: at once or as recorded (empty), ``oral``, ``zero_order`` or ``transit``.
    saturable
        Whether elimination is by Michaelis and Menten.
    n_transit
        Transit compartments of ``transit``.
    """

    name: str
    peripherals: int
    absorption: Absorption
    saturable: bool
    n_transit: int = 0
    quantities: Mapping[str, Quantity] = field(init=False)
    """Parameters by name, in order, each with its dimension and meaning."""
    compartments: tuple[str, ...] = field(init=False)
    """Names of the compartments, in the order of their numbers, which begin at 1."""

    def __post_init__(self) -> None:
        """Derive names from the parts."""
        parts = [MICHAELIS_MENTEN if self.saturable else CLEARANCE]
        parts += [CENTRAL_VOLUME if self.peripherals else ONE_VOLUME, PERIPHERALS[self.peripherals]]
        parts += [KA] if self.has_depot else []
        parts += [MTT] if self.absorption == "transit" else []
        object.__setattr__(self, "quantities", {key: each for part in parts for key, each in part.items()})
        depot = ["depot"] if self.has_depot else []
        outer = [f"peripheral{i}" for i in range(1, self.peripherals + 1)]
        if self.peripherals == 1:
            outer = ["peripheral"]
        chain = [f"transit{i}" for i in range(1, self.n_transit + 1)]
        chain += ["absorbing"] if self.absorption == "transit" else []
        object.__setattr__(self, "compartments", (*depot, "central", *outer, *chain))

    @property
    def has_depot(self) -> bool:
        """Whether doses go into a compartment of their own."""
        return self.absorption in ("oral", "transit")

    @property
    def central(self) -> int:
        """Index of the central compartment, from 0."""
        return int(self.has_depot)

    @property
    def dosed(self) -> int:
        """Index of the compartment that takes a dose whose record names none."""
        return 0

    @property
    def volume(self) -> str:
        """Name of the central volume."""
        return "Vc" if self.peripherals else "V"

    @property
    def is_linear(self) -> bool:
        """Whether doubling every dose doubles every amount."""
        return not self.saturable

    @property
    def nonmem_names(self) -> dict[str, str]:
        """NONMEM's names (TRANS2, TRANS4) of parameters, and which of ours they are."""
        if self.peripherals == 0:
            return {}
        own = [self.volume, *PERIPHERALS[self.peripherals]]
        first = self.central + 1
        numbers = [first, *(first + i for i in range(1, self.peripherals + 1) for _ in range(2))]
        found: dict[str, str] = {}
        for number, name in zip(numbers, own, strict=True):
            letter = name[0]
            numbered = letter != "Q" or self.peripherals > 1
            found[f"{letter}{number}" if numbered else letter] = name
        return {theirs: name for theirs, name in found.items() if theirs != name}

    def rates(self, y: tuple[Value, ...], p: Mapping[str, Value]) -> tuple[Value, ...]:
        """Rate of change of each amount between doses.

        Parameters
        ----------
        y
            Amounts, in the order of ``compartments``, each of shape (n_patients,).
        p
            Parameters by name.

        Returns
        -------
        Rates [amount per time], in the same order.
        """
        before, after = y[: self.central], y[self.central + 1 :]
        central, outer, chain = y[self.central], after[: self.peripherals], after[self.peripherals :]
        volume = p[self.volume]
        if self.saturable:
            lost = elimination.michaelis_menten(central, volume, p["Vmax"], p["Km"])
        else:
            lost = elimination.linear(central, volume, p["CL"])
        names = list(PERIPHERALS[self.peripherals])
        pairs = zip(names[::2], names[1::2], outer, strict=True)
        moved = [distribution.outflow(central, amount, p[q], (volume, p[vp])) for q, vp, amount in pairs]
        net = -lost
        for each in moved:
            net = net - each
        match self.absorption:
            case "oral":
                inner, arriving = absorption.first_order(before[0], p["ka"])
            case "transit":
                inner, arriving = absorption.transit(before[0], chain[:-1], chain[-1], p["MTT"], p["ka"])
            case _:
                return (net, *moved)
        return (inner[0], arriving + net, *moved, *inner[1:])

    def described(self) -> str:
        """Compartments by number and parameters with their dimensions, one to a line."""
        lines = [self.name, "", "compartments"]
        lines += [f"  {i:<4}{name}" for i, name in enumerate(self.compartments, 1)]
        if self.absorption == "transit" and not self.n_transit:
            lines[-1] = f"  {'':<4}NTR transit compartments, then the absorbing depot"
        theirs = {ours: name for name, ours in self.nonmem_names.items()}
        lines += ["", "parameters"]
        for name, each in self.quantities.items():
            also = f"; NONMEM's {theirs[name]}" if name in theirs else ""
            lines.append(f"  {name:<6}{each.unit:<16}{each.meaning}{also}")
        if self.absorption == "transit":
            lines.append(f"  {'NTR':<6}{'':<16}number of transit compartments, one for all subjects")
        if self.absorption == "zero_order":
            lines.append(f"  {'D1':<6}{'time':<16}duration of absorption of a dose without a rate of its own")
        lines.append(
            "  ALAGn, Fn, Rn, Dn: lag time, bioavailability, modelled rate and duration of compartment n"
        )
        return "\n".join(lines)

    def with_transit(self, n: int) -> "Structure":
        """The same structure with so many transit compartments.

        Raises
        ------
        InputError
            If the structure has no chain, or not that many compartments can be.
        """
        if self.absorption != "transit":
            found = "a number of transit compartments"
            raise problem(f"structure {self.name}", found, "a '_transit' structure")
        if not 1 <= n <= MOST_TRANSIT:
            raise problem(f"structure {self.name}, NTR", f"{n}", f"a whole number from 1 to {MOST_TRANSIT}")
        return Structure(self.name, self.peripherals, self.absorption, self.saturable, n)


def name_of(size: str, absorbed: str, saturable: bool) -> str:
    """Name of a structure of these parts."""
    return "_".join([size, *filter(None, (absorbed, SATURABLE if saturable else ""))])


STRUCTURES = {
    name_of(size, absorbed, saturable): Structure(
        name_of(size, absorbed, saturable), peripherals, absorbed, saturable
    )
    for size, peripherals in SIZES.items()
    for absorbed in ABSORPTIONS
    for saturable in (False, True)
}
"""Every structure by name."""
