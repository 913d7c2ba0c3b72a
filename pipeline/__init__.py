"""Reproducible pipeline of the green-clusters replication: from published tables to reports.

The way through: `ingest` -> `harmonise` -> `checks` -> notebooks (`runner`) -> `publish`.
Every stage is called by DVC through ``python -m pipeline``.
"""

import sys

# jsonschema, which nbformat imports, imports it to check internationalised web addresses, of which notebooks have none:
# it compiles a grammar at every import, which takes longer than all other imports of a run together.
sys.modules.setdefault("rfc3987_syntax", None)
