"""Pictures have the same bytes in every run, and refer to nothing outside themselves."""

import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
from PIL import Image

from pipeline.exhibits import svg as module
from pipeline.exhibits.drawing import finish, in_style, new_figure
from pipeline.exhibits.svg import svg_of, write_slide


@in_style
def drawing():
    figure, axes = new_figure(3, 2)
    axes.plot([0, 1], [1 / 3, 2 / 3], marker="o")
    return finish(figure, "Title", "Subtitle", "Source")


def test_figures_are_the_same_bytes_whatever_the_readers_settings():
    first = svg_of(drawing(), "made-line", "a")
    reader = {"font.size": 30, "lines.linewidth": 9, "svg.fonttype": "none", "axes.facecolor": "red"}
    with mpl.rc_context(reader):
        assert svg_of(drawing(), "made-line", "a") == first


def test_a_figure_holds_no_date_and_no_long_coordinates():
    svg = svg_of(drawing(), "made-line", "a")
    assert "dc:date" not in svg and svg.startswith("<svg role=")
    numbers = dict(re.findall(r' ([\w:-]+)="([^"]*\d\.\d[^"]*)"', svg))
    assert {"d", "x", "y", "width", "height"} <= set(numbers)  # paths, places, clip rectangles
    long = [found for found in re.findall(r' ([\w:-]+="[^"]*\.\d{3}[^"]*)"', svg) if "scale(" not in found]
    assert not long


def test_a_picture_says_what_it_shows_and_its_description_is_no_markup():
    alt = "<script>alert('x')</script> & \"co\""
    root = ET.fromstring(svg_of(drawing(), "made-line", alt))
    assert root.get("role") == "img" and root.get("aria-label") == alt
    assert not [element for element in root.iter() if element.tag.endswith("script")]


def test_a_picture_refers_to_its_own_parts_only():
    svg = svg_of(drawing(), "made-line", "a")
    referred = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    assert referred and referred <= set(re.findall(r'\bid="([^"]+)"', svg))
    assert any(name.startswith("made-line-") for name in referred)


def test_a_picture_for_slides_is_the_same_bytes_again_and_sharp(tmp_path):
    pictures = []
    for _ in range(2):
        write_slide(drawing(), tmp_path / "slides" / "line.png")
        pictures.append((tmp_path / "slides" / "line.png").read_bytes())
    assert pictures[0] == pictures[1]
    with Image.open(tmp_path / "slides" / "line.png") as picture:
        assert picture.size == (900, 600)  # 3 x 2 inches at 300 dots
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


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
