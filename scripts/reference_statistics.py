"""Writes evals/tests/data/statistics.json: what scipy, statsmodels and scikit-learn say about fixed inputs, for the tests of stats.

    python3 -m venv target/statistics
    target/statistics/bin/pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 scikit-learn==1.9.1
    target/statistics/bin/python scripts/reference_statistics.py evals/tests/data/statistics.json

The inputs come from one seed. Where none of the libraries has the number, it is worked out here in the plainest way, which
the docstring of the function says. The same versions write the same file, in some minutes: macro-F1 is
resampled by scikit-learn itself.
"""

import json
import math
import sys
import warnings
from fractions import Fraction

import numpy as np
from scipy import optimize, stats
from scipy.stats import _resampling
from sklearn import metrics
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

random = np.random.default_rng(20250711)
LABELS = ["housing", "police", "roads", "water"]


def rounded(values, digits=6):
    return [round(float(value), digits) for value in values]


def student():
    for degrees in [1, 2, 3, 5, 11, 29, 99, 399, 999, 1000, 1001, 2000, 9999, 99999, 10_000_000]:
        for p in [0.005, 0.05, 0.3, 0.5, 0.6, 0.8, 0.9, 0.95, 0.975, 0.995, 0.9995]:
            quantile = stats.t.ppf(p, degrees)
            case = {"degrees": degrees, "p": p, "quantile": quantile}
            # Beyond, fewer than nine figures of the tail are promised.
            yield case | ({"tail": stats.t.sf(quantile, degrees)} if degrees <= 100_000 else {})


def normal():
    for p in [1e-6, 0.001, 0.025, 0.05, 0.2, 0.5, 0.7, 0.9, 0.95, 0.975, 0.9995]:
        yield {"p": p, "quantile": stats.norm.ppf(p)}


def estimate(values, confidence, null):
    """Without clusters: scipy's t test of one sample."""
    test = {side: stats.ttest_1samp(values, null, alternative=side) for side in ("two-sided", "greater", "less")}
    both = test["two-sided"].confidence_interval(confidence)
    return {"value": np.mean(values), "standard_error": stats.sem(values), "degrees": len(values) - 1,
            "low": both.low, "high": both.high,
            "lower": test["greater"].confidence_interval(confidence).low,
            "upper": test["less"].confidence_interval(confidence).high,
            "p_value": test["two-sided"].pvalue, "p_above": test["greater"].pvalue, "p_below": test["less"].pvalue}


def clustered(values, clusters, confidence, null):
    """With clusters: least squares on a constant, covariance by cluster with its default correction, C - 1 degrees."""
    groups = np.unique(clusters, return_inverse=True)[1]
    fit = OLS(np.asarray(values), np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    degrees = len(set(clusters)) - 1
    (low, high), = fit.conf_int(1 - confidence)
    (lower, upper), = fit.conf_int(2 * (1 - confidence))
    error = fit.bse[0]
    above = stats.t.sf((fit.params[0] - null) / error, degrees)
    both = float(np.squeeze(fit.t_test(([[1.0]], [null])).pvalue))
    return {"value": fit.params[0], "standard_error": error, "degrees": degrees, "low": low, "high": high,
            "lower": lower, "upper": upper, "p_value": both, "p_above": above, "p_below": 1 - above}


def means():
    samples = [rounded(random.normal(3, 2, 5)), rounded(random.beta(5, 1, 30)),
               rounded(random.binomial(1, 0.85, 120), 0), [0.25, 0.75]]
    for values in samples:
        for confidence in (0.9, 0.95, 0.99):
            null = round(float(np.mean(values)) - 0.05, 3)
            yield {"values": values, "confidence": confidence, "null": null} | estimate(values, confidence, null)
    for size, count in ((12, 3), (60, 9), (150, 40)):
        owners = random.integers(0, count, size)
        shift = random.normal(0, 0.3, count)
        values = rounded(0.7 + shift[owners] + random.normal(0, 0.2, size))
        clusters = [f"document-{owner}" for owner in owners]
        for confidence in (0.9, 0.95):
            yield {"values": values, "clusters": clusters, "confidence": confidence, "null": 0.6} \
                | clustered(values, clusters, confidence, 0.6)


def rates():
    for successes, n in ((0, 1), (1, 1), (0, 20), (20, 20), (3, 10), (85, 100), (282, 300), (340, 400), (4999, 5000)):
        for confidence, threshold in ((0.9, 0.5), (0.95, 0.9), (0.99, 0.15)):
            low, high = proportion_confint(successes, n, 1 - confidence, method="wilson")
            bound = {side: stats.binomtest(successes, n, alternative=side).proportion_ci(confidence, method="wilson")
                     for side in ("greater", "less")}
            test = {side: proportions_ztest(successes, n, threshold, alternative=side, prop_var=threshold)[1]
                    for side in ("larger", "smaller")}
            yield {"successes": successes, "n": n, "confidence": confidence, "threshold": threshold,
                   "low": low, "high": high, "lower": bound["greater"].low, "upper": bound["less"].high,
                   "p_above": test["larger"], "p_below": test["smaller"]}


def bca():
    """Given resamples, through scipy's own formula; the bounds through the public function, told to draw no more."""
    samples = [rounded(random.lognormal(0, 1, 15)), rounded(random.binomial(1, 0.8, 25), 0),
               rounded(random.normal(0, 1, 8))]
    for values in samples:
        resampled = rounded(random.choice(values, (120, len(values))).mean(axis=1), 9)
        # Ties with the value count one half.
        resampled[:3] = [float(np.mean(values))] * 3
        for confidence in (0.8, 0.95):
            distribution = np.array(resampled)
            given = stats.bootstrap((values,), np.mean, n_resamples=0, confidence_level=confidence, method="BCa",
                                    bootstrap_result=_resampling.BootstrapResult(None, distribution, None))
            low_share, high_share, acceleration = _resampling._bca_interval(
                (np.array(values),), np.mean, -1, (1 - confidence) / 2, distribution, None, np)
            share = stats.percentileofscore(resampled, np.mean(values), kind="mean") / 100
            low, high = given.confidence_interval
            yield {"values": values, "resampled": resampled, "confidence": confidence, "value": np.mean(values),
                   "bias": stats.norm.ppf(share), "acceleration": acceleration,
                   "low_share": low_share, "high_share": high_share, "low": low, "high": high}


def interval(sample, statistic, resamples, **options):
    result = stats.bootstrap(sample, statistic, n_resamples=resamples, method="BCa", rng=random, **options)
    return result, {"low": result.confidence_interval.low, "high": result.confidence_interval.high,
                    "standard_error": result.standard_error}


def bootstrapped(sample, statistic, **options):
    result, numbers = interval(sample, statistic, 200_000, **options)
    plain_low, plain_high = np.quantile(result.bootstrap_distribution, [0.025, 0.975])
    return numbers | {"plain_low": plain_low, "plain_high": plain_high}


def bootstraps():
    """Of clusters, the mean is the sum of their sums over the sum of their sizes."""
    for values in (rounded(random.lognormal(0, 1, 20)), rounded(random.beta(4, 0.5, 40))):
        yield {"values": values, "value": np.mean(values)} | bootstrapped((values,), np.mean, batch=10_000)
    owners = np.concatenate([np.arange(14), random.integers(0, 14, 46)])
    values = np.round(random.lognormal(0, 0.8, 14)[owners] + random.lognormal(-1, 0.5, 60), 6)
    sums = [values[owners == owner].sum() for owner in range(14)]
    sizes = [int((owners == owner).sum()) for owner in range(14)]
    yield {"values": rounded(values), "clusters": [f"document-{owner:02}" for owner in owners], "value": values.mean()} \
        | bootstrapped((sums, sizes), lambda sums, sizes, axis: sums.sum(axis) / sizes.sum(axis), paired=True,
                       batch=10_000)


def paired():
    for size, graded in ((12, True), (80, False)):
        ids = [f"case-{number:03}" for number in range(size)]
        base = random.beta(3, 1, size) if graded else random.binomial(1, 0.8, size)
        other = np.clip(base + random.normal(0.05, 0.15, size), 0, 1) if graded \
            else np.where(random.random(size) < 0.2, 1 - base, base)
        baseline, candidate = dict(zip(ids, rounded(base))), dict(zip(ids, rounded(other)))
        # Each run lacks a case and has one that the other lacks.
        del baseline[ids[3]], candidate[ids[5]]
        common = [name for name in ids if name in baseline and name in candidate]
        cluster = {name: f"document-{int(name[-3:]) // 4}" for name in ids}
        before, after = [baseline[name] for name in common], [candidate[name] for name in common]
        difference = np.array(after) - np.array(before)
        plain = estimate(difference, 0.95, 0.0)
        test = stats.ttest_rel(after, before)
        plain |= {"p_value": test.pvalue, "low": test.confidence_interval().low, "high": test.confidence_interval().high}
        yield {"baseline": baseline, "candidate": candidate, "cluster": cluster, "plain": plain,
               "clustered": clustered(difference, [cluster[name] for name in common], 0.95, 0.0)}


def mcnemars():
    for better, worse in ((0, 0), (1, 0), (0, 6), (5, 5), (9, 3), (17, 41), (120, 80), (2000, 2100)):
        side = {name: stats.binomtest(count, better + worse, alternative="greater").pvalue if better + worse else 1.0
                for name, count in (("p_better", better), ("p_worse", worse))}
        both = mcnemar([[10, better], [worse, 10]], exact=True).pvalue
        yield {"better": better, "worse": worse, "p_value": both} | side


def rate_differences():
    """Agresti and Min (2005): the plain formula of a paired table to which half a case was added in each cell."""
    for better, worse, n in ((0, 0, 5), (3, 4, 300), (12, 5, 60), (0, 9, 40), (10, 0, 10)):
        table = np.array([[n - better - worse, better], [worse, 0]]) + 0.5
        total = table.sum()
        share_better, share_worse = table[0, 1] / total, table[1, 0] / total
        center = share_better - share_worse
        margin = stats.norm.ppf(0.975) * math.sqrt((share_better + share_worse - center**2) / total)
        value = (better - worse) / n
        yield {"better": better, "worse": worse, "n": n, "value": value,
               "low": min(max(center - margin, -1), value), "high": max(min(center + margin, 1), value)}


def holms():
    samples = [[0.01], [0.04, 0.01, 0.03, 0.005], [0.02, 0.02, 0.02], [0.9, 0.8, 0.001], [0.0, 1.0, 0.5],
               rounded(random.random(12) ** 3)]
    for p_values in samples:
        for alpha in (0.05, 0.1):
            rejected, adjusted, _, _ = multipletests(p_values, alpha, method="holm")
            yield {"p_values": p_values, "alpha": alpha, "adjusted": adjusted.tolist(), "rejected": rejected.tolist()}


def passes():
    """Exact fractions of binomial coefficients."""
    for total, passed, k in ((1, 0, 1), (1, 1, 1), (5, 2, 1), (5, 2, 3), (5, 3, 3), (8, 8, 4), (10, 0, 10), (10, 9, 10),
                             (200, 13, 100), (1000, 990, 20)):
        everything = math.comb(total, k)
        yield {"total": total, "passed": passed, "k": k,
               "at": float(1 - Fraction(math.comb(total - passed, k), everything)),
               "hat": float(Fraction(math.comb(passed, k), everything))}


def pass_means():
    for total, k in ((8, 1), (8, 4), (5, 2)):
        passed = [int(count) for count in random.binomial(total, random.beta(2, 1, 25))]
        case = {"total": total, "k": k, "passed": passed}
        for name, count in (("at", lambda passed: 1 - math.comb(total - passed, k) / math.comb(total, k)),
                            ("hat", lambda passed: math.comb(passed, k) / math.comb(total, k))):
            case[name] = {key: number for key, number in estimate([count(one) for one in passed], 0.95, 0.0).items()
                          if key in ("value", "low", "high")}
        yield case


def effects():
    """The effect at which statsmodels has the power, by bisection, since its own search stops after seven figures. Taken is one
    side of half the level: the usual formula leaves out the far side."""
    def solve(n, alpha, power, ratio):
        def excess(effect):
            return NormalIndPower().power(effect, n, alpha / 2, ratio=ratio, alternative="larger") - power
        return optimize.brentq(excess, 0, 10, xtol=1e-15, rtol=1e-14)

    for alpha, power, sd, n in ((0.05, 0.8, math.sqrt(0.85 * 0.15), 400), (0.1, 0.9, 0.2, 57), (0.01, 0.5, 12.5, 2000)):
        for correlation in (0.0, 0.61, -0.3):
            # A ratio of 0 makes it the test of one sample, here of differences.
            yield {"alpha": alpha, "power": power, "sd": sd, "n": n, "correlation": correlation,
                   "unpaired": sd * solve(n, alpha, power, 1),
                   "paired": sd * math.sqrt(2 * (1 - correlation)) * solve(n, alpha, power, 0)}


def gates():
    for successes, n, limit in ((282, 300, {"at_least": 0.92}), (285, 300, {"at_least": 0.92}),
                                (12, 300, {"at_most": 0.05}), (8, 300, {"at_most": 0.05}), (30, 30, {"at_least": 0.9})):
        (side, threshold), = limit.items()
        least = side == "at_least"
        bound = stats.binomtest(successes, n, alternative="greater" if least else "less").proportion_ci(0.95, "wilson")
        p_value = proportions_ztest(successes, n, threshold, alternative="larger" if least else "smaller",
                                    prop_var=threshold)[1]
        yield {"successes": successes, "n": n, "limit": limit, "bound": bound.low if least else bound.high,
               "p_value": p_value, "passes": bool(p_value <= 0.05)}
    values = rounded(random.normal(1.2, 0.4, 25))
    for limit in ({"at_least": 0.9}, {"at_least": 1.15}, {"at_most": 1.4}, {"at_most": 1.25}):
        (side, threshold), = limit.items()
        test = stats.ttest_1samp(values, threshold, alternative="greater" if side == "at_least" else "less")
        bounds = test.confidence_interval(0.95)
        yield {"values": values, "limit": limit, "bound": bounds.low if side == "at_least" else bounds.high,
               "p_value": test.pvalue, "passes": bool(test.pvalue <= 0.05)}


def classifier(size, labels, skill):
    """Rows of true label and all labels with their probabilities, the likeliest first."""
    truths = random.integers(0, len(labels), size)
    logits = random.normal(0, 1, (size, len(labels)))
    logits[np.arange(size), truths] += skill
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    scores = np.array([rounded(row) for row in scores])
    assert all(len(set(row)) == len(row) for row in scores.tolist()), "equal scores have no order"
    order = np.argsort(-scores, axis=1)
    rows = [[labels[truth], [[labels[label], row[label]] for label in ranks]]
            for truth, row, ranks in zip(truths, scores.tolist(), order.tolist())]
    return truths, scores, order[:, 0], rows


def classes():
    for size, skill in ((60, 1.5), (150, 0.7)):
        truths, scores, guesses, rows = classifier(size, LABELS, skill)
        precision, recall, f1, support = metrics.precision_recall_fscore_support(
            truths, guesses, labels=range(len(LABELS)), zero_division=0)

        def score(truths, guesses):
            return metrics.f1_score(truths, guesses, average="macro", zero_division=0)

        _, bounds = interval((truths, guesses), score, 20_000, paired=True, vectorized=False)
        yield {"predictions": rows, "labels": LABELS, "accuracy": metrics.accuracy_score(truths, guesses),
               "top_k": [{"k": k, "accuracy": metrics.top_k_accuracy_score(truths, scores, k=k, labels=range(len(LABELS)))}
                         for k in (1, 2, 3)],
               "confusion": metrics.confusion_matrix(truths, guesses).tolist(),
               "classes": [{"precision": row[0], "recall": row[1], "f1": row[2], "support": int(row[3])}
                           for row in zip(precision, recall, f1, support)],
               "macro_f1": {"value": score(truths, guesses)} | bounds}


def calibration_error(probabilities, right, bins):
    """Guo et al. (2017), bin after bin."""
    edges = np.linspace(0, 1, bins + 1)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (probabilities > low) & (probabilities <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - probabilities[inside].mean())
    return error


def sure(size, skill):
    truths, scores, guesses, rows = classifier(size, LABELS, skill)
    # Only the first guess counts here.
    return scores.max(axis=1), truths == guesses, [[truth, ranked[:1]] for truth, ranked in rows]


def calibrations():
    for size, bins in ((80, 5), (200, 15)):
        probabilities, right, rows = sure(size, 0.4)
        _, bounds = interval((probabilities, right), lambda *sample: calibration_error(*sample, bins), 20_000,
                             paired=True, vectorized=False)
        yield {"predictions": rows, "bins": bins, "value": calibration_error(probabilities, right, bins)} | bounds


def coverages():
    probabilities, right, rows = sure(50, 1.5)
    for threshold in (0.0, 0.5, float(probabilities[7]), 1.0):
        answered = probabilities >= threshold
        yield {"predictions": rows, "threshold": threshold, "covered": answered.mean(),
               "accuracy": right[answered].mean() if answered.any() else None}


GROUPS = {"student": student, "normal": normal, "mean": means, "rate": rates, "bca": bca, "bootstrap": bootstraps,
          "paired": paired, "mcnemar": mcnemars, "rate_difference": rate_differences, "holm": holms, "pass": passes,
          "pass_mean": pass_means, "effect": effects, "gate": gates, "classify": classes,
          "calibration": calibrations, "coverage": coverages}


def main():
    warnings.simplefilter("error")
    groups = []
    for name, group in GROUPS.items():
        cases = ",\n".join(json.dumps(case, default=float, allow_nan=False, separators=(",", ":")) for case in group())
        groups.append(f'"{name}":[\n{cases}\n]')
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(groups) + "\n}\n")


if __name__ == "__main__":
    main()
