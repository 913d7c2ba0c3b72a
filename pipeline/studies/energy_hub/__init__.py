"""The report `energy_hub`: the energy hub."""
