"""Writes survival.csv: Kaplan-Meier estimates of random samples with many ties, by lifelines.

    pip install lifelines==0.30.3; python survival.py > survival.csv
"""
import random

from lifelines import KaplanMeierFitter

print("# lifelines 0.30.3, python survival.py > survival.csv")
print("# lives (day, d = died, c = censored); then time, survival, lower and upper 95 % limit (log-log)")
random.seed(20260301)
for size in (2, 7, 25, 80, 200):
    lives = [(random.randint(1, 60) * 30, random.random() < 0.55) for _ in range(size)]
    days, died = zip(*lives)
    fit = KaplanMeierFitter().fit(days, died)
    limits = fit.confidence_interval_survival_function_
    print("lives " + " ".join(f"{day}{'d' if dead else 'c'}" for day, dead in lives))
    for time in sorted(random.sample(range(1, max(days)), 12)):
        low, high = limits[limits.index <= time].iloc[-1]
        print(f"{time},{fit.predict(time):.12g},{low:.12g},{high:.12g}")
