"""The report `every_oblast_and_year`: the question asked of every oblast and every pair of years."""
