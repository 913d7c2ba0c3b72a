"""The report `other_oblasts`: the oblast against the others."""
