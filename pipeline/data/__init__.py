"""From raw table to checked panel: cards, corrections, vocabulary, ingest, harmonise, checks.

Nothing here knows a method, a report or a page.
"""
