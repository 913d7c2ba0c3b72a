"""The report `history`: the yields in their own history."""
