"""Estimators and tests on any panel of units and years. Nothing of one country, its units, crops or reforms, is known
here; what a report does with them stands in its study.
"""
