"""The figures of `cold_chain` show what was computed, and its notebook runs for other oblasts and says what follows."""

import json

import pytest

from pipeline.data.vocabulary import areas
from pipeline.methods import assumptions as uncertain
from pipeline.studies import distances as roads
from pipeline.studies.cold_chain import analysis, figures
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from tests.cells import run_cells
from tests.exhibits.shown import in_languages, marking, published, study, unreadable, untranslated

t = Catalogue("en")


def computed(panel, exposures, oblast: str) -> dict:
    """What the notebook computes, on smaller grids, and the data of its figures as they are published."""
    points = analysis.demand_points(panel, exposures, oblast)
    projects = analysis.storage_projects(exposures)
    law = analysis.known_law(projects)
    cases = analysis.scale_cases(law)
    closed = analysis.closed_in_winter(exposures, points.index)
    circuity = roads.fit_circuity(roads.road_distances(exposures)["ratio"])
    assumptions = [*analysis.ASSUMPTIONS, circuity.assumption(), analysis.scale_assumption(law, "six_tenths")]
    values = uncertain.central_values(assumptions)
    found = analysis.pooling(points, projects, values, closed)
    given = (points, projects, values, cases)
    varied = {"storable_share": [0.01, 0.10], "transport_som_per_t_km": [0.0, 16.0]}
    model = analysis.pooling_model(points, projects, closed)
    data = {
        "cost_law": projects,
        "plans": analysis.plans_by_raion(found, points, closed),
        "phases": analysis.pooling_table_by_case(*given, varied, closed),
        "tornado": uncertain.tornado(model, assumptions, "saving_percent"),
    }
    return {
        "points": points,
        "found": found,
        "varied": data["phases"],
        "figures": {name: published("cold_chain", name, frame) for name, frame in data.items()},
        "study": study("cold_chain", oblast=oblast),
        "values": {
            "closed_raions": Value(", ".join(closed) or None, "area"),
            "saving_six_tenths": Value(found.saving_percent, decimals=1),
            "moved_t": Value(found.moved_t, decimals=0),
            "stored_t": Value(found.storage.whole.sum(), decimals=0),
        },
    }


@pytest.fixture(scope="module")
def of(real_panel, real_exposures):
    made = {}

    def get(oblast: str) -> dict:
        if oblast not in made:
            made[oblast] = computed(real_panel, real_exposures, oblast)
        return made[oblast]

    return get


@pytest.fixture(scope="module")
def jalal_abad(of):
    return of("Jalal-Abad")


def draw(name: str, c: dict, t: Catalogue):
    """A figure from the data that are published with it."""
    return getattr(figures, name)(c["figures"][name], c["study"], c["values"], t)


def drawn(c: dict, t: Catalogue) -> dict:
    return {name: draw(name, c, t) for name in c["figures"]}


def marked(axes, gid: str) -> list:
    return [artist for artist in (*axes.lines, *axes.collections) if artist.get_gid() == gid]


def test_the_map_has_a_square_for_every_store_and_a_line_for_everything_moved(jalal_abad):
    found = jalal_abad["found"]
    alone, shared = draw("plans", jalal_abad, t).axes
    assert [len(marked(axes, "place")) for axes in (alone, shared)] == [8, 8]
    assert [len(marked(axes, "facility")) for axes in (alone, shared)] == [8, found.hubs]
    assert len(marked(alone, "flow")) == 0
    ends = {tuple(map(tuple, line.get_xydata())) for line in marked(shared, "flow")}
    where = jalal_abad["points"][["longitude", "latitude"]]
    assert ends == {
        (tuple(where.loc[row.origin]), tuple(where.loc[row.hub])) for row in found.flows.itertuples() if row.t > 0
    }
    thick = {tuple(c.get_offsets()[0]) for c in marked(shared, "place") if c.get_linewidth()[0] > 1}
    assert thick == {tuple(where.loc[name]) for name in ("Chatkal raion", "Toguz-Toro raion")}


def test_a_circle_is_as_large_as_what_is_stored(jalal_abad):
    axes = draw("plans", jalal_abad, t).axes[0]
    whole = jalal_abad["found"].storage.whole
    size = {tuple(c.get_offsets()[0]): c.get_sizes()[0] for c in marked(axes, "place")}
    where = jalal_abad["points"][["longitude", "latitude"]]
    large = [name for name in whole.index if whole[name] > 0.2 * whole.max()]
    ratio = [size[tuple(where.loc[name])] / whole[name] for name in large]
    assert len(large) >= 4 and ratio == pytest.approx([ratio[0]] * len(large), rel=1e-4)


def test_the_grid_prints_hubs_and_saving_where_they_belong(jalal_abad):
    table = jalal_abad["varied"]
    panels = draw("phases", jalal_abad, t).axes
    assert len(panels) == table["case"].nunique() == 3
    for axes, case in zip(panels, table["case"].unique(), strict=True):
        printed = {
            (round(x.get_position()[0]), round(x.get_position()[1]), x.get_fontweight()): x.get_text()
            for x in axes.texts
        }
        for row in table[table["case"] == case].itertuples():
            at = ([0.0, 16.0].index(row.transport_som_per_t_km), [0.01, 0.10].index(row.storable_share))
            assert printed[(*at, "bold")] == str(row.hubs)
            assert printed[(*at, "normal")] == f"{t.number(row.saving_percent, 0)} %"


def test_projects_of_the_fit_are_filled_and_the_lower_bound_is_not(jalal_abad):
    axes = draw("cost_law", jalal_abad, t).axes[0]
    full, hollow = (
        {
            point
            for line in axes.lines
            if line.get_marker() in ("o", "^") and (line.get_markerfacecolor() == "white") is empty
            for point in zip(*line.get_data(), strict=True)
        }
        for empty in (False, True)
    )
    assert full == {(200, 6.7), (400, 9), (500, 22), (1000, 46.5)}
    assert hollow == {(1200, 141)}  # "more than 141"


def test_every_text_can_be_translated(jalal_abad):
    for name, figure in drawn(jalal_abad, marking()).items():
        own = [x for x in untranslated(figure) if not x.replace(" ", "").isdigit()]
        raions = {entry.shown_as["en"] for entry in areas("raion").entries.values()}
        assert [x for x in own if not any(raion in x for raion in raions)] == [], name


@pytest.mark.parametrize("oblast, language", in_languages([("Jalal-Abad",), ("Chui",), ("Batken",)]))
def test_no_label_covers_another_or_is_cut(of, language, oblast):
    for name, figure in drawn(of(oblast), Catalogue(language, "cold_chain")).items():
        assert unreadable(figure) == [], name


@pytest.fixture
def run(tmp_path, monkeypatch, panel, exposures):
    def cells(**parameters):
        said = run_cells("cold_chain", tmp_path, monkeypatch, panel, exposures, plan_draws=100, **parameters)
        results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
        return said, {name: entry["value"] for name, entry in results.items()}

    return cells


def test_sharing_pays_where_raions_are_small(run):
    said, found = run(oblast="Naryn")
    assert "it depends on what a larger store costs" in said and "hardly" not in said
    assert found["raions"] == 5 and found["hubs_six_tenths"] == 1
    assert found["saving_six_tenths"] > found["saving_constant"] > found["saving_fitted"] > 0


def test_another_scale_case_changes_the_maps_and_not_the_savings(run):
    _, six = run(until="answer")
    said, fitted = run(scale_case="fitted", until="answer")
    savings = [f"{what}_{case}" for what in ("saving", "hubs") for case in ("six_tenths", "constant", "fitted")]
    assert {name: six[name] for name in savings} == {name: fitted[name] for name in savings}
    assert six["moved_t"] > 0 and six["alone_mn_som"] > six["shared_mn_som"]
    assert fitted["moved_t"] == 0 and fitted["alone_mn_som"] == fitted["shared_mn_som"]
    assert "hardly" in said


def test_an_oblast_without_closures_says_why_no_raion_is_closed(run, tmp_path):
    _, found = run(oblast="Chui", until="answer")
    assert found["closed_raions"] is None
    scope = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["closed_raions"]["scope"]
    assert scope.endswith("not defined: no avalanche-prone section is printed for a road of this oblast")
