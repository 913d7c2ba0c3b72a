"""A small report that tests make up: its declaration, and the file it is read from."""

from pathlib import Path

from pipeline.text.declarations import Declaration, read_declaration

HEAD = "group: yields\norder: 1\n"


def declared(folder: Path, text: str, name: str = "made") -> Declaration:
    """The declaration that the text is, with a group and an order before it, from its file in the folder."""
    path = folder / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + text, encoding="utf-8")
    return read_declaration(path)
