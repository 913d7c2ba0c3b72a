"""Documents: a text shows as the text it is, in Markdown and in HTML, and says when it is in English."""

import re

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.text import documents
from pipeline.text.documents import English, code, escaped, link, markdown, or_english
from pipeline.text.language import Catalogue


@given(st.text(max_size=60))
def test_escaped_text_is_rendered_as_the_text_it_was(text):
    """A Markdown reader sees one line of the same characters: nothing of it becomes markup."""
    line = " ".join(text.split())
    page = MarkdownIt("gfm-like", {"linkify": False}).render(f"x {escaped(text)} x")
    assert re.findall(r"<(\w+)", page) == ["p"]
    shown = page.removeprefix("<p>").removesuffix("</p>\n")
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        shown = shown.replace(entity, character)
    assert shown.split() == f"x {line} x".replace("\x00", "\ufffd").split()


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://x y", "https://x>y", "ftp://x", "", "https://x|y", "https://x\\y"]
)
def test_only_addresses_of_the_web_become_links(address):
    assert "](<" not in link("page", address)
    assert documents.address(address) == escaped(address)


def test_an_address_of_the_web_is_a_link_that_shows_itself():
    assert documents.address("https://x/y_z") == "<https://x/y_z>"


def test_a_template_escapes_what_it_shows_and_nothing_twice(tmp_path):
    (tmp_path / "x.md.j2").write_text("**{{ name }}** {{ file | code }} {{ address | link(name) }}\n", encoding="utf-8")
    text = markdown(tmp_path / "x.md.j2", name="a*b", file="c_d.csv", address="https://x/y")
    assert text == "**a\\*b** `c_d.csv` [a\\*b](<https://x/y>)\n"
    assert escaped(escaped("*")) == "\\*" and code(None) == ""


def test_a_template_that_names_what_is_not_there_is_refused(tmp_path):
    (tmp_path / "x.md.j2").write_text("{{ nothing }}", encoding="utf-8")
    with pytest.raises(jinja2.UndefinedError, match="nothing"):
        markdown(tmp_path / "x.md.j2")


def test_english_is_marked_on_a_page_and_plain_in_markdown():
    page = jinja2.Environment(autoescape=True).from_string("{{ text }} {{ texts | join('; ') }}")
    said = or_english("A <text> that nobody translated", Catalogue("ky"))
    marked = '<span lang="en">A &lt;text&gt; that nobody translated</span>'
    assert page.render(text=said, texts=[said, "<b>"]) == f"{marked} {marked}; &lt;b&gt;"
    assert escaped(English("a*")) == "a\\*"
    assert type(or_english("A text", Catalogue("en"))) is str and or_english("", Catalogue("ky")) == ""
