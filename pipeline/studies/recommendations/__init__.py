"""The report `recommendations`: the paper's proposals."""
