"""Checks of the exercises: each answer is compared with what the data give, and with what frequent mistakes give.

A cell of an exercise calls `check_1(change=change, …)` and shows what it returns. Nothing right is written down here:
every figure is worked out from the panel, so that the exercises stay true when a figure of a source is corrected. What
the checks say stands in `hints.yml`, in English, Kyrgyz and Russian.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy import stats

from pipeline.data.panel import load_exposures, load_panel, yields_by_oblast
from pipeline.methods.difference_in_differences import placebo_did
from pipeline.methods.own_response import changes_before_pair, own_response
from pipeline.methods.panels import TOLERANCE
from pipeline.methods.regression import least_squares, predict
from pipeline.studies.green_technology import exposures as technology

OBLAST, CROP, BEFORE, AFTER = "Jalal-Abad", "wheat", 2023, 2024
GAIN = 50
"""Percent of the yield: the highest gain of a technology of fields that a source reports."""
ALPHA, POWER, LEVEL = 0.05, 0.80, 0.95
MARKS = {"right": "✓", "missing": "…", "wrong": "✗"}


# --- judging one answer ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """What is said of one answer; `state` is a key of `MARKS`, `hint` the key of what is said."""

    name: str
    state: str
    hint: str
    said: str


@dataclass(frozen=True)
class Marks:
    """What is said of all answers of an exercise; a notebook shows it as a list."""

    marks: tuple[Mark, ...]
    language: str

    @property
    def passed(self) -> bool:
        """Whether every answer is right."""
        return all(mark.state == "right" for mark in self.marks)

    def __str__(self) -> str:
        right = sum(mark.state == "right" for mark in self.marks)
        lines = [f"{MARKS[mark.state]} {mark.said}" for mark in self.marks]
        return "\n".join([*lines, _say("score", self.language, right=right, all=len(self.marks))])

    __repr__ = __str__


@dataclass(frozen=True)
class Number:
    """A number that is asked for, with the numbers that mistakes give.

    Attributes
    ----------
    right
        Within `tolerance` of it an answer is right.
    mistakes
        Key of a hint -> what that mistake gives.
    """

    right: float
    tolerance: float
    mistakes: Mapping[str, float]

    def judge(self, name: str, answer: object, language: str) -> Mark:
        """What is said of an answer."""
        if isinstance(answer, pd.Series | pd.DataFrame | np.ndarray | Sequence) and not isinstance(answer, str):
            if np.size(answer) != 1:
                return _wrong(name, "many", language, kind=type(answer).__name__, count=np.size(answer))
            answer = np.asarray(answer).item()
        if isinstance(answer, bool | np.bool_) or not isinstance(answer, int | float | np.integer | np.floating):
            return _wrong(name, "no_number", language, kind=type(answer).__name__)
        given = float(answer)
        if not math.isfinite(given):
            return _wrong(name, "not_finite", language)
        if self._is(given, self.right):
            return Mark(name, "right", "right", _say("right", language, name=name))
        for hint, value in (dict(self.mistakes) | self._usual()).items():
            if self._is(given, value):
                return _wrong(name, hint, language, given=given)
        digits = next((d for d in (0, 1, 2) if given == round(given, d)), None)
        if digits is not None and given == round(self.right, digits):
            return _wrong(name, "rounded", language, given=given)
        return _wrong(name, f"how_{name}", language, given=given)

    def _usual(self) -> dict[str, float]:
        """Mistakes that any number may hold; a number near zero is like its own tenth."""
        if abs(self.right) < 10 * self.tolerance or self.tolerance == 0:
            return {}
        return {"sign": -self.right, "percent": 100 * self.right, "share": self.right / 100, "tonnes": self.right / 10}

    def _is(self, given: float, value: float) -> bool:
        return abs(given - value) <= self.tolerance + TOLERANCE


@dataclass(frozen=True)
class Choice:
    """One of some answers that is asked for; `wrong`: answer -> key of the hint, or one key for all others."""

    right: str
    options: tuple[str, ...]
    wrong: Mapping[str, str]

    def judge(self, name: str, answer: object, language: str) -> Mark:
        """What is said of an answer."""
        if answer == self.right:
            return Mark(name, "right", "right", _say("right", language, name=name))
        if answer not in self.options:
            return _wrong(name, "no_option", language, options=", ".join(map(repr, self.options)))
        return _wrong(name, self.wrong.get(answer, f"how_{name}"), language, given=answer)


def _judged(asked: Mapping[str, Number | Choice], answers: Mapping[str, object], language: str) -> Marks:
    marks = []
    for name, wanted in asked.items():
        answer = answers[name]
        if answer is ...:
            marks.append(Mark(name, "missing", "missing", _say("missing", language, name=name)))
        else:
            marks.append(wanted.judge(name, answer, language))
    return Marks(tuple(marks), language)


def _wrong(name: str, hint: str, language: str, **values: object) -> Mark:
    return Mark(name, "wrong", hint, _say(hint, language, name=name, **values))


@cache
def hints() -> dict[str, dict[str, str]]:
    """What the checks say: key -> language -> text."""
    return yaml.safe_load((Path(__file__).parent / "hints.yml").read_text(encoding="utf-8"))


def _say(hint: str, language: str, **values: object) -> str:
    text, given = hints()[hint][language], values.pop("given", None)
    begun = (
        "" if given is None else f"`{values['name']}` = {given:.4g}. " if isinstance(given, float) else f"{given!r}: "
    )
    return begun + text.format(**values)


# --- what the data give ---------------------------------------------------------------------------------------


def wheat() -> pd.DataFrame:
    """Year-end wheat yields, years x oblasts, c/ha."""
    return yields_by_oblast(load_panel(), CROP)


def land() -> dict[str, float]:
    """Hectares of Jalal-Abad: `sown` with the crop for 2024, and `documented` with technologies of fields."""
    panel, found = load_panel(), load_exposures()
    sown = technology.crop_areas(panel, found, wheat(), CROP).loc[OBLAST, technology.SOWN]
    documented = technology.documented_areas(found, OBLAST)
    here = documented.loc[documented["counted"] == "reported here", "area_ha"].sum()
    return {"sown": float(sown), "documented": float(here)}


@dataclass(frozen=True)
class _Line:
    """The line of the oblast's changes on the others' mean change through some years, and its forecast of the pair."""

    slope: float
    expected: float
    error_mean: float
    error_year: float
    residual: float
    years: int


def _line(own: np.ndarray, others: np.ndarray, at: float) -> _Line:
    fit = least_squares(np.column_stack([np.ones(len(own)), others]), own)
    expected, error_mean, error_year = predict(fit, np.array([1.0, at]))
    return _Line(float(fit.params[1]), expected, error_mean, error_year, float(np.sqrt(fit.scale)), len(own))


def _movements() -> tuple[np.ndarray, np.ndarray]:
    """Yearly changes of the oblast and the others' mean, up to the pair, which is the last."""
    changes = changes_before_pair(wheat(), BEFORE, AFTER)
    return changes[OBLAST].to_numpy(), changes.drop(columns=OBLAST).mean(axis=1).to_numpy()


# --- the exercises --------------------------------------------------------------------------------------------


def check_1(*, change: object, low: object, high: object, percent: object, language: str = "en") -> Marks:
    """The change of a printed yield, and what its rounding leaves open."""
    panel = load_panel()
    rows = panel[(panel["area"] == OBLAST) & (panel["crop"] == CROP) & (panel["measure"] == "yield")]
    y = wheat()
    before, after = (float(y.loc[year, OBLAST]) for year in (BEFORE, AFTER))
    right = after - before
    every = [rows.loc[(rows["year"] == year) & (rows["kind"] == "stated"), "value"].mean() for year in (BEFORE, AFTER)]
    in_percent = 100 * right / before
    ends = {"no_rounding": right, "in_percent": in_percent}
    asked = {
        "change": Number(
            right,
            0.005,
            {
                "in_percent": in_percent,
                "mixed_series": every[1] - every[0],
                "mean_of_all": float(y.loc[AFTER].mean() - y.loc[BEFORE].mean()),
                "year_earlier": before - float(y.loc[BEFORE - 1, OBLAST]),
            },
        ),
        "low": Number(right - 0.1, 0.005, {"one_rounding": right - 0.05, "ends_swapped": right + 0.1, **ends}),
        "high": Number(right + 0.1, 0.005, {"one_rounding": right + 0.05, "ends_swapped": right - 0.1, **ends}),
        "percent": Number(
            in_percent,
            0.01,
            {
                "percent_of_after": 100 * right / after,
                "in_c_per_ha": right,
                "ratio": 100 * after / before,
                "logarithm": 100 * math.log(after / before),
            },
        ),
    }
    return _judged(asked, {"change": change, "low": low, "high": high, "percent": percent}, language)


def check_2(
    *,
    others_change: object,
    did: object,
    slope: object,
    p_slope_is_one: object,
    reading: object,
    language: str = "en",
) -> Marks:
    """The difference in differences, and whether what it supposes held in earlier years."""
    y = wheat()
    found = own_response(y, OBLAST, BEFORE, AFTER)
    own, others = _movements()
    all_of_them = float((y.loc[AFTER] - y.loc[BEFORE]).mean())
    with_pair, turned = _line(own, others, 0), _line(others[:-1], own[:-1], 0)
    levels = y.loc[:BEFORE]
    of_levels = np.polyfit(levels.drop(columns=OBLAST).mean(axis=1), levels[OBLAST], 1)[0]
    statistic = (found.slope - 1) / found.slope_error
    df = found.years - 2
    asked = {
        "others_change": Number(
            found.change_comparison,
            0.005,
            {
                "own_among_others": all_of_them,
                "median": float((y.loc[AFTER] - y.loc[BEFORE]).drop(OBLAST).median()),
                "sum": found.change_comparison * len(found.comparison),
                "own_change": found.change,
            },
        ),
        "did": Number(
            found.difference_in_differences,
            0.005,
            {
                "own_among_others": found.change - all_of_them,
                "own_change": found.change,
                "levels_after": float(y.loc[AFTER, OBLAST] - y.loc[AFTER].drop(OBLAST).mean()),
            },
        ),
        "slope": Number(
            found.slope,
            0.002,
            {
                "with_pair": with_pair.slope,
                "turned": turned.slope,
                "levels": float(of_levels),
            },
        ),
        "p_slope_is_one": Number(
            found.p_slope_is_one,
            found.p_slope_is_one / 20,
            {
                "one_sided": found.p_slope_is_one / 2,
                "normal": float(2 * stats.norm.sf(abs(statistic))),
                "test_of_zero": float(2 * stats.t.sf(found.slope / found.slope_error, df)),
                "lower_tail": 1 - found.p_slope_is_one / 2,
            },
        ),
        "reading": Choice("b", ("a", "b", "c"), {"a": "reading_a", "c": "reading_c"}),
    }
    given = {"others_change": others_change, "did": did, "slope": slope, "p_slope_is_one": p_slope_is_one}
    return _judged(asked, given | {"reading": reading}, language)


def check_3(*, expected: object, difference: object, low: object, high: object, language: str = "en") -> Marks:
    """The change beside what the oblast's own response leads to expect, with its prediction interval."""
    found = own_response(wheat(), OBLAST, BEFORE, AFTER)
    own, others = _movements()
    line, with_pair = _line(own[:-1], others[:-1], others[-1]), _line(own, others, others[-1])
    df = line.years - 2
    t = float(stats.t.ppf((1 + LEVEL) / 2, df))
    widths = {
        "of_the_mean": t * line.error_mean,
        "normal": float(stats.norm.ppf((1 + LEVEL) / 2)) * line.error_year,
        "one_sided": float(stats.t.ppf(LEVEL, df)) * line.error_year,
        "no_parameters": t * line.residual,
        "divided_by_n": t * line.residual * math.sqrt(df / line.years),
        "divided_by_n_minus_1": t * line.residual * math.sqrt(df / (line.years - 1)),
        "one_error": line.error_year,
    }
    d, e = found.difference, found.expected

    def end(sign: int) -> Number:
        mistakes = {hint: d + sign * width for hint, width in widths.items()}
        more = {"of_expected": e + sign * t * line.error_year, "ends_swapped": d - sign * t * line.error_year}
        return Number(d + sign * t * line.error_year, 0.005, mistakes | more)

    asked = {
        "expected": Number(
            e, 0.005, {"with_pair": with_pair.expected, "no_intercept": line.slope * others[-1], "others": others[-1]}
        ),
        "difference": Number(
            d, 0.005, {"with_pair": own[-1] - with_pair.expected, "is_did": own[-1] - others[-1], "own_change": own[-1]}
        ),
        "low": end(-1),
        "high": end(1),
    }
    return _judged(asked, {"expected": expected, "difference": difference, "low": low, "high": high}, language)


def check_4(
    *, own: object, largest: object, p_value: object, smallest: object, units_needed: object, language: str = "en"
) -> Marks:
    """Where the oblast stands among all, and what so few units can tell at all."""
    cells = placebo_did(wheat(), AFTER - BEFORE).loc[AFTER]  # every oblast against its own others, c/ha
    d, n = float(cells[OBLAST]), len(cells)
    at_least = int((cells.abs() >= abs(d) - TOLERANCE).sum())  # with its own
    at_most = float((cells <= d + TOLERANCE).mean())
    changes = wheat().loc[AFTER] - wheat().loc[BEFORE]
    needed = math.ceil(1 / ALPHA)
    asked = {
        "own": Number(d, 0.005, {"own_change": float(changes[OBLAST]), "own_among_others": d * (n - 1) / n}),
        "largest": Choice(
            str(cells.abs().idxmax()), tuple(cells.index), {str(cells.idxmin()): "largest_below", OBLAST: "largest_own"}
        ),
        "p_value": Number(
            at_least / n,
            0.0006,
            {
                "own_not_counted": (at_least - 1) / (n - 1),
                "own_left_out": (at_least - 1) / n,
                "one_sided_up": 1 - at_most + 1 / n,
                "turned_p": 1 - at_least / n,
            },
        ),
        "smallest": Number(1 / n, 0.0006, {"own_not_counted": 1 / (n - 1), "p_of_zero": 0.0, "twice": 2 / n}),
        "units_needed": Number(
            needed, 0, {"one_too_few": needed - 1, "one_too_many": needed + 1, "twice_units": 2 * needed}
        ),
    }
    given = {"own": own, "largest": largest, "p_value": p_value, "smallest": smallest, "units_needed": units_needed}
    return _judged(asked, given, language)


def check_5(
    *, needed_share: object, ceiling: object, detectable: object, visible: object, language: str = "en"
) -> Marks:
    """The share of the land that would be needed, the most that documented land adds, and what could be seen."""
    y = wheat()
    before, after = (float(y.loc[year, OBLAST]) for year in (BEFORE, AFTER))
    own, others = _movements()
    line, area = _line(own[:-1], others[:-1], others[-1]), land()
    df = line.years - 2
    change, gain = after - before, GAIN / 100 * before
    share = area["documented"] / area["sown"]
    t_alpha, t_power = (float(stats.t.ppf(q, df)) for q in (1 - ALPHA / 2, POWER))
    seen = (t_alpha + t_power) * line.error_year
    asked = {
        "needed_share": Number(
            100 * change / gain,
            0.05,
            {
                "gain_of_after": 100 * change / (GAIN / 100 * after),
                "gain_in_percent": 100 * change / GAIN,
                "turned_share": 100 * gain / change,
                "change_in_percent": 100 * change / before,
            },
        ),
        "ceiling": Number(
            share * gain,
            0.002,
            {
                "gain_of_after": share * GAIN / 100 * after,
                "share_of_land": 100 * share,
                "gain_forgotten": share * before,
                "whole_land": gain,
            },
        ),
        "detectable": Number(
            seen,
            0.02,
            {
                "no_power": t_alpha * line.error_year,
                "normal": float(sum(stats.norm.ppf(q) for q in (1 - ALPHA / 2, POWER))) * line.error_year,
                "one_sided": float(stats.t.ppf(1 - ALPHA, df) + t_power) * line.error_year,
                "no_parameters": (t_alpha + t_power) * line.residual,
                "of_the_mean": (t_alpha + t_power) * line.error_mean,
            },
        ),
        "visible": Choice(
            "yes" if share * gain >= seen else "no", ("yes", "no"), {"yes": "visible_yes", "no": "visible_no"}
        ),
    }
    given = {"needed_share": needed_share, "ceiling": ceiling, "detectable": detectable, "visible": visible}
    return _judged(asked, given, language)
