"""What every response criterion promises, of tables."""

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.results import ADRS, COURSE, TABLES
from remit.trial.response import CRITERIA
from remit.trial.response.best import ORDER

every_criterion = pytest.mark.parametrize("criterion", CRITERIA.values(), ids=CRITERIA)
KEY = list(COURSE)
PATIENTS, ASSESSMENTS = 80, 7
SOURCE = {"eln_2022": "adbm"}
"""The table that makes the assessments, if not scans."""


def frame(name, columns):
    shape = next(each.shape for each in columns.values() if isinstance(each, np.ndarray) and each.ndim)
    names = np.array([f"0000-{place:05d}" for place in range(PATIENTS)])
    subject = np.broadcast_to(names.reshape(-1, *[1] * (len(shape) - 1)), shape)
    whole = {"ARM": "a", "SCENARIO": "s", "DRAW": 0, "USUBJID": subject} | columns
    flat = {key: np.broadcast_to(each, shape).ravel() for key, each in whole.items()}
    made = pl.DataFrame(flat).with_columns(pl.selectors.float().fill_nan(None))
    blank = {key: None for key in TABLES[name].columns if key not in made.columns}
    return made.with_columns(**blank).select(list(TABLES[name].columns)).cast(TABLES[name].schema())


@pytest.fixture(scope="module")
def tables():
    """Random measurements, some of them missing: two readers, blood, marrow, support, a BTK inhibitor."""
    random = np.random.default_rng(4)
    shape = (PATIENTS, ASSESSMENTS)
    number = np.arange(ASSESSMENTS, dtype=float) * np.ones((PATIENTS, 1))
    visit = {"VISITNUM": number, "ADY": 56.0 * number + np.where(number > 0, random.uniform(-3, 3, shape), 0)}

    def walk(start, drift, spread):
        steps = random.normal(drift, spread, shape)
        steps[:, 0] = np.log(random.uniform(*start, PATIENTS))
        return np.exp(np.cumsum(steps, axis=1))

    parts = {"adtr": [], "adlb": [], "adbm": []}
    for reader in ("INV", "IRC"):
        gone = (random.random(shape) < 0.1) & (number > 0)
        scans = {"SPLEEN": (walk((115, 160), -0.02, 0.05), ""), "NTPROG": (np.zeros(shape), ""),
                 "NEWLESN": ((random.random(shape) < 0.02) & (number > 0), "")}  # fmt: skip
        for lesion in ("T1", "T2"):
            longest = walk((18, 40), -0.12, 0.25)
            scans |= {f"LDIAM {lesion}": (longest, lesion), f"SDIAM {lesion}": (0.7 * longest, lesion)}
        for code, (values, lesion) in scans.items():
            columns = {"READER": reader, "PARAMCD": code.split()[0], "TRLNKID": lesion, "AVAL": values + 0.0}
            made = frame("adtr", columns | visit)
            parts["adtr"].append(made.filter(pl.Series(~gone.ravel())))
    for code, start, drift in (
        ("ANC", (0.3, 3), 0.1), ("PLAT", (20, 150), 0.15), ("HGB", (80, 120), 0.03),
        ("LYMPH", (2, 80), -0.4), ("IGM", (20, 50), -0.3),
    ):  # fmt: skip
        made = frame("adlb", {"PARAMCD": code, "AVAL": walk(start, drift, 0.3), "ATOXGR": -1} | visit)
        parts["adlb"].append(made.filter(pl.Series(random.random(made.height) > 0.03)))
    blasts = np.minimum(walk((0.2, 0.9), -0.6, 0.9), 0.95)
    blasts[random.random(shape) < 0.05] = np.nan
    parts["adbm"].append(frame("adbm", {"PARAMCD": "BLASTS", "AVAL": blasts} | visit))
    involved = ((random.random(shape) < 0.4) | (number == 0)).astype(float)
    parts["adbm"].append(frame("adbm", {"PARAMCD": "INVOLVED", "AVAL": involved} | visit))
    day = random.uniform(0, 400, PATIENTS)
    course = random.uniform(60, 400, PATIENTS)
    held = random.random((PATIENTS, 1)) < 0.5
    period = {"EXTRT": "orelabrutinib", "ASTDY": np.array([0, 100, 150.0]) * np.ones((PATIENTS, 1)),
              "AENDY": np.array([100, 150, 600.0]) * np.ones((PATIENTS, 1)),
              "EXDOSE": np.where(held, [1, 0, 1], [1, 1, 1]) + 0.0}  # fmt: skip
    return {name: pl.concat(each) for name, each in parts.items()} | {
        "adcm": frame("adcm", {"CMDECOD": "red_cells", "ASTDY": day, "AENDY": day}),
        "adex": frame("adex", period).filter(pl.col("USUBJID") < "0000-00040"),
        "adsl": frame("adsl", {"STATUS": "OK", "TRTEDY": course, "DCSREAS": "completed"}),
    }


def of(adrs, parameter):
    return adrs.filter(pl.col("PARAMCD") == parameter)


@every_criterion
def test_its_codes_are_in_rising_order_and_what_counts_is_among_them(criterion):
    codes = criterion.CODES
    assert codes[0] == "NE" and list(codes[1:]) == [code for code in ORDER if code in codes]
    counted = {*criterion.RESPONDERS, *criterion.LYMPHOCYTOSIS}
    assert set(criterion.COMPLETE) < counted < set(codes)
    assert set(criterion.PROGRESSION) <= set(codes) - counted and criterion.PROGRESSION
    assert criterion.MODALITIES and criterion.NOT_ASSESSED


@every_criterion
def test_every_patient_has_one_best_response_by_every_reader(criterion, tables):
    best = of(criterion.assess(tables), "BOR")
    assert best.height == best.select("USUBJID", "READER").n_unique() == 2 * PATIENTS


@every_criterion
def test_the_table_is_as_declared_and_its_key_is_unique(criterion, tables):
    adrs = criterion.assess(tables)
    assert adrs.schema == ADRS.schema()
    assert adrs.select(ADRS.key).is_unique().all()


@every_criterion
def test_most_kinds_of_response_occur_in_the_example(criterion, tables):
    found = set(of(criterion.assess(tables), "OVRLRESP")["AVALC"])
    assert found <= set(criterion.CODES)
    assert len(found) >= 5


@every_criterion
def test_best_response_is_the_highest_at_any_assessment(criterion, tables):
    adrs = criterion.assess(tables)
    rank = {code: place for place, code in enumerate(criterion.CODES)}
    by = ["USUBJID", "READER"]
    ranked = of(adrs, "OVRLRESP").with_columns(RANK=pl.col("AVALC").replace_strict(rank))
    highest = ranked.sort(*by).group_by(by, maintain_order=True).agg(pl.col("RANK").max())
    best = of(adrs, "BOR").sort(*by)["AVALC"].replace_strict(rank)
    assert highest["RANK"].to_list() == best.to_list()


@every_criterion
@pytest.mark.parametrize("last", [1, 3, 5])
def test_a_response_does_not_depend_on_what_comes_later(criterion, tables, last):
    days = {"adtr": "ADY", "adlb": "ADY", "adbm": "ADY", "adcm": "ASTDY", "adex": "ASTDY"}
    limit = 56.0 * last + 10
    known = {name: tables[name].filter(pl.col(day) <= limit) for name, day in days.items()}
    ends = {name: known[name].with_columns(AENDY=pl.min_horizontal("AENDY", pl.lit(limit)))
            for name in ("adcm", "adex")}  # fmt: skip
    subjects = tables["adsl"].with_columns(TRTEDY=pl.min_horizontal("TRTEDY", pl.lit(limit)))
    early = of(criterion.assess(known | ends | {"adsl": subjects}), "OVRLRESP")
    whole = of(criterion.assess(tables), "OVRLRESP").filter(pl.col("VISITNUM") <= last)
    assert early.height > PATIENTS
    assert whole.equals(early)


@every_criterion
def test_a_response_does_not_depend_on_other_patients_or_the_order_of_rows(criterion, tables):
    some = tables["adsl"].sample(fraction=0.2, seed=2)
    mixed = {name: each.join(some, on=KEY, how="semi").sample(fraction=1.0, shuffle=True, seed=1)
             for name, each in tables.items()}  # fmt: skip
    alone = criterion.assess(mixed | {"adsl": some})
    assert alone.equals(criterion.assess(tables).join(some, on=KEY, how="semi"))


@every_criterion
def test_nothing_but_progression_or_not_evaluable_follows_progression(criterion, tables):
    visits = of(criterion.assess(tables), "OVRLRESP")
    by = ["USUBJID", "READER"]
    progressed = visits.filter(pl.col("AVALC").is_in(criterion.PROGRESSION))
    first = progressed.group_by(by).agg(FIRST=pl.col("VISITNUM").min())
    after = visits.join(first, on=by).filter(pl.col("VISITNUM") > pl.col("FIRST"))
    assert after.height
    assert set(after["AVALC"]) <= {*criterion.PROGRESSION, "NE"}


@every_criterion
def test_new_therapy_ends_the_responses_that_count(criterion, tables):
    changed = tables["adsl"].with_columns(NEWTXDY=pl.lit(1.0))
    assert set(of(criterion.assess(tables | {"adsl": changed}), "BOR")["AVALC"]) == {"NE"}


@every_criterion
def test_a_patient_whose_equations_were_not_solved_is_not_evaluable(criterion, tables):
    changed = tables["adsl"].with_columns(STATUS=pl.lit("STEP_LIMIT"))
    adrs = criterion.assess(tables | {"adsl": changed})
    assert set(adrs.filter(pl.col("PARAMCD") != "OVRLRESP")["AVALC"]) == {"NE"}


@every_criterion
def test_patients_who_died_before_any_assessment_are_not_evaluable(criterion, tables):
    empty = {name: TABLES[name].empty() for name in tables}
    adrs = criterion.assess(empty | {"adsl": tables["adsl"].with_columns(DTHDY=pl.lit(9.0))})
    assert of(adrs, "OVRLRESP").height == 0
    assert of(adrs, "BOR").height == 2 * PATIENTS
    assert set(adrs["AVALC"]) == {"NE"}


@every_criterion
def test_tables_that_do_not_make_assessments_may_be_missing(criterion, tables):
    source = SOURCE.get(criterion.NAME, "adtr")
    assert of(criterion.assess({name: tables[name] for name in ("adsl", source)}), "BOR").height


@every_criterion
def test_the_table_that_makes_the_assessments_may_not(criterion, tables):
    with pytest.raises(InputError, match=r"(?s)response: tables.*ad(tr|bm|lb)"):
        criterion.assess({"adsl": tables["adsl"]})


@every_criterion
def test_a_stranger_in_any_table_is_refused_and_all_are_named(criterion, tables):
    with pytest.raises(InputError) as refused:
        criterion.assess(tables | {"adsl": tables["adsl"].slice(1)})
    assert [each.where for each in refused.value.findings] == [
        f"table {name}" for name in ("adtr", "adbm", "adlb", "adcm", "adex")
    ]
    assert "0000-00000" in str(refused.value)


@every_criterion
def test_a_modality_that_is_not_there_is_refused(criterion, tables):
    with pytest.raises(InputError, match=r"(?s)modality.*ultrasound.*" + criterion.MODALITIES[0]):
        criterion.assess(tables, modality="ultrasound")
