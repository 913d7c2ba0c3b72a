"""The report `circular`: waste and the circular economy."""
