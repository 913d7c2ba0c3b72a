"""Adoption of the committee's tables: what becomes of names, units, decimals, and that nothing is half-written."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.data.adoption import COLUMNS, Given, adopt, as_crop_table
from pipeline.data.cards import read_card, read_table
from pipeline.data.harmonise import _crop_tables
from pipeline.data.ingest import ingest
from pipeline.data.workbook import read_workbook
from pipeline.errors import DataError
from tests.data import committee as made

NOWHERE = Path("/nowhere")
GIVEN = Given(weight_basis="after-processing", licence="unclear", obtained="Made for a test.")


def crops_by_territory(measure, figures, years=(2022, 2023)):
    """Rows in the committee's look: crops as headings, territories below; `figures` by crop and territory."""
    rows = made.title_rows(measure, [float(year) for year in years])
    for crop, by_area in figures:
        rows.append(list(crop))
        rows += [[*area, *values] for area, values in by_area]
    return rows


YIELDS = [
    (made.BARLEY, [(made.COUNTRY, (17, 18.5)), (made.JALAL_ABAD, (16.5, "…")), (made.OSH_CITY, ("-", 20))]),
    (made.COTTON, [(made.JALAL_ABAD, (30.1, 31)), (made.OSH, (32, ""))]),
]


def written(tmp_path, rows, name="t.xlsx"):
    return made.xlsx(tmp_path / name, rows)


def adopted(tmp_path, rows, given=GIVEN, source="nsc_crops", name="t.xlsx", **options):
    file = written(tmp_path, rows, name)
    return adopt(file, read_workbook(file), source, given, raw=tmp_path / "raw", panel=NOWHERE, **options)


def test_a_table_becomes_a_source_that_its_card_describes(tmp_path):
    adopted(tmp_path, crops_by_territory("yield", YIELDS))
    card = read_card("nsc_crops", tmp_path / "raw")
    frame = read_table(card, "crops_yield.csv", tmp_path / "raw")
    assert list(frame.columns) == COLUMNS
    shown = frame[["area", "area_level", "crop", "year", "value", "mark"]]
    assert list(shown.itertuples(index=False, name=None)) == [
        ("Kyrgyzstan", "country", "barley", "2022", "17.0", ""),
        ("Kyrgyzstan", "country", "barley", "2023", "18.5", ""),
        ("Jalal-Abad", "oblast", "barley", "2022", "16.5", ""),
        ("Jalal-Abad", "oblast", "barley", "2023", "", "…"),
        ("Osh city", "city", "barley", "2022", "", "-"),
        ("Osh city", "city", "barley", "2023", "20.0", ""),
        ("Jalal-Abad", "oblast", "cotton", "2022", "30.1", ""),
        ("Jalal-Abad", "oblast", "cotton", "2023", "31.0", ""),
        ("Osh", "oblast", "cotton", "2022", "32.0", ""),
    ]
    assert set(frame["unit"]) == {"c_per_ha"} and set(frame["measure"]) == {"yield"}
    assert card.licence.name == "unclear" and "sha256" in card.tables["crops_yield.csv"].describes


def test_further_tables_join_the_source_and_its_card_keeps_its_text(tmp_path):
    adopted(tmp_path, crops_by_territory("yield", YIELDS))
    card = tmp_path / "raw/nsc_crops/source.yml"
    card.write_text(card.read_text(encoding="utf-8") + "- A remark by hand.\n", encoding="utf-8")
    adopted(tmp_path, crops_by_territory("area_sown", [(made.BARLEY, [(made.OSH, (1.5, 2))])]), name="a.xlsx")
    adopted(tmp_path, crops_by_territory("production", [(made.BARLEY, [(made.OSH, (2.5, 3.1))])]), name="p.xlsx")
    read = read_card("nsc_crops", tmp_path / "raw")
    assert set(read.tables) == {"crops_yield.csv", "crops_area_sown.csv", "crops_production.csv"}
    assert read.known_problems[-1] == "A remark by hand."
    (tmp_path / "none.yml").write_text("[]\n", encoding="utf-8")
    ingest("statistics_committee", tmp_path / "raw", tmp_path / "interim", tmp_path / "none.yml")
    panel = pd.concat(_crop_tables(tmp_path / "interim"))
    osh = panel[(panel["area"] == "Osh") & (panel["crop"] == "barley") & (panel["year"] == "2023")]
    assert {r.measure: (r.value, r.unit, r.decimals) for r in osh.itertuples()} == {
        "area_sown": ("2000", "ha", -2),  # 2.0 thousand ha
        "production": ("3100", "t", -2),
    }
    assert not (panel["value"] == "").any()


def test_territories_as_headings_give_the_same_table(tmp_path):
    rows = made.title_rows("yield", [2022, 2023])
    rows += [list(made.OSH), [*made.BARLEY, 16.5, 17], list(made.TALAS), [*made.BARLEY, 18.5, 19]]
    frame = as_crop_table(read_workbook(written(tmp_path, rows)), GIVEN).frame
    assert list(frame[["area", "crop", "value"]].itertuples(index=False, name=None))[::2] == [
        ("Osh", "barley", "16.5"),
        ("Talas", "barley", "18.5"),
    ]


def test_headings_with_numbers(tmp_path):
    rows = [["Показатели", 2022, 2023], ["1. Ячмень"], ["Ошская область", 1.5, 2]]
    given = Given(weight_basis="unknown", measure="yield", unit="ц/га")
    assert set(as_crop_table(read_workbook(written(tmp_path, rows)), given).frame["crop"]) == {"barley"}


def test_unrounded_figures_are_refused_or_rounded_with_a_note(tmp_path):
    rows = crops_by_territory(
        "yield", [(made.BARLEY, [(made.OSH, (23.68421052631579, 24.5)), (made.TALAS, (20, 21.1))])]
    )
    reading = read_workbook(written(tmp_path, rows))
    with pytest.raises(
        DataError, match=r"D7: 23.68421052631579 is not rounded; barley, yield, has 1 decimals.*--decimals"
    ):
        as_crop_table(reading, GIVEN)
    frame = as_crop_table(reading, Given(weight_basis="unknown", decimals=1)).frame
    assert list(frame["value"]) == ["23.7", "24.5", "20.0", "21.1"]
    assert list(frame["note"]) == ["rounded from 23.68421052631579", "", "", ""]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weight_basis": None}, "--weight-basis bunker"),
        ({"weight_basis": "dry"}, "--weight-basis dry: expected one of bunker"),
        ({"measure": "harvest"}, "--measure harvest: expected one of yield"),
        ({"licence": None}, "--licence"),
        ({"obtained": None}, "--obtained"),
        ({"unit": "kt"}, "no unit of yield"),
        ({"leave_out": ("barley", "Raw cotton")}, "No figure of the table is left"),
        ({"table": "../x.csv"}, "has a name such as crops_yield.csv"),
    ],
)
def test_what_a_table_cannot_tell_is_asked_for_and_nothing_is_written(tmp_path, change, said):
    given = Given(**({"weight_basis": "unknown", "licence": "unclear", "obtained": "test"} | change))
    with pytest.raises(DataError, match=said):
        adopted(tmp_path, crops_by_territory("yield", YIELDS), given)
    assert not list((tmp_path / "raw").glob("*")) and not (tmp_path / ".adopting").exists()


def test_a_table_that_is_there_is_not_written_over(tmp_path):
    adopted(tmp_path, crops_by_territory("yield", YIELDS))
    before = {p.name: p.read_bytes() for p in (tmp_path / "raw/nsc_crops").iterdir()}
    with pytest.raises(DataError, match="is there already and is not written over"):
        adopted(tmp_path, crops_by_territory("yield", [(made.BARLEY, [(made.OSH, (1, 2))])]))
    assert {p.name: p.read_bytes() for p in (tmp_path / "raw/nsc_crops").iterdir()} == before


def test_a_failure_in_the_middle_leaves_the_source_as_it_was(tmp_path, monkeypatch):
    adopted(tmp_path, crops_by_territory("yield", YIELDS))
    before = {p.name: p.read_bytes() for p in (tmp_path / "raw/nsc_crops").iterdir()}

    def fails(*_):
        raise OSError("disk full")

    monkeypatch.setattr("pipeline.data.adoption.check_facts", fails)
    with pytest.raises(OSError, match="disk full"):
        adopted(tmp_path, crops_by_territory("area_sown", YIELDS))
    assert {p.name: p.read_bytes() for p in (tmp_path / "raw/nsc_crops").iterdir()} == before


def test_names_that_are_not_known_are_listed_together(tmp_path):
    teff = ("Тефф", "Тефф", "Teff")
    broken = ("Ош облусу", "Ошская область (до 2017 г. включая г. Ош)", "Osh oblast (until 2017 y. including Osh city)")
    rows = crops_by_territory(
        "yield", [(teff, [(made.OSH, (1, 2))]), (made.BARLEY, [(broken, (3, 4)), (made.TALAS, (5, 6))])]
    )
    reading = read_workbook(written(tmp_path, rows))
    with pytest.raises(
        DataError, match=r"(?s)'Teff' is no area and no crop.*D9: .*a break in what it covers.*kept apart"
    ):
        as_crop_table(reading, GIVEN)
    given = Given(weight_basis="unknown", leave_out=("Teff", broken[2]))
    assert list(as_crop_table(reading, given).frame["area"]) == ["Talas", "Talas"]


def test_measures_as_headings_above_the_years(tmp_path):
    rows = [
        ["Ячмень"],
        ["Показатели", "Посевная площадь, тыс. га", "", "Урожайность, ц/га", ""],
        ["", 2022, 2023, 2022, 2023],
        ["Ошская область", 1.5, 2.5, 20.1, 21.2],
    ]
    reading = read_workbook(made.xlsx(tmp_path / "t.xlsx", rows, merged=("B2:C2", "D2:E2")))
    frame = as_crop_table(reading, Given(weight_basis="unknown", crop="ячмень")).frame
    assert list(frame[["measure", "unit", "value"]].itertuples(index=False, name=None)) == [
        ("area_sown", "kha", "1.5"),
        ("area_sown", "kha", "2.5"),
        ("yield", "c_per_ha", "20.1"),
        ("yield", "c_per_ha", "21.2"),
    ]
