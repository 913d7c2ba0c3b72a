"""Contents of the files that stages read."""

import hashlib
import os

from pipeline.run.files import contents


def test_a_file_is_read_again_where_anything_about_it_has_changed(tmp_path):
    def now():
        return contents(["a", "missing", "b"], tmp_path)

    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    first = now()
    assert first == {"a": hashlib.sha256(b"1").hexdigest(), "b": hashlib.sha256(b"2").hexdigest()}
    (tmp_path / "new").write_bytes(b"3")  # of the same size, and of the same time as the one that it replaces
    stamp = (tmp_path / "a").stat()
    os.utime(tmp_path / "new", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    (tmp_path / "new").replace(tmp_path / "a")
    assert now() == first | {"a": hashlib.sha256(b"3").hexdigest()}
    (tmp_path / "b").unlink()
    assert now().keys() == {"a"}
