"""The rates of the study of size and power on the page on methods."""

import re

import pandas as pd
import pytest

from benchmarks.size_and_power import DESIGNS
from pipeline.errors import PipelineError
from pipeline.site.rates import RATES, rate_values
from pipeline.site.texts import source
from pipeline.text.language import languages


def test_the_columns_of_the_page_are_the_designs_in_their_order():
    """The page says them in words, by the letters A to H."""
    assert list(dict.fromkeys(pd.read_csv(RATES)["design"])) == list(DESIGNS)
    assert list(DESIGNS) == [
        "oblasts alike",
        "no effect",
        "drifting trend",
        "neighbour collapses",
        "effect",
        "own responses",
        "own responses, common rise",
        "own responses, effect",
    ]


def test_a_row_and_a_number_by_hand(tmp_path):
    """Rows begin with their level; what was not counted in a design is a dash; numbers name their design."""
    path = tmp_path / "rates.csv"
    path.write_text(
        "design,method,measure,panels,nominal,value,standard_error\n"
        "no effect,clustered t,rejects,500,0.05,0.371,\n"
        "effect,clustered t,rejects,500,0.05,0.8,\n"
        "effect,placebo over years,rejects,200,0.0294,0.333,\n"
        "no effect,slope,mean,500,,0.8351,\n"
        "effect,slope,5 % point,500,,0.684,\n"
    )
    values = rate_values(path)
    assert values["rates.rejects_clustered_t"].value == "5 | 37 | 80"
    assert values["rates.rejects_placebo_over_years"].value == "3 | – | 33"
    assert values["rates.slope_mean"].value == 0.8351
    assert values["rates.slope_5_per_cent_point_effect"].value == 0.684
    assert (values["rates.panels"].value, values["rates.curve_panels"].value) == (500, 200)


def test_every_row_of_the_study_is_on_the_page():
    counted = {name for name, value in rate_values().items() if value.kind == "text"}
    counted.remove("rates.rejects_trends_as_far_apart_as_ever")  # an interval that nearly always holds zero
    for language in languages():
        assert counted <= set(re.findall(r"\{(rates\.\w+)\}", source("methods", language)))


def test_a_table_that_is_not_there_is_refused_with_the_command(tmp_path):
    with pytest.raises(PipelineError, match="python -m benchmarks.size_and_power"):
        rate_values(tmp_path / "none.csv")
