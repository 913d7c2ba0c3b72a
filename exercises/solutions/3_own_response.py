import statsmodels.api as sm
from scipy import stats

from pipeline.data.panel import load_panel, yields_by_oblast

yields = yields_by_oblast(load_panel(), "wheat")

changes = yields.diff().loc[1992:2024]
own, others = changes["Jalal-Abad"], changes.drop(columns="Jalal-Abad").mean(axis=1)

# The line of the earlier years; 2024, which is to be judged, does not help to draw it.
fit = sm.OLS(own.loc[:2023], sm.add_constant(others.loc[:2023])).fit()
forecast = fit.get_prediction([[1, others[2024]]])
expected = forecast.predicted_mean[0]
difference = own[2024] - expected

# se_obs holds both: that the line is estimated, and that a single year scatters around it.
margin = stats.t.ppf(0.975, fit.df_resid) * forecast.se_obs[0]
low, high = difference - margin, difference + margin
