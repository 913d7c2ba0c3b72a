"""The report `yield_change`: yields before and after."""
