"""What several test modules share: the real tables, built in a temporary folder, and a copy to damage."""

import gc
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from pipeline.data.cards import GROUPS
from pipeline.data.harmonise import harmonise
from pipeline.data.ingest import ingest
from pipeline.data.panel import load_exposures, load_panel, yields_by_oblast
from pipeline.paths import CORRECTIONS, EXPECTATIONS, RAW

# The same examples in every run: a test that fails must fail again for whoever looks at it. No clock.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


# What begins first, the longest before the others, so that no process is left with it alone at the end.
LONG = (
    *("test_end_to_end.py", "test_lab.py", "browser", "test_guides.py", "test_other_crops.py", "test_sweep.py"),
    *("test_same_bytes.py", ".ipynb"),
)

# Files whose every test draws, starts kernels or servers, runs a notebook or has hundreds of cases: not for
# `python -m pipeline check`.
SLOW = ("test_figures.py", "test_runner.py", "test_sweep.py", "test_hostile.py", "data/test_vintages.py", ".ipynb")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.as_posix().endswith(SLOW):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: next((n for n, name in enumerate(LONG) if name in str(item.path)), len(LONG)))
    gc.freeze()  # what is imported stays to the end, and need not be looked through at every collection


@dataclass(frozen=True)
class Project:
    """The project's data in a folder of its own: raw tables with their cards, corrections and expectations."""

    data: Path

    @property
    def raw(self) -> Path:
        return self.data / "raw"

    @property
    def interim(self) -> Path:
        return self.data / "interim"

    @property
    def corrections(self) -> Path:
        return self.data / "corrections.yml"

    @property
    def expectations(self) -> Path:
        return self.data / "expectations.yml"

    @property
    def panel(self) -> Path:
        return self.data / "processed" / "panel.csv"

    @property
    def exposures(self) -> Path:
        return self.data / "processed" / "exposures.csv"

    @property
    def sources(self) -> Path:
        return self.data / "processed" / "sources.csv"

    @property
    def claims(self) -> Path:
        return self.data / "processed" / "claims.csv"

    @property
    def evidence(self) -> Path:
        return self.data / "processed" / "evidence.csv"

    @property
    def checks(self) -> Path:
        return self.data / "processed" / "checks.json"

    def ingest(self, *groups: str) -> list[str]:
        """What ingesting the groups says, one sentence each."""
        return [ingest(group, self.raw, self.interim, self.corrections) for group in groups]

    def harmonise(self) -> str:
        return harmonise(self.interim, self.panel, self.exposures, self.sources, self.claims, self.evidence)

    @staticmethod
    def edit(path: Path, old: str, new: str) -> None:
        """Replace a text that stands once in a file; a test that damages nothing must not pass for another reason."""
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
        path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    def cell(self, table: str, line: int, column: str, new: str) -> None:
        """Write one cell of an interim table, found by its line in the file (the header is line 1)."""
        path = self.interim / table
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame.loc[line - 2, column] = new
        frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of the raw data that a test may damage; nothing is ingested yet."""
    copy = Project(tmp_path / "data")
    shutil.copytree(RAW, copy.raw)
    for path in (CORRECTIONS, EXPECTATIONS):
        shutil.copyfile(path, copy.data / path.name)
    return copy


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The real data, ingested and harmonised once. Read only: a test that damages takes `ingested` or `project`."""
    there = Project(tmp_path_factory.mktemp("built"))
    for group in GROUPS:
        ingest(group, interim=there.interim)
    there.harmonise()
    return there


@pytest.fixture
def ingested(built: Project, tmp_path: Path) -> Project:
    """A copy of the ingested tables that a test may damage."""
    copy = Project(tmp_path / "data")
    shutil.copytree(built.interim, copy.interim)
    return copy


@pytest.fixture(scope="session")
def real_panel(built: Project) -> pd.DataFrame:
    return load_panel(built.panel)


@pytest.fixture(scope="session")
def real_exposures(built: Project) -> pd.DataFrame:
    return load_exposures(built.exposures)


@pytest.fixture
def panel(real_panel: pd.DataFrame) -> pd.DataFrame:
    """The panel of the real data; the test's own copy."""
    return real_panel.copy()


@pytest.fixture
def exposures(real_exposures: pd.DataFrame) -> pd.DataFrame:
    """The exposures of the real data; the test's own copy."""
    return real_exposures.copy()


@pytest.fixture
def wheat(real_panel: pd.DataFrame) -> pd.DataFrame:
    """Wheat yields of the real data, years x oblasts, c/ha; the test's own copy."""
    return yields_by_oblast(real_panel, "wheat").copy()
