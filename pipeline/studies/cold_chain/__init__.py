"""The report `cold_chain`: storage and the cold chain."""
