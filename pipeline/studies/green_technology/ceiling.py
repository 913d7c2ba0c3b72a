"""The attribution ceiling: what share of the land a technology must cover, beside the areas that sources print."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.methods.panels import PRINTED_STEP
from pipeline.studies.green_technology.analysis import required_share
from pipeline.studies.green_technology.exposures import DERIVED, RAION_AREAS, SOWN, documented_ceiling

STEPS = (20.0, 50.0, 100.0)
"""Gains in percent that are written out beside the curve, besides the one assumed."""


@dataclass(frozen=True)
class Attribution:
    """Arithmetic of one rise of an oblast's yield and one gain per hectare.

    Attributes
    ----------
    change, baseline
        Change of the yield, rounded as it is printed, and the yield before; c/ha.
    gain
        Percent of the baseline.
    areas
        The oblast's area under the crop by name of the estimate, ha (NaN: none).
    documented
        What `exposures.documented_areas` gives.
    ceilings
        `documented` with what `exposures.documented_ceiling` adds; no rows without a rise.
    curve, written_out
        `analysis.required_share` over a grid of gains, and of those that are written out; no rows without a rise.
    """

    change: float
    baseline: float
    gain: float
    areas: pd.Series
    documented: pd.DataFrame
    ceilings: pd.DataFrame
    curve: pd.DataFrame
    written_out: pd.DataFrame

    def printed(self) -> dict[str, object]:
        """What sources print for the oblast: areas (ha), their first year, raions; None where they print nothing."""
        here = self.documented["counted"] == "reported here"
        raions = self.documented.loc[self.documented["technology"].isin(RAION_AREAS), "area"]
        areas = self.areas.round().astype(object).where(self.areas.notna(), None)
        return {
            "area_sown": areas[SOWN],
            "area_derived": areas[DERIVED],
            "documented_here": self.documented.loc[here, "area_ha"].sum(),
            "documented_first_year": int(self.documented["year"].min()),
            "documented_raions": ", ".join(dict.fromkeys(raions)) or None,
        }

    def results(self) -> dict[str, object]:
        """The share needed (percent) and the most that areas printed for the oblast explain; None without a rise."""
        found: dict[str, object] = {"change": self.change, "gain": self.gain}
        names = ("required_share", "explained_here", "explained_here_percent", "explained_raions")
        if self.ceilings.empty:
            return found | dict.fromkeys(names)
        needed = required_share(self.change, self.baseline, [self.gain], self.areas.dropna().iloc[0])
        own = self.ceilings[self.ceilings["counted"] == "reported here"]
        raions = own[own["technology"].isin(RAION_AREAS)]
        values = (
            100 * needed["required_share"].iloc[0],
            own["explained_high"].sum(),
            100 * own["share_of_change_high"].sum(),
            raions["explained_high"].sum(),
        )
        return found | dict(zip(names, values, strict=True))

    def over_gains(self, low: float, high: float) -> dict[str, float | None]:
        """The same for the lowest and the highest gain that a source reports (percent); None without a rise.

        `documented_share`: percent of the area under the crop, by its smaller estimate; `explained_least`: at the
        lowest gain and the larger estimate of the area; `explained_most`: at the highest and the smaller;
        `required_share_most`, `required_share_least`: percent of the area needed at the lowest and the highest gain.
        """
        names = (
            "documented_share",
            "explained_least",
            "explained_most",
            "required_share_most",
            "required_share_least",
        )
        if self.ceilings.empty:
            return dict.fromkeys(names)
        own = self.ceilings[self.ceilings["counted"] == "reported here"]
        share_low, share_high = own["share_low"].sum(), own["share_high"].sum()
        needed = [100 * self.change / (self.baseline * gain / 100) for gain in (low, high)]
        added = (share_low * low / 100 * self.baseline, share_high * high / 100 * self.baseline)
        return dict(zip(names, (100 * share_high, *added, *needed), strict=True))

    def table(self) -> pd.DataFrame:
        """`ceilings` with shares in percent and `documented`, the name of the row: indicator and how it is counted."""
        rows = self.ceilings
        own = rows["counted"] == "reported here"
        return rows.assign(
            documented=rows["technology"].where(own, rows["technology"] + ", " + rows["counted"]),
            share_low=100 * rows["share_low"],
            share_high=100 * rows["share_high"],
            of_change_high=100 * rows["share_of_change_high"],
        )

    def picture(self) -> pd.DataFrame:
        """What the figure shows, shares in percent: `part` is `curve`, `written out` or `documented`."""
        needed = pd.concat({"curve": self.curve, "written out": self.written_out}, names=["part"]).reset_index("part")
        shares = {name: 100 * needed[f"required_{name}"] for name in ("share", "share_low", "share_high")}
        return pd.concat([needed.assign(**shares), self.table().assign(part="documented")], ignore_index=True)


def attribution(
    documented: pd.DataFrame, areas: pd.Series, country_area: float, change: float, baseline: float, gain: float
) -> Attribution:
    """What a technology would have to cover for a rise, and the most that documented areas can account for.

    Parameters
    ----------
    documented
        What `exposures.documented_areas` gives.
    areas
        The oblast's area under the crop by name of the estimate, ha.
    country_area
        The country's area under the crop, ha.
    change, baseline
        Change of the yield, which is rounded as it is printed, and the yield before; c/ha.
    gain
        Gain per hectare where the technology is used, percent of `baseline`.

    Raises
    ------
    AnalysisError
        If there is no estimate of the area under the crop.
    """
    rise = round(float(change), 1)
    one = max(rise, PRINTED_STEP)  # the columns are those of any rise; without one no row is kept
    ceilings = documented_ceiling(documented, areas, country_area, one, baseline, gain)
    area = areas.dropna().iloc[0]
    widest = max(100.0, 300 * one / baseline)
    curve = required_share(one, baseline, np.linspace(0, widest, 401)[1:], area)
    written_out = required_share(one, baseline, sorted({s for s in (*STEPS, float(gain)) if s <= widest}), area)
    kept = slice(None) if rise > 0 else slice(0)
    return Attribution(rise, baseline, gain, areas, documented, ceilings[kept], curve[kept], written_out[kept])
