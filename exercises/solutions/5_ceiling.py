import statsmodels.api as sm
from checks import land
from scipy import stats

from pipeline.data.panel import load_panel, yields_by_oblast

yields = yields_by_oblast(load_panel(), "wheat")
hectares = land()

before, after = yields.loc[2023, "Jalal-Abad"], yields.loc[2024, "Jalal-Abad"]
gain = 0.50 * before  # c/ha that a hectare with the technology has more
needed_share = 100 * (after - before) / gain
ceiling = hectares["documented"] / hectares["sown"] * gain

# What the comparison of exercise 3 sees: an effect so large that it is found in 80 of 100 cases at 5 %.
changes = yields.diff().loc[1992:2024]
own, others = changes["Jalal-Abad"], changes.drop(columns="Jalal-Abad").mean(axis=1)
fit = sm.OLS(own.loc[:2023], sm.add_constant(others.loc[:2023])).fit()
error = fit.get_prediction([[1, others[2024]]]).se_obs[0]
detectable = (stats.t.ppf(0.975, fit.df_resid) + stats.t.ppf(0.80, fit.df_resid)) * error
visible = "yes" if ceiling >= detectable else "no"
