"""Estimators and tests on any panel of units and years. No oblast, crop or reform of a country is known here."""
