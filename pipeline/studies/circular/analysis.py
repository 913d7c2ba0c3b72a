"""The circular-economy cluster as a calculation: waste by oblast, a municipal network against one national plant.

The paper states that one national recycling cluster would not work and that a network of municipal ones around
sorting complexes would. Waste is known per head for the country only, so waste by oblast follows population; the
plans are compared with the solver of the cold chain (`facility_location`). No source prints the cost of a sorting
plant, so every cost is an `Assumption`: the result is where each plan wins, not what it costs.

Oblasts and the two cities are points, oblasts at the population-weighted mean of their raions' centroids; a real
network would have several plants in an oblast. Collection up to that point costs the same in every plan and is left
out; so is the sale of what is sorted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from pipeline.data.assumptions import Assumption, assumptions
from pipeline.data.assumptions import messages as messages_of_assumptions
from pipeline.data.vocabulary import areas, oblasts
from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.assumptions import central_values
from pipeline.methods.facility_location import FacilityCosts, FacilityPlan, annuity, locate, stand_alone
from pipeline.studies import distances
from pipeline.studies.distances import raion_positions, road_km, town_positions

PER_HEAD = "municipal_waste_collected_per_capita"
DAYS_PER_YEAR = 365.0
CITIES = {"Bishkek city": "Chui", "Osh city": "Osh"}  # no part of an oblast here, but each lies within one
REFERENCE_PLANT_T = 100_000.0  # t per year; the size for which a cost is assumed

TARIFFS = (0.0, 1.0, 3.0, 6.0, 12.0, 24.0)
SHARES = (0.01, 0.05, 0.10, 0.30, 0.60, 0.90)
"""Costs of transport, som per t and km, and shares of the waste, for which the plans are compared."""

ASSUMPTIONS = tuple(assumptions("circular").values())


# --- waste and its conflicts --------------------------------------------------------------------------------

_ESTIMATES = (
    "household waste removed",
    "municipal solid waste generated",
    "municipal solid waste per inhabitant",
    "share of waste removed",
    "waste collected per day",
)


def _residents(exposures: pd.DataFrame) -> pd.DataFrame:
    """Residents in persons, year x area, of the country, oblasts and cities."""
    rows = exposures[(exposures["indicator"] == "population") & (exposures["unit"] == "thousand_persons")]
    table = 1000 * rows.pivot(index="year", columns="area", values="value")
    return table.set_axis(table.index.astype(int))


def population(exposures: pd.DataFrame, year: int) -> pd.Series:
    """Residents of the 7 oblasts and the cities Bishkek and Osh, which are not parts of an oblast here; persons.

    Raises AnalysisError for a year without figures, DataError when the parts do not add up to the country within
    the rounding of 0.1 thousand each.
    """
    table, names = _residents(exposures), [*oblasts(), *CITIES]
    if year not in table.index or table.loc[year].reindex([*names, "Kyrgyzstan"]).isna().any():
        raise AnalysisError(f"No full set of populations for {year}; there are {', '.join(map(str, table.index))}.")
    parts, country = table.loc[year, names], table.loc[year, "Kyrgyzstan"]
    if abs(parts.sum() - country) > 50 * (len(names) + 1):
        raise DataError(f"Population {year}: the parts add up to {parts.sum():.0f}, the country has {country:.0f}.")
    return parts.rename("population").rename_axis("area")


def waste_per_head(exposures: pd.DataFrame) -> pd.Series:
    """Municipal waste collected per head by year, kg, official (NSC, SDG 11.6.1.1). Raises DataError when missing."""
    rows = exposures[(exposures["indicator"] == PER_HEAD) & (exposures["unit"] == "kg_per_person")]
    if rows.empty:
        raise DataError(f"No figure of {PER_HEAD} in kg_per_person.")
    return pd.Series(rows["value"].to_numpy(), rows["year"].astype(int), name="kg_per_person").sort_index(kind="stable")


def waste_by_area(exposures: pd.DataFrame, year: int, kg_per_head: float | None = None) -> pd.DataFrame:
    """Waste of every oblast and city if all made the national amount per head: `population, kg_per_head, waste_t`.

    `kg_per_head` replaces the official figure of the year. The same amount everywhere is taken because no source
    splits it, though cities make more. Raises AnalysisError for a year without a figure, ParameterError for an amount
    that is not above 0.
    """
    official = waste_per_head(exposures)
    if kg_per_head is None:
        if year not in official.index:
            raise AnalysisError(
                f"No official waste per head for {year}; there are {official.index.min()} to {official.index.max()}. "
                "Give kg_per_head."
            )
        kg_per_head = float(official[year])
    if not kg_per_head > 0:
        raise ParameterError(f"Waste per head must be above 0 kg; given: {kg_per_head}.")
    table = population(exposures, year).to_frame()
    return table.assign(kg_per_head=kg_per_head, waste_t=table["population"] * kg_per_head / 1000)


def waste_estimates(exposures: pd.DataFrame) -> pd.DataFrame:
    """Every figure of the country's or a city's waste on one scale, against the official amount per head.

    Returns `area, year, what, waste_t` (per year), `kg_per_head` (over the residents of the year, or of the latest
    year known before it), `official_kg_per_head` (of the year, or the latest before it), `ratio` of the two,
    `is_bound` (waste_t is a lower bound: the source prints "more than"; shares are taken of that bound),
    `figure_id`. Ratios far from 1 mark figures that cannot count the same thing. Raises DataError when a figure in
    another unit than expected stands there.
    """
    official, residents = waste_per_head(exposures), _residents(exposures)
    rows = exposures[exposures["indicator"].isin((PER_HEAD, *_ESTIMATES))]
    removed = rows[rows["indicator"] == "household waste removed"].set_index("year")["value"]
    found = []
    for row in rows.itertuples():
        year = int(row.year)
        if row.area not in residents:
            raise DataError(f"{row.figure_id}: no population of {row.area} to set its waste against.")
        known = residents[row.area].loc[:year].dropna()
        if known.empty:  # the official series begins before the population does
            continue
        people = float(known.iloc[-1])
        bound = not np.isfinite(row.value_high)
        if row.unit in ("kg_per_person", "kg"):
            tonnes = row.value * people / 1000
        elif row.unit == "million_t":
            tonnes = 1e6 * row.value
        elif row.unit == "t_per_day":
            tonnes = DAYS_PER_YEAR * row.value
        elif row.unit == "percent" and year in removed.index:
            tonnes, bound = row.value / 100 * 1e6 * removed[year], True
        else:
            raise DataError(f"{row.figure_id}: {row.indicator} in {row.unit} is not a known amount of waste.")
        expected = float(official[official.index <= year].iloc[-1])
        per_head = 1000 * tonnes / people
        found.append(
            (row.area, year, row.indicator, tonnes, per_head, expected, per_head / expected, bound, row.figure_id)
        )
    columns = [
        "area",
        "year",
        "what",
        "waste_t",
        "kg_per_head",
        "official_kg_per_head",
        "ratio",
        "is_bound",
        "figure_id",
    ]
    return pd.DataFrame(found, columns=columns).sort_values(["year", "area"], kind="stable", ignore_index=True)


# --- sorting capacity ---------------------------------------------------------------------------------------


def sorting_capacity(waste_t: pd.Series, sorted_share: float, operating_days: float) -> pd.Series:
    """Capacity that sorting needs, t per working day: waste x share / days.

    Raises ParameterError for a share outside (0, 1], days outside (0, 366], or waste below 0.
    """
    if not 0 < sorted_share <= 1 or not 0 < operating_days <= 366 or not (waste_t >= 0).all():
        raise ParameterError(
            f"Expected a share above 0 and up to 1, 1 to 366 days and waste of 0 or more; given {sorted_share}, "
            f"{operating_days}, {waste_t.min()}."
        )
    return (waste_t * sorted_share / operating_days).rename("t_per_day")


def burning_capacity(exposures: pd.DataFrame, waste_t: pd.Series) -> pd.DataFrame:
    """Waste-to-energy plants, reported or planned, beside the waste of their city and of the oblast around it.

    Returns `area, capacity_t` (per year, every day of it), `waste_t`, `ratio` of the two (above 1: the plant needs
    more than the city makes, and competes with sorting for it), `oblast, with_oblast_t` (city and oblast together),
    `ratio_with_oblast`, `status`, `figure_id`. Raises DataError when a plant stands in no city of CITIES or its unit
    is no capacity.
    """
    rows = exposures[exposures["indicator"].str.startswith("waste-to-energy plant capacity")]
    found = []
    for row in rows.itertuples():
        factor = {"t_per_day": DAYS_PER_YEAR, "t_per_year": 1.0}.get(row.unit)
        if factor is None or row.area not in CITIES or row.area not in waste_t.index:
            raise DataError(f"{row.figure_id}: expected a capacity of a city with known waste, in t per day or year.")
        oblast = CITIES[row.area]
        found.append(
            {
                "area": row.area,
                "capacity_t": row.value * factor,
                "waste_t": float(waste_t[row.area]),
                "oblast": oblast,
                "with_oblast_t": float(waste_t[row.area] + waste_t[oblast]),
                "status": "planned" if "planned" in row.indicator else "reported",
                "figure_id": row.figure_id,
            }
        )
    table = pd.DataFrame(found)
    table.insert(3, "ratio", table["capacity_t"] / table["waste_t"])
    table.insert(6, "ratio_with_oblast", table["capacity_t"] / table["with_oblast_t"])
    return table


def plants_too_large(plants: pd.DataFrame) -> dict[str, int]:
    """How many waste-to-energy plants take more than their city makes, and more than city and oblast make together.

    `plants` is `burning_capacity`.
    """
    return {
        "burning_plants": len(plants),
        "burning_above_city": int((plants["ratio"] > 1).sum()),
        "burning_above_oblast": int((plants["ratio_with_oblast"] > 1).sum()),
    }


# --- municipal network or national plant ----------------------------------------------------------------------


def waste_points(exposures: pd.DataFrame) -> pd.DataFrame:
    """`latitude, longitude` of the 7 oblasts (population-weighted mean of raion centroids, 2021) and the 2 cities.

    Raises DataError for a raion or a city without a position, or a raion without a population.
    """
    oblast_of = {name: entry.properties["oblast"] for name, entry in areas("raion").entries.items()}
    points = raion_positions(exposures, list(oblast_of))
    rows = exposures[(exposures["indicator"] == "population") & exposures["area"].isin(oblast_of)]
    residents = rows.set_index("area")["value"].reindex(points.index)
    if residents.isna().any():
        raise DataError(f"{residents.index[residents.isna()][0]} lacks a population.")
    groups = points.index.map(oblast_of)
    weighted = points.mul(residents, axis="index").groupby(groups).sum()
    cities = town_positions(exposures).reindex(list(CITIES))
    if cities.isna().any(axis=None):
        raise DataError(f"{cities.index[cities.isna().any(axis=1)][0]} lacks a position.")
    oblast_points = weighted.div(residents.groupby(groups).sum(), axis="index").loc[oblasts()]
    return pd.concat([oblast_points, cities]).rename_axis("area")


def plant_costs(values: Mapping[str, float]) -> FacilityCosts:
    """Yearly cost of a sorting plant in som by t per year, from the values of ASSUMPTIONS. Raises ParameterError."""
    missing = {assumption.name for assumption in ASSUMPTIONS} - set(values)
    if missing:
        raise ParameterError(f"The cost of a plant needs {', '.join(sorted(missing))}.")
    return FacilityCosts(
        cost_at_reference=1e6 * values["reference_plant_mn_som"],
        reference=REFERENCE_PLANT_T,
        exponent=values["plant_scale_exponent"],
        yearly_share=annuity(values["plant_interest_rate"], values["plant_lifetime_years"]) + values["operating_share"],
    )


@dataclass(frozen=True)
class WastePlans:
    """Three plans for the same sorted waste; costs in som per year.

    sorted_t
        t per year to be sorted, by area.
    municipal, national, cheapest
        A plant in every area; one plant for all, at the best place; the optimum over all numbers and places.
    """

    sorted_t: pd.Series
    municipal: FacilityPlan
    national: FacilityPlan
    cheapest: FacilityPlan

    def table(self) -> pd.DataFrame:
        """`plan, plants, plant_mn_som, transport_mn_som, total_mn_som` (per year), `som_per_t` (of what is sorted),
        `above_cheapest_percent`; one row per plan.
        """
        plans = {"municipal network": self.municipal, "one national plant": self.national, "cheapest": self.cheapest}
        rows = [
            {
                "plan": name,
                "plants": len(plan.facilities),
                "plant_mn_som": plan.facility_cost / 1e6,
                "transport_mn_som": plan.transport_cost / 1e6,
                "total_mn_som": plan.total_cost / 1e6,
                "som_per_t": plan.total_cost / self.sorted_t.sum(),
                "above_cheapest_percent": 100 * (plan.total_cost / self.cheapest.total_cost - 1),
            }
            for name, plan in plans.items()
        ]
        return pd.DataFrame(rows)


def _sorted(waste_t: pd.Series, values: Mapping[str, float]) -> pd.Series:
    if not 0 < values.get("sorted_share", 0) <= 1:
        raise ParameterError("`sorted_share` must be given, above 0 and up to 1.")
    return (waste_t * values["sorted_share"]).rename("sorted_t")


def waste_plans(waste_t: pd.Series, points: pd.DataFrame, values: Mapping[str, float]) -> WastePlans:
    """The municipal network, one national plant and the cheapest plan.

    Parameters: `waste_t` by area; `points` with `latitude, longitude` of the same areas; `values` by the names of
    ASSUMPTIONS, with `circuity`. Raises ParameterError for missing or impossible values, and what
    `facility_location.locate` raises.
    """
    costs, load = plant_costs(values), _sorted(waste_t, values)
    transport = road_km(points, values.get("circuity", np.nan)) * values["waste_transport_som_per_t_km"]
    return WastePlans(
        load,
        stand_alone(load, transport, costs.yearly),
        locate(load, transport, costs.yearly, facilities=1),
        locate(load, transport, costs.yearly),
    )


def waste_model(
    population_by_area: pd.Series, points: pd.DataFrame
) -> Callable[[Mapping[str, float]], dict[str, float]]:
    """The calculation as a model for `assumptions.tornado` and `monte_carlo`.

    Takes the values of ASSUMPTIONS, `circuity` and `kg_per_head`; gives `plants` (of the cheapest plan),
    `municipal_above_cheapest_percent`, `national_above_cheapest_percent`, `national_over_municipal` (ratio of costs;
    above 1 the network is cheaper), `sorting_t_per_day`.
    """

    def model(values: Mapping[str, float]) -> dict[str, float]:
        waste = population_by_area * values["kg_per_head"] / 1000
        plans = waste_plans(waste, points, values)
        capacity = sorting_capacity(waste, values["sorted_share"], values["operating_days"])
        return {
            "plants": float(len(plans.cheapest.facilities)),
            **_against(plans),
            "sorting_t_per_day": float(capacity.sum()),
        }

    return model


def waste_plan_table(
    waste_t: pd.Series,
    points: pd.DataFrame,
    values: Mapping[str, float],
    tariffs: Sequence[float] = TARIFFS,
    shares: Sequence[float] = SHARES,
) -> pd.DataFrame:
    """The plans for every pair of a cost of transport (som per t and km) and a share of the waste that is treated.

    A small share stands for a step that takes only part of the waste, such as the recycling of what was sorted out.
    Returns `tariff, share, plants` (of the cheapest plan), `municipal_above_cheapest_percent`,
    `national_above_cheapest_percent` and `national_over_municipal` (ratio of costs; above 1 the network is cheaper).
    Raises what `waste_plans` raises.
    """
    rows = []
    for tariff, share in product(tariffs, shares):
        chosen = {**values, "waste_transport_som_per_t_km": tariff, "sorted_share": share}
        plans = waste_plans(waste_t, points, chosen)
        rows.append((tariff, share, len(plans.cheapest.facilities), *_against(plans).values()))
    return pd.DataFrame(
        rows,
        columns=[
            "tariff",
            "share",
            "plants",
            "municipal_above_cheapest_percent",
            "national_above_cheapest_percent",
            "national_over_municipal",
        ],
    )


def _against(plans: WastePlans) -> dict[str, float]:
    cheapest = plans.cheapest.total_cost
    return {
        "municipal_above_cheapest_percent": 100 * (plans.municipal.total_cost / cheapest - 1),
        "national_above_cheapest_percent": 100 * (plans.national.total_cost / cheapest - 1),
        "national_over_municipal": plans.national.total_cost / plans.municipal.total_cost,
    }


def per_head_assumption(estimates: pd.DataFrame, year: int) -> Assumption:
    """Waste per head as an input to vary: the official figure of the year, within the other national figures.

    Parameters: `estimates` from `waste_estimates`. Raises ParameterError for a year without an official figure.
    """
    national = estimates[(estimates["area"] == "Kyrgyzstan") & ~estimates["is_bound"] & (estimates["year"] >= year)]
    official = national[(national["what"] == PER_HEAD) & (national["year"] == year)]["kg_per_head"]
    if official.empty:
        years = estimates.loc[estimates["what"] == PER_HEAD, "year"]
        raise ParameterError(
            f"waste_year is {year}. Allowed: {years.min()} to {years.max()}, "
            "the years with an official amount of waste per head."
        )
    low, high = float(national["kg_per_head"].min()), float(national["kg_per_head"].max())
    label, unit, reason = PER_HEAD_WORDS
    return Assumption("kg_per_head", low, float(official.iloc[0]), high, unit, reason, label)


PER_HEAD_WORDS = (
    "waste per head",
    "kg per person and year",
    "official figure of the year chosen; lowest and highest national figure of that year and later",
)
"""Label, unit and reason of waste per head as an input to vary."""


def messages() -> Iterator[str]:
    """What readers see of the assumptions, for the translators."""
    yield from messages_of_assumptions("circular")
    yield from PER_HEAD_WORDS
    yield from distances.CIRCUITY_WORDS


def all_assumptions(exposures: pd.DataFrame, year: int) -> tuple[Assumption, ...]:
    """ASSUMPTIONS, waste per head in a year, and the circuity of roads. Raises what these raise."""
    circuity = distances.fit_circuity(distances.road_distances(exposures)["ratio"])
    return (*ASSUMPTIONS, per_head_assumption(waste_estimates(exposures), year), circuity.assumption())


# --- what the article shows -----------------------------------------------------------------------------------


def with_earlier_years(estimates: pd.DataFrame, exposures: pd.DataFrame) -> pd.DataFrame:
    """The rows of `waste_estimates` after those years of the official series that have no number of residents.

    They have an amount per head, and no total.
    """
    rows = exposures[exposures["indicator"] == PER_HEAD].sort_values("year", kind="stable")
    earlier = rows[~rows["figure_id"].isin(estimates["figure_id"])]
    first = pd.DataFrame(
        {
            "area": earlier["area"],
            "year": earlier["year"].astype(int),
            "what": PER_HEAD,
            "kg_per_head": earlier["value"],
            "official_kg_per_head": earlier["value"],
            "ratio": 1.0,
            "is_bound": False,
            "figure_id": earlier["figure_id"],
        }
    )
    return pd.concat([first.assign(waste_t=np.nan)[estimates.columns], estimates], ignore_index=True)


def other_figures(estimates: pd.DataFrame) -> dict[str, float]:
    """Results: how many figures stand beside the official series, and the range of their ratio to it."""
    others = estimates.loc[estimates["what"] != PER_HEAD, "ratio"]
    return {"other_figures": len(others), "smallest_ratio": others.min(), "largest_ratio": others.max()}


def waste_and_sorting(exposures: pd.DataFrame, year: int, inputs: Sequence[Assumption]) -> pd.DataFrame:
    """Waste of every oblast and city with the range of waste per head, and the sorting capacity that it needs.

    Parameters
    ----------
    inputs
        From `all_assumptions`; the share that is sorted and the days of operation stand at their central values.

    Returns
    -------
    pd.DataFrame
        By area: `population, kg_per_head, waste_t, waste_low_t, waste_high_t` (t per year), `sorting, sorting_low,
        sorting_high` (t per day).
    """
    per_head = next(a for a in inputs if a.name == "kg_per_head")
    values = central_values(inputs)
    table = waste_by_area(exposures, year)
    for end, kg in (("low", per_head.low), ("high", per_head.high)):
        table[f"waste_{end}_t"] = table["population"] * kg / 1000
    for sorting, tonnes in (("sorting", "waste_t"), ("sorting_low", "waste_low_t"), ("sorting_high", "waste_high_t")):
        table[sorting] = sorting_capacity(table[tonnes], values["sorted_share"], values["operating_days"])
    return table


def waste_results(table: pd.DataFrame, oblast: str) -> dict[str, float]:
    """Results: waste per head, of the country and of an oblast, with the sorting it needs.

    Parameters
    ----------
    table
        From `waste_and_sorting`.
    """
    return {
        "kg_per_head": table["kg_per_head"].iloc[0],
        "waste_kt": table["waste_t"].sum() / 1000,
        "waste_of_oblast_kt": table.loc[oblast, "waste_t"] / 1000,
        "sorting_t_per_day": table["sorting"].sum(),
        "sorting_of_oblast_t_per_day": table.loc[oblast, "sorting"],
        "areas": len(table),
    }


def plan_results(found: WastePlans, draws: pd.DataFrame) -> dict[str, float]:
    """Results: one national plant against the network, at central values and over the draws, and the cheapest plan.

    Parameters
    ----------
    draws
        `methods.assumptions.monte_carlo` of `waste_model`.
    """
    ratios = draws["national_over_municipal"]
    against = _against(found)
    return {
        "national_over_municipal": against["national_over_municipal"],
        "national_over_municipal_low": ratios.quantile(0.05),
        "national_over_municipal_high": ratios.quantile(0.95),
        "draws_network_cheaper": 100 * (ratios > 1).mean(),
        "network_above_cheapest": against["municipal_above_cheapest_percent"],
        "plants_cheapest": len(found.cheapest.facilities),
    }


def plans_by_area(found: WastePlans, points: pd.DataFrame) -> pd.DataFrame:
    """Where each plan sorts the waste of each area.

    Returns `plan` (as `WastePlans.table` names them), `area, latitude, longitude` (degrees), `sorted_t` (t per year),
    `site` (the area whose plant sorts it) and `total_mn_som` (yearly cost of the whole plan).
    """
    parts = [
        points.assign(sorted_t=found.sorted_t, site=plan.assignment, plan=name, total_mn_som=plan.total_cost / 1e6)
        for name, plan in (
            ("municipal network", found.municipal),
            ("cheapest", found.cheapest),
            ("one national plant", found.national),
        )
    ]
    return pd.concat(parts).reset_index()
