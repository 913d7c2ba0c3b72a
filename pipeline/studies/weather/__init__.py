"""The report `weather`: shared shocks and the weather."""
