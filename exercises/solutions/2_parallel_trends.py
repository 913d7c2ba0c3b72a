from scipy import stats

from pipeline.data.panel import load_panel, yields_by_oblast

yields = yields_by_oblast(load_panel(), "wheat")

# Two by two: a unit and its comparison, before and after.
changes = yields.diff()
others = changes.drop(columns="Jalal-Abad").mean(axis=1)
others_change = others[2024]
did = changes.loc[2024, "Jalal-Abad"] - others_change

# In earlier years, how much of the others' movement did the oblast follow? Parallel trends say: all of it.
x, y = others.loc[1992:2023], changes.loc[1992:2023, "Jalal-Abad"]
fit = stats.linregress(x, y)
slope = fit.slope
p_slope_is_one = 2 * stats.t.sf(abs(slope - 1) / fit.stderr, len(x) - 2)

# An oblast that follows half of a common rise falls behind whenever all rise; no reform is needed for that.
reading = "b"
