"""What the stage of the pages leaves behind."""

from pipeline.site.publish import _remove_others


def test_only_what_is_no_longer_made_is_removed_and_only_where_nobody_else_writes(tmp_path):
    for name in ("index.html", "power/notebook.ipynb", "ky/index.html", "ky/gone/index.html", "assets/old.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    _remove_others({"ky/index.html"}, [tmp_path / "ky", tmp_path / "assets", tmp_path / "ru"], tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"index.html", "power/notebook.ipynb", "ky/index.html"}
