"""The replication page: the view of the ledger, set as a page that can be searched and filtered."""

from pipeline.ledger.verdicts import Replication
from pipeline.ledger.view import VerdictCount, replication_view, verdict_counts
from pipeline.ledger.wording import DOMAIN
from pipeline.site.frame import Page
from pipeline.site.markdown import slug
from pipeline.text.language import Catalogue
from pipeline.text.messages import SITE


def counts(replication: Replication, language: str) -> list[VerdictCount]:
    """The verdicts that occur, in the ledger's order, with how many statements have each."""
    return [count for count in verdict_counts(replication, Catalogue(language, DOMAIN)) if count.number]


def replication_page(replication: Replication, language: str) -> Page:
    """The page in a language."""
    t, view = Catalogue(language, SITE), replication_view(replication, Catalogue(language, DOMAIN))
    return Page(
        name="replication",
        language=language,
        title=t("The paper’s statements, one by one"),
        description=t(
            "What the paper states, what it was held against, and what follows. Statements: {number}.",
            number=view.number,
        ),
        template="replication.html.j2",
        values={"view": view, "slug": slug},
        depth=3,
    )
