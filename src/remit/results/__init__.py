"""The result tables: columns, types, units, keys; how they are opened and saved.

Names follow CDISC ADaM where ADaM has one.
"""

from remit.results.declaration import (
    COURSE,
    ROW_GROUP_SIZE,
    Columns,
    Table,
    digest,
    open_table,
    save_table,
    table,
)
from remit.results.inputs import PARAMETERS, SOURCES
from remit.results.patients import (
    ADAE,
    ADBM,
    ADCM,
    ADEX,
    ADLB,
    ADMRD,
    ADPC,
    ADRS,
    ADSL,
    ADTR,
    ADTTE,
)
from remit.results.trials import (
    LOOKS,
    OPERATING,
    SCREENING,
    SENSITIVITY,
    SHIFTS,
    TRIALS,
    VARIANCE,
    VARIATIONS,
    VERDICTS,
)

__all__ = [
    "ADAE",
    "ADBM",
    "ADCM",
    "ADEX",
    "ADLB",
    "ADMRD",
    "ADPC",
    "ADRS",
    "ADSL",
    "ADTR",
    "ADTTE",
    "COURSE",
    "LOOKS",
    "OPERATING",
    "PARAMETERS",
    "ROW_GROUP_SIZE",
    "SCREENING",
    "SENSITIVITY",
    "SHIFTS",
    "SOURCES",
    "TABLES",
    "TRIALS",
    "VARIANCE",
    "VARIATIONS",
    "VERDICTS",
    "Columns",
    "Table",
    "digest",
    "open_table",
    "save_table",
    "table",
]

TABLES = {
    each.name: each
    for each in (
        ADSL,
        ADEX,
        ADPC,
        ADTR,
        ADRS,
        ADTTE,
        ADLB,
        ADAE,
        ADBM,
        ADMRD,
        ADCM,
        TRIALS,
        LOOKS,
        OPERATING,
        PARAMETERS,
        SOURCES,
        VERDICTS,
        VARIATIONS,
        SENSITIVITY,
        VARIANCE,
        SCREENING,
        SHIFTS,
    )
}
"""Every declared table by name."""
