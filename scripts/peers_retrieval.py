"""bm25s over a BEIR folder, beside the lines that the retrieval benchmark printed. Prints Markdown.

    python scripts/peers_retrieval.py FOLDER BENCH_LOG

The text of an article is what Chengzhi indexes too: name of the law, path, article. Queries run one by one on one
thread; a query's time holds its tokenisation. Measures are those of `corpora/benches/retrieval.rs`.
"""

import io
import json
import logging
import math
import platform
import re
import sys
import time
import unicodedata
from importlib.metadata import version
from pathlib import Path

import bm25s
import jieba
import zstandard

K1, B, DEPTH = 1.2, 0.75, 100
LINE = re.compile(
    r"stard/(?P<name>\w+): n (?P<n>\d+) R@10 (?P<r10>[\d.]+) R@100 (?P<r100>[\d.]+) MRR@10 (?P<mrr>[\d.]+) "
    r"nDCG@10 (?P<ndcg>[\d.]+) .*p50 (?P<p50>[\d.]+) ms p99 (?P<p99>[\d.]+) ms"
)
INDEXED = re.compile(r"stard: (?P<documents>\d+) documents, (?P<passages>\d+) passages, .* (?P<seconds>[\d.]+) s$", re.M)


def characters(text: str) -> list[str]:
    """Unigrams and bigrams within runs of letters; a run of ASCII letters or digits counts as one character."""
    terms, previous = [], None
    for unit in re.findall(r"[a-z0-9]+|.", unicodedata.normalize("NFKC", text).lower(), re.S):
        if not unit[0].isalnum():
            previous = None
            continue
        terms.append(unit)
        if previous is not None:
            terms.append(previous + unit)
        previous = unit
    return terms


def words(text: str) -> list[str]:
    """jieba words without punctuation and blanks."""
    return [word for word in jieba.lcut(unicodedata.normalize("NFKC", text).lower()) if any(map(str.isalnum, word))]


def load(folder: Path) -> tuple[list[str], list[str], list[tuple[str, set[str]]]]:
    """Identifiers and texts of articles, and questions with the identifiers of their gold articles."""
    ids, texts = [], []
    with (folder / "corpus.jsonl.zst").open("rb") as file:
        for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8"):
            row = json.loads(line)
            ids.append(row["_id"])
            texts.append("\n".join([row["metadata"]["law"], row["metadata"].get("path") or "", row["text"]]))
    gold: dict[str, set[str]] = {}
    for line in (folder / "qrels.dev.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, article = line.split("\t")[:2]
        gold.setdefault(question, set()).add(article)
    rows = map(json.loads, (folder / "queries.dev.jsonl").read_text(encoding="utf-8").splitlines())
    return ids, texts, [(row["text"], gold[row["_id"]]) for row in rows if row["_id"] in gold]


def measure(name: str, tokenise, ids: list[str], texts: list[str], questions: list[tuple[str, set[str]]]) -> dict:
    """One run of bm25s."""
    began = time.perf_counter()
    index = bm25s.BM25(k1=K1, b=B, method="lucene")
    index.index([tokenise(text) for text in texts], show_progress=False)
    seconds = time.perf_counter() - began
    times, r10, r100, mrr, ndcg = [], 0.0, 0.0, 0.0, 0.0
    for text, gold in questions:
        began = time.perf_counter()
        found, _ = index.retrieve([tokenise(text)], k=DEPTH, show_progress=False, n_threads=0)
        times.append((time.perf_counter() - began) * 1e3)
        ranks = [rank for rank, number in enumerate(found[0].tolist()) if ids[number] in gold]
        top = [rank for rank in ranks if rank < 10]
        r10 += len(top) / len(gold)
        r100 += len(ranks) / len(gold)
        mrr += 1 / (top[0] + 1) if top else 0
        ideal = sum(1 / math.log2(rank + 2) for rank in range(min(len(gold), 10)))
        ndcg += sum(1 / math.log2(rank + 2) for rank in top) / ideal
    times.sort()
    share = lambda part: times[int((len(times) - 1) * part)]
    n = len(questions)
    return {"name": name, "n": n, "seconds": seconds, "p50": share(0.5), "p99": share(0.99),
            "r10": r10 / n, "r100": r100 / n, "mrr": mrr / n, "ndcg": ndcg / n}


def ours(log: str) -> list[dict]:
    """The runs that the benchmark printed."""
    seconds = float(INDEXED.search(log)["seconds"])
    names = {"plain": "Chengzhi, characters", "lexicon": "Chengzhi, characters and lexicon"}
    runs = []
    for line in filter(None, map(LINE.match, log.splitlines())):
        run = {key: float(value) for key, value in line.groupdict().items() if key != "name"}
        runs.append(run | {"name": names[line["name"]], "n": int(run["n"]), "seconds": seconds})
    return runs


def main() -> None:
    folder, log = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8")
    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    ids, texts, questions = load(folder)
    runs = ours(log)
    runs += [measure(name, tokenise, ids, texts, questions)
             for name, tokenise in [("bm25s, characters", characters), ("bm25s, jieba words", words)]]
    first = runs[0]
    print("# Retrieval beside bm25s\n")
    print(f"Written by `scripts/peers retrieval`. STARD's {first['n']} development questions over {len(ids):,} articles; every run on the "
          f"same machine ({platform.machine()}, {platform.system()}), one after the other, queries one by one. "
          f"BM25 with k1 = {K1} and b = {B} everywhere; bm25s {version('bm25s')} without numba, jieba {version('jieba')}.\n")
    print("| run | index s | query p50 ms | query p99 ms | R@10 | R@100 | MRR@10 | nDCG@10 | R@10, ratio | p50, ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for run in runs:
        print(f"| {run['name']} | {run['seconds']:.1f} | {run['p50']:.2f} | {run['p99']:.2f} | {run['r10']:.3f} | {run['r100']:.3f} "
              f"| {run['mrr']:.3f} | {run['ndcg']:.3f} | {run['r10'] / first['r10']:.2f} | {run['p50'] / first['p50']:.2f} |")
    print("\nRatios are to the first row. Chengzhi's index seconds hold reading the documents, cutting them into clauses, the "
          "ledger and a commit to disk; those of bm25s hold tokenising and an index in memory. Chengzhi's query times hold "
          "folding, the filters and loading 100 passages with their metadata; those of bm25s end with the numbers of 100 "
          "articles. The weights of Chengzhi's query terms were chosen on these questions, see `corpora/README.md`.")


if __name__ == "__main__":
    main()
