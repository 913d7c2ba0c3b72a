"""Displayed formulas speak the language of the page."""

from pipeline.site.markdown import prose
from pipeline.text.language import Catalogue


def test_words_and_decimal_mark_are_those_of_the_language_and_symbols_stay():
    t = Catalogue("ru", "cluster_model")
    shown = prose(r"$$\text{all of } D \text{ differ} = 8.76\,c$$", t, Catalogue("ru", "site"))
    shown = shown.replace("&#x000A0;", " ")
    assert f"<mtext>{t.look_up('all of')} </mtext>" in shown and "<mi>D</mi>" in shown and "<mn>8,76</mn>" in shown
    assert f"<mtext> {t.look_up('differ')}</mtext>" in shown and 'lang="en"' not in shown and t.has("differ")


def test_words_without_a_translation_stay_and_are_marked_as_english():
    shown = prose(r"$$\text{nobody said this} = 1$$", Catalogue("ky"), Catalogue("ky", "site"))
    assert "nobody" in shown and '<math lang="en"' in shown
