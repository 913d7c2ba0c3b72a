"""Exhibits: what is written, how it is rounded, and that text from data is never markup."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from pipeline.errors import ParameterError, PipelineError
from pipeline.exhibits.drawing import STYLE, finish, in_style, localized, new_figure, width_of, wrapped
from pipeline.exhibits.report import Column, Exhibits
from pipeline.exhibits import report as module
from pipeline.text.language import Catalogue, languages
from pipeline.text.parameters import read_parameters

EVIL = "<script>alert('x')</script> & \"co\""


@pytest.fixture
def exhibits(tmp_path, panel, monkeypatch):
    monkeypatch.setenv(module.OUTPUT_VARIABLE, str(tmp_path))
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: panel)
    return Exhibits("yield_change", **read_parameters("yield_change"))


@in_style
def drawing(label="a"):
    figure, axes = new_figure(3, 2)
    axes.plot([0, 1], [1 / 3, 2 / 3])
    axes.set_xlabel(label)
    return finish(figure, label, label, label)


def test_parameters_are_checked_in_jupyterlab_as_under_the_runner(panel, monkeypatch):
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: panel)
    with pytest.raises(ParameterError, match="oblast is 'Atlantis'"):
        Exhibits("yield_change", **(read_parameters("yield_change") | {"oblast": "Atlantis"}))


def test_without_the_runner_nothing_goes_to_reports(panel, monkeypatch):
    monkeypatch.delenv(module.OUTPUT_VARIABLE, raising=False)
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: panel)
    folder = Exhibits("yield_change", **read_parameters("yield_change")).folder
    assert folder.parts[-3:] == ("build", "interactive", "yield_change")


def test_results_are_rounded_named_and_flat(exhibits, tmp_path):
    exhibits.result("change", np.float64(3.9999999999), unit="c/ha", scope="made", decimals=1)
    exhibits.result("rank", np.int64(4), unit="rank", scope="made")
    exhibits.result("nothing", -0.04, unit="c/ha", scope="made", decimals=1)
    written = json.loads((tmp_path / "results" / "yield_change.json").read_text(encoding="utf-8"))
    assert written["change"] == {"value": 4.0, "unit": "c/ha", "scope": "made"}
    assert written["rank"]["value"] == 4 and isinstance(written["rank"]["value"], int)
    assert str(written["nothing"]["value"]) == "0.0"  # not -0.0


@pytest.mark.parametrize(
    "value, message", [(float("nan"), "is nan"), (float("inf"), "is inf"), (0.1 + 0.2, "how many decimals")]
)
def test_results_that_say_nothing_are_refused(exhibits, value, message):
    with pytest.raises(PipelineError, match=message):
        exhibits.result("x", value, unit="", scope="", decimals=None if "decimals" in message else 1)


def test_a_result_is_given_once(exhibits):
    exhibits.result("x", 1, unit="", scope="")
    with pytest.raises(PipelineError, match="is there already"):
        exhibits.result("x", 2, unit="", scope="")


def test_prose_takes_its_numbers_from_the_results(exhibits):
    exhibits.result("change", 4.04, unit="c/ha", scope="made", decimals=1)
    text = exhibits.prose("{oblast}, {crop}, {year_before}: {change} and {change:+}").content
    assert text == "Jalal-Abad, wheat, 2023: 4.0 and +4.0"
    with pytest.raises(PipelineError, match="'chnge', which is no result"):
        exhibits.prose("{chnge}")


def test_text_of_data_is_escaped_in_prose_tables_and_figures(exhibits, tmp_path):
    assert "<script" not in exhibits.prose("{name}", name=EVIL).content
    table = exhibits.table("x", pd.DataFrame({"a": [EVIL]}), [Column("a", EVIL)], title=EVIL, note=EVIL)
    assert "<script" not in table.content and "&lt;script&gt;" in table.content
    data = pd.DataFrame({"a": [EVIL]})
    figure = exhibits.figure("x", lambda t: drawing(EVIL), data, decimals=1, alt=EVIL, caption=EVIL)
    root = ET.fromstring(figure.content)
    assert root.get("aria-label") == EVIL
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    assert pd.read_csv(tmp_path / "figures" / "yield_change-x.csv").loc[0, "a"] == EVIL


def test_one_run_makes_every_language(exhibits, tmp_path):
    t = exhibits.t
    frame = pd.DataFrame({"area": [t.area("Osh")], "yield": [27.65]})
    table = exhibits.table("x", frame, [Column("area", t("Oblast")), Column("yield", "y", 1)], title="T")
    assert set(table.details["in"]) == set(languages()) and table.content == table.details["in"]["en"]
    assert "Ош облусу" in table.details["in"]["ky"] and ">27,6<" in table.details["in"]["ru"]
    assert (tmp_path / "tables" / "yield_change-x.csv").read_text() == "area,yield\nOsh,27.6\n"

    drawn = []

    def draw(catalogue):
        drawn.append(catalogue.language)
        return drawing(catalogue.area("Osh"))

    figure = exhibits.figure(
        "x", draw, pd.DataFrame({"a": [1]}), decimals=0, alt=t.area("Osh"), caption=t.joined([t.area("Osh"), "c"], ": ")
    )
    assert drawn == languages()
    assert figure.details["in"]["ru"] == {"alt": "Ошская область", "caption": "Ошская область: c"}
    made = sorted(p.relative_to(tmp_path / "figures").as_posix() for p in (tmp_path / "figures").rglob("*.*"))
    of_folder = [f"yield_change/x.{e}" for e in ("en.png", "ky.png", "ky.svg", "ru.png", "ru.svg")]
    assert made == ["yield_change-x.csv", "yield_change-x.svg", *of_folder]
    ky = (tmp_path / "figures" / "yield_change" / "x.ky.svg").read_text(encoding="utf-8")
    assert 'aria-label="Ош облусу"' in ky
    said = exhibits.prose("{oblast}").details["in"]
    assert said["en"] == "Jalal-Abad" and said["ky"] == "Жалал-Абад облусу"


def test_in_jupyterlab_only_the_language_of_the_study_is_made(panel, monkeypatch, tmp_path):
    monkeypatch.delenv(module.OUTPUT_VARIABLE, raising=False)
    monkeypatch.setattr("pipeline.text.parameters.load_panel", lambda: panel)
    monkeypatch.setattr(module, "BUILD", tmp_path)
    exhibits = Exhibits("yield_change", **(read_parameters("yield_change") | {"language": "ky"}))
    assert exhibits.prose("{oblast}").details["in"] == {"ky": "Жалал-Абад облусу"}
    assert exhibits.prose("{oblast}").content == "Жалал-Абад облусу"


def test_a_picture_for_slides_is_the_same_bytes_again_and_sharp(exhibits, tmp_path):
    path = tmp_path / "figures" / "yield_change" / "x.en.png"
    pictures = []
    for _ in range(2):
        exhibits.figure("x", lambda t: drawing(), pd.DataFrame({"a": [1]}), decimals=0, alt="a", caption="c")
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    with Image.open(path) as picture:
        assert picture.size == (900, 600)  # 3 x 2 inches at 300 dots
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_ticks_have_the_decimal_mark_of_the_language(exhibits, tmp_path):
    figures = {language: localized(drawing(), Catalogue(language)) for language in ("en", "ru")}
    marks = {language: [a.get_text() for a in f.axes[0].get_yticklabels()] for language, f in figures.items()}
    assert "0.4" in marks["en"] and "0,4" in marks["ru"]


def test_tables_show_and_write_what_they_were_given(exhibits, tmp_path):
    frame = pd.DataFrame({"name": ["A", "B"], "change": [1.26, -0.01], "year": [2023, 2024], "gap": [np.nan, 2.0]})
    columns = [
        Column("name", "Name"),
        Column("change", "Change", 1, signed=True),
        Column("year", "Year"),
        Column("gap", "Gap", 1),
    ]
    shown = exhibits.table("x", frame, columns, title="T")
    assert (
        tmp_path / "tables" / "yield_change-x.csv"
    ).read_text() == "name,change,year,gap\nA,1.3,2023,\nB,0.0,2024,2.0\n"
    assert (
        ">+1.3<" in shown.content
        and ">0.0<" in shown.content
        and ">2023<" in shown.content
        and ">\u2013<" in shown.content
    )
    with pytest.raises(PipelineError, match="no column 'nope'"):
        exhibits.table("y", frame, [Column("nope", "")], title="")
    with pytest.raises(PipelineError, match="'change'.*decimals"):
        exhibits.table("z", frame, [Column("change", "")], title="")


def test_no_line_of_a_heading_ends_within_a_unit(exhibits):
    table = exhibits.table("x", pd.DataFrame({"a": [1]}), [Column("a", "Yield, c/ha <b>a/b</b>")], title="T")
    assert 'Yield, <span class="word">c/ha</span> <span' in table.content and "<b>" not in table.content


def test_days_are_shown_in_the_language_and_written_as_they_are(exhibits, tmp_path):
    frame = pd.DataFrame({"as_of": ["2024-08-01", "2024-2025", ""]})
    shown = exhibits.table("x", frame, [Column("as_of", "As of", date=True)], title="T").details["in"]
    assert ">1 Aug 2024<" in shown["en"] and ">01.08.2024<" in shown["ru"] and ">2024-2025<" in shown["ky"]
    assert (tmp_path / "tables" / "yield_change-x.csv").read_text() == 'as_of\n2024-08-01\n2024-2025\n""\n'


def test_figures_are_the_same_bytes_whatever_the_readers_settings(exhibits, tmp_path):
    import matplotlib as mpl

    data = pd.DataFrame({"a": [1 / 3]})
    first = exhibits.figure("x", lambda t: drawing(), data, decimals=3, alt="a", caption="c").content
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "svg.fonttype": "none", "axes.facecolor": "red"}):
        again = exhibits.figure("x", lambda t: drawing(), data, decimals=3, alt="a", caption="c").content
    assert first == again == (tmp_path / "figures" / "yield_change-x.svg").read_text(encoding="utf-8")
    assert (tmp_path / "figures" / "yield_change-x.csv").read_text() == "a\n0.333\n"


def test_a_figure_holds_no_date_and_no_long_coordinates(exhibits):
    import re

    svg = exhibits.figure("x", lambda t: drawing(), pd.DataFrame({"a": [1]}), decimals=0, alt="a", caption="c").content
    assert "dc:date" not in svg and svg.startswith("<svg role=")
    numbers = dict(re.findall(r' ([\w:-]+)="([^"]*\d\.\d[^"]*)"', svg))
    assert {"d", "x", "y", "width", "height"} <= set(numbers)  # paths, places, clip rectangles
    long = [found for found in re.findall(r' ([\w:-]+="[^"]*\.\d{3}[^"]*)"', svg) if "scale(" not in found]
    assert not long


@pytest.mark.parametrize(
    "drawn",
    [
        '<path d="M 0.1 {} L 1 2"/>',
        '<rect x="{}" y="1" width="{}" height="{}"/>',
        '<svg height="{}pt" viewBox="0 0 734.4 {}">',
        '<g transform="translate({} 1)">',
    ],
)
def test_the_last_digit_that_matplotlib_writes_does_not_change_a_figure(drawn):
    one, other = (module._rounded(drawn.replace("{}", x)) for x in ("220.345562", "220.345563"))
    assert one == other and one != drawn


def test_names_inside_a_figure_are_numbers_not_hashes_of_coordinates():
    svg = '<g clip-path="url(#pd45454bd40)" style="fill: #767676"/><use xlink:href="#mccbf56c554"/>'
    svg += '<path id="mccbf56c554"/>'
    svg += '<clipPath id="pd45454bd40"><use xlink:href="#DejaVuSans-14"/></clipPath>'
    named = module._named(svg, "n-one")
    assert named == module._named(svg.replace("pd45454bd40", "p19a12effc0"), "n-one")
    assert named.count("n-one-1") == named.count("n-one-2") == 2
    assert "#767676" in named and "#DejaVuSans-14" in named
    assert module._named(svg, "n-two") != named  # two pictures on one page do not refer to each other's parts


@pytest.mark.parametrize("name", ["Two Words", "a-b", "", "__a"])
def test_names_of_exhibits_are_plain(exhibits, name):
    with pytest.raises(PipelineError, match="Exhibit name"):
        exhibits.table(name, pd.DataFrame({"a": ["x"]}), [Column("a", "A")], title="T")


def test_long_lines_are_broken_between_words_and_nothing_is_lost():
    figure, _ = new_figure(3, 2)
    text = "Дан эгиндеринин түшүмдүүлүгү, облустар боюнча, бир гектардан алынган центнер\nэкинчи сап"
    lines = wrapped(figure, text, 9.5).split("\n")
    assert len(lines) > 2 and " ".join(lines) == text.replace("\n", " ") and lines[-1] == "экинчи сап"
    assert wrapped(figure, "short", 9.5) == "short"


@pytest.mark.parametrize("dots_per_inch", [100, 300])
def test_a_line_has_the_room_that_was_measured_for_it(dots_per_inch):
    """Also where its glyphs are fitted to pixels, on a screen and for slides; and not much more than that."""
    text = "Жыйынтык корутундулар менен натыйжалардан эреже боюнча чыгат"
    figure = Figure(figsize=(6, 1), dpi=dots_per_inch)
    drawn = figure.text(0, 0, text, fontsize=9.5, family=STYLE["font.family"])
    found = drawn.get_window_extent(FigureCanvasAgg(figure).get_renderer()).width / dots_per_inch
    room = width_of(new_figure(6, 1)[0], text, 9.5) / 72
    assert 0.93 * room < found <= room


def test_a_long_title_takes_room_from_the_axes_not_from_the_subtitle():
    def boxes(title):
        figure, axes = new_figure(4, 3)
        axes.plot([0, 1])
        finish(figure, title, "Subtitle", "Source", legend=axes.get_lines() * 1)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        found = {a.get_text(): a.get_window_extent(canvas.get_renderer()) for a in figure.texts}
        return next(b for text, b in found.items() if text.startswith("Long")), found["Subtitle"], axes.bbox

    title, subtitle, axes = boxes("Long title " * 8)
    assert title.y0 >= subtitle.y1 - 1 and subtitle.y0 > axes.y1 and title.x1 <= 400
