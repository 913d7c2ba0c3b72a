import pandas as pd

from pipeline.data.panel import load_panel, yields_by_oblast

yields = yields_by_oblast(load_panel(), "wheat")

changes = yields.loc[2024] - yields.loc[2023]

# Every oblast in turn as if it were the one in question, against the mean of its own six others.
differences = pd.Series({oblast: changes[oblast] - changes.drop(oblast).mean() for oblast in changes.index})
own = differences["Jalal-Abad"]
largest = differences.abs().idxmax()

# The oblast itself counts. A trifle is taken off, for equal decimals differ in their last binary digit.
p_value = (differences.abs() >= abs(own) - 1e-9).mean()
smallest = 1 / len(differences)
units_needed = 20  # 1/20 = 0.05
