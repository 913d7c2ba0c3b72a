"""The report `synthesis`: every estimate of the question beside the others."""
