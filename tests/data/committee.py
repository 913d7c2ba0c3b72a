"""Made workbooks in the look of the statistics committee's tables, for tests of what reads them."""

from pathlib import Path

import openpyxl
import xlwt

KY, RU, EN = 0, 1, 2
HEAD = ("Көрсөткүчтөрдүн аталышы", "Наименование показателей", "Items")
TITLES = {
    "yield": (
        "Айыл чарба өсүмдүктөрүнүн түшүмдүүлүгү аймактар боюнча",
        "Урожайность сельскохозяйственных культур по территории",
        "Crops' yield by territory",
    ),
    "area_sown": (
        "Айыл чарба өсүмдүктөрүнүн айдоо аянты",
        "Посевные площади сельскохозяйственных культур",
        "Sown area under crops",
    ),
    "production": (
        "Айыл чарба өсүмдүктөрүнүн дүң түшүмү",
        "Валовой сбор сельскохозяйственных культур",
        "Gross harvest of crops",
    ),
}
UNITS = {
    "yield": ("(бир гектардан центнер)", "(центнеров с гектара)", "(centners per hectare)"),
    "area_sown": ("(миң гектар)", "(тыс. гектаров)", "(thousand hectares)"),
    "production": ("(миң тонна)", "(тыс. тонн)", "(thousand tons)"),
}
COUNTRY = ("Кыргыз Республикасы", "Кыргызская Республика", "Kyrgyz Republic")
BATKEN = ("Баткен облусу", "Баткенская область", "Batken oblast")
JALAL_ABAD = ("Жалал-Абад облусу", "Джалал-Абадская область", "Jalal-Abat oblast")
ISSYK_KUL = ("Ысык-Көл облусу", "Иссык-Кульская область", "Yssyk-Kul oblast")
NARYN = ("Нарын облусу", "Нарынская область", "Naryn oblast")
OSH = ("Ош облусу", "Ошская область", "Osh oblast")
TALAS = ("Талас облусу", "Таласская область", "Talas oblast")
CHUI = ("Чүй облусу ", "Чуйская область", "Chui oblast")
OSH_CITY = ("Ош ш.", "г.Ош", "Osh сity")  # with a Cyrillic с, as in the committee's own
OBLASTS = (BATKEN, JALAL_ABAD, ISSYK_KUL, NARYN, OSH, TALAS, CHUI)
WHEAT, BARLEY, COTTON = (
    ("Буудай", "Пшеница", "Wheat"),
    ("Арпа", "Ячмень", "Barley"),
    ("Кебез", "Хлопок-сырец", "Raw cotton"),
)


def title_rows(measure: str, years: list[object]) -> list[list[object]]:
    """Title, blank row, units, head: as the committee's dynamic tables begin."""
    return [list(TITLES[measure]), [], list(UNITS[measure]), [*HEAD, *years], []]


def xlsx(
    path: Path,
    rows: list[list[object]],
    *,
    sheet: str = "1272",
    merged: tuple[str, ...] = (),
    hidden_rows: tuple[int, ...] = (),
    hidden_columns: tuple[str, ...] = (),
) -> Path:
    """A workbook of one sheet; "" and None are empty cells."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append([None if cell == "" else cell for cell in row])
    for area in merged:
        page.merge_cells(area)
    for number in hidden_rows:
        page.row_dimensions[number].hidden = True
    for letter in hidden_columns:
        page.column_dimensions[letter].hidden = True
    book.save(path)
    return path


def xls(path: Path, rows: list[list[object]], *, sheet: str = "1272") -> Path:
    """The same as a workbook of before 2007."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet)
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell not in ("", None):
                page.write(r, c, cell)
    book.save(str(path))
    return path
