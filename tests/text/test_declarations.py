"""Declarations: how each thing is written, and what is refused, with file and place."""

import json

import pytest

from pipeline.errors import DeclarationError, ParameterError
from pipeline.text.declarations import (
    GROUPS,
    Declaration,
    declaration,
    declarations,
    forget_declarations,
    named_in,
    read_declaration,
)
from tests.text.made import HEAD, declared


@pytest.mark.parametrize(
    "text, place, message",
    [
        ("resluts: {}", "resluts", "Extra inputs are not permitted"),
        ("study: [oblast, country]", "study.1", "'oblast', 'crop', 'year_before', 'year_after' or 'seed'"),
        ("study: [language]", "study.0", "'seed'"),
        ("results: {change: [c/ha, 1]}", "results.change", r"a result is written \[unit, decimals or ~, scope\]"),
        ("results: {change: {unit: c/ha}}", "results.change", "a result is written"),
        ("results: {change: [c/ha, one, '']}", "results.change.decimals", "valid integer"),
        ("results: {Change: [c/ha, 1, '']}", "the whole", "results: 'Change' must be small letters"),
        ("results: {a__b: [c/ha, 1, '']}", "the whole", "results: 'a__b' must be small letters"),
        ("tables: {a-b: {title: T, columns: {}}}", "the whole", "tables: 'a-b' must be small letters"),
        ("figures: {'two words': {alt: a, caption: c}}", "the whole", "figures: 'two words' must be small letters"),
        ("parameters: {'': {type: integer, default: 1, about: a}}", "the whole", "parameters: '' must be small"),
        ("parameters: {n: {type: integer, about: a}}", "parameters.n.default", "Field required"),
        ("parameters: {n: {type: number, default: 1, about: a}}", "parameters.n.type", "'integer', 'year', 'years'"),
        ("parameters: {n: {type: year, default: 1, about: a, within: ever}}", "parameters.n.within.", "'yields'"),
        (
            "parameters: {oblast: {type: integer, default: 1, about: a}}",
            "the whole",
            "'oblast' is a parameter of the whole study; list it under `study`",
        ),
        ("parameters: {language: {type: integer, default: 1, about: a}}", "the whole", "parameter of the whole study"),
        ("figures: {map: {alt: a}}", "figures.map.caption", "Field required"),
        ("figures: {map: {alt: a, caption: c, title: t}}", "figures.map.title", "Extra inputs"),
        ("tables: {t: {columns: {}}}", "tables.t.title", "Field required"),
        ("tables: {t: {title: T, columns: {a: A}}}", "tables.t.columns.a", r"a column is written \[heading, kind\]"),
        ("tables: {t: {title: T, columns: {a: [A]}}}", "tables.t.columns.a", r"a column is written \[heading, kind\]"),
        (
            "tables: {t: {title: T, columns: {a: [A, money]}}}",
            "tables.t.columns.a",
            "'money' is no kind of a column: decimals such as 1 or \"\\+1\", or area, crop, date",
        ),
        ("tables: {t: {title: T, columns: {a: [A, -1]}}}", "tables.t.columns.a", "'?-1'? is no kind of a column"),
        ("tables: {t: {title: T, columns: {a: [A, {money: x}]}}}", "tables.t.columns.a", "a kind with details is one"),
        (
            "tables: {t: {title: T, columns: {a: [A, {range: [low, high]}]}}}",
            "tables.t.columns.a",
            r"a range is written \{range: \[low column, high column, decimals\]\}",
        ),
        ("tables: {t: {title: T, columns: {a: [A, {words: many}]}}}", "tables.t.columns.a.words", "valid dictionary"),
        ("tables: {t: {title: T, columns: {}, data: 5}}", "tables.t.data", "valid dictionary"),
        ("inputs: data/processed/panel.csv", "inputs", "valid (tuple|list)"),
        ("words: {yes: of course}", r"words\.1\.\[key\]", "valid string"),  # YAML reads yes as true
    ],
)
def test_what_a_declaration_does_not_say_is_refused_with_file_and_place(tmp_path, text, place, message):
    with pytest.raises(DeclarationError, match=rf"made\.yml, {place}.*: .*{message}"):
        declared(tmp_path, text)


@pytest.mark.parametrize("text", ["", "- a\n- b", "5"])
def test_a_file_that_holds_no_lines_of_names_is_refused(tmp_path, text):
    (tmp_path / "made.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"made\.yml must hold lines of the form name: value"):
        read_declaration(tmp_path / "made.yml")


@pytest.mark.parametrize("content", [b"results: [", b"a: \xff", b"a: b: c", b"? {a: 1}\n: 2"])
def test_a_file_that_is_no_yaml_is_refused(tmp_path, content):
    (tmp_path / "made.yml").write_bytes(content)
    with pytest.raises(DeclarationError, match=r"made\.yml is not readable as YAML: "):
        read_declaration(tmp_path / "made.yml")


@pytest.mark.parametrize(
    "text, line, name",
    [
        ("results: {}\nresults: {}", 4, "results"),
        ("results:\n  change: [c/ha, 1, '']\n  other: [c/ha, 1, '']\n  change: [percent, 1, '']", 6, "change"),
        ("tables: {t: {title: T, columns: {}, title: U}}", 3, "title"),
    ],
)
def test_a_key_that_stands_twice_is_refused_where_yaml_would_keep_the_last(tmp_path, text, line, name):
    with pytest.raises(DeclarationError, match=f"made.yml is not readable as YAML: line {line}: '{name}' stands twice"):
        declared(tmp_path, text)


def test_what_is_written_once_may_be_used_twice(tmp_path):
    words = "words: &two {a: one, b: two}\nscopes: {<<: *two, b: other}"
    assert declared(tmp_path, words).scopes == {"a": "one", "b": "other"}


def test_group_and_order_are_needed_and_the_group_is_one_of_the_navigation(tmp_path):
    (tmp_path / "made.yml").write_text("results: {}", encoding="utf-8")
    with pytest.raises(DeclarationError) as refusal:
        read_declaration(tmp_path / "made.yml")
    assert "made.yml, group: Field required" in str(refusal.value) and "order: Field required" in str(refusal.value)
    (tmp_path / "made.yml").write_text("group: yeilds\norder: 1", encoding="utf-8")
    with pytest.raises(DeclarationError, match="group is 'yeilds'; groups are yields, evidence, paper"):
        read_declaration(tmp_path / "made.yml")


def test_a_name_that_the_file_gives_itself_is_not_another_reports(tmp_path):
    """The name is that of the file; nothing would find a report that calls itself otherwise."""
    with pytest.raises(DeclarationError, match=r"made\.yml, name: "):
        declared(tmp_path, "name: other")


def test_all_mistakes_are_named_at_once(tmp_path):
    with pytest.raises(DeclarationError) as refusal:
        declared(tmp_path, "results: {a: [c/ha, 1]}\nfigures: {map: {alt: a}}\ntabels: {}")
    assert [part in str(refusal.value) for part in ("results.a", "figures.map.caption", "tabels")] == [True] * 3


def test_aliases_upon_aliases_are_refused_like_any_other_value(tmp_path):
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
    with pytest.raises(DeclarationError) as refusal:
        declared(tmp_path, "\n".join(lines))
    assert len(str(refusal.value)) < 10_000


def test_a_file_that_is_not_there_is_said_with_what_to_do(tmp_path):
    with pytest.raises(DeclarationError, match=r"made\.yml does not exist.*python -m pipeline new report made"):
        read_declaration(tmp_path / "made.yml")


def columns(tmp_path, **written) -> dict:
    table = declared(tmp_path, f"tables: {{t: {{title: T, columns: {json.dumps(written)}}}}}").tables["t"]
    return {
        name: column.model_dump(exclude_defaults=True, exclude={"heading"}) for name, column in table.columns.items()
    }


def test_columns_are_written_short_and_read_long(tmp_path):
    assert columns(
        tmp_path,
        a=["A", 1],
        b=["B", "+2"],
        c=["C", "area"],
        d=["D", {"words": {"x": "an x"}}],
        e=["E", {"say": "{a} of {b}"}],
        f=["F", {"range": ["low", "high", 1]}],
        g=["G", {"area": {"all": "all"}}],
        h=["H", {"words": {"x": "an x"}, "capital": True}],
        i=["I", {"word": "; "}],
        k=["K", "short"],
    ) == {
        "a": {"kind": "number", "decimals": 1},
        "b": {"kind": "number", "decimals": 2, "signed": True},
        "c": {"kind": "area"},
        "d": {"kind": "words", "words": {"x": "an x"}},
        "e": {"kind": "say", "say": "{a} of {b}"},
        "f": {"kind": "range", "range": ("low", "high", "1")},
        "g": {"kind": "area", "words": {"all": "all"}},
        "h": {"kind": "words", "words": {"x": "an x"}, "capital": True},
        "i": {"kind": "word", "separator": "; "},
        "k": {"kind": "short"},
    }
    assert columns(tmp_path, a=["A", {"word": None, "capital": True}]) == {"a": {"kind": "word", "capital": True}}


def test_the_columns_of_a_csv_follow_from_those_that_are_shown(tmp_path):
    shown = (
        "title: T, columns: {a: [A, area], b: [B, 2], s: [S, {say: '{c} of {d:.1}, {c}'}], "
        "r: [R, {range: [low, high, digits]}], q: [Q, {range: [least, most, 1]}]}"
    )
    given = declared(tmp_path, f"tables: {{t: {{{shown}}}}}").tables["t"]
    assert given.csv_columns() == {
        "a": None,
        "b": 2,
        "c": None,
        "d": None,
        "low": None,
        "high": None,
        "digits": None,
        "least": 1,
        "most": 1,
    }
    other = declared(tmp_path, f"tables: {{t: {{{shown}, data: {{a: , c: 3}}}}}}").tables["t"]
    assert other.csv_columns() == {"a": None, "c": 3}
    listed = declared(tmp_path, f"tables: {{t: {{{shown}, data: [a, c]}}}}").tables["t"]
    assert listed.csv_columns() == {"a": None, "c": None}


def test_the_data_of_a_figure_are_its_columns_or_all_with_their_decimals(tmp_path):
    figures = declared(
        tmp_path,
        "figures: {a: {alt: a, caption: c, decimals: 2, columns: [x]}, b: {alt: a, caption: c, decimals: {y: 1}}}",
    ).figures
    assert figures["a"].csv_columns(["x", "y"]) == {"x": 2}
    assert figures["b"].csv_columns(["x", "y"]) == {"x": None, "y": 1}


def test_what_a_reader_sees_of_a_declaration_is_listed_for_translators(tmp_path):
    given = declared(
        tmp_path,
        "words: {w: a word}\nscopes: {s: a scope}\nresults: {r: [c/ha, 1, its scope]}\n"
        "tables: {t: {title: T, note: N, columns: {a: [A, {words: {x: an x}}], b: [B, {say: said}], c: [C, 1]}}}\n"
        "figures: {f: {alt: seen, caption: below}}\n",
    )
    assert list(given.messages()) == [
        "a word",
        "a scope",
        "its scope",
        "T",
        "A",
        "an x",
        "B",
        "said",
        "C",
        "N",
        "seen",
        "below",
    ]


def test_names_in_a_message_are_found_once_each_in_their_order():
    assert named_in("{rank} of {cells}, {change:+}, {rank}, {power.mde:.2}") == ["rank", "cells", "change", "power.mde"]


def test_reports_stand_in_reading_order_and_a_new_one_is_there_after_it_was_written(tmp_path):
    for name, group, order in (("b", "yields", 1), ("a", "paper", 1), ("c", "yields", 0.5), ("d", "yields", 1)):
        (tmp_path / f"{name}.yml").write_text(f"group: {group}\norder: {order}", encoding="utf-8")
    assert list(declarations(tmp_path)) == ["c", "b", "d", "a"]
    (tmp_path / "e.yml").write_text(HEAD, encoding="utf-8")
    assert "e" not in declarations(tmp_path)
    forget_declarations()
    assert "e" in declarations(tmp_path)


def test_an_unknown_report_is_named_with_those_that_there_are(tmp_path):
    declared(tmp_path, "")
    with pytest.raises(ParameterError, match="There is no report 'nope'. Reports: made."):
        declaration("nope", tmp_path)


def test_a_mistake_in_one_declaration_does_not_stop_another_report(tmp_path):
    declared(tmp_path, "", "good")
    (tmp_path / "bad.yml").write_text("group: nowhere", encoding="utf-8")
    assert isinstance(declaration("good", tmp_path), Declaration)
    with pytest.raises(DeclarationError, match=r"bad\.yml"):
        declarations(tmp_path)


def test_every_group_of_the_navigation_has_reports():
    assert {d.group for d in declarations().values()} == set(GROUPS)
