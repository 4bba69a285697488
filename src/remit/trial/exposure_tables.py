"""Tables of exposure-response: models, curves, bins, and the same patients under other doses.

Models are fitted twice: to the reference dose alone, which is what one dose can show, and to all doses with
each patient allocated to one, as a randomised comparison of doses has it. Their limits are those of a data
set as large as the pool. The change that another dose makes in the same patients is known without a model;
what a model predicts minus what happens is the confounding, with its Monte Carlo error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.results import Table
from remit.results.declaration import F, N, S, table
from remit.stats.confidence_level import critical_value
from remit.stats.estimate import Booleans, Estimate, Floats, Integers, MonteCarlo
from remit.stats.exposure_response.counterfactual import (
    Doses,
    contrasts,
    slopes,
    true_rates,
)
from remit.stats.exposure_response.forms import (
    FORMS,
    ExposureFit,
    Form,
    ec50_limits,
    fit_exposure,
    slope_limits,
)
from remit.stats.exposure_response.goodness import (
    agreement,
    discrimination,
    exposure_bins,
)
from remit.stats.exposure_response.logistic import Status
from remit.stats.exposure_response.prediction import curve, fitted_probability
from remit.trial.exposure_response import (
    KEY,
    PATIENT,
    ExposurePlan,
    allocated_arm,
    analysis_set,
    covariate_columns,
)

ALL_DOSES = "all doses"
"""ARM of what is fitted to all doses, each patient at one."""
MAIN: Form = "log-linear"
"""Form whose predictions are compared with the same patients under another dose."""
POINTS, BINS, LEVEL = 61, 4, 0.95
PLACE = {
    "SCENARIO": (S, "", "named variant of assumptions"),
    "ENDPOINT": (S, "", "ORR CR UMRD NEUT3 TLS DISCAE"),
    "METRIC": (S, "", "exposure metric: steady state or to event"),
    "ARM": (S, "", "dose arm, or all doses with each patient at one of them"),
}
EXPOSURE_RESPONSE = table(
    "exposure_response",
    "Exposure-response models",
    "SCENARIO ENDPOINT METRIC ARM MODEL TERM",
    PLACE
    | {
        "MODEL": (S, "", "form of the model; or association, same patients, confounding"),
        "TERM": (S, "", "what is estimated"),
        "VALUE": (F, "", "estimate; null if the data do not give it"),
        "LOW": (F, "", "lower 95% limit; of rows with MCSE the Monte Carlo one"),
        "HIGH": (F, "", "upper 95% limit; of rows with MCSE the Monte Carlo one"),
        "MCSE": (F, "", "Monte Carlo standard error; null of a model fitted to the pool"),
        "N": (N, "", "patients"),
        "EVENTS": (N, "", "patients with the outcome"),
        "NOTE": (S, "", "how, or why not"),
    },
)
EXPOSURE_CURVE = table(
    "exposure_curve",
    "Exposure-response curves",
    "SCENARIO ENDPOINT METRIC ARM MODEL EXPOSURE",
    PLACE
    | {
        "MODEL": (S, "", "form of the model"),
        "EXPOSURE": (F, "fold", "exposure over that of the typical patient at the reference dose"),
        "PROBABILITY": (F, "fraction", "probability of the outcome"),
        "LOW": (F, "fraction", "lower 95% limit at this exposure"),
        "HIGH": (F, "fraction", "upper 95% limit at this exposure"),
    },
)
EXPOSURE_BINS = table(
    "exposure_bins",
    "Observed outcome by quantiles of exposure",
    "SCENARIO ENDPOINT METRIC ARM BIN",
    PLACE
    | {
        "BIN": (N, "", "bin of equal size, lowest exposure first"),
        "EXPOSURE": (F, "fold", "median exposure of the bin"),
        "FROM": (F, "fold", "smallest exposure of the bin"),
        "TO": (F, "fold", "largest exposure of the bin"),
        "N": (N, "", "patients"),
        "EVENTS": (N, "", "patients with the outcome"),
        "RATE": (F, "fraction", "share with the outcome"),
        "LOW": (F, "fraction", "exact lower 95% limit"),
        "HIGH": (F, "fraction", "exact upper 95% limit"),
        "EXPECTED": (F, "fraction", "mean probability by the log-linear model"),
    },
)
EXPOSURE_BY_DOSE = table(
    "exposure_by_dose",
    "Exposure and outcome of the same patients at each dose",
    "SCENARIO ENDPOINT METRIC ARM",
    PLACE
    | {
        "DOSE": (S, "", "dose"),
        "FOLD": (F, "fold", "exposure of the typical patient over that at the reference dose"),
        "N": (N, "", "patients"),
        "P05": (F, "fold", "5th percentile of exposure"),
        "P25": (F, "fold", "25th percentile of exposure"),
        "P50": (F, "fold", "median exposure"),
        "P75": (F, "fold", "75th percentile of exposure"),
        "P95": (F, "fold", "95th percentile of exposure"),
        "RATE": (F, "fraction", "share with the outcome"),
        "MCSE": (F, "fraction", "Monte Carlo standard error of RATE"),
    },
)
DECLARED: tuple[Table, ...] = (EXPOSURE_RESPONSE, EXPOSURE_CURVE, EXPOSURE_BINS, EXPOSURE_BY_DOSE)


@dataclass(frozen=True, slots=True)
class Sample:
    """What one model is fitted to: where it belongs, and arrays of shape (n_patients,)."""

    place: Mapping[str, object]
    exposure: Floats
    response: Booleans
    weight: Floats | None
    covariates: Floats | None


def exposure_tables(
    tables: Mapping[str, pl.DataFrame], plan: ExposurePlan, seed: int, covariates: Sequence[str] = ()
) -> dict[str, pl.DataFrame]:
    """Tables ``exposure_response exposure_curve exposure_bins exposure_by_dose``.

    Parameters
    ----------
    tables
        Result tables; see :func:`remit.trial.exposure_response.analysis_set`.
    plan
        What is analysed.
    seed
        Seed of the run, of the lottery that gives each patient one dose.
    covariates
        Columns of ADSL, known before treatment, that the adjusted models hold.

    Raises
    ------
    InputError
        If plan or covariates do not fit the tables.
    """
    rows = analysis_set(tables, plan)
    adsl = tables["adsl"]
    titles, values = covariate_columns(adsl, covariates)
    known = adsl.select(KEY).with_columns(**{f"Z{k}": pl.Series(values[:, k]) for k in range(len(titles))})
    rows = rows.join(known, on=KEY, how="left")
    lottery = allocated_arm(adsl.filter(pl.col("ARM").is_in([each.arm for each in plan.arms])), plan, seed)
    found: dict[str, list[dict[str, object]]] = {each.name: [] for each in DECLARED}
    for (scenario, endpoint, metric), part in rows.group_by(
        "SCENARIO", "ENDPOINT", "METRIC", maintain_order=True
    ):
        place: dict[str, object] = {"SCENARIO": scenario, "ENDPOINT": endpoint, "METRIC": metric}
        groups = {
            plan.reference: part.filter(pl.col("ARM") == plan.reference),
            ALL_DOSES: part.join(lottery, on=KEY, how="semi", maintain_order="left"),
        }
        for arm, own in groups.items():
            if own.height:
                sample = _sample(own, place | {"ARM": arm}, len(titles))
                _write_models(sample, titles, found)
        _write_doses(part, place, plan, len(titles), found)
    return {each.name: _tidy(each, found[each.name]) for each in DECLARED}


def _tidy(declared: Table, rows: list[dict[str, object]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=pl.Schema(declared.schema())) if rows else declared.empty()
    return declared.tidy(frame.with_columns(pl.col(pl.Float64).fill_nan(None)))


def pool_weight(weight: Floats) -> Floats | None:
    """Weights that add up to the effective number of patients (Kish 1965); None where all are equal."""
    if not weight.size or (weight == weight[0]).all():
        return None
    return weight * weight.sum() / (weight * weight).sum()


def _sample(own: pl.DataFrame, place: Mapping[str, object], n_covariates: int) -> Sample:
    z = own.select([f"Z{k}" for k in range(n_covariates)]).to_numpy() if n_covariates else None
    return Sample(
        place,
        own["EXPOSURE"].to_numpy(),
        own["AVAL"].to_numpy() == 1,
        pool_weight(own["WEIGHT_POP"].to_numpy()),
        z,
    )


def _write_models(sample: Sample, titles: Sequence[str], found: dict[str, list[dict[str, object]]]) -> None:
    """Rows of every model of one sample, its curves and its bins."""
    x, y = sample.exposure, sample.response
    counts: dict[str, object] = {"N": y.size, "EVENTS": int(y.sum()), "MCSE": None}
    low, high = np.log(np.quantile(x, [0.01, 0.99]))
    grid = np.unique(np.round(np.exp(np.linspace(low, high, POINTS)), 6))
    expected = np.full(x.shape, np.nan)
    for form in FORMS:
        fitted, note = _fitted(sample, form, None)
        for term, estimate in _terms(fitted, sample, None):
            line = _line(sample, form, term, estimate, note or fitted.reason)
            found["exposure_response"].append(line | counts)
        drawn = curve(fitted, grid, level=LEVEL)
        found["exposure_curve"] += [
            dict(sample.place)
            | {
                "MODEL": form,
                "EXPOSURE": float(a),
                "PROBABILITY": float(p),
                "LOW": float(b),
                "HIGH": float(c),
            }
            for a, p, b, c in zip(drawn.exposure, drawn.probability, drawn.low, drawn.high, strict=True)
            if np.isfinite(p)
        ]
        expected = fitted_probability(fitted, x) if form == MAIN else expected
    if sample.covariates is not None:
        fitted, note = _fitted(sample, MAIN, sample.covariates)
        for term, estimate in _terms(fitted, sample, sample.covariates, titles):
            line = _line(sample, f"{MAIN}, adjusted", term, estimate, note or fitted.reason)
            found["exposure_response"].append(line | counts)
    found["exposure_bins"] += list(_bin_rows(sample, expected))


def _line(sample: Sample, model: str, term: str, estimate: Estimate, note: str) -> dict[str, object]:
    values = {"VALUE": estimate.value, "LOW": estimate.low, "HIGH": estimate.high}
    return dict(sample.place) | {"MODEL": model, "TERM": term, "NOTE": note} | values


def _fitted(sample: Sample, form: Form, covariates: Floats | None) -> tuple[ExposureFit, str]:
    """A fit, by the penalty of Firth where responses are separated, and what to say of it."""
    x, y, w = sample.exposure, sample.response, sample.weight
    fitted = fit_exposure(x, y, form, covariates, w)
    if fitted.fit.status is Status.SEPARATED and form != "Emax":
        return fit_exposure(x, y, form, covariates, w, firth=True), "separated; penalty of Firth"
    return fitted, "weighted to the effective number of patients" if w is not None else ""


def _terms(
    fitted: ExposureFit, sample: Sample, covariates: Floats | None, titles: Sequence[str] = ()
) -> Iterator[tuple[str, Estimate]]:
    """Name and estimate of everything a fit has to say."""
    x, y, w = sample.exposure, sample.response, sample.weight
    half = critical_value(LEVEL) * np.sqrt(np.diag(fitted.covariance))
    slope = slope_limits(fitted, x, y, covariates, w, level=LEVEL)
    yield "slope", slope
    for place, name in enumerate(("intercept", "slope", *titles)):
        value = float(fitted.fit.coefficients[place])
        if name != "slope":
            yield name, Estimate(value, value - float(half[place]), value + float(half[place]))
    if fitted.form == "log-linear":
        # Twice the exposure multiplies the odds by two to the power of the slope.
        yield (
            "odds ratio per doubling",
            Estimate(*(2.0**each for each in (slope.value, slope.low, slope.high))),
        )
    if fitted.form == "Emax":
        yield "EC50", ec50_limits(fitted, x, y, covariates, w, level=LEVEL)
    p = fitted_probability(fitted, x, covariates)
    for name, value in (
        ("AIC", fitted.aic),
        ("area under the ROC curve", discrimination(y, p)),
        ("Hosmer-Lemeshow p", agreement(y, p).p_value),
    ):
        yield name, Estimate(value, np.nan, np.nan)


def _bin_rows(sample: Sample, expected: Floats) -> Iterator[dict[str, object]]:
    bins = exposure_bins(sample.exposure, sample.response, expected, n_bins=BINS, level=LEVEL)
    for place in range(bins.n.size):
        yield dict(sample.place) | {
            "BIN": place + 1,
            "EXPOSURE": float(bins.exposure[place]),
            "FROM": float(bins.from_[place]),
            "TO": float(bins.to[place]),
            "N": int(bins.n[place]),
            "EVENTS": int(bins.events[place]),
            "RATE": float(bins.observed[place]),
            "LOW": float(bins.low[place]),
            "HIGH": float(bins.high[place]),
            "EXPECTED": float(bins.expected[place]),
        }


def _write_doses(
    part: pl.DataFrame,
    place: Mapping[str, object],
    plan: ExposurePlan,
    n_covariates: int,
    found: dict[str, list[dict[str, object]]],
) -> None:
    """Exposure and outcome at each dose, and what models leave out; of the patients known at every dose."""
    by_arm = {arm: frame for (arm,), frame in part.group_by("ARM")}
    arms = [each for each in plan.arms if each.arm in by_arm]
    shared = _same_patients([by_arm[each.arm] for each in arms])
    if not shared or not shared[0].height:
        return
    doses = Doses(
        np.column_stack([each["EXPOSURE"].to_numpy() for each in shared]),
        np.column_stack([each["AVAL"].to_numpy() == 1 for each in shared]),
        _groups(shared[0]),
        shared[0]["WEIGHT_POP"].to_numpy(),
        shared[0].select([f"Z{k}" for k in range(n_covariates)]).to_numpy() if n_covariates else None,
    )
    rates = true_rates(doses.response, doses.weight, doses.group)
    for at, arm in enumerate(arms):
        own = doses.exposure[:, at]
        quantiles = np.quantile(own, [0.05, 0.25, 0.5, 0.75, 0.95])
        spread = dict(zip(("P05", "P25", "P50", "P75", "P95"), map(float, quantiles), strict=True))
        found["exposure_by_dose"].append(
            dict(place)
            | {"ARM": arm.arm, "DOSE": arm.dose, "FOLD": arm.fold, "N": own.size}
            | {"RATE": rates[at].value, "MCSE": rates[at].mcse}
            | spread
        )
    names = [each.arm for each in arms]
    if plan.reference in names and len(names) > 1:
        found["exposure_response"] += list(_contrast_rows(doses, names, plan.reference, place))


def _same_patients(frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """The frames cut down to the patients in all of them, in one order."""
    shared = frames[0].select(PATIENT)
    for frame in frames[1:]:
        shared = shared.join(frame.select(PATIENT), on=PATIENT, how="semi")
    return [frame.join(shared, on=PATIENT, how="semi").sort(PATIENT) for frame in frames]


def _groups(frame: pl.DataFrame) -> Integers:
    return frame["DRAW"].to_numpy().astype(np.int64)


def _contrast_rows(
    doses: Doses, names: Sequence[str], reference: str, place: Mapping[str, object]
) -> Iterator[dict[str, object]]:
    """Rows of what an association predicts, what happens, and the difference."""
    at = list(names).index(reference)
    n = doses.group.size

    def row(arm: str, model: str, term: str, value: MonteCarlo, events: int, note: str) -> dict[str, object]:
        half = critical_value(LEVEL) * value.mcse
        return dict(place) | {
            "ARM": arm, "MODEL": model, "TERM": term, "VALUE": value.value, "LOW": value.value - half,
            "HIGH": value.value + half, "MCSE": value.mcse, "N": n, "EVENTS": events, "NOTE": note,
        }  # fmt: skip

    for each in contrasts(doses, at, MAIN):
        arm, events = names[each.dose], int(doses.response[:, each.dose].sum())
        term = f"risk difference to {reference}"
        fitted_at = f"{MAIN} model of {reference}"
        yield row(arm, "association", term, each.association, events, f"predicted by the {fitted_at}")
        yield row(arm, "same patients", term, each.causal, events, "each patient under both doses")
        said = "association minus same patients; holds what the form of the model misses"
        yield row(arm, "confounding", term, each.confounding, events, said)
        if doses.covariates is not None:
            adjusted = f"predicted by the {fitted_at}, adjusted"
            yield row(arm, "association, adjusted", term, each.adjusted, events, adjusted)
            left = "adjusted association minus same patients"
            yield row(arm, "confounding, adjusted", term, each.residual, events, left)
    found, events = slopes(doses, at), int(doses.response.sum())
    term = "slope per ln exposure"
    yield row(ALL_DOSES, "between patients", term, found.between, events, "patients of one dose compared")
    yield row(ALL_DOSES, "within patients", term, found.within, events, "doses compared in each patient")
    yield row(ALL_DOSES, "confounding", term, found.confounding, events, "between minus within patients")
