"""Files that people write, with every field wrong in turn: refused by an error of the pipeline, file and field named.

Where a text may be any text, another text is no mistake that a reader can see; nothing else than an error of the
pipeline may come of it either.
"""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data import vocabulary
from pipeline.data.assumptions import read_assumptions
from pipeline.data.cards import read_card
from pipeline.data.checks import read_expectations
from pipeline.data.corrections import read_corrections
from pipeline.data.yaml_files import parse_yaml, read_yaml
from pipeline.errors import PipelineError
from pipeline.ledger.model import LEDGER, read_ledger
from pipeline.paths import ASSUMPTIONS, CORRECTIONS, EXPECTATIONS, NOTEBOOKS, PARAMETERS, RAW, VOCABULARY
from pipeline.text.declarations import read_declaration
from pipeline.text.parameters import run_parameters

Way = tuple[object, ...]
GONE = object()
MARKS = "{7*7} {{7*7}} {x.__class__} ${x} `x` <b>"
WRONG = (
    GONE,
    None,
    True,
    3.5,
    -1,
    float("nan"),
    float("inf"),
    10**30,
    [],
    {},
    "",
    "\u0436" * 5_000,
    MARKS,
    [[]],
    {1: 2},
)
"""What stands in the place of a field: nothing, and values of every kind."""


def study_of(path: Path) -> object:
    """The study, checked as a run of one report checks it."""
    return run_parameters("yield_change", {}, path)


def names_in(path: Path, read: Callable[[], object]) -> object:
    """A list of names of the vocabulary, read from a folder in its place."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(vocabulary, "VOCABULARY", path.parent)
        return read()


def all_areas() -> object:
    vocabulary.areas.cache_clear()
    try:
        return [vocabulary.areas.__wrapped__(level) for level in vocabulary.AREA_LEVELS] + [
            vocabulary.regions.__wrapped__()
        ]
    finally:
        vocabulary.areas.cache_clear()


READERS: dict[Path, Callable[[Path], object]] = {
    PARAMETERS: study_of,
    RAW / "harvest_reports" / "source.yml": lambda path: read_card(path.parent.name, path.parent.parent),
    RAW / "green_technology" / "source.yml": lambda path: read_card(path.parent.name, path.parent.parent),
    NOTEBOOKS / "history.yml": read_declaration,
    NOTEBOOKS / "cluster_model.yml": read_declaration,
    CORRECTIONS: read_corrections,
    ASSUMPTIONS: read_assumptions.__wrapped__,
    EXPECTATIONS: read_expectations,
    LEDGER: read_ledger,
    VOCABULARY / "crops.yml": lambda path: names_in(path, vocabulary.crops.__wrapped__),
    VOCABULARY / "units.yml": lambda path: names_in(path, vocabulary.units.__wrapped__),
    VOCABULARY / "areas.yml": lambda path: names_in(path, all_areas),
}


def ways(content: object, above: Way = ()) -> Iterator[Way]:
    """The way to every field; of a list, and of a mapping of equals, to the first three entries."""
    if isinstance(content, dict | list):
        keys = list(content) if isinstance(content, dict) else list(range(len(content)))
        for key in keys[:3] if len(keys) > 12 and isinstance(content, list) else keys:
            yield (*above, key)
            yield from ways(content[key], (*above, key))


def damaged(content: object, way: Way, new: object) -> object:
    """A copy in which one field is another, or gone."""
    made = inside = copy.deepcopy(content)
    for key in way[:-1]:
        inside = inside[key]
    if new is GONE:
        del inside[way[-1]]
    else:
        inside[way[-1]] = new
    return made


def written(folder: Path, path: Path, text: str | bytes) -> Path:
    """A file of that name in a folder of that name."""
    made = folder / path.parent.name / path.name
    made.parent.mkdir(exist_ok=True)
    made.write_bytes(text if isinstance(text, bytes) else text.encode())
    return made


FILES = pytest.mark.parametrize("path", READERS, ids=[f"{p.parent.name}/{p.name}" for p in READERS])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.mark.slow
@FILES
def test_a_file_with_one_field_wrong_is_read_or_refused_and_nothing_else(folder, path):
    content = read_yaml(path)
    every = list(ways(content))

    @settings(max_examples=15 if path == LEDGER else 40)
    @given(st.sampled_from(every), st.sampled_from(WRONG))
    def tried(way: Way, new: object) -> None:
        file = written(folder, path, yaml.dump(damaged(content, way, new), allow_unicode=True))
        try:
            READERS[path](file)
        except PipelineError as refusal:
            said = str(refusal)
            assert len(said) < 50_000 and path.name in said

    tried()


@FILES
def test_a_field_that_is_not_known_is_refused(folder, path):
    content = read_yaml(path)
    if isinstance(content, list):
        content[0]["unheard_of"] = 1
    elif path == ASSUMPTIONS:
        next(iter(next(iter(content.values())).values()))["unheard_of"] = 1
    elif path.parent == VOCABULARY and path.stem != "areas":
        next(iter(content.values()))["unheard_of"] = 1
    else:
        content["unheard_of"] = 1
    with pytest.raises(PipelineError, match=rf"(?s){path.name}.*(unheard_of|and no other)"):
        READERS[path](written(folder, path, yaml.dump(content, allow_unicode=True)))


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]\n" for i in range(9)
)
HOSTILE = {
    "objects": (
        "a: !!python/object/apply:os.system ['touch {made}']",
        "a tag such as 'tag:yaml.org,2002:python/object",
    ),
    "a tag of its own": ("a: !secret x", "a tag such as '!secret'"),
    "billion laughs": (LAUGHS, "more than 100000 values, with aliases written out"),
    "an alias of itself": ("a: &a [*a]", r"\*a names no part that stands complete before it"),
    "nested lists": ("[" * 100_000, "more than 50 parts within each other"),
    "nested items": ("- " * 50_000 + "a", "more than 50 parts within each other"),
    "a key twice": ("a: 1\na: 2", "line 2: 'a' stands twice"),
    "a tab": ("a:\n\tb: 1", "Indent with blanks, not with tabs"),
    "a long number": ("a: " + "9" * 5_000, "a number, a date or a letter in it is none"),
    "a date that is none": ("a: 2024-13-45", "a number, a date or a letter in it is none"),
    "a long text": ("a: " + "x" * 10_001, "a text of 10001 characters; 10000 at most"),
    "a large file": ("#" * (2**20 + 1), "has 1048577 bytes"),
    "no UTF-8": (b"a: 1\nb: \xff", "line 2 is not in UTF-8"),
    "two documents": ("--- a\n--- b", "expected a single document"),
    "a list for a key": ("? [a]\n: b", "unhashable key"),
    "a byte 0": ("a: \0", "control characters are not allowed"),
}


@FILES
@pytest.mark.parametrize("text, message", HOSTILE.values(), ids=HOSTILE)
def test_yaml_that_builds_objects_or_explodes_is_refused_with_its_file(folder, path, text, message):
    made = folder / "made by YAML"
    text = text.replace("{made}", str(made)) if isinstance(text, str) else text
    with pytest.raises(PipelineError, match=rf"(?s){path.name} is not readable as YAML: .*{message}"):
        READERS[path](written(folder, path, text))
    assert not made.exists()


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("ab:-[]{},&*!|>?%@'\"#\n\t 019.~<=\u0436\ufeff\x85"), max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        parse_yaml(text, "made")
    except PipelineError as refusal:
        assert str(refusal).startswith("made is not readable as YAML: ")
