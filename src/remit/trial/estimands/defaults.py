"""The endpoints of a study that declares none: two conventions of PFS, DOR, TTR, OS, TTNT, and responses."""

from collections.abc import Mapping
from types import MappingProxyType

from remit.trial.estimands.endpoint import (
    COMPOSITE,
    DEATH,
    HYPOTHETICAL,
    MISSED,
    NEW_THERAPY,
    POLICY,
    Endpoint,
)


def _by_name(*endpoints: Endpoint) -> Mapping[str, Endpoint]:
    return MappingProxyType({each.name: each for each in endpoints})


TIMES_BY_READER: Mapping[str, Endpoint] = _by_name(
    Endpoint(
        name="PFS",
        variable="PFS",
        strategies={NEW_THERAPY: POLICY, MISSED: POLICY},
        summary="median",
    ),
    Endpoint(
        name="PFSNT",
        variable="PFS",
        strategies={NEW_THERAPY: HYPOTHETICAL, MISSED: HYPOTHETICAL},
        summary="median",
    ),
    Endpoint(
        name="DOR",
        variable="DOR",
        population="responders",
        strategies={NEW_THERAPY: POLICY, MISSED: POLICY},
        summary="median",
    ),
    Endpoint(name="TTR", variable="TTR", population="responders", summary="median"),
)
"""Times that rest on a reader; PFSNT is PFS censored at new therapy or at missed scans before the event."""
TIMES_WITHOUT_READER: Mapping[str, Endpoint] = _by_name(
    Endpoint(name="OS", variable="OS", reader="", strategies={NEW_THERAPY: POLICY}, summary="median"),
    Endpoint(name="TTNT", variable="TTNT", reader="", strategies={DEATH: COMPOSITE}, summary="median"),
)
RATES: Mapping[str, Endpoint] = _by_name(
    Endpoint(
        name="ORR",
        variable="ORR",
        population="treated",
        strategies={NEW_THERAPY: COMPOSITE, DEATH: COMPOSITE},
        summary="rate",
    ),
    Endpoint(
        name="CRR",
        variable="CR",
        population="treated",
        strategies={NEW_THERAPY: COMPOSITE, DEATH: COMPOSITE},
        summary="rate",
    ),
)
DEFAULTS: Mapping[str, Endpoint] = MappingProxyType({**TIMES_BY_READER, **TIMES_WITHOUT_READER, **RATES})
