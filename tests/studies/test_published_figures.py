"""What figures there are: made panels where the answer is plain, and the real one with known figures."""

import pandas as pd
import pytest

from pipeline.data.panel import PANEL_COLUMNS
from pipeline.studies import published_figures as evidence


def figure(figure_id, **values):
    row = {
        "area": "Kyrgyzstan",
        "area_level": "country",
        "crop": "wheat",
        "measure": "yield",
        "year": 2024,
        "period": "as-of-date",
        "as_of": "2024-08-20",
        "weight_basis": "unknown",
        "value": 30.0,
        "value_high": None,
        "unit": "c_per_ha",
        "kind": "stated",
        "source": "harvest_reports",
        "figure_id": figure_id,
        "report_id": "r1",
        "decimals": 1,
        "note": "",
    } | values
    row["value_high"] = row["value"] if row["value_high"] is None else row["value_high"]
    return row


def made(*rows):
    return pd.DataFrame(rows, columns=PANEL_COLUMNS).astype({"year": "Int64"})


def test_a_level_and_its_stated_difference_become_a_change():
    table = evidence.stated_changes(
        made(figure("a"), figure("b", kind="difference", value=6.0), figure("c", report_id="r2")),
        "yield",
        "as-of-date",
        2023,
        2024,
    )
    assert table["figure_id"].tolist() == ["a"]  # r2 prints no difference
    assert table.loc[0, ["before", "after", "change"]].tolist() == [24.0, 30.0, 6.0]


def test_two_levels_in_one_report_are_not_guessed_between():
    rows = made(figure("a"), figure("b", value=31.0), figure("c", kind="difference", value=6.0))
    assert evidence.stated_changes(rows, "yield", "as-of-date", 2023, 2024).empty


def test_a_difference_of_another_weight_basis_does_not_join():
    rows = made(figure("a"), figure("b", kind="difference", value=6.0, weight_basis="bunker"))
    assert evidence.stated_changes(rows, "yield", "as-of-date", 2023, 2024).empty


def test_reports_compare_with_the_year_before_only():
    rows = made(figure("a"), figure("b", kind="difference", value=6.0))
    assert evidence.stated_changes(rows, "yield", "as-of-date", 2022, 2024).empty


def test_undated_counts_come_last():
    dates = {"undated": "", "late": "2024-10-01", "early": "2024-08-01"}
    rows = [
        figure(f"{report}-{kind}", report_id=report, as_of=date, kind=kind, value=value)
        for report, date in dates.items()
        for kind, value in (("stated", 30.0), ("difference", 5.0))
    ]
    table = evidence.stated_changes(made(*rows), "yield", "as-of-date", 2023, 2024)
    assert table["report_id"].tolist() == ["early", "late", "undated"]


def test_january_august_pairs_need_both_years_and_one_kind():
    one = dict(area="Osh", area_level="oblast", period="jan-aug", as_of="")
    before = figure("a", **one, year=2023)
    assert evidence.january_august_pairs(made(before, figure("b", **one)), "Osh", 2023, 2024) == ["wheat"]
    assert evidence.january_august_pairs(made(before), "Osh", 2023, 2024) == []
    assert (
        evidence.january_august_pairs(made(before, figure("b", **one, weight_basis="bunker")), "Osh", 2023, 2024) == []
    )
    assert evidence.january_august_pairs(made(before, figure("b", **one, kind="difference")), "Osh", 2023, 2024) == []
    milk = [figure(str(y), **one, year=y, crop="milk", measure="production", unit="t") for y in (2023, 2024)]
    assert evidence.january_august_pairs(made(*milk), "Osh", 2023, 2024) == []  # milk is no crop


def test_the_plain_statement_of_the_audit_holds_on_the_real_data(panel):
    for oblast in ("Jalal-Abad", "Chui", "Osh"):
        assert evidence.january_august_pairs(panel, oblast, 2023, 2024) == []


def test_real_campaign_counts(panel):
    table = evidence.stated_changes(panel, "yield", "as-of-date", 2023, 2024)
    august = table[(table["crop"] == "wheat") & (table["as_of"] == "2024-08-20")].iloc[0]
    assert (august["after"], august["change"], round(august["before"], 1)) == (29.4, 6.4, 23.0)
    assert not table["report_id"].duplicated().all()
    assert set(table["period"]) == {"as-of-date"}


def test_real_livestock(panel):
    table = evidence.stated_changes(panel, "production", "jan-aug", 2023, 2024).set_index("crop")
    assert set(table.index) == {"milk", "meat, live weight"} <= set(evidence.livestock_products())
    assert table.loc["milk", ["before", "after"]].tolist() == [1207600, 1238000]
    assert round(table.loc["milk", "percent"], 1) == 2.5  # as the report itself prints it
    assert round(table.loc["meat, live weight", "percent"], 1) == 2.1


def test_coverage_counts_by_place(panel):
    table = evidence.coverage(panel, "Jalal-Abad", 2023, 2024)
    wheat = table[(table["crop"] == "wheat") & (table["source"] == "nsc_wheat_yield")].set_index(["place", "year"])[
        "figures"
    ]
    assert wheat.to_dict() == {
        ("oblast", 2023): 1,
        ("oblast", 2024): 1,
        ("other oblasts", 2023): 6,
        ("other oblasts", 2024): 6,
    }
    own = table[table["place"] == "oblast"]["figures"].sum()
    found = evidence.figures_of(panel, "Jalal-Abad", (2023, 2024))
    assert own == (found["area_level"] == "oblast").sum()


def test_crop_groups_have_every_year(panel):
    table = evidence.crop_groups(panel, "Kyrgyzstan", [2022, 2023, 2024])
    assert table.groupby("crop").size().eq(3).all()
    cereals = table.set_index(["crop", "year"]).loc[("cereals, primary (FAO)", 2024)]
    assert cereals["yield"] == pytest.approx(34.894) and cereals["area_harvested"] == 611459
    assert cereals["production"] / cereals["area_harvested"] * 10 == pytest.approx(cereals["yield"], abs=5e-4)


def test_crop_groups_of_years_without_data_keep_the_years_there_are(panel):
    assert set(evidence.crop_groups(panel, "Kyrgyzstan", [2024, 2025])["year"]) == {2024}
    assert evidence.crop_groups(panel, "Kyrgyzstan", [1989]).empty


def test_a_yield_printed_for_several_oblasts_is_the_figure_of_none(panel):
    found = evidence.figures_of(panel, "Jalal-Abad", (2023, 2024))
    harvest = found[(found["measure"] == "yield") & (found["period"] == "as-of-date")]
    assert harvest["area_level"].tolist() == ["joint"] * 3
    assert set(found.loc[found["area_level"] == "oblast", "period"]) == {"full-year"}
