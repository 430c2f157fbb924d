"""Writes funnel.csv: limits by Spiegelhalter (2005) from scipy's binomial distribution.

    pip install scipy==1.17.1; python funnel.py > funnel.csv
"""
from scipy.stats import binom

print("# scipy 1.17.1, python funnel.py > funnel.csv")
print("rate,n,low_998,low_95,high_95,high_998")
for rate in (0.003, 0.02, 0.1, 1 / 3, 0.5, 0.815, 0.97, 0.9995):
    for n in (1, 2, 5, 17, 30, 100, 333, 2000, 50000):
        limits = []
        for p in (0.001, 0.025, 0.975, 0.999):
            r = int(binom.ppf(p, n, rate))
            reached, before = binom.cdf(r, n, rate), binom.cdf(r - 1, n, rate)
            limits.append(min(1.0, max(0.0, (r - (reached - p) / (reached - before)) / n)))
        print(",".join([repr(rate), str(n)] + [f"{x:.12g}" for x in limits]))
