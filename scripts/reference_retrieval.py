"""Writes evals/tests/data/retrieval.json: runs and grades with what ir_measures and pytrec_eval say about them, for the tests of retrieval.

    python3 -m venv target/retrieval
    target/retrieval/bin/pip install numpy==2.4.6 ir-measures==0.4.3 pytrec-eval-terrier==0.5.11
    target/retrieval/bin/python scripts/reference_retrieval.py evals/tests/data/retrieval.json

The inputs come from one seed; queries and documents are numbers with a letter, so nothing in them belongs to anybody. Each case
holds the two files as texts, since reading them is tested as well, and the figures: of each query by pytrec_eval, and the means
by ir_measures. The same versions write the same file.

`RR@10` of ir_measures orders equal scores the other way round than trec_eval and the rest of ir_measures. So where a case has
equal scores, the figure of pytrec_eval stands for it: `recip_rank`, or 0 below rank 10.
"""

import json
import sys

import ir_measures
import numpy as np
import pytrec_eval

random = np.random.default_rng(20261126)
RANKS = [1, 5, 10, 20, 50, 100]


def rounded(value):
    return round(float(value), 8)


def graded(queries, documents, grades, judged):
    """Grades of some documents for each query; every seventh query has none above 0."""
    qrels = {}
    for number in range(queries):
        chosen = random.choice(documents, size=judged, replace=False)
        drawn = random.choice(grades, size=judged)
        drawn[0] = max(grades)
        if number % 7 == 3:
            drawn[:] = 0
        qrels[f"q{number}"] = {f"d{document}": int(grade) for document, grade in zip(chosen, drawn)}
    return qrels


def searched(qrels, documents, depth, score):
    """A run that finds some of what is graded; every fifth query is missing, and one has no grades."""
    run = {}
    for number, (query, grades) in enumerate(qrels.items()):
        if number % 5 == 4:
            continue
        chosen = {f"d{document}" for document in random.choice(documents, size=depth, replace=False)}
        chosen |= {document for document in grades if random.random() < 0.5}
        run[query] = {document: score() for document in sorted(chosen)}
    run["unjudged"] = {"d1": score()}
    return run


def figures(qrels, run, tied):
    recalls = {f"recall@{rank}": ir_measures.R @ rank for rank in RANKS}
    measures = recalls | {"mrr@10": ir_measures.RR @ 10, "ndcg@10": ir_measures.nDCG @ 10}
    aggregated = ir_measures.calc_aggregate(measures.values(), qrels, run)
    means = {name: aggregated[measure] for name, measure in measures.items()}

    asked = {"recall." + ",".join(map(str, RANKS)), "recip_rank", "ndcg_cut.10"}
    evaluated = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(run)
    queries = {}
    # pytrec_eval leaves out what the run lacks; ir_measures counts it as 0.
    for query in qrels:
        found = evaluated.get(query, {})
        reciprocal = found.get("recip_rank", 0.0)
        queries[query] = {f"recall@{rank}": found.get(f"recall_{rank}", 0.0) for rank in RANKS}
        queries[query]["mrr@10"] = reciprocal if reciprocal > 0.0999 else 0.0
        queries[query]["ndcg@10"] = found.get("ndcg_cut_10", 0.0)
    for name in measures:
        mean = float(np.mean([scores[name] for scores in queries.values()]))
        if name == "mrr@10" and tied:
            means[name] = mean
        assert abs(mean - means[name]) < 1e-12, (name, mean, means[name])
    return means, queries


def case(name, qrels, run, tied, trec):
    means, queries = figures(qrels, run, tied)
    lines = ["query-id\tcorpus-id\tscore"] if not trec else []
    for query, grades in qrels.items():
        for document, grade in grades.items():
            lines.append(f"{query} 0 {document} {grade}" if trec else f"{query}\t{document}\t{grade}")
    rows = [f"{query} Q0 {document} 0 {score!r} reference" for query, found in run.items() for document, score in found.items()]
    means = {metric: rounded(mean) for metric, mean in means.items()}
    queries = {query: {metric: rounded(score) for metric, score in scores.items()} for query, scores in queries.items()}
    return {"name": name, "qrels": "\n".join(lines) + "\n", "run": "\n".join(rows) + "\n", "means": means, "queries": queries}


def cases():
    qrels = graded(15, 400, [0, 1], 6)
    yield case("one grade, no equal scores", qrels, searched(qrels, 400, 120, lambda: rounded(random.random())), False, False)
    qrels = graded(20, 300, [0, 1, 2, 3], 25)
    yield case("grades, no equal scores", qrels, searched(qrels, 300, 60, lambda: rounded(random.random())), False, True)
    qrels = graded(30, 60, [0, 1, 2, 3], 12)
    yield case("grades, many equal scores", qrels, searched(qrels, 60, 30, lambda: float(random.integers(0, 4))), True, False)
    # These differ as f64 alone: trec_eval takes them for equal.
    qrels = graded(15, 60, [0, 1], 12)
    close = lambda: 1.0 + float(random.integers(0, 50)) * 1e-10
    yield case("scores that are equal as f32", qrels, searched(qrels, 60, 30, close), True, True)
    qrels = graded(10, 50, [0, 2, 5], 20)
    yield case("short runs and negative scores", qrels, searched(qrels, 50, 3, lambda: -rounded(random.random())), False, True)


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(list(cases()), file, indent=0)
        file.write("\n")
