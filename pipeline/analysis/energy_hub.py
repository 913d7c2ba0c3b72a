"""The renewable-energy cluster as a calculation: potentials, balance, deficit, and a hub that firms its spokes.

The paper proposes large regulated hydropower plants as hubs and solar, wind and small hydropower as spokes. This
module puts the stated resources on one scale (GWh per year; 1 GWh = 1 million kWh), holds the balances of several
sources against each other, and works out what each resource could cover of the deficit under stated assumptions.
It is energy arithmetic by year, not a dispatch model: no hourly demand, water or grid limit is in the data.

Every number that no source gives is an `Assumption` with a range; `assumptions.tornado` and `monte_carlo` vary them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, pi

import numpy as np
import pandas as pd

from pipeline.analysis.assumptions import Assumption
from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.panel import half_width

HOURS_PER_YEAR = 8760.0
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
# Some pages print a second figure beside the one that was recorded; it stands in the note, in the row's unit.
_IN_NOTE = re.compile(r"\b(generation|consumption|exports) (\d+(?:\.\d+)?)(?: bn)?(?: in (\d{4}))?")
# Figures that contradict the rest of their year; shown, but no estimate of the deficit rests on them.
DOUBTFUL = {"infrastructure/line111": "16.86 TWh against the ministry's 12.77 hydropower + 1.76 thermal"}
# The first of these is part of the second.
_PARTS = (("coal", "thermal"), ("hydropower", "generation"), ("thermal", "generation"), ("coal", "generation"))


def energy_balance(exposures: pd.DataFrame, first_year: int = 2018) -> pd.DataFrame:
    """Full-year figures of the national electricity balance, in GWh, one row per figure.

    `year, item, gwh, half_width_gwh` (from the printed digits; a printed final zero is not seen, so it may be too
    wide), `publisher, figure_id, from_note` (the figure stands in the note of that row). Figures of parts of a
    year, oblasts and plants are left out. Raises DataError for a unit that is no energy, AnalysisError when nothing
    is left.
    """
    rows = exposures[
        (exposures["area"] == "Kyrgyzstan")
        & exposures["indicator"].isin(ITEMS)
        & (exposures["year"] >= first_year)
        & exposures["as_of"].str.fullmatch(r"(\d{4})?")
    ]
    found = []
    for row in rows.itertuples():
        if row.unit not in GWH:
            raise DataError(f"{row.figure_id} is in {row.unit}: an electricity figure is in {' or '.join(GWH)}.")
        found.append((int(row.year), ITEMS[row.indicator], row.value, row, False))
        for item, value, year in _IN_NOTE.findall(row.note):
            found.append((int(year or row.year), item, float(value), row, True))
    if not found:
        raise AnalysisError(f"No full-year figure of the electricity balance from {first_year} on.")
    table = pd.DataFrame(
        [
            {
                "year": year,
                "item": item,
                "gwh": value * GWH[row.unit],
                "half_width_gwh": half_width(_decimals(value)) * GWH[row.unit],
                "publisher": row.publisher or row.source,
                "figure_id": row.figure_id,
                "from_note": in_note,
            }
            for year, item, value, row, in_note in found
        ]
    )
    return table.sort_values(["year", "item", "figure_id"], kind="stable", ignore_index=True)


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
        rows += [(year, "generation above hydropower + thermal", both, t) for t in totals.itertuples()]
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

    Raises AnalysisError when the years have none.
    """
    rows = table[table["year"].isin(list(years)) & (table["gwh"] > 0) & ~table["doubt"]]
    if rows.empty:
        raise AnalysisError(f"No deficit is known for {', '.join(map(str, years))}.")
    low, central, high = (float(rows["gwh"].quantile(share)) for share in (0, 0.5, 1))
    reason = f"lowest, median and highest of {len(rows)} figures of the deficit, {min(years)}-{max(years)}"
    return Assumption("deficit_gwh", low, central, high, "GWh per year", reason)


# --- potentials and the doubtful units -----------------------------------------------------------------------

# claim -> resource and the item of the balance that says how much of it is used.
POTENTIALS = {
    "E02": ("hydropower", "hydropower"),
    "E04": ("small hydropower", "small hydropower"),
    "E06": ("solar", "solar"),
    "E07": ("wind", None),
}
_UNIT_OF_CLAIM = {"bn kWh": 1000.0, "mn kWh": 1.0}


def potentials(claims: pd.DataFrame, balance: pd.DataFrame) -> pd.DataFrame:
    """The paper's potentials and what is used of them, on one scale (GWh per year).

    Parameters: `claims` with `claim_id, value_low, value_high, unit` (the ledger of the paper's statements);
    `balance` from `energy_balance`.

    Returns `resource, claim_id, low_gwh, high_gwh, used_year` (Int64), `used_gwh` (lowest and highest of the latest
    year: `used_low_gwh, used_high_gwh`), `share_low_percent, share_high_percent`. Where no figure of use exists the
    last five are missing; the period of the solar and wind figures is not stated and taken as a year.
    Raises DataError for a claim or unit that is not there.
    """
    rows = []
    for claim_id, (resource, item) in POTENTIALS.items():
        claim = claims[claims["claim_id"] == claim_id]
        factor = [value for unit, value in _UNIT_OF_CLAIM.items() if not claim.empty and unit in claim["unit"].iloc[0]]
        if len(claim) != 1 or not factor:
            raise DataError(f"Statement {claim_id} must stand once among the claims, in bn kWh or mn kWh.")
        low, high = (float(claim[column].iloc[0]) * factor[0] for column in ("value_low", "value_high"))
        row = {"resource": resource, "claim_id": claim_id, "low_gwh": low, "high_gwh": high}
        used = balance[balance["item"] == item]
        if len(used):
            used = used[used["year"] == used["year"].max()]
            row |= {
                "used_year": int(used["year"].iloc[0]),
                "used_low_gwh": used["gwh"].min(),
                "used_high_gwh": used["gwh"].max(),
                "share_low_percent": 100 * used["gwh"].min() / high,
                "share_high_percent": 100 * used["gwh"].max() / low,
            }
        rows.append(row)
    return pd.DataFrame(rows).astype({"used_year": "Int64"})


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


# Ways to read a figure printed in million kWh whose period and kind are not stated.
READINGS = {"per year, as printed": 1.0, "per day": 365.0, "billion instead of million": 1000.0}


def stated_energy_readings(energy_gwh: float, capacity_factor: Assumption, known: Mapping[str, float]) -> pd.DataFrame:
    """Which installed MW a stated energy would mean, under each of `READINGS`, beside known capacities.

    Parameters: `energy_gwh` as printed; `capacity_factor` with its range; `known`, MW by name of what is installed,
    built or agreed.

    Returns one row per reading: `reading, energy_gwh, mw_low` (at the high factor), `mw_central, mw_high`, and for
    each known capacity a column `known: <name>`, its share of `mw_central`. Above 1 the known capacity alone would
    exceed the stated "resource", which then cannot be a potential in that reading.
    """
    rows = []
    for reading, factor in READINGS.items():
        energy = energy_gwh * factor
        levels = (capacity_factor.high, capacity_factor.central, capacity_factor.low)
        low, central, high = (implied_capacity_mw(energy, level) for level in levels)
        shares = {f"known: {name}": mw / central for name, mw in known.items()}
        rows.append({"reading": reading, "energy_gwh": energy, "mw_low": low, "mw_central": central, "mw_high": high})
        rows[-1] |= shares
    return pd.DataFrame(rows)


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
# Outputs printed for more, or less, than the capacity of the row: no capacity factor follows from them.
OTHER_SCOPE = {
    "Kazarman cascade (planned)": "the output is for three of the four plants",
    "Toru-Aigyr solar plant, stage 1 (under construction)": "the output is for all stages",
}
_OUTPUT = re.compile(r"\+?([\d,]+(?:\.\d+)?) (bn|mn) kWh/yr")


def plants(exposures: pd.DataFrame) -> pd.DataFrame:
    """Plants and plans with what is printed of them, one row per plant or change of a plant.

    `plant, technology` (hydropower, small hydropower, solar, thermal), `status` (operating, upgrade, planned, under
    construction, candidate, agreements, installed total, reported), `capacity_mw` (for an upgrade the increase),
    `stated_gwh` (missing where none is printed for this capacity), `capacity_factor` (stated_gwh over capacity;
    missing likewise), `additional` (adds to the balance of recent years and is counted nowhere else), `remark`,
    `figure_id`. WRI's model values of generation are not used. Raises AnalysisError when there is no plant.
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
        gwh = np.nan
        if stated and row.area not in OTHER_SCOPE:
            gwh = float(stated[1].replace(",", "")) * (1000.0 if stated[2] == "bn" else 1.0)
        remark = OVERLAPS.get(row.area, OTHER_SCOPE.get(row.area, ""))
        if not remark and status == "reported":
            remark = "commissioning not dated; may be among the 39 operating small plants"
        found.append(
            {
                "plant": row.area,
                "technology": _technology(row.area, row.value),
                "status": status,
                "capacity_mw": capacity,
                "stated_gwh": gwh,
                # The yield of an upgrade comes from efficiency as well as from its MW.
                "capacity_factor": np.nan if upgrade else 1000 * gwh / (HOURS_PER_YEAR * capacity),
                "additional": status not in ("operating", "reported") and row.area not in OVERLAPS,
                "remark": remark,
                "figure_id": row.figure_id,
            }
        )
    return pd.DataFrame(found)


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


CAPACITY_FACTORS = {
    "solar": Assumption(
        "solar_capacity_factor", 0.13, 0.16, 0.20, "share of rated output",
        "no source prints the yield of a plant; usual for fixed panels at 40-43 degrees north",
    ),
    "wind": Assumption(
        "wind_capacity_factor", 0.18, 0.25, 0.35, "share of rated output",
        "no plant and no measurement in the sources; usual range on land",
    ),
    "small hydropower": Assumption(
        "small_hydropower_capacity_factor", 0.30, 0.40, 0.55, "share of rated output",
        "219.7 GWh in half of 2025 from 130.76 MW is 0.38; designs print 0.42 and 0.70",
    ),
    "hydropower": Assumption(
        "hydropower_capacity_factor", 0.28, 0.37, 0.47, "share of rated output",
        "outputs printed for planned plants mean 0.29 to 0.45; national hydropower of 2023 over the six large plants "
        "listed is 0.47, somewhat high since other plants are missing",
    ),
}  # fmt: skip

# Share of a resource's energy that must come at another hour for a constant supply; see `firming_share`.
FIRMING_SHARES = {
    "solar": Assumption(
        "solar_firming_share", 0.55, 0.65, 0.84, "share of its energy",
        "lowest: the same clear day all year, 12 h half-sine; highest: 1 - capacity factor, full or nothing",
    ),
    "wind": Assumption(
        "wind_firming_share", 0.30, 0.42, 0.75, "share of its energy",
        "no measurement in the sources; highest: 1 - capacity factor, full or nothing",
    ),
    "small hydropower": Assumption(
        "small_hydropower_firming_share", 0.10, 0.25, 0.60, "share of its energy",
        "no monthly output in the sources; mountain rivers run high in summer; highest: 1 - capacity factor",
    ),
    "hydropower": Assumption(
        "hydropower_firming_share", 0.0, 0.0, 0.0, "share of its energy",
        "counted as regulated: the paper gives these plants the part of the hub",
    ),
}  # fmt: skip


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


def hub_assumptions(deficit: Assumption, potential: pd.DataFrame, plant: pd.DataFrame) -> tuple[Assumption, ...]:
    """The uncertain inputs of `hub_and_spoke`. What is printed enters as printed; the ranges say what is not known.

    Parameters: from `deficit_assumption`, `potentials`, `plants`. Raises DataError when Kambarata-1, the solar
    plants or the small-hydropower potential are not among them.
    """
    hub = plant[plant["plant"].str.startswith("Kambarata-1")]
    small = potential[potential["resource"] == "small hydropower"]
    solar = plant[(plant["technology"] == "solar") & plant["additional"]]
    installed = solar[solar["status"] == "installed total"]
    cascades = plant[(plant["technology"] == "hydropower") & plant["additional"]].drop(index=hub.index)
    cascades = cascades[cascades["status"].isin(["planned", "agreements"])]
    if len(hub) != 1 or len(small) != 1 or len(installed) != 1 or cascades.empty:
        raise DataError("Kambarata-1, the small-hydropower potential, installed solar and cascades must each be known.")
    hub_mw, hub_gwh = float(hub["capacity_mw"].iloc[0]), float(hub["stated_gwh"].iloc[0])
    cascade_mw, agreed = float(cascades["capacity_mw"].sum()), float(cascades["capacity_mw"].max())
    potential_left = small.iloc[0]
    left = tuple(
        float(potential_left[f"{end}_gwh"] - potential_left[f"used_{other}_gwh"])
        for end, other in (("low", "high"), ("high", "low"))
    )
    solar_now, solar_soon = float(installed["capacity_mw"].iloc[0]), float(solar["capacity_mw"].sum())
    return (
        deficit,
        Assumption("solar_mw", solar_now, solar_soon, max(1000.0, solar_soon), "MW",
                   "installed at the end of 2025; with what is being built; about a fifth of the 5 450 MW agreed "
                   "for solar and wind (evidence ev033)"),
        Assumption("wind_mw", 0.0, 100.0, 500.0, "MW",
                   "nothing runs; one farm of 100 MW was begun (evidence ev035); five such"),
        Assumption("small_hydropower_left_gwh", left[0], sum(left) / 2, left[1], "GWh per year",
                   "stated potential less what is generated"),
        Assumption("small_hydropower_built_share", 0.02, 0.10, 0.30, "share of what is left",
                   "no plan says how much will be built; the stock of today is 2 to 4 % of the potential"),
        Assumption("cascades_built_share", 0.0, 0.25, 1.0, "share of cascade_mw",
                   "agreements and plans, none built; the paper says they stand still for lack of investment"),
        Assumption("cascade_mw", agreed, cascade_mw, cascade_mw, "MW",
                   "the largest agreement alone; every large plant planned beside Kambarata-1"),
        Assumption("hub_gwh", 0.8 * hub_gwh, hub_gwh, 1.1 * hub_gwh, "GWh per year",
                   "stated for Kambarata-1; national hydropower 2007-2023: 21 % below to 12 % above its mean"),
        Assumption("hub_mw", hub_mw, hub_mw, hub_mw, "MW", "stated for Kambarata-1"),
        *(CAPACITY_FACTORS[name] for name in ("solar", "wind", "small hydropower", "hydropower")),
        *(FIRMING_SHARES[name] for name in ("solar", "wind", "small hydropower")),
    )  # fmt: skip


def hub_and_spoke(values: Mapping[str, float]) -> dict[str, float]:
    """Energy of a hub and its spokes against the deficit; `values` by the names of `hub_assumptions`.

    Returns `spokes_gwh, hub_gwh_per_year, cascades_gwh, total_gwh`, `spokes_deficit_percent`,
    `hub_deficit_percent`, `total_deficit_percent` (above 100: more than the deficit of the base years),
    `firmed_gwh` and `firmed_percent` (of the spokes' energy, to be shifted by the hub), `hub_room_used_percent`
    (above 100: spokes at their extremes together exceed the hub; see `HubRoom.used`).
    Raises ParameterError for a missing input or a share or capacity out of range.
    """
    needed = {
        "deficit_gwh", "solar_mw", "wind_mw", "small_hydropower_left_gwh", "small_hydropower_built_share", "hub_gwh",
        "hub_mw", "cascades_built_share", "cascade_mw", "solar_capacity_factor", "wind_capacity_factor",
        "small_hydropower_capacity_factor", "hydropower_capacity_factor", "solar_firming_share", "wind_firming_share",
        "small_hydropower_firming_share",
    }  # fmt: skip
    missing = needed - set(values)
    if missing:
        raise ParameterError(f"The hub model needs {', '.join(sorted(missing))}.")
    v = values
    if v["deficit_gwh"] <= 0:
        raise ParameterError(f"The deficit must be above 0 GWh; given: {v['deficit_gwh']}.")
    outside = [name for name in needed if name.endswith("_share") and not 0 <= v[name] <= 1]
    if outside:
        raise ParameterError(f"Shares lie between 0 and 1: {', '.join(f'{n} = {v[n]}' for n in sorted(outside))}.")
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
    room = hub_room(v["hub_mw"], v["hub_gwh"]).used(
        {
            "solar": (v["solar_mw"], v["solar_capacity_factor"]),
            "wind": (v["wind_mw"], v["wind_capacity_factor"]),
            "small hydropower": (implied_capacity_mw(small, small_factor), small_factor),
        }
    )
    percent = 100 / v["deficit_gwh"]
    total = spokes + v["hub_gwh"] + cascades
    return {
        "spokes_gwh": spokes,
        "hub_gwh_per_year": v["hub_gwh"],
        "cascades_gwh": cascades,
        "total_gwh": total,
        "spokes_deficit_percent": spokes * percent,
        "hub_deficit_percent": v["hub_gwh"] * percent,
        "total_deficit_percent": total * percent,
        "firmed_gwh": firmed,
        "firmed_percent": 100 * firmed / spokes if spokes > 0 else 0.0,
        "hub_room_used_percent": 100 * room,
    }
