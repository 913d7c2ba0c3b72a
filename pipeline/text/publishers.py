"""Publishers as readers of a language know them: an outlet keeps its name, an institution beside it is translated."""

import re

from pipeline.text.language import Catalogue

INSTITUTIONS = (
    "Ministry of Agriculture",
    "Ministry of Energy",
    "Ministry of Energy year-end meeting",
    "Ministry of Economy and Commerce",
    "Ministry of Economy and Finance",
    "Ministry of Justice",
    "Ministry of Natural Resources",
    "Ministry",
    "database of laws",
    "National Statistical Committee",
    "NSC",
    "quoting the NSC",
    "Cabinet of Ministers",
    "Presidential statement",
    "Government press office",
    "Embassy of Tajikistan in Ashgabat",
    "Atlantic Council",
    "World Bank",
    "Independent Evaluation Group",
    "Asian Development Bank",
    "Independent Evaluation",
    "Eurasian Development Bank",
    "European Commission",
    "citing the European Commission",
    "Regional policy",
    "Land of Styria",
    "member of the provincial government",
    "Helen",
    "a member",
    "with the director of Green Net Finland",
    "final report of a project",
    "a project of clusters",
    "on Omoshev et al.",
    "for WRAP",
    "Gdansk University of Technology",
    "24.kg archive",
    "24.kg via dzen.ru",
    "asia24.media via de24.one",
    "Kazinform citing Kabar",
    "Kabar News Agency",
    "Kyrgyz encyclopaedia text",
    "Kyrgyzstan Encyclopaedia and Terminology Centre",
    "Radio Azattyk",
    "ghost mirror",
    "also tazabek.kg 2432706",
)
"""What parts of the column `publisher` say in English words (messages)."""

_BETWEEN = re.compile(r"( / | \(|\)|, )")


def publisher_text(name: str, t: Catalogue) -> str:
    """A publisher in the language of the catalogue; a part that is no institution known here stays as it is.

    Examples
    --------
    >>> publisher_text("Kabar (Ministry of Energy)", Catalogue("ru"))
    'Kabar (Министерство энергетики)'
    """
    return "".join(t(message) if message in INSTITUTIONS else message for message in _BETWEEN.split(name))
