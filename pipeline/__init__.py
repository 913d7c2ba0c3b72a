"""Reproducible pipeline of the green-clusters replication: from published tables to reports.

The way through: `ingest` -> `harmonise` -> `checks` -> notebooks (`runner`) -> `publish`.
Every stage is called by DVC through ``python -m pipeline``.
"""
