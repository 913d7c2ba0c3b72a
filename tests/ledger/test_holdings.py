"""An address leads to one value with its rounding and its origin, or to a message that says what to do."""

import json
import math

import pandas as pd
import pytest

from pipeline.errors import DataError
from pipeline.ledger.formula import Interval
from pipeline.ledger.holdings import Reader, load_holdings, nearest
from pipeline.ledger.model import Address
from tests.ledger.small_paper import NUMBER, entry, holdings, judged, ledger_of, verdict


def resolved(text: str, **other: object):
    return Reader(ledger_of(), holdings(**other)).resolve(Address.model_validate(text), "here")


@pytest.mark.parametrize(
    ("address", "printed", "rounded", "unit", "origins"),
    [
        ("exposures.csv#nsc/a/2023", (20, 20), (19.5, 20.5), "percent", {"nsc"}),
        ("exposures.csv#nsc/ha", (30000, math.inf), (29999.5, math.inf), "ha", {"nsc"}),
        ("exposures.csv#nsc/a/*@minimum", (8, 8), (7.5, 8.5), "percent", {"nsc"}),
        ("exposures.csv#nsc/a/*@maximum", (20, 20), (19.5, 20.5), "percent", {"nsc"}),
        ("panel.csv#p/nsc/a/2022", (8, 8), (7.5, 8.5), "percent", {"nsc"}),
        ("evidence.csv#e1@2", (12.2, 12.2), (12.15, 12.25), "%", {"journal"}),
        ("evidence.csv#e2@published", (2025, 2025), (2024.5, 2025.5), "", {"minister"}),
        ("claims.csv#N1", (10, 10), (9.5, 10.5), "percent", {"paper"}),
        ("claims.csv#N2", (22000, math.inf), (21999.5, math.inf), "percent", {"paper"}),
        ("other#change", (4, 4), (3.95, 4.05), "c/ha", {"nsc"}),
        ("paper#columns", (2, 2), (2, 2), "", {"paper"}),
        ("assumptions#factor", (0.2, 0.2), (0.1, 0.3), "share", set()),
    ],
)
def test_an_address_gives_the_figure_its_rounding_its_unit_and_who_said_it_first(
    address, printed, rounded, unit, origins
):
    value = resolved(address)
    assert value.printed == Interval(*printed)
    assert (value.rounded.low, value.rounded.high) == pytest.approx(rounded)
    assert (value.unit, set(value.origins)) == (unit, origins)


def test_a_figure_says_of_what_place_and_year_it_is():
    there = holdings()
    exposures = there.exposures.astype({"year": "Int64"})
    exposures.loc["nsc/ha", "year"] = pd.NA
    one, other = (resolved(f"exposures.csv#{key}", exposures=exposures) for key in ("nsc/a/2023", "nsc/ha"))
    assert (one.subject, one.location, one.year) == ("share_of_all", "Kyrgyzstan", "2023")
    assert other.year == ""
    assert resolved("panel.csv#p/nsc/a/2022").subject == "wheat/yield"
    assert resolved("assumptions#factor").subject == "a factor"


def test_the_end_of_a_range_can_be_chosen():
    there = holdings()
    claims = there.claims.copy()
    claims.loc["N1", ["value_low", "value_high"]] = ["5", "8"]
    assert resolved("claims.csv#N1", claims=claims).printed == Interval(5, 8)
    assert resolved("claims.csv#N1@low", claims=claims).printed == Interval.single(5)
    assert resolved("claims.csv#N1@high", claims=claims).printed == Interval.single(8)


def test_a_count_of_a_result_has_no_rounding():
    results = {"other": {"n": {"value": 7, "unit": "oblasts", "scope": "all"}}}
    value = resolved("other#n", results=results)
    assert value.printed == value.rounded == Interval.single(7)


@pytest.mark.parametrize(
    ("cell", "take", "expected"),
    [
        (">1", None, (1, math.inf)),
        ("-14.6 grain yield; -25.7 wheat", "1", (-14.6, -14.6)),
        ("57.6 Toktogul; 64 Bishkek", "2", (64, 64)),
        ("No. 544, 1 Sep 2025", "3", (2025, 2025)),
        ("45-112", "2", (112, 112)),
        ("1/2", None, None),
        ("COVID19", None, None),
        ("", None, None),
    ],
)
def test_the_numbers_of_a_cell(cell, take, expected):
    evidence = holdings().evidence.copy()
    evidence.loc["e2", "value"] = cell
    value = resolved("evidence.csv#e2" + (f"@{take}" if take else ""), evidence=evidence)
    assert value.printed == (None if expected is None else Interval(*expected))


@pytest.mark.parametrize(
    ("published", "expected"),
    [("2025-01-30", 2025), ("n.d. (event 9 September 2015 or earlier)", 2015), ("n.d.", None)],
)
def test_the_year_of_publication(published, expected):
    evidence = holdings().evidence.copy()
    evidence.loc["e2", "published"] = published
    value = resolved("evidence.csv#e2@published", evidence=evidence)
    assert value.printed == (None if expected is None else Interval.single(expected))


@pytest.mark.parametrize(
    ("witness", "message"),
    [
        ({"value": "other#chnage"}, r"N1: other#chnage does not exist. Nearest: change, name"),
        ({"value": "gone#x"}, r"no reports/gone/results.json. Run: python -m pipeline report"),
        ({"value": "other.json#change"}, "names a file the ledger cannot read. It reads exposures.csv"),
        ({"value": "other#name"}, r"other#name is 'Chui', not a number"),
        ({"value": "other#change@low"}, r"asks for @low; expected no choice, a result is one value"),
        ({"value": "exposures.csv#nsc/a/2024"}, r"nsc/a/2024 does not exist. Nearest: nsc/a/2022, nsc/a/2023"),
        ({"value": "exposures.csv#nsc/a/*"}, "asks for @None; expected @minimum or @maximum"),
        ({"value": "exposures.csv#nsc/z/*@minimum"}, "does not exist"),
        ({"value": "exposures.csv#nsc/ha"}, "is in ha, the rule in percent. Convert it with a formula"),
        ({"value": "exposures.csv#nsc/ha@maximum"}, "asks for @maximum; expected no choice, a figure is one value"),
        ({"value": "evidence.csv#e1"}, "does not name one number. Choose one with @1, @2"),
        ({"value": "evidence.csv#e1@3"}, "does not name one number"),
        ({"value": "evidence.csv#e1@0"}, "does not name one number"),
        ({"value": "evidence.csv#e1@first"}, "asks for @first; expected @published, or @1, @2"),
        ({"coded": "e9"}, r"evidence.csv#e9 does not exist. Nearest: e1, e2"),
        ({"value": "claims.csv#N3"}, "that statement has no figure"),
        ({"value": "claims.csv#N1@middle"}, "expected @low or @high"),
        ({"value": "paper#rows"}, r"paper#rows does not exist. Nearest: columns"),
        ({"value": "assumptions#factor"}, "an assumption alone is no evidence"),
        ({"value": "assumptions#fractor"}, "assumptions#fractor does not exist. Nearest: factor"),
        ({"value": "weather.csv#x"}, "names a file the ledger cannot read. It reads exposures.csv, panel.csv"),
        ({"own": "paper#columns", "others": ["paper#columns"]}, "`own` and `others` belong to a rank"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(witness, message):
    with pytest.raises(DataError, match=message) as refusal:
        verdict("N1", NUMBER, [witness])
    assert "data/ledger.yml, N1: " in str(refusal.value)


def test_what_a_statement_claims_has_ends_and_half_its_last_digit():
    claims = holdings().claims.copy()
    claims.loc["N1", ["value_low", "value_high"]] = ["5", "8.5"]
    claims.loc["N2", ["value_low", "value_high"]] = ["", "3"]
    reader = Reader(ledger_of(), holdings(claims=claims))
    assert reader.claimed("N1", "here") == pytest.approx((5, 8.5, 0.05))
    assert reader.claimed("N2", "here") == (-math.inf, 3, 0.5)
    assert all(math.isnan(number) for number in reader.claimed("N3", "here"))
    with pytest.raises(DataError, match="here: claims.csv#N9 does not exist. Nearest: N1, N2, N3"):
        reader.claimed("N9", "here")


def test_a_value_without_an_origin_is_refused():
    more = {
        "origins": [
            {"id": "nsc", "name": "Office", "authority": "official series", "evidence": ["e1", "e2", "e3", "e4"]}
        ]
    }
    with pytest.raises(DataError, match="exposures.csv#nsc/a/2023 has no origin. Name it under one in data/ledger.yml"):
        judged(entry("N1", NUMBER, against=[{"value": "exposures.csv#nsc/a/2023"}]), **more)


@pytest.mark.parametrize("value", [math.nan, math.inf, True, None, "4"])
def test_a_result_that_is_no_finite_number_is_refused(value):
    results = {"other": {"change": {"value": value, "unit": "c/ha", "scope": "wheat"}}}
    with pytest.raises(DataError, match="other#change is .*, not a number"):
        resolved("other#change", results=results)


def test_the_nearest_keys_are_those_with_the_longest_common_beginning():
    assert nearest("nsc/a/2024", ["other", "nsc/b/1", "nsc/a/2023", "nsc"]) == "nsc/a/2023, nsc/b/1, nsc, other"


# Loading ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(built, tmp_path):
    """Copies of what the stage reads, to damage: interim, exposures, panel, reports."""
    import shutil

    shutil.copytree(built.interim / "context" / "paper_claims", tmp_path / "context" / "paper_claims")
    results = tmp_path / "reports" / "n" / "results.json"
    results.parent.mkdir(parents=True)
    results.write_text(json.dumps({"x": {"value": 1, "unit": "u", "scope": "s"}}), encoding="utf-8")
    return {"interim": tmp_path, "exposures": built.exposures, "panel": built.panel, "reports": tmp_path / "reports"}


def test_only_the_results_that_are_asked_for_are_read(files):
    (files["reports"] / "replication").mkdir()
    (files["reports"] / "replication" / "results.json").write_text("not this one", encoding="utf-8")
    assert set(load_holdings(["n"], **files).results) == {"n"}


def test_results_that_are_not_there_are_refused(files):
    (files["reports"] / "n" / "results.json").unlink()
    with pytest.raises(DataError, match="n/results.json does not exist. Make it: python -m pipeline report"):
        load_holdings(["n"], **files)


@pytest.mark.parametrize("table", ["claims.csv", "evidence.csv"])
def test_a_table_without_rows_a_column_or_any_content_is_refused(files, table):
    path = files["interim"] / "context" / "paper_claims" / table
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    first = frame.columns[0]
    frame.head(0).to_csv(path, index=False)
    with pytest.raises(DataError, match=f"{table} has no rows. Make it anew: python -m pipeline ingest context"):
        load_holdings([], **files)
    frame.rename(columns={first: "number"}).to_csv(path, index=False)
    with pytest.raises(DataError, match=f"{table} lacks the column {first}; it has number"):
        load_holdings([], **files)
    path.write_text("", encoding="utf-8")
    with pytest.raises(DataError, match=f"{table} is not readable as a table"):
        load_holdings([], **files)
    path.unlink()
    with pytest.raises(DataError, match=f"{table} does not exist yet"):
        load_holdings([], **files)
