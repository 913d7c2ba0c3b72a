"""The figures of `power` show the numbers they were given; the notebook fits its words to the pair of years."""

import json

import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.methods.difference_in_differences import did
from pipeline.studies.power import analysis, figures
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from tests.cells import run_cells
from tests.exhibits.shown import in_languages, marking, published, study, unreadable, untranslated

t = Catalogue("en")
LEVELS = (0.05, 0.8)
STUDIES = [("Jalal-Abad", 2023, 2024), ("Issyk-Kul", 2023, 2024), ("Naryn", 2010, 2011), ("Batken", 2024, 2025)]


@pytest.fixture(scope="module")
def yields(real_panel):
    return yields_by_oblast(real_panel, "wheat")


@pytest.fixture(scope="module")
def rises(yields):
    return analysis.detectable_rises(yields, *LEVELS)


@pytest.fixture(scope="module")
def frames(yields, rises):
    """What the figures of each pair of years show, and what their texts may name; worked out once."""

    def made(oblast, before, after):
        by_years = analysis.rises_by_years(yields, oblast, *LEVELS)
        compared = analysis.by_comparison(yields, oblast, before, after, *LEVELS)
        data = {
            "power_curve": analysis.power_curves(yields, oblast, compared, LEVELS[0]),
            "by_oblast": analysis.rises_and_observed(rises, yields, before, after),
            "more_data": analysis.more_data(yields, oblast, by_years, *LEVELS),
        }
        results = analysis.summary(rises, yields, oblast, before) | analysis.comparison(yields, oblast, before, after)
        return data, {name: Value(value) for name, value in results.items()}

    return {pair: made(*pair) for pair in STUDIES}


def drawn(frames, t, oblast="Jalal-Abad", before=2023, after=2024, csv=True):
    data, values = frames[(oblast, before, after)]
    chosen = study("power", oblast=oblast, year_before=before, year_after=after)
    return {
        name: getattr(figures, name)(published("power", name, frame) if csv else frame, chosen, values, t)
        for name, frame in data.items()
    }


def marks(axes, marker):
    return [line for line in axes.get_lines() if line.get_marker() == marker]


def test_the_power_curves_reach_the_power_at_the_detectable_size(frames):
    axes = drawn(frames, t, csv=False)["power_curve"].axes[0]
    assert [float(mark.get_xdata()[0]) for mark in marks(axes, "o")] == pytest.approx([7.15, 4.6, 5.702], abs=1e-3)
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) == analysis.POINTS]
    curves = frames[STUDIES[0]][0]["power_curve"]
    for line, (_, rows) in zip(lines, curves.groupby("comparison", sort=False), strict=True):
        assert list(line.get_ydata()) == (100 * rows["power"]).tolist()
        below, above = (
            rows[rows["effect"] < rows["mde"]]["power"].max(),
            rows[rows["effect"] > rows["mde"]]["power"].min(),
        )
        assert below < 0.8 <= above
    assert {"all others, one for one: 7.15 c/ha", "Batken, Osh, one for one: 4.60 c/ha"} <= {
        text.get_text() for text in axes.figure.legends[0].get_texts()
    }


def test_every_oblast_has_its_two_sizes_and_its_observed_difference(frames, yields, rises):
    observed = pd.Series({name: did(yields, name, 2023, 2024).estimate for name in yields})
    axes = drawn(frames, t, csv=False)["by_oblast"].axes[0]
    for marker, reference in (("o", "years"), ("D", "oblasts and years")):
        rows = rises[rises["reference"] == reference]
        expected = rows.loc[rows["oblast"] != "all oblasts", "mde"]
        assert sorted(float(m.get_xdata()[0]) for m in marks(axes, marker)) == pytest.approx(sorted(expected))
    assert sorted(float(m.get_xdata()[0]) for m in marks(axes, "x")) == pytest.approx(sorted(observed.abs()))


def test_more_data_draws_the_tables(frames, yields):
    first, second, third = drawn(frames, t, csv=False)["more_data"].axes
    own = analysis.mde_by_comparisons(yields).round(9).query("oblast == 'Jalal-Abad'")
    assert list(marks(first, "o")[0].get_ydata()) == own["mde_median"].tolist()
    bars = [tuple(segment[:, 1]) for segment in first.collections[0].get_segments()]
    assert bars == list(own[["mde_lowest", "mde_highest"]].itertuples(index=False, name=None))
    lengths = analysis.rises_by_years(yields, "Jalal-Abad", *LEVELS)
    for line, (_, rows) in zip(marks(second, "o"), lengths.groupby("end_years"), strict=True):
        assert list(line.get_ydata()) == rows["mde"].tolist()
    components = analysis.variance_components(yields)
    raions = analysis.projected_mde_raions(
        components.unit_year_variance,
        raions=(8, 20, 30, 40),
        intraclass_correlations=(0.1, 0.3, 0.5, 0.8),
        raions_per_oblast=40 / 7,
        autocorrelations=(components.autocorrelation,),
    )
    for line, (_, rows) in zip(marks(third, "o"), raions.groupby("intraclass_correlation"), strict=True):
        assert list(line.get_ydata()) == rows["mde_t"].tolist()


def test_every_text_can_be_translated(frames):
    for name, figure in drawn(frames, marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("oblast, before, after, language", in_languages(STUDIES))
def test_no_label_covers_another_or_is_cut(frames, oblast, before, after, language):
    for name, figure in drawn(frames, Catalogue(language, "power"), oblast, before, after).items():
        assert unreadable(figure) == [], name


def results(folder):
    text = (folder / "results.json").read_text(encoding="utf-8")
    return {name: entry["value"] for name, entry in json.loads(text).items()}


def test_the_paper_s_pair(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("power", tmp_path, monkeypatch, panel, exposures)
    found = results(tmp_path)
    assert [found[k] for k in ("mde", "mde_all_cells", "difference", "mde_longer")] == [7.15, 8.47, -1.27, 4.63]
    assert [found[k] for k in ("mde_without_one", "mde_without_two", "mde_region", "mde_adjusted", "mde_sharpest")] == [
        5.38,
        4.65,
        4.6,
        5.7,
        4.6,
    ]
    assert [found[k] for k in ("level_attained", "power_at_change", "excluded_above")] == [2.9, 71, 4.68]
    assert "one for one with Batken, Osh. By its own response to all others it must reach 5.70 c/ha" in said
    assert "Had the whole change of +4.0 c/ha" in said and "alone above 4.68 c/ha" in said
    designs = pd.read_csv(tmp_path / "tables" / "designs.csv")
    assert len(designs) == 6 and (designs["low"] <= designs["high"]).all()
    assert designs["high"].iloc[0] > designs["high"].iloc[1] and designs["high"].iloc[4] > designs["high"].iloc[5]


def test_words_fit_a_fall_and_years_that_are_not_neighbours(tmp_path, monkeypatch, panel, exposures):
    fall = {"oblast": "Batken", "year_before": 2024, "year_after": 2025}
    assert "there was no rise to be seen" in run_cells("power", tmp_path, monkeypatch, panel, exposures, **fall)
    apart = {"year_before": 2022, "year_after": 2025}
    said = run_cells("power", tmp_path, monkeypatch, panel, exposures, **apart)
    assert "2022 and 2025 are no neighbouring years" in said and "Had the whole change" not in said


def test_another_level_and_power(tmp_path, monkeypatch, panel, exposures):
    run_cells("power", tmp_path, monkeypatch, panel, exposures, significance_percent=10, power_percent=50)
    assert results(tmp_path)["mde"] < 7.15
