"""The counts and tables of `data_audit`, on made figures and checks."""

import pandas as pd

from pipeline.data import checks
from pipeline.studies.data_audit import analysis
from pipeline.text.language import Catalogue


def figures():
    rows = [
        ("oblast", "yield", "full-year", 2023, "", "series"),
        ("oblast", "yield", "as-of-date", 2024, "r1", "reports"),
        ("oblast", "production", "as-of-date", 2024, "r1", "reports"),
        ("joint", "yield", "as-of-date", 2023, "r2", "reports"),
        ("joint", "yield", "jan-aug", 2024, "r3", "reports"),
        ("joint", "yield", "full-year", 2024, "r4", "reports"),
    ]
    return pd.DataFrame(rows, columns=["area_level", "measure", "period", "year", "report_id", "source"])


def test_a_figure_of_several_oblasts_is_none_of_the_oblast():
    assert analysis.summary(figures(), ["wheat"], 2023, 2024) == {
        "figures_of_oblast": 3,
        "jan_aug_crops_both_years": 1,
        "campaign_yields_before": 0,
        "campaign_yields_after": 1,  # production and year-end yields are not counted
        "joint_yields_before": 1,
        "joint_yields_after": 1,
    }


def test_a_figure_names_its_report_or_else_its_series():
    assert analysis.with_report(figures())["report"].tolist() == ["series", "r1", "r1", "r2", "r3", "r4"]


def test_every_known_mismatch_has_a_row_and_a_clean_check_one():
    one, two = (vars(checks.Mismatch(f"y{n}", 20.0, 100.0, 199.0, 201.0, f"p{n}", 150.0, "why")) for n in (1, 2))
    clean, kept = (
        {"check": "clean", "examined": 5, "known": []},
        {"check": "kept", "examined": 7, "known": [one, two]},
    )
    table = analysis.passed_checks({"checks": [clean, kept]})
    assert table[["check", "examined"]].to_numpy().tolist() == [["clean", 5], ["kept", 7], ["kept", 7]]
    assert table["yield_id"].isna().tolist() == [True, False, False]
    assert table.loc[2, ["yield_id", "production_id", "low", "why"]].tolist() == ["y2", "p2", 199.0, "why"]
    assert analysis.passed_checks({"checks": [clean]})["why"].isna().all()


def test_conflicts_list_their_figures():
    made = [{"subject": "s", "figures": ["a", "b"], "what": "w", "treatment": "t"}]
    assert analysis.conflicts({"conflicts": made})["figures"].tolist() == ["a, b"]
    assert analysis.conflicts({"conflicts": []}).empty


def test_every_check_has_its_question(panel, exposures, built):
    done = checks.outcomes(panel, exposures, checks.read_expectations(), built.interim)
    assert set(analysis.check_questions(Catalogue("en"))) == {outcome.check for outcome in done}
