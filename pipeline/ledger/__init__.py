"""The ledger: every statement of the paper, what it is held against, and the verdict that follows from it.

People write `data/ledger.yml` (`model`): for each statement of `claims.csv` a rule, the values it is held against
(each an address, `file#key`), the design it would need and the one there is, and the verdict they expect. `holdings`
finds the values, `verdicts` weighs them, `report` and `markdown` show what was found, `wording` says it in any
language. The stage is `pipeline/verify.py`.
"""
