"""Could it be the technology? How much land it would have to cover, and what else there is by oblast.

Three questions, none of which can show an effect of technology with the data at hand:

* *Ceiling.* What share of the wheat area must a technology cover, with what gain per hectare, to account for
  a change of the mean yield? Arithmetic, without any inference.
* *Panel.* Does yield move with the conveyance loss of irrigation water, oblast and year effects removed?
  Seven clusters: cluster-robust, jackknife, bootstrap and permutation inference stand side by side.
* *Falsification.* How closely does what is in no field go with the change of yield? Seven oblasts and one date per
  indicator; the p-value comes from all orderings of the oblasts.

Input convention: `yields` is wide, index = year, columns = oblast, values in c/ha.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.association import ExposureAssociation
from pipeline.methods.panel_exposure import FirstYearScan, PanelExposure, PermutedPaths
from pipeline.methods.panels import PRINTED_STEP, Outcome, check_panel, check_year_pair, outcome_values
from pipeline.methods.wild_bootstrap import WildClusterBootstrap

GainUnit = Literal["percent", "c/ha"]


# --- change -------------------------------------------------------------------------------


def yield_change(yields: pd.DataFrame, year_before: int, year_after: int, *, outcome: Outcome = "level") -> pd.Series:
    """Change of yield of every oblast between two years.

    Parameters: `yields` wide (years x oblasts, c/ha); two years of its index in order; `outcome` "level" or
    "log".

    Returns a Series by oblast, in c/ha or in log points.
    Raises DataError (bad table), ParameterError (pair outside the panel), AnalysisError (no logarithm).
    """
    check_panel(yields)
    check_year_pair(yields, year_before, year_after)
    values = pd.DataFrame(outcome_values(yields, outcome), yields.index, yields.columns)
    return (values.loc[year_after] - values.loc[year_before]).rename("change")


# --- attribution ceiling -------------------------------------------------------------------------------


def wheat_area_ha(production_t: float, yield_c_per_ha: float) -> float:
    """Harvested area implied by production and yield, ha = 10 t / (c/ha); derived, no better than the two.

    Raises ParameterError unless both are positive.
    """
    if not (production_t > 0 and yield_c_per_ha > 0):
        raise ParameterError(
            f"Production {production_t} t and yield {yield_c_per_ha} c/ha must both be positive to give an area."
        )
    return 10 * production_t / yield_c_per_ha


def _gain_table(gains: np.ndarray, unit: GainUnit, baseline: float) -> pd.DataFrame:
    """Gains in both units, columns `gain_percent` and `gain_c_per_ha`, checked."""
    if unit not in ("percent", "c/ha"):
        raise ParameterError(f"A gain is given in 'percent' of the baseline or in 'c/ha', not in {unit!r}.")
    if not (np.isfinite(baseline) and baseline > 0):
        raise ParameterError(f"The baseline yield must be positive (c/ha); given: {baseline}.")
    values = np.atleast_1d(np.asarray(gains, dtype=float))
    if values.size == 0 or not np.isfinite(values).all() or (values <= 0).any():
        raise ParameterError(f"Gains per hectare must be positive numbers; given: {values.tolist()}.")
    percent = values if unit == "percent" else 100 * values / baseline
    return pd.DataFrame({"gain_percent": percent, "gain_c_per_ha": percent / 100 * baseline})


def _check_rise(change: float) -> None:
    if not (np.isfinite(change) and change > 0):
        raise AnalysisError(
            f"A change of {change} c/ha is not a rise: no gain per hectare can account for it. "
            "Choose a pair of years in which the yield rose."
        )


def required_share(
    change: float,
    baseline: float,
    gains: np.ndarray,
    wheat_area: float,
    *,
    unit: GainUnit = "percent",
    rounding: float = PRINTED_STEP,
) -> pd.DataFrame:
    """Share of the wheat area that must newly adopt to account for a change of the mean yield.

    The oblast's yield is an area-weighted mean: if the share s of the area gains g c/ha over what it would
    have had and nothing else changes, the mean rises by s g. So s = d / g.

    Parameters: `change` d in c/ha (positive); `baseline` yield of the adopting fields before, c/ha (the
    oblast's mean unless better is known); `gains` positive, in percent of `baseline` or in c/ha (`unit`); `wheat_area`
    in ha; `rounding`, the uncertainty of d carried from printed yields (two figures to 0.1 c/ha: 0.1).

    Returns a frame with one row per gain: `gain_percent`, `gain_c_per_ha`, `required_share` (above 1: even
    full cover does not account for d), `required_share_low`, `required_share_high` (d -/+ rounding),
    `required_area_ha`, `attainable`. Raises AnalysisError when d <= 0 (a fall is not explained by a gain) and
    ParameterError for impossible arguments.
    """
    table = _gain_table(gains, unit, baseline)
    if not (np.isfinite(wheat_area) and wheat_area > 0):
        raise ParameterError(f"The wheat area must be positive (ha); given: {wheat_area}.")
    if not 0 <= rounding < np.inf:
        raise ParameterError(f"The rounding must not be negative (c/ha); given: {rounding}.")
    _check_rise(change)
    gain = table["gain_c_per_ha"]
    share = change / gain
    return table.assign(
        required_share=share,
        required_share_low=np.maximum(change - rounding, 0) / gain,
        required_share_high=(change + rounding) / gain,
        required_area_ha=share * wheat_area,
        attainable=share <= 1,
    )


def explained_change(
    areas_ha: pd.Series,
    wheat_areas_ha: pd.Series,
    change: float,
    baseline: float,
    gains: np.ndarray,
    *,
    unit: GainUnit = "percent",
) -> pd.DataFrame:
    """The most a documented area can account for: A / W x g, for every area, estimate of wheat area and gain.

    An upper bound: it takes all of A as sown to wheat, as new between the two years, and as gaining g in
    full. An area larger than W is cut to W (`covers_all` is then true).

    Parameters: `areas_ha` by technology (ha, >= 0); `wheat_areas_ha` by source of the estimate (ha, > 0);
    `change` d in c/ha, positive; `baseline`, `gains` and `unit` as in `required_share`.

    Returns a tidy frame: `technology, wheat_area_source, area_ha, wheat_area_ha, share_of_wheat_area,
    covers_all, gain_percent, gain_c_per_ha, explained_c_per_ha, share_of_change` (explained / d). Raises
    ParameterError for a negative or missing area, AnalysisError for d <= 0.
    """
    gain_table = _gain_table(gains, unit, baseline)
    for name, areas, lowest in (("documented", areas_ha, 0.0), ("wheat", wheat_areas_ha, np.nextafter(0, 1))):
        values = areas.to_numpy(dtype=float)
        if len(values) == 0 or not np.isfinite(values).all() or (values < lowest).any():
            raise ParameterError(
                f"Every {name} area must be given and {'positive' if lowest else 'not negative'} (ha): "
                f"{areas.to_dict()}."
            )
    _check_rise(change)
    table = (
        areas_ha.rename_axis("technology")
        .rename("area_ha")
        .astype(float)
        .reset_index()
        .merge(
            wheat_areas_ha.rename_axis("wheat_area_source").rename("wheat_area_ha").astype(float).reset_index(),
            how="cross",
        )
    )
    ratio = table["area_ha"] / table["wheat_area_ha"]
    table["share_of_wheat_area"] = ratio.clip(upper=1.0)
    table["covers_all"] = ratio >= 1
    table = table.merge(gain_table, how="cross")
    table["explained_c_per_ha"] = table["share_of_wheat_area"] * table["gain_c_per_ha"]
    table["share_of_change"] = table["explained_c_per_ha"] / change
    return table[
        [
            "technology",
            "wheat_area_source",
            "area_ha",
            "wheat_area_ha",
            "share_of_wheat_area",
            "covers_all",
            "gain_percent",
            "gain_c_per_ha",
            "explained_c_per_ha",
            "share_of_change",
        ]
    ]


# --- what the report says and shows of them ------------------------------------------------------------


def falsification_results(association: ExposureAssociation) -> dict[str, object]:
    """Results of the report on the association of what is in no field with the change of yield."""
    table = association.table
    closest = table["p_max_t_pearson"].idxmin()
    return {
        "oblasts": len(association.units),
        "indicators": len(table),
        "orderings": association.orderings,
        "closest": closest,
        "closest_r": table.loc[closest, "pearson"],
        "closest_p": table.loc[closest, "p_pearson"],
        "smallest_corrected_p": table["p_max_t_pearson"].min(),
    }


def largest_loss(loss: pd.DataFrame) -> dict[str, object]:
    """The largest conveyance loss (percent), and where and when it was (`loss`: years x oblasts)."""
    year, area = loss.stack().idxmax()
    return {"loss_most": float(loss.loc[year, area]), "loss_most_area": area, "loss_most_year": int(year)}


def loss_results(
    loss: pd.DataFrame, fit: PanelExposure, wild: dict[str, WildClusterBootstrap], paths: PermutedPaths
) -> dict[str, object]:
    """Results of the report on yield and conveyance loss (`loss`: years x oblasts, percent)."""
    heaviest = fit.leave_one_out["leverage"].idxmax()
    p_values = {
        "loss_p_cluster": fit.p_cluster,
        "loss_p_jackknife": fit.p_jackknife,
        "loss_p_wild": wild["rademacher"].p_value,
        "loss_p_webb": wild["webb"].p_value,
        "loss_p_permutation": paths.p_value,
    }
    return {
        "loss_first_year": int(loss.index[0]),
        "loss_last_year": int(loss.index[-1]),
        "loss_slope": fit.coefficient,
        **p_values,
        "loss_p_lowest": min(p_values.values()),
        "loss_p_highest": max(p_values.values()),
        "loss_heaviest": heaviest,
        "loss_leverage": 100 * fit.leave_one_out.loc[heaviest, "leverage"],
        "loss_slope_without": fit.leave_one_out.loc[heaviest, "coefficient"],
    }


def loss_inference(fit: PanelExposure, wild: dict[str, WildClusterBootstrap], paths: PermutedPaths) -> pd.DataFrame:
    """What each method makes of one slope: `method`, `standard_error`, `p`, `smallest_p` (possible), `low`, `high`."""
    rows = [
        {
            "method": "cr1",
            "standard_error": fit.se_cluster,
            "p": fit.p_cluster,
            "low": fit.ci_cluster[0],
            "high": fit.ci_cluster[1],
        },
        {"method": "cv3", "standard_error": fit.se_jackknife, "p": fit.p_jackknife},
        *({"method": weights, "p": test.p_value, "smallest_p": test.smallest_p} for weights, test in wild.items()),
        {"method": "paths", "p": paths.p_value, "smallest_p": paths.smallest_p},
    ]
    return pd.DataFrame(rows)


def scan_results(scan: FirstYearScan) -> dict[str, object]:
    """Results of the report on the choice of the first year of the panel."""
    striking = int(scan.table["p_permutation"].idxmin())
    return {
        "loss_striking_year": striking,
        "loss_striking_slope": scan.table.loc[striking, "coefficient"],
        "loss_striking_p": scan.table.loc[striking, "p_permutation"],
        "loss_p_any": scan.p_any,
    }
