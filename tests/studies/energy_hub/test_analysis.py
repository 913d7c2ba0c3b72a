"""Energy hub: balance and conflicts on the real figures, firming by simulation, the hub by hand."""

from math import asin, pi, sqrt

import numpy as np
import pandas as pd
import pytest
import yaml

from pipeline.data.assumptions import Assumption
from pipeline.data.panel import load_claims, load_evidence
from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.assumptions import assumption_table, central_values, monte_carlo, tornado
from pipeline.paths import ROOT
from pipeline.studies.energy_hub import analysis as hub


@pytest.fixture
def claims(built) -> pd.DataFrame:
    return load_claims(built.claims)


@pytest.fixture
def evidence(built) -> pd.DataFrame:
    return load_evidence(built.evidence)


@pytest.fixture
def balance(exposures, evidence) -> pd.DataFrame:
    return hub.energy_balance(exposures, evidence)


@pytest.fixture
def plants(exposures, evidence) -> pd.DataFrame:
    return hub.plants(exposures, evidence)


@pytest.fixture
def hydropower(exposures) -> pd.Series:
    return exposures.loc[exposures["indicator"] == "hydropower_generation", "value"]


@pytest.fixture
def real_assumptions(plants, claims, balance, hydropower) -> tuple[Assumption, ...]:
    deficit = hub.deficit_assumption(hub.deficits(balance), [2023, 2024, 2025])
    return hub.hub_assumptions(deficit, hub.potentials(claims, balance), plants, hydropower)


# --- the balance ----------------------------------------------------------------------------------------


def test_balance_is_in_gwh_and_holds_full_years_only(balance):
    def figures(year: int, item: str) -> list[float]:
        return sorted(balance.query("year == @year and item == @item")["gwh"])

    assert figures(2023, "imports") == [3929.0]  # not the 2.1 bn kWh of its first half
    assert figures(2024, "hydropower") == [12770.0, 14170.0]
    assert figures(2023, "small hydropower") == [196.7]
    assert figures(2023, "exports") == [428.0]  # stands in a note
    assert figures(2020, "generation") == [15300.0, 15400.0]
    assert figures(2024, "solar") == [0.17]
    assert figures(2025, "large hydropower") == [12900.0]  # in a note, "large HPPs 12.9"
    assert figures(2025, "small hydropower") == [223.0, 312.5, 400.0]  # a note and two pages of the evidence
    assert figures(2023, "deficit") == [3000.0, 3200.0]
    assert balance["gwh"].max() < 20_000  # a slip of 1000 would show
    assert balance["year"].min() == 2018


def test_conflicts_are_those_beyond_rounding(balance):
    found = hub.balance_conflicts(balance).set_index(["year", "item"])
    assert found.loc[(2024, "hydropower"), "difference_gwh"] == pytest.approx(1400)
    assert found.loc[(2024, "coal above thermal"), "difference_gwh"] == pytest.approx(610)
    assert found.loc[(2024, "generation above hydropower + thermal"), "difference_gwh"] == pytest.approx(2330)
    assert found.loc[(2023, "hydropower"), "difference_percent"] == pytest.approx(100 * (12030.6 / 11760 - 1))
    assert found.loc[(2025, "small hydropower"), "difference_percent"] == pytest.approx(100 * (400 / 223 - 1))
    # 15.14 TWh and 15.1 bn kWh differ by rounding, as do 12.96 and 12 957.1: no conflict.
    assert not {2020, 2021, 2022} & set(found.index.get_level_values("year"))


def test_a_balance_without_conflict_gives_an_empty_table(balance):
    assert hub.balance_conflicts(balance[balance["year"] == 2021]).empty


def test_deficit_by_every_way_by_hand(balance):
    table = hub.deficits(balance)
    of_2023 = table[table["year"] == 2023].set_index("method")["gwh"]
    assert of_2023["stated"].tolist() == [3000, 3200]
    assert of_2023["imports - exports"] == pytest.approx(3929 - 428)
    assert of_2023["consumption - generation"] == pytest.approx(16558 - 13730)
    of_2024 = table[(table["year"] == 2024) & ~table["doubt"]].set_index("method")["gwh"]
    assert of_2024["consumption - (hydropower + thermal)"] == pytest.approx(18300 - 12770 - 1760)
    doubtful = table[table["doubt"]]
    assert doubtful["gwh"].tolist() == [pytest.approx(18300 - 16860)]
    range_ = hub.deficit_assumption(table, [2024, 2025])
    assert (range_.low, range_.central, range_.high) == pytest.approx((3630, 3785, 3900))
    with pytest.raises(ParameterError, match="No deficit is known for 2021. Allowed: 2020, 2022, 2023"):
        hub.deficit_assumption(table, [2021, 2024])
    with pytest.raises(ParameterError, match="no year"):
        hub.deficit_assumption(table, [])


def test_growth_by_hand(balance):
    assert hub.yearly_growth(balance, "consumption") == (2020, 2025, pytest.approx((19_300 - 15_400) / 5))
    with pytest.raises(AnalysisError, match="two years are needed, there are 1"):
        hub.yearly_growth(balance, "losses")


def test_the_doubtful_figure_is_still_the_one_meant(exposures):
    row = exposures.set_index("figure_id").loc[list(hub.DOUBTFUL)]
    assert row["value"].tolist() == [16.86]


def test_other_units_and_empty_tables_are_refused(exposures, evidence):
    wrong = exposures.assign(unit=exposures["unit"].replace("billion_kwh", "mw"))
    with pytest.raises(DataError, match="is in mw"):
        hub.energy_balance(wrong, evidence)
    with pytest.raises(AnalysisError, match="No full-year figure"):
        hub.energy_balance(exposures, evidence, first_year=2090)
    with pytest.raises(AnalysisError, match="No plant"):
        hub.plants(exposures.head(0), evidence)
    for evidence_id in ("ev023", "ev033"):
        in_tonnes = evidence.assign(unit=evidence["unit"].mask(evidence["evidence_id"] == evidence_id, "t"))
        read = hub.energy_balance if evidence_id == "ev023" else hub.plants
        with pytest.raises(DataError, match=f"{evidence_id} is in 't': expected"):
            read(exposures, in_tonnes)
        with pytest.raises(DataError, match=f"{evidence_id} must stand once"):
            read(exposures, evidence[evidence["evidence_id"] != evidence_id])


# --- potentials and units -------------------------------------------------------------------------------


def test_potentials_on_one_scale(claims, balance):
    table = hub.potentials(claims, balance).set_index("resource")
    assert table.loc["hydropower", ["low_gwh", "high_gwh"]].tolist() == [142_000, 143_000]
    assert table.loc["small hydropower", ["low_gwh", "high_gwh"]].tolist() == [5000, 8000]
    assert table.loc[["solar", "wind"], "low_gwh"].tolist() == [490, 44.6]
    # 196.7 (2023, official) to 400 (2025, ministry) of 5 000 to 8 000 GWh: 2.5 to 8 %, in no reading below 1 %.
    small = table.loc["small hydropower", ["share_low_percent", "share_high_percent"]]
    assert small.tolist() == pytest.approx([100 * 196.7 / 8000, 100 * 400 / 5000])
    water = table.loc["hydropower", ["share_low_percent", "share_high_percent"]]
    assert water.tolist() == pytest.approx([100 * 11_760 / 143_000, 100 * 14_170 / 142_000])
    assert table.loc["small hydropower", ["used_first_year", "used_last_year"]].tolist() == [2023, 2025]
    assert pd.isna(table.loc["wind", "used_low_gwh"])
    with pytest.raises(DataError, match="E06"):
        hub.potentials(claims[claims["claim_id"] != "E06"], balance)


def test_capacity_and_energy_are_inverse():
    """100 MW at full power make 876 GWh a year; 490 GWh at 0.16 are 349.6 MW."""
    assert hub.yearly_energy_gwh(100, 1) == pytest.approx(876)
    assert hub.implied_capacity_mw(490, 0.16) == pytest.approx(349.6, abs=0.05)
    assert hub.implied_capacity_mw(hub.yearly_energy_gwh(37, 0.21), 0.21) == pytest.approx(37)
    with pytest.raises(ParameterError, match="above 0 and up to 1"):
        hub.implied_capacity_mw(490, 16)


# --- plants and coverage --------------------------------------------------------------------------------


def test_plants_count_nothing_twice(plants):
    table = plants.set_index("plant")
    assert table.loc["Kambarata-1 HPP (planned)", "capacity_factor"] == pytest.approx(5600 / (1.860 * 8760))
    upgrade = table[table["status"] == "upgrade"]
    assert upgrade["capacity_mw"].to_dict() == {"Toktogul HPP": 240, "Uch-Kurgan HPP": 36}
    assert upgrade.loc["Toktogul HPP", "stated_gwh"] == 525.3
    # Names of the constants still stand in the data, and what they hold back is held back.
    assert set(hub.OVERLAPS) | set(hub.OTHER_SCOPE) <= set(table.index)
    assert not table.loc[list(hub.OVERLAPS), "additional"].any()
    assert table.loc[list(hub.OTHER_SCOPE), "stated_gwh"].isna().all()
    factors = table["capacity_factor"].dropna()
    assert factors.between(0.25, 0.70).all()  # 600 GWh for stage 1 of 100 MW would be 0.68 of solar
    assert table.loc[table["technology"] == "solar", "stated_gwh"].isna().all()
    assert table.loc["Wind farm of 100 MW (begun)", ["technology", "capacity_mw"]].tolist() == ["wind", 100]
    agreed = table[table.index.str.startswith("12 agreements")]
    assert agreed["technology"].tolist() == ["solar", "wind"]
    assert set(agreed["capacity_mw"]) == {5450}


def test_printed_outputs_imply_the_capacity_factors_that_are_assumed(plants, balance, exposures):
    """By hand: 5 600 GWh of 1 860 MW; 219.7 GWh in 181 days of 130.76 MW; 12 030.6 GWh of 2 910 MW."""
    table = hub.printed_capacity_factors(plants, balance, exposures)
    factors = table.set_index(["name", "basis", "publisher"])["capacity_factor"]
    assert factors["Kambarata-1 HPP (planned)", "printed output", None] == pytest.approx(0.3437, abs=1e-4)
    half = factors["All small HPPs operating (39)", "half year", "Caspian Post"]
    assert half == pytest.approx(219_700 / (130.76 * 24 * 181))
    assert factors["Large HPPs listed", "official series", "nsc_sdg_national"] == pytest.approx(
        12_030_600 / (2910 * 8760)
    )
    for technology, rows in table.groupby("technology"):
        assumed = hub.CAPACITY_FACTORS[technology]
        inside = rows["capacity_factor"].round(2).between(assumed.low, assumed.high)
        assert inside.all(), technology
        assert {assumed.low, assumed.high} <= set(rows["capacity_factor"].round(2)), technology


def test_the_ledger_judges_with_the_same_capacity_factors():
    ledger = yaml.safe_load((ROOT / "data" / "ledger.yml").read_text(encoding="utf-8"))
    judged = {a["id"]: (a["low"], a["value"], a["high"]) for a in ledger["assumptions"]}
    for name in ("solar", "wind"):
        own = hub.CAPACITY_FACTORS[name]
        assert judged[own.name] == (own.low, own.central, own.high)


def test_a_single_plant_makes_more_than_the_stated_resource(claims, balance, plants):
    table = hub.stated_against_plants(hub.potentials(claims, balance), plants)
    solar, wind = (table[table["technology"] == name].set_index("name") for name in ("solar", "wind"))
    toru_aigyr = solar.loc["Toru-Aigyr solar plant, all stages"]
    assert toru_aigyr[["basis", "gwh_central"]].tolist() == ["printed output", 600]
    farm = wind.loc["Wind farm of 100 MW (begun)"]
    assert farm["gwh_low"] == pytest.approx(0.15 * 876)
    assert farm["times_stated"] == pytest.approx(0.25 * 876 / 44.6)
    assert table.loc[table["basis"] == "stated resource", "gwh_low"].tolist() == [490, 44.6]


def test_coverage_by_hand():
    resources = pd.DataFrame(
        [("stated", "solar", 100.0, 300.0, np.nan), ("plant", "wind", np.nan, np.nan, 100.0)],
        columns=["resource", "technology", "gwh_low", "gwh_high", "capacity_mw"],
    )
    factors = {name: Assumption("f", 0.2, 0.25, 0.5, "-", "test") for name in ("solar", "wind")}
    firming = {name: Assumption("s", 0.1, 0.5, 0.6, "-", "test") for name in ("solar", "wind")}
    deficit = Assumption("d", 500, 1000, 2000, "GWh", "test")
    table = hub.coverage(resources, deficit, factors, firming).set_index("resource")
    energy, share = ([f"{kind}_{level}" for level in ("low", "central", "high")] for kind in ("gwh", "deficit_percent"))
    assert table.loc["stated", energy].tolist() == [100, 200, 300]
    assert table.loc["stated", share].tolist() == [5, 20, 60]
    assert table.loc["plant", energy].tolist() == pytest.approx([175.2, 219, 438])
    assert table.loc["plant", "firm_gwh_central"] == pytest.approx(109.5)
    with pytest.raises(ParameterError, match="no assumption for 'wind'"):
        hub.coverage(resources, deficit, {"solar": factors["solar"]}, firming)
    with pytest.raises(ParameterError, match="neither a stated energy nor a capacity"):
        hub.coverage(resources.assign(capacity_mw=np.nan), deficit, factors, firming)
    with pytest.raises(ParameterError, match="deficit above 0"):
        hub.coverage(resources, Assumption("d", 0, 1, 2, "GWh", "test"), factors, firming)


def test_coverage_of_the_real_resources(claims, balance, plants):
    resources = hub.resources(hub.potentials(claims, balance), plants)
    assert resources["resource"].is_unique
    assert "hydropower, stated potential" not in set(resources["resource"])
    deficit = Assumption("d", 3700, 3700, 3700, "GWh", "test")
    table = hub.coverage(resources, deficit).set_index("resource")
    assert table.loc["Kambarata-1 HPP (planned)", "deficit_percent_central"] == pytest.approx(100 * 5600 / 3700)
    stated = table.loc[["solar, stated potential", "wind, stated potential"], "deficit_percent_central"].sum()
    assert stated == pytest.approx(100 * (490 - 0.17 + 44.6) / 3700)


# --- the hub --------------------------------------------------------------------------------------------


def test_firming_share_of_a_clear_day_is_the_closed_form():
    """With X = P sin(theta) half of the time, the mean is P / pi and E[(m - X)+] / m integrates by hand."""
    theta = asin(1 / pi)
    closed = 0.5 + theta / pi - (1 - sqrt(1 - 1 / pi**2))
    assert hub.firming_share(hub.clear_day()) == pytest.approx(closed, abs=1e-5)
    assert hub.FIRMING_SHARES["solar"].low == pytest.approx(closed, abs=0.005)


def test_full_or_nothing_is_the_most_that_can_be_asked():
    rng = np.random.default_rng(0)
    for _ in range(20):
        output = rng.beta(0.5, rng.uniform(0.5, 5), 500)
        assert hub.firming_share(output) <= 1 - output.mean() + 1e-12
    on_off = np.array([1.0] * 3 + [0.0] * 7)
    assert hub.firming_share(on_off) == pytest.approx(0.7)
    with pytest.raises(ParameterError, match="not all 0"):
        hub.firming_share(np.zeros(4))


def test_hub_firms_up_to_its_room_and_not_more():
    """Simulated: hub + spoke must be constant with the hub between 0 and its capacity, at the limit and above."""
    room = hub.hub_room(1860, 5600)
    assert room.mean_mw == pytest.approx(5600e3 / 8760)
    for factor in (0.16, 0.7):
        on_off = (np.arange(1000) < 1000 * factor).astype(float)
        limit = room.largest_mw(factor)
        for capacity, fits in ((limit * 0.999, True), (limit * 1.001, False)):
            needed = room.mean_mw + capacity * (factor - on_off)
            assert ((needed >= 0) & (needed <= 1860)).all() == fits
            assert (room.used({"spoke": (capacity, factor)}) <= 1) == fits
        assert needed.mean() == pytest.approx(room.mean_mw)
    with pytest.raises(ParameterError, match="no room to regulate"):
        hub.hub_room(100, 900)


def test_hub_and_spoke_by_hand():
    values = {
        "deficit_gwh": 1000.0,
        "solar_mw": 100.0,
        "solar_capacity_factor": 0.2,
        "solar_firming_share": 0.9,
        "wind_mw": 0.0,
        "wind_capacity_factor": 0.3,
        "wind_firming_share": 0.5,
        "small_hydropower_left_gwh": 876.0,
        "small_hydropower_built_share": 0.1,
        "small_hydropower_capacity_factor": 0.5,
        "small_hydropower_firming_share": 0.25,
        "hub_mw": 200.0,
        "hub_gwh": 876.0,
        "hub_kept_share": 1.0,
        "cascade_mw": 100.0,
        "cascades_built_share": 0.5,
        "hydropower_capacity_factor": 0.4,
    }
    found = hub.hub_and_spoke(values)
    assert found["spokes_gwh"] == pytest.approx(175.2 + 87.6)
    assert found["cascades_gwh"] == pytest.approx(175.2)
    assert found["total_deficit_percent"] == pytest.approx((175.2 + 87.6 + 876 + 175.2) / 10)
    # Solar at c = 0.2 needs no more than 0.8 of its energy, whatever share is given.
    assert found["firmed_gwh"] == pytest.approx(0.8 * 175.2 + 0.25 * 87.6)
    # Room 100 MW each way; down: 0.8 x 100 + 0.5 x 20 MW of small hydropower = 90.
    assert found["hub_room_used_percent"] == pytest.approx(90)
    with pytest.raises(ParameterError, match="needs wind_mw"):
        hub.hub_and_spoke({name: value for name, value in values.items() if name != "wind_mw"})
    with pytest.raises(ParameterError, match="cascades_built_share = 2"):
        hub.hub_and_spoke(values | {"cascades_built_share": 2})
    with pytest.raises(ParameterError, match="deficit must be above 0"):
        hub.hub_and_spoke(values | {"deficit_gwh": 0})
    # A quarter of the hub: a quarter of its energy, and of its room (25 MW down, 90 asked for).
    quarter = hub.hub_and_spoke(values | {"hub_kept_share": 0.25})
    assert quarter["hub_deficit_percent"] == pytest.approx(21.9)
    assert quarter["hub_room_used_percent"] == pytest.approx(360)
    with pytest.raises(ParameterError, match="keeps nothing"):
        hub.hub_and_spoke(values | {"hub_kept_share": 0.0})
    nothing = values | {"solar_mw": 0.0, "small_hydropower_built_share": 0.0}
    assert hub.hub_and_spoke(nothing)["firmed_percent"] == 0


def test_the_real_hub(real_assumptions):
    central = hub.hub_and_spoke(central_values(real_assumptions))
    assert central["hub_deficit_percent"] > 100 > central["spokes_deficit_percent"]
    draws = monte_carlo(hub.hub_and_spoke, real_assumptions, 200, seed=1)
    assert np.isfinite(draws.to_numpy()).all()
    top = tornado(hub.hub_and_spoke, real_assumptions, "total_deficit_percent")["name"].iloc[0]
    assert top == "cascades_built_share"
    assert len(assumption_table(real_assumptions)) == len(real_assumptions)


def test_hub_limits_by_hand():
    """639 MW on average of 1 860: at a factor of 0.25 the lower of 1 221 / 0.25 and 639 / 0.75 MW."""
    table = hub.hub_limits({"hub": hub.hub_room(1860, 639 * 8.76)}).set_index("technology")
    assert table.loc["wind", ["up_mw", "down_mw"]].tolist() == pytest.approx([1221, 639])
    wind = table.loc["wind", ["largest_mw_low", "largest_mw_central", "largest_mw_high"]].tolist()
    assert wind == pytest.approx([639 / 0.85, 639 / 0.75, 639 / 0.60])
    assert table.loc["wind", "spoke_gwh_central"] == pytest.approx(852 * 0.25 * 8.76)
    # Small hydropower is asked for upwards at its highest factor: 1 221 / 0.7.
    assert table.loc["small hydropower", "largest_mw_high"] == pytest.approx(1221 / 0.7)


def test_hub_assumptions_take_what_is_printed(real_assumptions, hydropower):
    by_name = {a.name: a for a in real_assumptions}
    assert by_name["solar_mw"].low == 101.95
    assert by_name["solar_mw"].central == pytest.approx(101.95 + 100 + 17)
    assert by_name["solar_mw"].high == pytest.approx(5450 / 5)
    assert by_name["cascade_mw"].central == 2217 + 1100 + 100
    left = by_name["small_hydropower_left_gwh"]
    assert (left.low, left.high) == pytest.approx((5000 - 400, 8000 - 196.7))
    assert len(hydropower) == 17
    assert by_name["hub_gwh"].low == pytest.approx(5600 * 10_098 / hydropower.mean())
    assert all(a.label for a in real_assumptions)


def test_hub_assumptions_need_the_hub(claims, balance, plants, hydropower):
    deficit, potentials = Assumption("d", 1, 2, 4, "-", "test"), hub.potentials(claims, balance)
    for start in ("Kambarata-1", "Wind farm", "All solar", "12 agreements"):
        without = plants[~plants["plant"].str.startswith(start)]
        with pytest.raises(DataError, match="must each be known"):
            hub.hub_assumptions(deficit, potentials, without, hydropower)
