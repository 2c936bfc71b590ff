"""scikit-learn's char TF-IDF and LinearSVC on the folds of a cross-validation of ours. Prints Markdown.

    python scripts/peers_classify.py RECORDS.jsonl OURS.json [--quick]

OURS.json is what `chengzhi eval classify --train RECORDS.jsonl --folds 5 --json` printed, with the fold of each record
under `assignment`. The peer is trained three ways: on tokens joined without blanks, on tokens as they stand, and as the
first but with `C` chosen by an inner search. Its calibration error is that of a softmax over its scores whose
temperature is fitted on inner folds; a LinearSVC has no probabilities of its own.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

BINS = 15
COSTS = (0.3, 1.0, 3.0)


def peer(cost: float):
    features = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    return make_pipeline(features, LinearSVC(C=cost))


def held_out(texts: np.ndarray, gold: np.ndarray, cost: float) -> np.ndarray:
    """Scores of each record by a peer that was trained on four other fifths."""
    scores = np.zeros((len(texts), len(set(gold))))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=1).split(texts, gold):
        scores[test] = peer(cost).fit(texts[train], gold[train]).decision_function(texts[test])
    return scores


def temperature(scores: np.ndarray, gold: np.ndarray) -> float:
    """The factor of scores under which the right labels are likeliest."""
    rows = np.arange(len(gold))
    loss = lambda log: -log_softmax(scores * np.exp(log), axis=1)[rows, gold].mean()  # noqa: E731
    return float(np.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded").x))


def calibration_error(chances: np.ndarray, gold: np.ndarray) -> float:
    top, right = chances.max(axis=1), chances.argmax(axis=1) == gold
    bins = np.clip(np.ceil(top * BINS).astype(int) - 1, 0, BINS - 1)
    return sum(abs(top[bins == at].sum() - right[bins == at].sum()) for at in range(BINS)) / len(gold)


def measure(texts: np.ndarray, gold: np.ndarray, folds: np.ndarray, search: bool, calibrate: bool) -> dict:
    """One cross-validation."""
    began = time.perf_counter()
    chances = np.zeros((len(texts), len(set(gold))))
    for fold in range(folds.max() + 1):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        cost, factor = 1.0, 1.0
        if search:
            inner = {cost: held_out(texts[train], gold[train], cost) for cost in COSTS}
            cost = max(COSTS, key=lambda cost: accuracy_score(gold[train], inner[cost].argmax(axis=1)))
            factor = temperature(inner[cost], gold[train])
        elif calibrate:
            factor = temperature(held_out(texts[train], gold[train], cost), gold[train])
        scores = peer(cost).fit(texts[train], gold[train]).decision_function(texts[test])
        chances[test] = softmax(scores * factor, axis=1)
    said, order = chances.argmax(axis=1), np.argsort(-chances, axis=1)
    surest = np.argsort(-chances.max(axis=1), kind="stable")[: int(np.ceil(len(gold) * 0.8))]
    return {
        "accuracy": accuracy_score(gold, said),
        "macro_f1": f1_score(gold, said, average="macro"),
        "top2": float((order[:, :2] == gold[:, None]).any(axis=1).mean()),
        "ece": calibration_error(chances, gold) if search or calibrate else None,
        "accuracy at .8": float((said == gold)[surest].mean()),
        "seconds": time.perf_counter() - began,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", type=Path)
    parser.add_argument("ours", type=Path)
    parser.add_argument("--quick", action="store_true", help="neither search nor calibrate the peer")
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.records.read_text(encoding="utf-8").splitlines() if line.strip()]
    ours = json.loads(given.ours.read_text(encoding="utf-8"))
    assert None not in ours["assignment"], "labels of a single record are no labels to compare with"
    folds, labels = np.array(ours["assignment"]), sorted({row["label"] for row in rows})
    assert len(folds) == len(rows), "the figures are of other records"
    gold = np.array([labels.index(row["label"]) for row in rows])
    spaced = np.array([row.get("tokens") or row["text"] for row in rows], dtype=object)
    joined = np.array([text.replace(" ", "") for text in spaced], dtype=object)

    mine = {name: metric["value"] for name, metric in ours["metrics"].items()}
    mine |= {"accuracy at .8": ours["curve"][15][1], "seconds": ours["seconds"]}
    columns = ["accuracy", "macro_f1", "top2", "ece", "accuracy at .8", "seconds"]
    print(f"{len(rows)} records, {len(labels)} labels, {folds.max() + 1} folds; scikit-learn {version('scikit-learn')}\n")
    print("| | " + " | ".join(columns) + " |\n|---|" + "--:|" * len(columns))

    def show(name: str, figures: dict) -> None:
        cells = ["" if figures[key] is None else f"{figures[key]:.{1 if key == 'seconds' else 4}f}" for key in columns]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)

    show("ours", mine)
    show("LinearSVC, without blanks", measure(joined, gold, folds, False, not given.quick))
    show("LinearSVC, with blanks", measure(spaced, gold, folds, False, not given.quick))
    if not given.quick:
        show("LinearSVC, without blanks, C searched", measure(joined, gold, folds, True, True))


if __name__ == "__main__":
    main()
