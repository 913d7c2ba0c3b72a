"""The report `green_technology`: documented green technology and yields."""
