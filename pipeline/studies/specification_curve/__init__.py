"""The report `specification_curve`: all defensible specifications."""
