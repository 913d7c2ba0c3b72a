"""What a report shows: figures in one style, tables as journals print them, and `Report`, which takes them.

No figure of a single report is drawn here; those stand in `pipeline/studies/<report>/figures.py`.
"""

from pipeline.exhibits.report import Report

__all__ = ["Report"]
