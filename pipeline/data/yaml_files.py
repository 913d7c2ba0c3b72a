"""YAML as people write it by hand: plain values, read within bounds, or refused with file and line.

What the readers of YAML do not refuse by themselves is refused here: a key that stands twice (the last would silently
count), a tag (`!!python/object/apply:os.system`, `!!binary`), aliases that grow to millions of values or name
themselves, and nesting so deep that the parser in C would end the process.
"""

from pathlib import Path

import yaml

from pipeline.errors import DataError, PipelineError
from pipeline.paths import shown

MOST_BYTES = 2**20
"""Size of a file that a person wrote; the ledger has 71 kB."""
MOST_VALUES = 100_000
"""Values of a file, aliases written out; the ledger has some 6 000."""
DEEPEST = 50
"""Levels of nesting; the ledger has 8."""
LONGEST = 10_000
"""Characters of one text."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # in C where there is one: ten times as fast
    """Safe YAML in which a key that stands twice is refused."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict:
    there = set()
    for key, _ in node.value:
        if key.tag == "tag:yaml.org,2002:merge" or not isinstance(key, yaml.ScalarNode):
            continue  # a list for a key is refused below
        name = loader.construct_object(key)
        if name in there:
            raise yaml.YAMLError(f"line {key.start_mark.line + 1}: {name!r} stands twice")
        there.add(name)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path, refusal: type[PipelineError] = DataError) -> object:
    """What a YAML file holds; None for an empty one.

    Parameters
    ----------
    refusal
        The kind of error that a file is refused with.

    Raises
    ------
    PipelineError
        Of the kind `refusal`: the file is missing, too large, no UTF-8, or not readable as `parse_yaml` reads.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise refusal(f"{shown(path)} does not exist. To get it back: git checkout -- {shown(path)}") from None
    except IsADirectoryError:
        raise refusal(f"{shown(path)} is a folder; expected a file of that name.") from None
    if len(content) > MOST_BYTES:
        raise refusal(
            f"{shown(path)} is not readable as YAML: it has {len(content)} bytes, and a file written by hand has no "
            f"more than {MOST_BYTES}. Tables belong into data/raw/."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refusal(
            f"{shown(path)} is not readable as YAML: line {line} is not in UTF-8 ({error}). Save the file in UTF-8."
        ) from error
    return parse_yaml(text, shown(path), refusal)


def parse_yaml(text: str, place: str, refusal: type[PipelineError] = DataError) -> object:
    """What a text in YAML holds; None for an empty one.

    Parameters
    ----------
    place
        What a refusal calls it: the file, or the option of a command.
    refusal
        The kind of error that a text is refused with.

    Raises
    ------
    PipelineError
        Of the kind `refusal`: it is no YAML, has a tag, a key twice, a number or date that is none, more than
        `MOST_VALUES` values when its aliases are written out, more than `DEEPEST` levels, or a text of more than
        `LONGEST` characters.
    """
    try:
        _require_bounded(text)
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        tab = " Indent with blanks, not with tabs." if "\t" in text else ""
        raise refusal(f"{place} is not readable as YAML: {error}{tab}") from error
    except ValueError as error:  # 2023-13-45, a number of 5000 digits, half a letter
        raise refusal(
            f"{place} is not readable as YAML: a number, a date or a letter in it is none ({error})"
        ) from error


def _require_bounded(text: str) -> None:
    """Refuse, from what the parser sees one after the other, what must not be built.

    Raises
    ------
    yaml.YAMLError
        Saying what, and in which line.
    """
    open_parts: list[tuple[str | None, int]] = []  # anchor, and values seen before it
    sizes: dict[str, int] = {}
    seen = 0
    for event in yaml.parse(text, _Loader):
        line = event.start_mark.line + 1
        if getattr(event, "tag", None) is not None:
            raise yaml.YAMLError(f"line {line}: a tag such as {event.tag!r} has no place in it; write the plain value")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise yaml.YAMLError(f"line {line}: *{event.anchor} names no part that stands complete before it")
            seen += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            seen += 1
            if len(event.value) > LONGEST:
                raise yaml.YAMLError(f"line {line}: a text of {len(event.value)} characters; {LONGEST} at most")
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            open_parts.append((event.anchor, seen))
            seen += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_parts.pop()
            if anchor:
                sizes[anchor] = seen - before
        if len(open_parts) > DEEPEST:
            raise yaml.YAMLError(f"line {line}: more than {DEEPEST} parts within each other")
        if seen > MOST_VALUES:
            raise yaml.YAMLError(f"line {line}: more than {MOST_VALUES} values, with aliases written out")
