"""Estimators and tests on any panel of units and years. Nothing of one country, its units, crops or reforms, is known
here; what a report does with them stands in its study.

On 40 units and 12 years a function takes less than half a second on one core, unless its docstring says otherwise.
Functions that fit a regression by pyfixest or statsmodels take some seconds more when first called, to load it.
"""
