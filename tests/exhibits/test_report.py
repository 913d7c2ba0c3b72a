"""Report: what is written, how it is rounded, what is refused, and that text from data is never markup."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import DeclarationError, ParameterError
from pipeline.exhibits import report as module
from pipeline.exhibits.drawing import finish, in_style, new_figure
from pipeline.exhibits.report import Report, drawn
from pipeline.text.language import Catalogue
from tests.text.made import declared

EVIL = "<script>alert('x')</script> & \"co\""
DECLARATION = """
study: [oblast, year_before, year_after]
parameters:
  years: {type: integer, default: 3, at_least: 1, about: how many}
scopes:
  place: "{oblast}, {when}"
  when: "{year_before} to {year_after}"
results:
  change: [c/ha, 1, "{place}, made"]
  other: [c/ha, 1, "{when}, {change} of {years}"]
  rank: [rank, ~, made]
  name: [text, ~, made]
  who: [areas, ~, made]
figures:
  line: {alt: "A line of {oblast}: {name}, {change:+}.", caption: c, decimals: {y: 1}, columns: [x, y]}
  named: {alt: A name., caption: c}
tables:
  made:
    title: "{name} of {oblast}"
    note: "{name}"
    columns: {area: [Area, area], change: ["{name}", "+1"], text: [Text, text]}
"""
PARAMETERS = {"language": "en", "oblast": "Jalal-Abad", "year_before": 2023, "year_after": 2024, "years": 3}


@pytest.fixture
def known(tmp_path, monkeypatch):
    """The made declaration is that of the only report."""
    given = declared(tmp_path / "notebooks", DECLARATION)
    monkeypatch.setattr("pipeline.text.declarations.declaration", lambda name: given)
    monkeypatch.setattr("pipeline.text.parameters.declaration", lambda name: given)
    return given


@pytest.fixture
def make(known, tmp_path, monkeypatch):
    """Begins the report in a folder of its own."""
    monkeypatch.setenv(module.OUTPUT_VARIABLE, str(tmp_path / "made"))
    return lambda **changed: Report("made", PARAMETERS | changed)


@pytest.fixture
def report(make):
    return make()


@pytest.fixture
def results(tmp_path):
    """The results that were written."""
    return lambda: json.loads((tmp_path / "made" / "results.json").read_text(encoding="utf-8"))


@in_style
def line(data, study, values, t):
    figure, axes = new_figure(3, 2)
    axes.plot(data["x"], data["y"])
    return finish(figure, t.area(study.oblast), str(values["name"].value), "")


@in_style
def named(data, study, values, t):
    figure, axes = new_figure(3, 2)
    axes.plot([0, 1])
    return finish(figure, str(data.iloc[0, 0]), "", "")


def test_parameters_are_taken_by_name_and_checked(known):
    report = Report("made", {**PARAMETERS, "np": np, "__name__": "x", "seed": 5})
    assert report.parameters.model_dump() == PARAMETERS
    with pytest.raises(ParameterError, match="oblast is 'Atlantis'"):
        Report("made", PARAMETERS | {"oblast": "Atlantis"})
    with pytest.raises(ParameterError, match="Parameter 'years' is missing"):
        Report("made", {k: v for k, v in PARAMETERS.items() if k != "years"})


def test_without_the_runner_nothing_goes_to_reports(known, monkeypatch):
    monkeypatch.delenv(module.OUTPUT_VARIABLE, raising=False)
    assert Report("made", PARAMETERS).folder.parts[-3:] == ("build", "interactive", "made")


def test_results_are_rounded_named_and_flat(report, results):
    report.results({"change": np.float64(3.9999999999), "rank": np.int64(4)})
    assert results()["change"] == {"value": 4.0, "unit": "c/ha", "scope": "Jalal-Abad, 2023 to 2024, made"}
    assert results()["rank"]["value"] == 4 and isinstance(results()["rank"]["value"], int)
    report.results({"other": -0.04, "who": "Osh, Naryn"})
    assert list(results()) == ["change", "rank", "other", "who"]
    assert str(results()["other"]["value"]) == "0.0"  # not -0.0
    assert results()["other"]["scope"] == "2023 to 2024, 4.0 of 3"  # fragments, results and parameters


def test_a_scope_is_english_whatever_the_language_of_the_run(make, results):
    make(language="ru").results({"change": 1234.5})
    assert results()["change"]["scope"] == "Jalal-Abad, 2023 to 2024, made"


@pytest.mark.parametrize(
    "values, message",
    [
        ({"change": float("nan")}, "result 'change' is nan. Hand over None and say why"),
        ({"change": np.float64("inf")}, "result 'change' is inf. Hand over None"),
        ({"rank": 0.1 + 0.2}, "result 'rank' is 0.3.*; declare with how many decimals"),
        ({"chnge": 1.0}, "declares no result 'chnge'. It declares: change, other, rank, name, who"),
        ({"change": None}, r"result 'change' is not defined; say why: report.results\(\{...\}, why=...\)"),
        ({"change": pd.NA}, "result 'change' is not defined"),
        ({"rank": pd.NaT}, "result 'rank' is not defined"),
    ],
)
def test_results_that_say_nothing_are_refused(report, values, message):
    with pytest.raises(DeclarationError, match=rf"notebooks/made\.yml .*{message}"):
        report.results(values)


def test_a_result_is_given_once(report):
    report.results({"rank": 1})
    with pytest.raises(DeclarationError, match="result 'rank' was handed over before; every name is given once"):
        report.results({"rank": 1})


def test_a_value_that_is_not_defined_says_why_in_its_scope_and_in_sentences(report, results):
    report.results({"change": None, "rank": 3}, why="The series has no earlier year.")
    assert results()["change"]["value"] is None
    assert results()["change"]["scope"].endswith(", made; not defined: The series has no earlier year.")
    assert "not defined" not in results()["rank"]["scope"]
    assert report.say("{change}: {change:why}").content == "\u2013: The series has no earlier year."


def test_sentences_take_their_numbers_from_the_results(report):
    report.results({"change": 4.04, "who": "Osh, Naryn"})
    said = report.say("%%say\n{oblast}, {year_before}: {change} and {change:+}; {who}\n\n[if change < 0] It fell.")
    assert said.content == "Jalal-Abad, 2023: 4.0 and +4.0; Osh, Naryn" and said.mimetype == "text/markdown"
    with pytest.raises(DeclarationError, match=r"\{rank\} in 'Rank \{rank\}'… is no parameter and no result"):
        report.say("Rank {rank}")  # declared, but not handed over yet


def test_a_run_speaks_its_language(make):
    report = make(language="ky")
    report.results({"change": 4.0, "name": "n"})
    assert report.say("{oblast}: {change:+}").content == "Жалал-Абад облусу: +4,0"
    shown = report.table("made", pd.DataFrame({"area": ["Osh"], "change": [1.0], "text": ["x"]}))
    assert ">Ош облусу<" in shown.content and ">+1,0<" in shown.content
    figure = report.figure(line, pd.DataFrame({"x": [0, 1], "y": [0.0, 1.0]}))
    assert "Жалал-Абад облусу" in figure.text


def test_text_of_data_is_escaped_in_sentences_tables_and_figures(report, tmp_path):
    report.results({"name": EVIL, "change": 1.0})
    assert "<script" not in report.say("{name}").content
    table = report.table("made", pd.DataFrame({"area": [EVIL], "change": [1.0], "text": [EVIL]}))
    assert "<script" not in table.content and table.content.count("&lt;script&gt;") == 5  # title, heading, cells, note
    figure = report.figure(line, pd.DataFrame({"x": [0, 1], "y": [0.0, 1.0]}))
    root = ET.fromstring(figure.content)
    assert root.get("aria-label") == f"A line of Jalal-Abad: {EVIL}, +1.0."
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    svg = report.figure(named, pd.DataFrame({"name": [EVIL]})).content
    assert not [e for e in ET.fromstring(svg).iter() if e.tag.endswith("script")]
    assert pd.read_csv(tmp_path / "made" / "figures" / "named.csv").loc[0, "name"] == EVIL


def test_a_figure_is_drawn_from_the_rounded_numbers_that_are_written(report, tmp_path):
    seen = {}

    def line(data, study, values, t):
        seen["data"], seen["study"], seen["value"] = data, study, values["change"].value
        return named(pd.DataFrame({"a": ["x"]}), study, values, t)

    report.results({"change": 3.96, "name": "n"})
    data = pd.DataFrame({"y": [1 / 3, np.nan], "x": ["NA", "b"], "surplus": [1, 2]})
    shown = report.figure(line, data)
    folder = tmp_path / "made" / "figures"
    assert (folder / "line.csv").read_text() == "x,y\nNA,0.3\nb,\n"
    assert seen["data"]["y"].tolist()[0] == 0.3 and seen["data"]["x"].tolist() == ["NA", "b"]  # a text, not a gap
    assert np.isnan(seen["data"]["y"].tolist()[1]) and list(seen["data"]) == ["x", "y"]
    assert (seen["study"].oblast, seen["value"]) == ("Jalal-Abad", 4.0)
    assert (folder / "line.svg").read_text(encoding="utf-8") == shown.content
    assert shown.mimetype == "image/svg+xml" and shown.details == {"figure": "line"}
    assert shown.text == "A line of Jalal-Abad: n, +4.0."


def test_the_same_picture_is_made_again_in_another_language_from_what_was_written(report, known, tmp_path):
    report.results({"change": 3.96, "name": "n"})
    report.figure(line, pd.DataFrame({"x": [0, 1], "y": [1 / 3, 2.0]}))
    path = tmp_path / "made" / "figures" / "line.csv"
    picture, alt = drawn(known, line, path, report.parameters, report.values, Catalogue("ru"))
    assert picture.texts[0].get_text() == "Джалал-Абадская область" and "+4,0" in alt
    assert picture.axes[0].get_lines()[0].get_ydata().tolist() == [0.3, 2.0]


def test_a_figure_that_is_not_declared_or_lacks_a_column_is_refused(report, tmp_path):
    def other(data, study, values, t):
        raise AssertionError("it was drawn")

    with pytest.raises(DeclarationError, match=r"made\.yml declares no figure 'other'. It declares: line, named"):
        report.figure(other, pd.DataFrame())
    report.results({"change": 1.0, "name": "n"})
    with pytest.raises(DeclarationError, match="Figure 'line' of made: the frame has no column 'y'.*It has x."):
        report.figure(line, pd.DataFrame({"x": [1]}))
    with pytest.raises(DeclarationError, match="Figure 'line' of made: column 'x' holds fractions; declare its decima"):
        report.figure(line, pd.DataFrame({"x": [0.5], "y": [1.0]}))
    assert not list((tmp_path / "made").rglob("*.svg"))


def test_a_table_shows_and_writes_what_is_declared(report, tmp_path):
    report.results({"name": "Yield"})
    frame = pd.DataFrame({"text": ["NA", ""], "change": [1.26, -0.01], "area": ["Osh", "Chui"], "surplus": [1, 2]})
    shown = report.table("made", frame)
    written = (tmp_path / "made" / "tables" / "made.csv").read_text(encoding="utf-8")
    assert written == "area,change,text\nOsh,1.3,NA\nChui,0.0,\n"
    assert ">+1.3<" in shown.content and ">0.0<" in shown.content and "Yield of Jalal-Abad" in shown.content
    assert shown.text.splitlines() == [
        "Yield of Jalal-Abad",
        "Area | Yield | Text",
        "Osh | +1.3 | NA",
        "Chui | 0.0 | \u2013",
    ]
    assert shown.details == {"table": "made"}


def test_a_table_that_is_not_declared_or_lacks_a_column_is_refused(report):
    with pytest.raises(DeclarationError, match=r"made\.yml declares no table 'other'. It declares: made"):
        report.table("other", pd.DataFrame())
    with pytest.raises(DeclarationError, match="Table 'made' of made: the frame has no column 'text'"):
        report.table("made", pd.DataFrame({"area": ["Osh"], "change": [1.0]}))


def test_a_cell_of_sentences_speaks_through_the_report_of_its_notebook(report, capsys):
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    try:
        module._offer_say(report)
        shell.run_cell("%%say\n**{oblast}** has spoken.")
        assert "**Jalal-Abad** has spoken." in capsys.readouterr().out
        failed = shell.run_cell("%%say if rose\nIt rose.")
        assert "%%say stands alone on its line" in str(failed.error_in_exec)
    finally:
        InteractiveShell.clear_instance()
