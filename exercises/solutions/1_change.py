from pipeline.data.panel import load_panel, yields_by_oblast

yields = yields_by_oblast(load_panel(), "wheat")

# Two printed figures of one series: full year, weight after processing.
before, after = yields.loc[2023, "Jalal-Abad"], yields.loc[2024, "Jalal-Abad"]
change = after - before

# Each is rounded to 0.1, so each may be off by 0.05 in either direction: the difference by 0.05 + 0.05.
low, high = change - 0.1, change + 0.1

percent = 100 * change / before
