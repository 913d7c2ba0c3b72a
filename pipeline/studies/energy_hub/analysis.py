"""The renewable-energy cluster as a calculation: potentials, balance, deficit, and a hub that firms its spokes.

The paper proposes large regulated hydropower plants as hubs and solar, wind and small hydropower as spokes. This
module puts the stated resources on one scale (GWh per year; 1 GWh = 1 million kWh), holds the balances of several
sources against each other, and works out what each resource could cover of the deficit under stated assumptions.
It is energy arithmetic by year, not a dispatch model: no hourly demand, water or grid limit is in the data.

Every number that no source gives is an `Assumption` with a range; `methods.assumptions` varies them.
Figures come from the exposures and, where a page was recorded for a statement of the paper only, from the evidence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, pi

import numpy as np
import pandas as pd

from pipeline.data.assumptions import Assumption, assumptions
from pipeline.data.assumptions import messages as messages_of_assumptions
from pipeline.data.panel import half_width
from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.assumptions import central_values, tornado

HOURS_PER_YEAR = 8760.0
HOURS_OF_HALF = 24.0 * 181  # January to June of a common year
GWH = {"million_kwh": 1.0, "billion_kwh": 1000.0}


# --- the balance by year and its conflicts -----------------------------------------------------------------

# indicator as reported -> what of the balance it is. What is defined differently keeps its own name.
ITEMS = {
    "electricity generation": "generation",
    "electricity generation, total": "generation",
    "electricity generation, hydro": "hydropower",
    "electricity: hydropower generation": "hydropower",
    "hydropower_generation": "hydropower",
    "electricity generation, coal": "coal",
    "electricity: thermal generation": "thermal",
    "small_hydropower_generation": "small hydropower",
    "electricity: private small HPPs": "private small hydropower",
    "electricity: solar": "solar",
    "electricity consumption": "consumption",
    "electricity imports": "imports",
    "electricity deficit": "deficit",
    "electricity deficit covered by imports": "deficit",
    "transmission/distribution losses": "losses",
}
OFFICIAL_SERIES = "nsc_sdg_national"  # yearly figures of the National Statistical Committee
# Some pages print a second figure beside the one that was recorded; it stands in the note, in the row's unit.
_IN_NOTE = re.compile(
    r"\b(generation|consumption|exports|thermal|large HPPs|small HPPs) (\d+(?:\.\d+)?)(?: bn)?(?: in (\d{4}))?"
)
_NOTED = {"large HPPs": "large hydropower", "small HPPs": "small hydropower"}
# Pages that are recorded as evidence on a statement only. The year of ev021 is that of the speech that names it.
FROM_EVIDENCE = {
    "ev021": "small hydropower",
    "ev023": "small hydropower",
    "ev039": "deficit",
    "ev044": "deficit",
}
# Figures that contradict the rest of their year; shown, but no estimate of the deficit rests on them.
DOUBTFUL = {"infrastructure/line111": "16.86 TWh against the ministry's 12.77 hydropower + 1.76 thermal"}
# The first of these is part of the second.
_PARTS = (("coal", "thermal"), ("hydropower", "generation"), ("thermal", "generation"), ("coal", "generation"))


def energy_balance(exposures: pd.DataFrame, evidence: pd.DataFrame, first_year: int = 2018) -> pd.DataFrame:
    """Full-year figures of the national electricity balance, in GWh, one row per figure.

    Parameters: `exposures` and `evidence` as `pipeline.data.panel` loads them.

    `year, item, gwh, half_width_gwh` (from the printed digits; a printed final zero is not seen, so it may be too
    wide), `publisher, figure_id` (of evidence its id), `from_note` (the figure stands in the note of that row).
    Figures of parts of a year, oblasts and plants are left out. Raises DataError for a unit that is no energy or
    evidence that is not there, AnalysisError when nothing is left.
    """
    rows = exposures[
        (exposures["area"] == "Kyrgyzstan")
        & exposures["indicator"].isin(ITEMS)
        & (exposures["year"] >= first_year)
        & exposures["as_of"].str.fullmatch(r"(\d{4})?")
    ]
    found = []

    def add(year: int, item: str, value: float, factor: float, publisher: str, figure_id: str, noted: bool) -> None:
        found.append(
            {
                "year": year,
                "item": item,
                "gwh": value * factor,
                "half_width_gwh": half_width(_decimals(value)) * factor,
                "publisher": publisher,
                "figure_id": figure_id,
                "from_note": noted,
            }
        )

    for row in rows.itertuples():
        if row.unit not in GWH:
            raise DataError(f"{row.figure_id} is in {row.unit}: an electricity figure is in {' or '.join(GWH)}.")
        factor, publisher = GWH[row.unit], row.publisher or row.source
        add(int(row.year), ITEMS[row.indicator], row.value, factor, publisher, row.figure_id, False)
        for item, value, year in _IN_NOTE.findall(row.note):
            add(int(year or row.year), _NOTED.get(item, item), float(value), factor, publisher, row.figure_id, True)
    if not found:
        raise AnalysisError(f"No full-year figure of the electricity balance from {first_year} on.")
    for evidence_id, item in FROM_EVIDENCE.items():
        row = _evidence(evidence, evidence_id)
        factor = _printed_factor(row["unit"], evidence_id)
        add(int(row["year"]), item, float(row["value"]), factor, row["publisher"], evidence_id, False)
    table = pd.DataFrame(found)
    return table[table["year"] >= first_year].sort_values(
        ["year", "item", "figure_id"], kind="stable", ignore_index=True
    )


def _evidence(evidence: pd.DataFrame, evidence_id: str) -> pd.Series:
    rows = evidence[evidence["evidence_id"] == evidence_id]
    if len(rows) != 1:
        raise DataError(f"{evidence_id} must stand once in evidence.csv; it stands there {len(rows)} times.")
    return rows.iloc[0]


def _printed_factor(unit: str, where: str) -> float:
    """GWh per unit of a figure of the claims or the evidence, whose units are printed as words."""
    for name, factor in (("bn kWh", 1000.0), ("mn kWh", 1.0)):
        if unit.startswith(name):
            return factor
    raise DataError(f"{where} is in {unit!r}: expected bn kWh or mn kWh.")


def _decimals(value: float) -> int:
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])


def balance_conflicts(balance: pd.DataFrame) -> pd.DataFrame:
    """Figures of one year and item that printed rounding cannot reconcile, and parts larger than their whole.

    Returns `year, item` ("coal above thermal" for a part above its whole; "generation above hydropower + thermal"
    for a total that its two large parts, from one publisher, do not reach), `low_gwh, high_gwh, difference_gwh,
    difference_percent` (of the lower), `low_publisher, high_publisher, low_figure, high_figure`. Figures that
    agree within their rounding give no row.
    """
    rows = []
    for (year, item), group in balance.groupby(["year", "item"]):
        ordered = group.sort_values("gwh", kind="stable")
        rows.append((year, item, ordered.iloc[0], ordered.iloc[-1]))
    for part, whole in _PARTS:
        for year in balance["year"].unique():
            of_year = balance[balance["year"] == year]
            parts, wholes = of_year[of_year["item"] == part], of_year[of_year["item"] == whole]
            for p in parts.itertuples():
                rows += [(year, f"{part} above {whole}", w, p) for w in wholes.itertuples() if p.gwh > w.gwh]
    for year, publisher, water, heat in _large_parts(balance):
        both = water._replace(
            gwh=water.gwh + heat.gwh,
            half_width_gwh=water.half_width_gwh + heat.half_width_gwh,
            figure_id=f"{water.figure_id} + {heat.figure_id}",
        )
        totals = balance[(balance["year"] == year) & (balance["item"] == "generation")]
        totals = totals[totals["publisher"] != publisher]
        rows += [(year, "generation above hydropower + thermal", both, total) for total in totals.itertuples()]
    table = pd.DataFrame(
        [
            {
                "year": year,
                "item": item,
                "low_gwh": low.gwh,
                "high_gwh": high.gwh,
                "difference_gwh": high.gwh - low.gwh,
                "difference_percent": 100 * (high.gwh / low.gwh - 1),
                "low_publisher": low.publisher,
                "high_publisher": high.publisher,
                "low_figure": low.figure_id,
                "high_figure": high.figure_id,
            }
            for year, item, low, high in rows
            if high.gwh - low.gwh > low.half_width_gwh + high.half_width_gwh + 1e-9
        ],
        columns=[
            *("year", "item", "low_gwh", "high_gwh", "difference_gwh", "difference_percent"),
            *("low_publisher", "high_publisher", "low_figure", "high_figure"),
        ],
    )
    return table.sort_values(["year", "item"], kind="stable", ignore_index=True)


def _large_parts(balance: pd.DataFrame) -> list[tuple]:
    """Year, publisher, hydropower and thermal figure wherever one publisher prints both."""
    parts = balance[balance["item"].isin(["hydropower", "thermal"])]
    found = []
    for (year, publisher), group in parts.groupby(["year", "publisher"]):
        water, heat = (list(group[group["item"] == item].itertuples()) for item in ("hydropower", "thermal"))
        found += [(year, publisher, w, h) for w in water for h in heat]
    return found


def deficits(balance: pd.DataFrame) -> pd.DataFrame:
    """The deficit of each year by every way the figures allow, in GWh.

    Methods: "stated"; "imports"; "imports - exports"; "consumption - generation" (each pair of figures);
    "consumption - (hydropower + thermal)" where one publisher prints both parts. Returns `year, method, gwh,
    publisher, figures` (ids, with their signs), `doubt` (a figure of DOUBTFUL is used). The methods need not agree:
    imports are also bought to save water and partly passed on, and consumption may be counted with or without
    losses.
    """
    rows = []
    parts = _large_parts(balance)

    def of(year: int, item: str) -> pd.DataFrame:
        return balance[(balance["year"] == year) & (balance["item"] == item)]

    def names(*figures: object) -> str:
        return " / ".join(dict.fromkeys(figure.publisher for figure in figures))

    for year in sorted(balance["year"].unique()):
        for figure in of(year, "deficit").itertuples():
            rows.append((year, "stated", figure.gwh, figure.publisher, figure.figure_id))
        for bought in of(year, "imports").itertuples():
            rows.append((year, "imports", bought.gwh, bought.publisher, bought.figure_id))
            for sold in of(year, "exports").itertuples():
                figures = f"{bought.figure_id} - {sold.figure_id}"
                rows.append((year, "imports - exports", bought.gwh - sold.gwh, names(bought, sold), figures))
        for used in of(year, "consumption").itertuples():
            for made in of(year, "generation").itertuples():
                figures = f"{used.figure_id} - {made.figure_id}"
                rows.append((year, "consumption - generation", used.gwh - made.gwh, names(used, made), figures))
            for _, _, water, heat in (found for found in parts if found[0] == year):
                gap = used.gwh - water.gwh - heat.gwh
                figures = f"{used.figure_id} - {water.figure_id} - {heat.figure_id}"
                rows.append((year, "consumption - (hydropower + thermal)", gap, names(used, water), figures))
    table = pd.DataFrame(rows, columns=["year", "method", "gwh", "publisher", "figures"])
    doubtful = [any(name in figures.split(" - ") for name in DOUBTFUL) for figures in table["figures"]]
    return table.assign(doubt=pd.Series(doubtful, dtype=bool))


def deficit_assumption(table: pd.DataFrame, years: Sequence[int]) -> Assumption:
    """The range of the deficit over some years: lowest, median and highest of `deficits` that are positive and
    rest on no doubtful figure.

    Raises ParameterError when one of the years has none.
    """
    known = table[(table["gwh"] > 0) & ~table["doubt"]]
    missing = sorted(set(years) - set(known["year"]))
    if missing or not years:
        there = ", ".join(map(str, sorted(known["year"].unique())))
        raise ParameterError(f"No deficit is known for {missing[0] if missing else 'no year'}. Allowed: {there}.")
    low, central, high = (float(known[known["year"].isin(years)]["gwh"].quantile(share)) for share in (0, 0.5, 1))
    return _derived("deficit_gwh", low, central, high)


# Uncertain inputs that are worked out of data: name -> label, unit, reason. Texts for readers.
DERIVED = {
    "deficit_gwh": (
        "deficit",
        "million kWh per year",
        "lowest, median and highest of all figures of the deficit in the years chosen, doubtful ones left out",
    ),
    "solar_mw": (
        "solar capacity",
        "MW",
        "lowest: installed; central: with what is being built; highest: a fifth of the agreements on solar and wind",
    ),
    "wind_mw": (
        "wind capacity",
        "MW",
        "lowest: nothing runs; central: the one farm that was begun; highest: five such farms",
    ),
    "small_hydropower_left_gwh": (
        "unused small hydropower",
        "million kWh per year",
        "stated potential less what is used, from the lowest to the highest of both",
    ),
    "cascade_mw": ("capacity of the cascades", "MW", "as printed: every large plant planned beside Kambarata-1"),
    "hub_gwh": (
        "output of Kambarata-1",
        "million kWh per year",
        "as printed for Kambarata-1; lowest and highest: as far off as national hydropower was from its mean",
    ),
    "hub_mw": ("capacity of Kambarata-1", "MW", "as printed for Kambarata-1"),
}


def _derived(name: str, low: float, central: float, high: float) -> Assumption:
    label, unit, reason = DERIVED[name]
    return Assumption(name, low, central, high, unit, reason, label)


def messages() -> Iterator[str]:
    """What readers see of the assumptions, for the translators."""
    yield from messages_of_assumptions("energy_hub")
    for texts in DERIVED.values():
        yield from texts


def yearly_growth(balance: pd.DataFrame, item: str) -> tuple[int, int, float]:
    """First and last year that have a figure of an item, and its growth between them in GWh per year; where sources
    differ, their mean. Raises AnalysisError when there are fewer than two years."""
    means = balance[balance["item"] == item].groupby("year")["gwh"].mean()
    if len(means) < 2:
        raise AnalysisError(f"No growth of {item}: figures of two years are needed, there are {len(means)}.")
    first, last = int(means.index[0]), int(means.index[-1])
    return first, last, float((means[last] - means[first]) / (last - first))


# --- potentials and the doubtful units -----------------------------------------------------------------------

# claim -> resource and the item of the balance that says how much of it is used.
POTENTIALS = {
    "E02": ("hydropower", "hydropower"),
    "E04": ("small hydropower", "small hydropower"),
    "E06": ("solar", "solar"),
    "E07": ("wind", None),
}


def potentials(claims: pd.DataFrame, balance: pd.DataFrame) -> pd.DataFrame:
    """The paper's potentials and what is used of them, on one scale (GWh per year).

    Parameters: `claims`, the paper's statements; `balance` from `energy_balance`.

    Returns `resource, claim_id, low_gwh, high_gwh, used_first_year, used_last_year` (Int64), `used_low_gwh,
    used_high_gwh` (lowest and highest figure of these years: from the last year of the official series on, where
    there is one), `share_low_percent, share_high_percent`. Where no figure of use exists the last six are missing;
    the period of the solar and wind figures is not stated and taken as a year.
    Raises DataError for a claim or unit that is not there.
    """
    rows = []
    for claim_id, (resource, item) in POTENTIALS.items():
        claim = claims[claims["claim_id"] == claim_id]
        if len(claim) != 1:
            raise DataError(f"Statement {claim_id} must stand once among the claims.")
        factor = _printed_factor(claim["unit"].iloc[0], f"Statement {claim_id}")
        low, high = (float(claim[column].iloc[0]) * factor for column in ("value_low", "value_high"))
        row = {"resource": resource, "claim_id": claim_id, "low_gwh": low, "high_gwh": high}
        used = uses(balance, item)
        if len(used):
            row |= {
                "used_first_year": int(used["year"].min()),
                "used_last_year": int(used["year"].max()),
                "used_low_gwh": used["gwh"].min(),
                "used_high_gwh": used["gwh"].max(),
                "share_low_percent": 100 * used["gwh"].min() / high,
                "share_high_percent": 100 * used["gwh"].max() / low,
            }
        rows.append(row)
    return pd.DataFrame(rows).astype({"used_first_year": "Int64", "used_last_year": "Int64"})


def uses(balance: pd.DataFrame, item: str | None) -> pd.DataFrame:
    """The rows of the balance that say how much of a resource is used: all from the last official year on."""
    rows = balance[balance["item"] == item]
    official = rows[rows["publisher"] == OFFICIAL_SERIES]
    return rows[rows["year"] >= official["year"].max()] if len(official) else rows


def implied_capacity_mw(energy_gwh: float, capacity_factor: float) -> float:
    """Installed MW that give an energy per year at a capacity factor: 1000 E / (8760 c).

    Raises ParameterError for a negative energy or a factor outside (0, 1].

    Examples
    --------
    >>> round(implied_capacity_mw(8.76, 0.5), 6)
    2.0
    """
    if not isfinite(energy_gwh) or energy_gwh < 0:
        raise ParameterError(f"Energy must be 0 or more (GWh per year); given: {energy_gwh}.")
    return 1000 * energy_gwh / (HOURS_PER_YEAR * _capacity_factor(capacity_factor))


def yearly_energy_gwh(capacity_mw: float, capacity_factor: float) -> float:
    """Energy per year of a capacity: 8760 c P / 1000. Raises ParameterError as `implied_capacity_mw`."""
    if not isfinite(capacity_mw) or capacity_mw < 0:
        raise ParameterError(f"Capacity must be 0 or more (MW); given: {capacity_mw}.")
    return HOURS_PER_YEAR * _capacity_factor(capacity_factor) * capacity_mw / 1000


def _capacity_factor(value: float) -> float:
    if not 0 < value <= 1:
        raise ParameterError(f"A capacity factor lies above 0 and up to 1; given: {value}.")
    return value


def stated_against_plants(potential: pd.DataFrame, plant: pd.DataFrame) -> pd.DataFrame:
    """The stated solar and wind resources beside the yearly output of plants and plans of the same kind.

    Parameters: from `potentials`, `plants`. A plant whose output is printed stands with it, the others with what
    their capacity gives at `CAPACITY_FACTORS`.

    Returns `technology, name, basis` ("stated resource", "printed output" or "capacity factors"), `capacity_mw`,
    `gwh_low, gwh_central, gwh_high, times_stated` (gwh_central over the stated resource).
    """
    rows = []
    for stated in potential[potential["resource"].isin(["solar", "wind"])].itertuples():
        name = f"{stated.resource}, stated potential"
        rows.append((stated.resource, name, "stated resource", np.nan, *[stated.low_gwh] * 3, 1.0))
        for p in plant[plant["technology"] == stated.resource].itertuples():
            if np.isnan(p.printed_gwh):
                factor = CAPACITY_FACTORS[p.technology]
                energy = [yearly_energy_gwh(p.capacity_mw, c) for c in (factor.low, factor.central, factor.high)]
                basis, capacity = "capacity factors", p.capacity_mw
            else:
                energy, basis, capacity = [p.printed_gwh] * 3, "printed output", np.nan
            name = ALL_STAGES.get(p.plant, p.plant) if basis == "printed output" else p.plant
            rows.append((p.technology, name, basis, capacity, *energy, energy[1] / stated.low_gwh))
    columns = ["technology", "name", "basis", "capacity_mw", "gwh_low", "gwh_central", "gwh_high", "times_stated"]
    return pd.DataFrame(rows, columns=columns)


# --- plants and what each resource could cover ---------------------------------------------------------------

# A usual ceiling. No listed plant lies between 26.4 and 40 MW, so any ceiling between sorts them alike.
SMALL_HYDRO_MW = 30.0

# Figures that another row already holds, or that add nothing to the balance of recent years.
OVERLAPS = {
    "Kazarman cascade (planned)": "inside Kazarman + Suusamyr-Kokomeren cascades (agreements)",
    "Alabuga HPP (RusHydro candidate)": "inside Kazarman + Suusamyr-Kokomeren cascades (agreements)",
    "Kokomeren HPP-1 (RusHydro candidate)": "inside Kazarman + Suusamyr-Kokomeren cascades (agreements)",
    "Jany-Kel HPP (RusHydro candidate)": "candidate of 2013; may lie inside the agreements of 2025",
    "Kemin solar plant (Eternal Energy)": "inside All solar plants, installed",
    "All small HPPs operating (39)": "already in the balance",
}
# Plans that stand in the evidence on a statement: its id -> name and technologies that the capacity may be of.
PROJECTS = {
    "ev035": ("Wind farm of 100 MW (begun)", ("wind",)),
    "ev033": ("12 agreements on solar and wind", ("solar", "wind")),
}
# Outputs printed for more, or less, than the capacity of the row: no capacity factor follows from them.
OTHER_SCOPE = {
    "Kazarman cascade (planned)": "the output is for three of the four plants",
    "Toru-Aigyr solar plant, stage 1 (under construction)": "the output is for all stages",
}
# What such an output is for, where it is told as one thing.
ALL_STAGES = {"Toru-Aigyr solar plant, stage 1 (under construction)": "Toru-Aigyr solar plant, all stages"}
_OUTPUT = re.compile(r"\+?([\d,]+(?:\.\d+)?) (bn|mn) kWh/yr")


def plants(exposures: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """Plants and plans with what is printed of them, one row per plant or change of a plant.

    `plant, technology` (hydropower, small hydropower, solar, wind, thermal), `status` (operating, upgrade, planned,
    under construction, candidate, agreements, installed total, reported), `capacity_mw` (for an upgrade the increase),
    `printed_gwh` (a yearly output printed with it), `stated_gwh` (the same, missing where it is for another capacity),
    `capacity_factor` (stated_gwh over capacity; missing likewise), `additional` (adds to the balance of recent years
    and is counted nowhere else), `remark`, `figure_id`. Agreements on solar and wind stand once for each, as if all of
    them were that; they may hold plants of other rows. WRI's model values of generation are not used. Raises
    AnalysisError when there is no plant.
    """
    rows = exposures[
        (exposures["area_level"] == "plant")
        & (exposures["unit"] == "mw")
        & exposures["indicator"].str.contains("capacity")
    ]
    if rows.empty:
        raise AnalysisError("No plant with a capacity in MW in the exposures.")
    installed = rows[rows["indicator"] == "installed capacity"].set_index("area")["value"]
    found = []
    for row in rows.itertuples():
        upgrade = "after" in row.indicator
        capacity = row.value
        if upgrade:
            if row.area not in installed.index:
                raise DataError(f"{row.figure_id}: no capacity of {row.area} before the upgrade.")
            capacity -= installed[row.area]
        status = _status(row, upgrade)
        stated = _OUTPUT.search(row.note)
        printed = float(stated[1].replace(",", "")) * (1000.0 if stated[2] == "bn" else 1.0) if stated else np.nan
        gwh = np.nan if row.area in OTHER_SCOPE else printed
        remark = OVERLAPS.get(row.area, OTHER_SCOPE.get(row.area, ""))
        if not remark and status == "reported":
            remark = "commissioning not dated; may be among the 39 operating small plants"
        found.append(
            {
                "plant": row.area,
                "technology": _technology(row.area, row.value),
                "status": status,
                "capacity_mw": capacity,
                "printed_gwh": printed,
                "stated_gwh": gwh,
                # The yield of an upgrade comes from efficiency as well as from its MW.
                "capacity_factor": np.nan if upgrade else 1000 * gwh / (HOURS_PER_YEAR * capacity),
                "additional": status not in ("operating", "reported") and row.area not in OVERLAPS,
                "remark": remark,
                "figure_id": row.figure_id,
            }
        )
    return pd.concat([pd.DataFrame(found), _projects(evidence)], ignore_index=True)


def _projects(evidence: pd.DataFrame) -> pd.DataFrame:
    """The rows of `plants` that the evidence gives."""
    rows = []
    for evidence_id, (name, technologies) in PROJECTS.items():
        row = _evidence(evidence, evidence_id)
        if not row["unit"].startswith("MW"):
            raise DataError(f"{evidence_id} is in {row['unit']!r}: expected MW.")
        for technology in technologies:
            of = f"{name}, if all were {technology}" if len(technologies) > 1 else name
            rows.append(
                {
                    "plant": of,
                    "technology": technology,
                    "status": "agreements" if len(technologies) > 1 else "planned",
                    "capacity_mw": float(row["value"]),
                    "printed_gwh": np.nan,
                    "stated_gwh": np.nan,
                    "capacity_factor": np.nan,
                    "additional": True,
                    "remark": "may hold plants of other rows" if len(technologies) > 1 else "",
                    "figure_id": evidence_id,
                }
            )
    return pd.DataFrame(rows)


def printed_capacity_factors(plant: pd.DataFrame, balance: pd.DataFrame, exposures: pd.DataFrame) -> pd.DataFrame:
    """Capacity factors that printed outputs and capacities imply, to hold `CAPACITY_FACTORS` against.

    Planned plants by their printed output; the 39 operating small plants by every figure of their output in the year
    of that capacity, and in half of it; the hydropower of the last official year over the large plants that are
    listed, too high since not all are. Returns `technology, name, basis` ("printed output", "year", "half year" or
    "official series"), `publisher, year` (of the output, missing where it is printed with the capacity),
    `capacity_mw, gwh, hours, capacity_factor`.
    """
    rows = [
        (p.technology, p.plant, "printed output", None, None, p.capacity_mw, p.stated_gwh, HOURS_PER_YEAR)
        for p in plant[plant["capacity_factor"].notna()].itertuples()
    ]
    small = plant[plant["plant"].str.startswith("All small HPPs")]
    for p in small.itertuples():
        figure = exposures[exposures["figure_id"] == p.figure_id].iloc[0]
        made = balance[(balance["item"] == "small hydropower") & (balance["year"] == figure["year"])]
        year = int(figure["year"])
        rows += [
            ("small hydropower", p.plant, "year", m.publisher, year, p.capacity_mw, m.gwh, HOURS_PER_YEAR)
            for m in made.itertuples()
        ]
        half = exposures[
            (exposures["indicator"] == "electricity: small HPPs") & (exposures["as_of"] == f"{figure['year']} Jan-Jun")
        ]
        rows += [
            ("small hydropower", p.plant, "half year", h.publisher, year, p.capacity_mw, h.value, HOURS_OF_HALF)
            for h in half.itertuples()
        ]
    large = plant[(plant["technology"] == "hydropower") & (plant["status"] == "operating")]
    official = balance[(balance["item"] == "hydropower") & (balance["publisher"] == OFFICIAL_SERIES)]
    for made in official[official["year"] == official["year"].max()].itertuples():
        name, basis = "Large HPPs listed", "official series"
        capacity = large["capacity_mw"].sum()
        rows.append(("hydropower", name, basis, made.publisher, made.year, capacity, made.gwh, HOURS_PER_YEAR))
    columns = ["technology", "name", "basis", "publisher", "year", "capacity_mw", "gwh", "hours"]
    table = pd.DataFrame(rows, columns=columns).astype({"year": "Int64"})
    return table.assign(capacity_factor=1000 * table["gwh"] / (table["hours"] * table["capacity_mw"]))


def _status(row: object, upgrade: bool) -> str:
    if upgrade:
        return "upgrade"
    if row.indicator == "installed capacity" or "operating" in row.area:
        return "operating"
    for word in ("under construction", "candidate", "agreements", "planned"):
        if word in row.area:
            return word
    return "installed total" if row.area.startswith("All ") else "reported"


def _technology(name: str, capacity_mw: float) -> str:
    if "solar" in name:
        return "solar"
    if "CHP" in name:
        return "thermal"
    is_small = capacity_mw <= SMALL_HYDRO_MW or "small" in name
    return "small hydropower" if is_small else "hydropower"


ASSUMPTIONS = assumptions("energy_hub")
_TECHNOLOGIES = ("solar", "wind", "small hydropower", "hydropower")
CAPACITY_FACTORS = {name: ASSUMPTIONS[f"{name.replace(' ', '_')}_capacity_factor"] for name in _TECHNOLOGIES}
# Share of a resource's energy that must come at another hour for a constant supply; see `firming_share`.
FIRMING_SHARES = {name: ASSUMPTIONS[f"{name.replace(' ', '_')}_firming_share"] for name in _TECHNOLOGIES}


def coverage(
    resources: pd.DataFrame,
    deficit: Assumption,
    capacity_factors: Mapping[str, Assumption] = CAPACITY_FACTORS,
    firming_shares: Mapping[str, Assumption] = FIRMING_SHARES,
) -> pd.DataFrame:
    """What each resource alone could give per year, as a share of the deficit, and how much a hub must firm.

    Parameters: `resources` with `resource, technology` and either a stated energy `gwh_low, gwh_high` or
    `capacity_mw` (the other missing); `deficit` in GWh per year; factors and shares by technology.

    Returns a row per resource: `resource, technology, gwh_low/central/high` (a stated energy: its middle as
    central), `deficit_percent_low/central/high` (low: low energy over high deficit), `firm_percent_low/central/high`
    (of its own energy), `firm_gwh_central`. Rows may overlap with each other; do not add them up unread.
    Raises ParameterError for a technology without a factor, a resource with neither number, or a deficit of 0.
    """
    if deficit.low <= 0:
        raise ParameterError(f"A share of a deficit needs a deficit above 0; given {deficit.low} to {deficit.high}.")
    rows = []
    for r in resources.itertuples():
        for table in (capacity_factors, firming_shares):
            if r.technology not in table:
                raise ParameterError(f"{r.resource}: no assumption for {r.technology!r}; there are {', '.join(table)}.")
        factor, firming = capacity_factors[r.technology], firming_shares[r.technology]
        if isfinite(r.gwh_low) and isfinite(r.gwh_high):
            energy = (r.gwh_low, (r.gwh_low + r.gwh_high) / 2, r.gwh_high)
        elif isfinite(r.capacity_mw):
            energy = tuple(yearly_energy_gwh(r.capacity_mw, c) for c in (factor.low, factor.central, factor.high))
        else:
            raise ParameterError(f"{r.resource} has neither a stated energy nor a capacity.")
        rows.append(
            {
                "resource": r.resource,
                "technology": r.technology,
                "gwh_low": energy[0],
                "gwh_central": energy[1],
                "gwh_high": energy[2],
                "deficit_percent_low": 100 * energy[0] / deficit.high,
                "deficit_percent_central": 100 * energy[1] / deficit.central,
                "deficit_percent_high": 100 * energy[2] / deficit.low,
                "firm_percent_low": 100 * firming.low,
                "firm_percent_central": 100 * firming.central,
                "firm_percent_high": 100 * firming.high,
                "firm_gwh_central": energy[1] * firming.central,
            }
        )
    return pd.DataFrame(rows)


def resources(potential: pd.DataFrame, plant: pd.DataFrame) -> pd.DataFrame:
    """The resources as `coverage` takes them: stated potentials less what is used, and additional plants.

    Parameters: frames from `potentials` and `plants`. The hydropower potential of the whole country is left out:
    it holds every plant below it. Returns `resource, technology, gwh_low, gwh_high, capacity_mw`.
    """
    rows = []
    for p in potential[potential["resource"] != "hydropower"].itertuples():
        used_low, used_high = (0.0, 0.0) if np.isnan(p.used_low_gwh) else (p.used_low_gwh, p.used_high_gwh)
        name, left = f"{p.resource}, stated potential", (p.low_gwh - used_high, p.high_gwh - used_low)
        rows.append((name, p.resource, *left, np.nan))
    for p in plant[plant["additional"]].itertuples():
        name = f"{p.plant}, upgrade" if p.status == "upgrade" else p.plant
        rows.append((name, p.technology, p.stated_gwh, p.stated_gwh, p.capacity_mw))
    return pd.DataFrame(rows, columns=["resource", "technology", "gwh_low", "gwh_high", "capacity_mw"])


# --- the hub ----------------------------------------------------------------------------------------------


def firming_share(output: np.ndarray) -> float:
    """Share of a plant's energy that another plant must supply for the sum to be constant: E[(m - X)+] / m.

    X is the output in equal intervals over a full period, m its mean. The hub gives what is missing below the mean
    and holds back as much above it, so energy is shifted, not used up. For a given capacity factor c the share is
    at most 1 - c, reached by an output that is full or nothing.

    Raises ParameterError for negative or missing output, or none at all.

    Examples
    --------
    >>> firming_share(np.array([1.0, 0.0, 0.0, 0.0])), firming_share(np.array([2.0, 2.0]))
    (0.75, 0.0)
    """
    x = np.asarray(output, dtype=float)
    if x.ndim != 1 or not np.isfinite(x).all() or (x < 0).any() or x.sum() == 0:
        raise ParameterError("Firming needs outputs of 0 or more in equal intervals, not all 0.")
    return float(np.clip(x.mean() - x, 0, None).sum() / x.sum())


def clear_day(intervals: int = 1440) -> np.ndarray:
    """Output of a solar plant on a clear day of 12 hours as a half-sine, midnight to midnight, rated output 1."""
    hours = (np.arange(intervals) + 0.5) * 24 / intervals
    return np.clip(np.sin(pi * (hours - 6) / 12), 0, None)


@dataclass(frozen=True)
class HubRoom:
    """How far a regulating hub can be moved around its mean output, MW: `up` to its capacity, `down` to nothing."""

    mean_mw: float
    up_mw: float
    down_mw: float

    def used(self, spokes: Mapping[str, tuple[float, float]]) -> float:
        """Share of the room that spokes need (above 1: the hub is too small); `spokes`: MW and capacity factor.

        All spokes at rest together ask for sum c P upwards, all at rated output for sum (1 - c) P downwards.
        """
        up = sum(_capacity_factor(c) * mw for mw, c in spokes.values())
        down = sum((1 - _capacity_factor(c)) * mw for mw, c in spokes.values())
        return max(up / self.up_mw, down / self.down_mw)

    def largest_mw(self, capacity_factor: float) -> float:
        """Largest capacity of one technology that the hub can firm: min(up / c, down / (1 - c))."""
        c = _capacity_factor(capacity_factor)
        return min(self.up_mw / c, self.down_mw / (1 - c) if c < 1 else np.inf)


def hub_room(capacity_mw: float, energy_gwh: float) -> HubRoom:
    """The room of a hub that makes `energy_gwh` a year with `capacity_mw`. It sees power only: the volume of the
    reservoir, the river below and irrigation would narrow it.

    Raises ParameterError unless 0 < energy < 8760 h at full capacity: otherwise nothing is left to regulate with.
    """
    mean = 1000 * energy_gwh / HOURS_PER_YEAR
    if not (isfinite(mean) and 0 < mean < capacity_mw):
        raise ParameterError(
            f"A hub of {capacity_mw} MW that makes {energy_gwh} GWh a year has no room to regulate: its mean output "
            f"of {mean:.0f} MW must lie between 0 and its capacity."
        )
    return HubRoom(mean, capacity_mw - mean, mean)


def hub_limits(
    rooms: Mapping[str, HubRoom], capacity_factors: Mapping[str, Assumption] = CAPACITY_FACTORS
) -> pd.DataFrame:
    """The largest capacity of each variable technology that each hub can firm alone, at the range of its factor.

    Returns `hub, mean_mw, up_mw, down_mw, technology, largest_mw_low, largest_mw_central, largest_mw_high,
    spoke_gwh_central` (energy of the central one per year).
    """
    rows = []
    for hub, room in rooms.items():
        for technology in ("solar", "wind", "small hydropower"):
            factor = capacity_factors[technology]
            ends = sorted(room.largest_mw(c) for c in (factor.low, factor.high))
            central = room.largest_mw(factor.central)
            energy = yearly_energy_gwh(central, factor.central)
            largest = (min(ends[0], central), central, max(ends[1], central))
            rows.append((hub, room.mean_mw, room.up_mw, room.down_mw, technology, *largest, energy))
    return pd.DataFrame(
        rows,
        columns=[
            *("hub", "mean_mw", "up_mw", "down_mw", "technology"),
            *("largest_mw_low", "largest_mw_central", "largest_mw_high", "spoke_gwh_central"),
        ],
    )


def hub_assumptions(
    deficit: Assumption, potential: pd.DataFrame, plant: pd.DataFrame, hydropower: pd.Series
) -> tuple[Assumption, ...]:
    """The uncertain inputs of `hub_and_spoke`. What is printed enters as printed; the ranges say what is not known.

    Parameters: from `deficit_assumption`, `potentials`, `plants`; `hydropower`, the yearly generation of a long
    series, for how far a year lies from the mean. Raises DataError when Kambarata-1, the solar plants, the wind farm,
    the agreements or the small-hydropower potential are not among them.
    """
    hub = plant[plant["plant"].str.startswith("Kambarata-1")]
    small = potential[potential["resource"] == "small hydropower"]
    agreed = plant[(plant["technology"] == "solar") & (plant["status"] == "agreements")]
    solar = plant[(plant["technology"] == "solar") & plant["additional"]].drop(index=agreed.index)
    installed = solar[solar["status"] == "installed total"]
    wind = plant[(plant["technology"] == "wind") & (plant["status"] == "planned")]
    cascades = plant[(plant["technology"] == "hydropower") & plant["additional"]].drop(index=hub.index)
    cascades = cascades[cascades["status"].isin(["planned", "agreements"])]
    if not all(len(rows) == 1 for rows in (hub, small, agreed, installed, wind)) or cascades.empty:
        raise DataError(
            "Kambarata-1, the small-hydropower potential, installed solar, the wind farm, the agreements and cascades "
            "must each be known."
        )
    hub_mw, hub_gwh = float(hub["capacity_mw"].iloc[0]), float(hub["stated_gwh"].iloc[0])
    driest, wettest = hydropower.min() / hydropower.mean(), hydropower.max() / hydropower.mean()
    cascade_mw, farm_mw = float(cascades["capacity_mw"].sum()), float(wind["capacity_mw"].iloc[0])
    potential_left = small.iloc[0]
    left = tuple(
        float(potential_left[f"{end}_gwh"] - potential_left[f"used_{other}_gwh"])
        for end, other in (("low", "high"), ("high", "low"))
    )
    solar_now, solar_soon = float(installed["capacity_mw"].iloc[0]), float(solar["capacity_mw"].sum())
    most_solar = max(0.2 * float(agreed["capacity_mw"].iloc[0]), solar_soon)
    return (
        deficit,
        _derived("solar_mw", solar_now, solar_soon, most_solar),
        _derived("wind_mw", 0.0, farm_mw, 5 * farm_mw),
        _derived("small_hydropower_left_gwh", left[0], sum(left) / 2, left[1]),
        ASSUMPTIONS["small_hydropower_built_share"],
        ASSUMPTIONS["cascades_built_share"],
        _derived("cascade_mw", cascade_mw, cascade_mw, cascade_mw),
        _derived("hub_gwh", driest * hub_gwh, hub_gwh, wettest * hub_gwh),
        _derived("hub_mw", hub_mw, hub_mw, hub_mw),
        ASSUMPTIONS["hub_kept_share"],
        *(CAPACITY_FACTORS[name] for name in ("solar", "wind", "small hydropower", "hydropower")),
        *(FIRMING_SHARES[name] for name in ("solar", "wind", "small hydropower")),
    )


def hub_and_spoke(values: Mapping[str, float]) -> dict[str, float]:
    """Energy of a hub and its spokes against the deficit; `values` by the names of `hub_assumptions`.

    Returns `spokes_gwh, hub_gwh_per_year` (the country's part of it), `cascades_gwh, total_gwh`,
    `spokes_deficit_percent, hub_deficit_percent, total_deficit_percent` (above 100: more than the deficit),
    `firmed_gwh` and `firmed_percent` (of the spokes' energy, to be shifted by the hub), `hub_room_used_percent` (above
    100: spokes at their extremes together exceed the country's part of the hub; see `HubRoom.used`).
    Raises ParameterError for a missing input or a share or capacity out of range.
    """
    needed = {
        "deficit_gwh",
        "solar_mw",
        "wind_mw",
        "small_hydropower_left_gwh",
        "small_hydropower_built_share",
        "hub_gwh",
        "hub_mw",
        "hub_kept_share",
        "cascades_built_share",
        "cascade_mw",
        "hydropower_capacity_factor",
        *(
            f"{name}_{kind}"
            for name in ("solar", "wind", "small_hydropower")
            for kind in ("capacity_factor", "firming_share")
        ),
    }
    missing = needed - set(values)
    if missing:
        raise ParameterError(f"The hub model needs {', '.join(sorted(missing))}.")
    v = values
    if v["deficit_gwh"] <= 0:
        raise ParameterError(f"The deficit must be above 0 GWh; given: {v['deficit_gwh']}.")
    outside = [name for name in needed if name.endswith("_share") and not 0 <= v[name] <= 1]
    if outside:
        raise ParameterError(f"Shares lie between 0 and 1: {', '.join(f'{n} = {v[n]}' for n in sorted(outside))}.")
    kept = v["hub_kept_share"]
    if kept == 0:
        raise ParameterError("hub_kept_share is 0: a hub of which the country keeps nothing firms nothing.")
    solar = yearly_energy_gwh(v["solar_mw"], v["solar_capacity_factor"])
    wind = yearly_energy_gwh(v["wind_mw"], v["wind_capacity_factor"])
    small = v["small_hydropower_left_gwh"] * v["small_hydropower_built_share"]
    cascades = yearly_energy_gwh(v["cascade_mw"] * v["cascades_built_share"], v["hydropower_capacity_factor"])
    spokes = solar + wind + small
    energy = {"solar": solar, "wind": wind, "small_hydropower": small}
    # No output of capacity factor c needs more than 1 - c, whatever the two ranges combine to.
    firmed = sum(
        gwh * min(v[f"{name}_firming_share"], 1 - v[f"{name}_capacity_factor"]) for name, gwh in energy.items()
    )
    small_factor = v["small_hydropower_capacity_factor"]
    room = hub_room(kept * v["hub_mw"], kept * v["hub_gwh"]).used(
        {
            "solar": (v["solar_mw"], v["solar_capacity_factor"]),
            "wind": (v["wind_mw"], v["wind_capacity_factor"]),
            "small hydropower": (implied_capacity_mw(small, small_factor), small_factor),
        }
    )
    percent = 100 / v["deficit_gwh"]
    hub = kept * v["hub_gwh"]
    total = spokes + hub + cascades
    return {
        "spokes_gwh": spokes,
        "hub_gwh_per_year": hub,
        "cascades_gwh": cascades,
        "total_gwh": total,
        "spokes_deficit_percent": spokes * percent,
        "hub_deficit_percent": hub * percent,
        "total_deficit_percent": total * percent,
        "firmed_gwh": firmed,
        "firmed_percent": 100 * firmed / spokes if spokes > 0 else 0.0,
        "hub_room_used_percent": 100 * room,
    }


# --- what the article shows -----------------------------------------------------------------------------------

ENDS = ("low", "central", "high")
KAMBARATA = "Kambarata-1 HPP (planned)"
OUTPUTS = {
    "spokes": "spokes_deficit_percent",
    "hub": "hub_deficit_percent",
    "total": "total_deficit_percent",
    "firmed": "firmed_percent",
    "room": "hub_room_used_percent",
}
"""Outputs of the hub-and-spoke model that the article speaks of, by the beginning of their results' names."""


def hydropower_by_year(exposures: pd.DataFrame) -> pd.Series:
    """The official yearly generation of hydropower, which says how far a year lies from the mean."""
    return exposures.loc[exposures["indicator"] == "hydropower_generation", "value"]


def use_of_potentials(potential: pd.DataFrame, claims: pd.DataFrame) -> dict[str, float]:
    """Results: the stated potentials, the use that the paper states, and the use by printed figures.

    Parameters
    ----------
    potential
        From `potentials`.
    claims
        The paper's statements.
    """
    rows, stated = potential.set_index("resource"), claims.set_index("claim_id")["value_high"]
    results = {}
    for resource, developed in (("hydropower", "E03"), ("small hydropower", "E05")):
        name = resource.replace(" ", "_")
        results |= {f"{name}_stated_{end}": rows.loc[resource, f"{end}_gwh"] / 1000 for end in ("low", "high")}
        results[f"{name}_developed"] = stated[developed]
    for resource in ("hydropower", "small hydropower", "solar"):
        name = resource.replace(" ", "_")
        results |= {f"{name}_used_{end}": rows.loc[resource, f"share_{end}_percent"] for end in ("low", "high")}
    return results


def potentials_as_printed(potential: pd.DataFrame) -> pd.DataFrame:
    """The rows of `potentials` with the decimals that they are shown with, and `years`, the years of use, as a text."""
    first, last = potential["used_first_year"], potential["used_last_year"]
    years = [None if pd.isna(a) else str(a) if a == b else f"{a}\u2013{b}" for a, b in zip(first, last, strict=True)]
    return potential.assign(
        years=years,
        stated_decimals=np.where(potential["low_gwh"] >= 100, 0, 1),
        used_decimals=np.where(potential["used_high_gwh"] >= 1, 0, 2),
        share_decimals=np.where(potential["share_high_percent"] >= 0.1, 1, 2),
    )


def units_checked(potential: pd.DataFrame, plant: pd.DataFrame, beside: pd.DataFrame) -> dict[str, float]:
    """Results: which capacity the stated solar and wind resources would be, and single plants over them.

    Parameters
    ----------
    potential, plant, beside
        From `potentials`, `plants` and `stated_against_plants`.
    """
    stated = potential.set_index("resource")["low_gwh"]
    results = {}
    for resource in ("solar", "wind"):
        factor = CAPACITY_FACTORS[resource]
        results[f"{resource}_stated"] = stated[resource]
        for end, level in zip(ENDS, (factor.high, factor.central, factor.low), strict=True):
            results[f"{resource}_stated_mw_{end}"] = implied_capacity_mw(stated[resource], level)
    printed = beside[beside["basis"] == "printed output"]
    farm = beside.set_index("name").loc["Wind farm of 100 MW (begun)"]
    agreed = beside[beside["name"].str.startswith("12 agreements")]
    return results | {
        "printed_plant_times": printed["times_stated"].max(),
        "printed_plant": printed["gwh_central"].max(),
        "wind_farm_mw": farm["capacity_mw"],
        "wind_farm_times_low": farm["gwh_low"] / stated["wind"],
        "wind_farm_times_high": farm["gwh_high"] / stated["wind"],
        "agreed_mw": agreed["capacity_mw"].iloc[-1],
        "agreed_times": agreed["gwh_low"].min() / (stated["solar"] + stated["wind"]),
    }


def balance_and_conflicts(balance: pd.DataFrame, conflicts: pd.DataFrame) -> pd.DataFrame:
    """Figures of the balance and its conflicts as one frame for a picture.

    `part` is "figure" (`gwh` and what `energy_balance` says of it) or "conflict" (`gwh` the lower, `high_gwh` the
    higher figure, `difference_percent`).
    """
    found = conflicts.rename(columns={"low_gwh": "gwh"})[["year", "item", "gwh", "high_gwh", "difference_percent"]]
    return pd.concat([balance.assign(part="figure"), found.assign(part="conflict")], ignore_index=True)


def deficit_results(
    balance: pd.DataFrame, conflicts: pd.DataFrame, table: pd.DataFrame, years: Sequence[int], claims: pd.DataFrame
) -> dict[str, float]:
    """Results: the deficit over the years chosen, the conflicts of the balance, and the growth of consumption.

    Parameters
    ----------
    balance, conflicts, table
        From `energy_balance`, `balance_conflicts` and `deficits`.
    claims
        The paper's statements.
    """
    chosen = deficit_assumption(table, years)
    first, last, growth = yearly_growth(balance, "consumption")
    used = table[table["year"].isin(years) & (table["gwh"] > 0) & ~table["doubt"]]
    return {
        "deficit_figures": len(used),
        **{f"deficit_{end}": getattr(chosen, end) / 1000 for end in ENDS},
        "deficit_stated": claims.set_index("claim_id").loc["E08", "value_low"],
        "conflicts": len(conflicts),
        "largest_conflict": conflicts["difference_percent"].max(),
        "growth_first_year": first,
        "growth_last_year": last,
        "consumption_growth": growth,
    }


def coverage_results(table: pd.DataFrame) -> dict[str, float]:
    """Results: what stated solar and wind together, small hydropower and Kambarata-1 cover; `table` from `coverage`."""
    rows = table.set_index("resource")
    told = {
        "stated_solar_and_wind": rows.loc[["solar, stated potential", "wind, stated potential"]].sum(),
        "small_hydropower": rows.loc["small hydropower, stated potential"],
        "kambarata": rows.loc[KAMBARATA],
    }
    return {f"{name}_covers_{end}": row[f"deficit_percent_{end}"] for name, row in told.items() for end in ENDS}


def hub_results(inputs: Sequence[Assumption], draws: pd.DataFrame) -> dict[str, float]:
    """Results of the hub-and-spoke model, percent: at central values, percentiles of the draws, draws that suffice.

    Parameters
    ----------
    inputs
        From `hub_assumptions`.
    draws
        `methods.assumptions.monte_carlo` of `hub_and_spoke`.
    """
    values = central_values(inputs)
    central = hub_and_spoke(values)
    results = {"small_built": 100 * values["small_hydropower_built_share"]}
    for name, output in OUTPUTS.items():
        results[f"{name}_central"] = central[output]
        results |= {f"{name}_p{q}": draws[output].quantile(q / 100) for q in (5, 50, 95)}
    results |= {f"{name}_reach": 100 * (draws[OUTPUTS[name]] >= 100).mean() for name in ("spokes", "hub")}
    return results | {"room_too_small": 100 * (draws[OUTPUTS["room"]] > 100).mean()}


def rooms_of_hubs(plant: pd.DataFrame, balance: pd.DataFrame) -> dict[str, HubRoom]:
    """The room of Kambarata-1 as printed, and of all large plants operating with the last official hydropower."""
    kambarata = plant.set_index("plant").loc[KAMBARATA]
    large = plant[(plant["technology"] == "hydropower") & (plant["status"] == "operating")]
    official = balance[(balance["item"] == "hydropower") & (balance["publisher"] == OFFICIAL_SERIES)].iloc[-1]
    return {
        "Kambarata-1": hub_room(kambarata["capacity_mw"], kambarata["stated_gwh"]),
        "operating": hub_room(large["capacity_mw"].sum(), official["gwh"]),
    }


def kambarata_results(limits: pd.DataFrame, plant: pd.DataFrame, balance: pd.DataFrame) -> dict[str, float]:
    """Results: the largest spokes that Kambarata-1 can firm, over what is agreed; its output in years of growth.

    Parameters
    ----------
    limits, plant, balance
        From `hub_limits` of `rooms_of_hubs`, `plants` and `energy_balance`.
    """
    largest = limits[limits["hub"] == "Kambarata-1"].set_index("technology")["largest_mw_central"]
    agreed = plant.loc[plant["status"] == "agreements", "capacity_mw"].iloc[-1]
    output = plant.set_index("plant").loc[KAMBARATA, "stated_gwh"]
    _, _, growth = yearly_growth(balance, "consumption")
    return {
        "hub_firms_solar": largest["solar"],
        "hub_firms_wind": largest["wind"],
        "hub_firms_of_agreed": 100 * largest[["solar", "wind"]].max() / agreed,
        "years_of_growth": output / growth,
        "clear_day_to_firm": 100 * firming_share(clear_day()),
    }


TOLD_OF_TORNADOS = ("spokes", "total", "firmed")


def tornados(inputs: Sequence[Assumption]) -> pd.DataFrame:
    """`methods.assumptions.tornado` for three outputs below each other, with `output`; without what moves nothing."""
    parts = [tornado(hub_and_spoke, inputs, OUTPUTS[name]).assign(output=OUTPUTS[name]) for name in TOLD_OF_TORNADOS]
    table = pd.concat(parts, ignore_index=True)
    return table[table["swing"] > 0]


def largest_swings(table: pd.DataFrame) -> dict[str, object]:
    """Results: by how much, and by which assumption (its label), each output of `tornados` is moved most."""
    first = table.groupby("output").first()
    results = {f"{name}_most": first.loc[OUTPUTS[name], "label"] for name in TOLD_OF_TORNADOS}
    return results | {f"{name}_swing": first.loc[OUTPUTS[name], "swing"] for name in TOLD_OF_TORNADOS}


def quantile_curves(draws: pd.DataFrame) -> pd.DataFrame:
    """Every hundredth quantile of the outputs that the article speaks of: `quantile` and a column for each output."""
    return draws[list(OUTPUTS.values())].quantile(np.linspace(0, 1, 101)).rename_axis("quantile").reset_index()
