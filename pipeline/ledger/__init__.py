"""The ledger: every statement of the paper, what it is held against, and the verdict that follows from it.

People write `data/ledger.yml`: for each statement of `claims.csv` a rule, the values it is held against (each an
address, `file#key`), the design it would need and the one there is, and the verdict they expect.

- `model` is the form of that file, and reads it
- `holdings` finds the value at an address, with its rounding and who said it first
- `formula` calculates with values that are known to their last digit
- `verdicts` weighs what was found
- `tables` holds it as frames and flat results, in codes
- `wording` says values and findings in any language
- `view` is everything a reader sees; `replication.md.j2` sets it as Markdown, the site as a page
- `verify` is the stage: judges, refuses a verdict that nobody expects, and writes `reports/replication/`

What belongs here judges the paper. What estimates anything belongs to `methods` and `studies`.
"""
