"""Names resolve strictly: every way to write a known spelling leads to its one name, anything else is refused."""

import unicodedata
from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data import vocabulary
from pipeline.data.vocabulary import (
    AREA_LEVELS,
    Names,
    areas,
    crops,
    oblasts,
    panel_unit,
    regions,
    units,
    yield_bounds,
)
from pipeline.errors import DataError, UnknownNameError
from pipeline.paths import VOCABULARY


def spellings_of(file: str) -> dict[str, dict[str, str]]:
    """Every spelling of a vocabulary file and its name, by level, read without the code under test."""
    read = yaml.safe_load((VOCABULARY / file).read_text(encoding="utf-8"))
    levels = read if file == "areas.yml" else {file.removesuffix(".yml"): read}
    return {
        level: {
            spelling: name
            for name, entry in table.items()
            for spelling in (
                name,
                *(entry[language] for language in ("en", "ky", "ru") if language in entry),
                *entry["aliases"],
            )
        }
        for level, table in levels.items()
        if level != "region"  # groups of oblasts, no names of their own
    }


AREAS = spellings_of("areas.yml")
LISTS: dict[str, tuple[Names, dict[str, str]]] = {
    **{level: (areas(level), AREAS[level]) for level in AREA_LEVELS},
    "crops": (crops(), spellings_of("crops.yml")["crops"]),
    "units": (units(), spellings_of("units.yml")["units"]),
}
KNOWN = [(names, spelling, name) for names, table in LISTS.values() for spelling, name in table.items()]

HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
SPACES = [" ", "  ", "\u00a0", "\t", "\u202f", " \u2009"]
APOSTROPHES = "'\u2018\u2019\u02bc`"


@st.composite
def written(draw: st.DrawFn, spelling: str) -> str:
    """The spelling as a careless writer may write it: other case, spaces, hyphens, apostrophes, Unicode form."""
    out = []
    for character in spelling:
        if character == "-":
            around = st.sampled_from(["", " ", "\u00a0"])
            out.append(draw(around) + draw(st.sampled_from(HYPHENS)) + draw(around))
        elif character == " ":
            out.append(draw(st.sampled_from(SPACES)))
        elif character == "'":
            out.append(draw(st.sampled_from(APOSTROPHES)))
        else:
            out.append(draw(st.sampled_from([character.lower(), character.upper()])))
    outside = st.sampled_from(["", " ", "\t", "\n", "\u00a0 "])
    text = draw(outside) + "".join(out) + draw(outside)
    return unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"])), text)


@given(st.data())
def test_every_way_to_write_a_known_spelling_leads_to_its_name(data):
    names, spelling, name = data.draw(st.sampled_from(KNOWN))
    assert names.resolve(data.draw(written(spelling))) == name


def test_every_spelling_of_every_list_leads_to_its_name():
    wrong = [(s, names.resolve(s), name) for names, s, name in KNOWN if names.resolve(s) != name]
    assert not wrong


@given(st.sampled_from(KNOWN))
def test_resolving_a_name_again_changes_nothing(known):
    names, spelling, _ = known
    once = names.resolve(spelling)
    assert names.resolve(once) == once
    assert once in names


@given(st.sampled_from(list(LISTS)), st.text(alphabet="0123456789 -'", max_size=12))
def test_a_text_without_letters_is_never_a_name(kind, text):
    names, _ = LISTS[kind]
    if kind == "units":
        text += "5"  # "%" and "°" are units without letters; no unit ends with a digit
    with pytest.raises(UnknownNameError) as refusal:
        names.resolve(text)
    assert repr(text) in str(refusal.value)


@given(st.sampled_from(KNOWN), st.sampled_from(["zq", " zq", "zq "]))
def test_a_near_miss_is_refused_by_name_and_never_guessed(known, wrong):
    names, spelling, _ = known
    for text in (spelling + wrong, wrong + spelling):
        with pytest.raises(UnknownNameError, match="Unknown") as refusal:
            names.resolve(text)
        assert repr(text) in str(refusal.value)


def test_a_refusal_gives_the_nearest_name_and_where_to_add_a_spelling():
    with pytest.raises(UnknownNameError, match=r"'Jalal-Abadd'\. Nearest known: Jalal-Abad.*data/vocabulary/"):
        areas("oblast").resolve("Jalal-Abadd")
    with pytest.raises(UnknownNameError, match=r"'xyz'\. Known: Batken, Chui, Issyk-Kul"):
        areas("oblast").resolve("xyz")


@pytest.mark.parametrize("kind", LISTS)
def test_no_spelling_of_the_real_lists_leads_to_two_names(kind):
    names_of: dict[str, set[str]] = {}
    for spelling, name in LISTS[kind][1].items():
        names_of.setdefault(spelling.casefold(), set()).add(name)
    assert not {s: found for s, found in names_of.items() if len(found) > 1}


def test_a_spelling_of_two_names_is_refused_when_the_list_is_read(tmp_path, monkeypatch):
    (tmp_path / "crops.yml").write_text(
        "rice: {kind: crop, aliases: []}\nwild rice: {kind: crop, aliases: [Rice]}\n", encoding="utf-8"
    )
    monkeypatch.setattr(vocabulary, "VOCABULARY", tmp_path)
    with pytest.raises(DataError, match=r"crops.yml: crop spelling 'Rice' leads to both 'rice' and 'wild rice'"):
        crops.__wrapped__()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wheat: {kind: cereal}", "the crop 'wheat' needs a list `aliases`"),
        ("wheat: [", "crops.yml is not readable as YAML"),
    ],
)
def test_a_list_that_people_damaged_is_refused_with_its_file(tmp_path, monkeypatch, text, message):
    monkeypatch.setattr(vocabulary, "VOCABULARY", tmp_path)
    (tmp_path / "crops.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        crops.__wrapped__()


def test_an_area_is_looked_up_within_its_level():
    for level, name in (("oblast", "Naryn"), ("raion", "Naryn raion")):
        assert areas(level).resolve("Naryn") == name
    with pytest.raises(UnknownNameError):
        areas("city").resolve("Naryn")
    with pytest.raises(UnknownNameError, match=r"Unknown area level 'province'. Known: country, oblast, city"):
        areas("province")


def test_the_names_that_other_code_relies_on():
    assert oblasts() == ["Batken", "Chui", "Issyk-Kul", "Jalal-Abad", "Naryn", "Osh", "Talas"]
    assert {"Bishkek city", "Osh city"} <= set(areas("city").entries)
    assert "Kyrgyzstan" in areas("country")
    assert sum(entry.properties["oblast"] == "Jalal-Abad" for entry in areas("raion").entries.values()) == 8
    assert {entry.properties["oblast"] for entry in areas("raion").entries.values()} == set(oblasts())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Жалал-Абад облусу", "Jalal-Abad"),
        ("Джалал-Абадская область", "Jalal-Abad"),
        ("JALAL\u2013ABAD", "Jalal-Abad"),
        ("Ysyk-Ko\u0308l", "Issyk-Kul"),
        ("Чуй", "Chui"),
        ("Ошская  область", "Osh"),
    ],
)
def test_spellings_of_three_languages(text, name):
    assert areas("oblast").resolve(text) == name


@pytest.mark.parametrize("kind", LISTS)
def test_every_name_is_shown_in_three_languages(kind):
    file = {"crops": "crops.yml", "units": "units.yml"}.get(kind, "areas.yml")
    read = yaml.safe_load((VOCABULARY / file).read_text(encoding="utf-8"))
    table = read[kind] if file == "areas.yml" else read
    lacking = [
        f"{name}: {language}" for name, entry in table.items() for language in ("ky", "ru") if not entry.get(language)
    ]
    assert not lacking
    assert all(entry.shown_as["en"] for entry in LISTS[kind][0].entries.values())


@pytest.mark.parametrize(
    ("published", "kept", "factor"),
    [
        ("c_per_ha", "c_per_ha", "1"),
        ("kg_per_ha", "c_per_ha", "0.01"),
        ("t_per_ha", "c_per_ha", "10"),
        ("t", "t", "1"),
        ("kt", "t", "1000"),
        ("million_t", "t", "1000000"),
        ("ha", "ha", "1"),
        ("kha", "ha", "1000"),
        ("percent", "percent", "1"),
    ],
)
def test_what_one_published_unit_is_in_the_unit_that_the_panel_keeps(published, kept, factor):
    unit, power = panel_unit(published)
    assert (unit, Decimal(1).scaleb(power)) == (kept, Decimal(factor))


@pytest.mark.parametrize("unit", units().entries)
def test_a_kept_unit_is_not_converted_again(unit):
    kept, _ = panel_unit(unit)
    assert panel_unit(kept) == (kept, 0)


def test_bounds_of_yields_are_a_range_and_livestock_has_none():
    for name, entry in crops().entries.items():
        bounds = yield_bounds(name)
        if entry.properties["kind"] == "livestock product":
            assert bounds is None
        elif bounds:
            assert 0 < bounds[0] < bounds[1]
    assert yield_bounds("wheat") == (5, 80)


def test_every_oblast_is_in_one_region():
    assert sorted(oblast for members in regions().values() for oblast in members) == oblasts()
    assert regions()["south"] == ("Batken", "Jalal-Abad", "Osh")


@pytest.mark.parametrize(
    ("members", "error", "refusal"),
    [
        (["Batken", "Ferghana"], UnknownNameError, "Unknown oblast 'Ferghana'"),
        (["Batken", "Osh", "Batken"], DataError, "Batken stands in more than one region"),
    ],
)
def test_a_wrong_region_is_refused(tmp_path, monkeypatch, members, error, refusal):
    table = yaml.safe_load((VOCABULARY / "areas.yml").read_text(encoding="utf-8"))
    path = tmp_path / "areas.yml"
    path.write_text(yaml.safe_dump(table | {"region": {"south": members}}, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(vocabulary, "VOCABULARY", tmp_path)
    with pytest.raises(error, match=refusal):
        regions.__wrapped__()


@pytest.mark.parametrize(
    ("level", "name", "spellings"),
    [
        ("country", "Kyrgyzstan", ["Kyrgyz Republic", "Кыргыз Республикасы", "Кыргызская Республика"]),
        ("oblast", "Jalal-Abad", ["Jalal-Abat oblast", "Жалал-Абад облусу", "Джалал-Абадская область"]),
        ("oblast", "Issyk-Kul", ["Yssyk-Kul oblast", "Ысык-Көл облусу", "Иссык-Кульская область"]),
        ("oblast", "Chui", ["Chui oblast", "Чүй облусу ", "Чуйская область"]),
        ("city", "Bishkek city", ["Bishkek city", "Бишкек ш.", "г.Бишкек", "г. Бишкек"]),
        ("city", "Osh city", ["Osh city", "Ош ш.", "г.Ош"]),
        ("city", "Jalal-Abad city", ["г. Манас", "г.Манас", "Манас шаары", "Manas city", "г.Джалал-Абад"]),
    ],
)
def test_areas_as_the_committee_spells_them(level, name, spellings):
    assert {areas(level).resolve(spelling) for spelling in spellings} == {name}


@pytest.mark.parametrize(
    "spelling",
    [
        "Osh oblast  (until 2013 y. including Osh city)",
        "Ош облусу (2013 ж. чейин Ош шаары кошулуп)",
        "Ошская область  (до 2013 г.включая г. Ош)",
    ],
)
def test_a_break_in_coverage_is_kept_apart(spelling):
    assert areas("oblast").is_broken(spelling) and not areas("oblast").is_broken("Osh oblast")
    with pytest.raises(UnknownNameError, match="is Osh with a break in what it covers .*2013.*kept apart"):
        areas("oblast").resolve(spelling)


def test_a_letter_of_another_alphabet_is_named():
    with pytest.raises(UnknownNameError, match=r"has the Cyrillic letter с \(U\+0441\) in a Latin word"):
        areas("city").resolve("Bishkek сity")


def test_crops_as_the_committee_spells_them():
    spellings = ["Raw cotton", "Хлопок-сырец", "Сахарная свекла", "сахарная свёкла", "Дан өсүмдүктөрү", "Шалы"]
    assert [crops().resolve(s) for s in spellings] == ["cotton", "cotton", *["sugar beet"] * 2, "cereals", "rice"]
