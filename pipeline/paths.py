"""Where everything lies. All paths start at the project's root, never at the working directory."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

DATA = ROOT / "data"
RAW = DATA / "raw"
VOCABULARY = DATA / "vocabulary"
CORRECTIONS = DATA / "corrections.yml"
EXPECTATIONS = DATA / "expectations.yml"
ASSUMPTIONS = DATA / "assumptions.yml"
DATA_CARD = DATA / "README.md"
INTERIM = DATA / "interim"
PROCESSED = DATA / "processed"
PANEL = PROCESSED / "panel.csv"
EXPOSURES = PROCESSED / "exposures.csv"
SOURCES = PROCESSED / "sources.csv"
CLAIMS = PROCESSED / "claims.csv"
EVIDENCE = PROCESSED / "evidence.csv"
CHECKS = PROCESSED / "checks.json"

NOTEBOOKS = ROOT / "notebooks"
BUILD = ROOT / "build"
FROZEN = BUILD / "notebooks"
REPORTS = ROOT / "reports"
PARAMETERS = ROOT / "params.yaml"
STAGES = ROOT / "dvc.yaml"
CITATION = ROOT / "CITATION.cff"


def shown(path: Path) -> str:
    """The path as a reader knows it: from the project's root, with forward slashes."""
    try:
        return Path(path).resolve().relative_to(ROOT).as_posix()
    except ValueError:
        return Path(path).as_posix()
