"""Tables of other crops in the committee's look, adopted in a copy: a whole study of one of them can be made."""

import random
import shutil
import subprocess

import pytest

from pipeline.site.frame import page_file
from pipeline.text.declarations import declarations
from tests.copies import clone, pipeline
from tests.data import committee as made

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

YEARS = range(1991, 2026)
LEVEL = {made.BARLEY: 18, made.COTTON: 30}  # c/ha


def tables() -> dict[str, list[list[object]]]:
    """Made yields, sown areas and harvests by oblast; harvests are yield x area, rounded as the committee rounds."""
    draw = random.Random(1272)
    common = {year: draw.gauss(1, 0.1) for year in YEARS}
    rows = {measure: made.title_rows(measure, list(map(float, YEARS))) for measure in made.UNITS}
    for crop, level in LEVEL.items():
        for table in rows.values():
            table.append(list(crop))
        for oblast in made.OBLASTS:
            yields = [round(level * common[year] * draw.gauss(1, 0.05), 1) for year in YEARS]
            areas = [round(draw.uniform(8, 12), 1) for _ in YEARS]  # thousand ha
            rows["yield"].append([*oblast, *yields])
            rows["area_sown"].append([*oblast, *areas])
            rows["production"].append([*oblast, *(round(y * a / 10, 1) for y, a in zip(yields, areas, strict=True))])
    return rows


def done(outcome: subprocess.CompletedProcess[str]) -> str:
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project that has adopted the three tables, its data made and checked."""
    folder = clone(tmp_path_factory.mktemp("copy") / "project")
    shutil.rmtree(folder / "pipeline" / "locale" / "ru")  # two languages are enough, and soonest done
    for measure, rows in tables().items():
        write = made.xls if measure == "yield" else made.xlsx
        file = write(folder.parent / f"{measure}.table", rows)
        given = ("--weight-basis", "after-processing", "--licence", "unclear", "--obtained", "Made for a test.")
        done(pipeline(folder, "add-table", str(file), "--source", "nsc_crops", *given))
    for group in ("statistics_committee", "jalal_abad", "context"):
        done(pipeline(folder, "ingest", group))
    done(pipeline(folder, "harmonise"))
    return folder


def test_area_times_yield_is_held_against_the_harvest(copy):
    assert "9 checks" in done(pipeline(copy, "check-data"))
    table = copy / "data/interim/statistics_committee/nsc_crops/crops_production.csv"
    kept = table.read_text(encoding="utf-8")
    lines = kept.splitlines()
    lines[1] = lines[1].replace(lines[1].split(",")[5], "99.9")  # Batken, barley, 1991, thousand t
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        done(pipeline(copy, "harmonise"))
        refused = pipeline(copy, "check-data")
    finally:
        table.write_text(kept, encoding="utf-8")
        done(pipeline(copy, "harmonise"))
        done(pipeline(copy, "check-data"))
    assert refused.returncode == 1
    assert "nsc_crops/Batken/barley/production/1991 prints 99900 t" in refused.stderr


@pytest.fixture(scope="module")
def reports(copy):
    """The reports of a study of barley, which is named in Kyrgyz."""
    done(pipeline(copy, "run", "--name", "barley", "--set", "crop=арпа"))
    return copy / "build" / "studies" / "barley" / "reports"


@pytest.mark.parametrize("report", [name for name, declared in declarations().items() if "crop" in declared.study])
def test_every_report_that_takes_a_crop_works_for_another(reports, report):
    assert '"crop": "barley"' in (reports / report / "notebook.ipynb").read_text(encoding="utf-8")
    assert all((reports / page_file(report, language)).is_file() for language in ("en", "ky"))


def test_yields_lead_to_the_table_that_was_adopted(reports):
    page = (reports / page_file("yield_change", "en")).read_text(encoding="utf-8")
    assert 'data.html#source-nsc_crops">' in page and "#source-nsc_wheat_yield" not in page
    assert "wheat" not in (reports / page_file("weather", "en")).read_text(encoding="utf-8")
