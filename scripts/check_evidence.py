#!/usr/bin/env python3
"""Check pairs of question and clause, and write them in the shape that `chengzhi eval rgb` reads.

    python3 scripts/check_evidence.py agents/tests/data/evidence.jsonl
    python3 scripts/check_evidence.py agents/tests/data/evidence.jsonl --out DIR

A pair says whether a careful clerk could answer the question from the text alone (`answers`), and if not what the text lacks
(`lacks`). Of each text one at least is answered and one at least is not. With --out, `answered.jsonl` and `near.jsonl` hold the pairs
of either kind as documents that must be judged; their figure `rejection` is the share that is refused, which should be 0 for the first
and 1 for the second. Exit status 0 when all is well, 1 otherwise.
"""
import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

LACKS = {"number", "date", "place", "entity", "condition", "type"}


def faults(rows):
    """What is wrong, in sentences."""
    ids = Counter(row["id"] for row in rows)
    yield from (f"{name}: not the only one of its id" for name, count in ids.items() if count > 1)
    asked = Counter((row["question"], row["text"]) for row in rows)
    yield from (f"{pair[0]}: asked twice of one text" for pair, count in asked.items() if count > 1)
    for row in rows:
        if list(row) != ["id", "question", "text", "answers", "lacks"]:
            yield f"{row['id']}: other keys than expected"
        elif row["answers"] != (row["lacks"] is None) or row["lacks"] not in LACKS | {None}:
            yield f"{row['id']}: `lacks` must name what is missing, exactly where the text does not answer"
    kinds = defaultdict(set)
    for row in rows:
        kinds[row["text"]].add(row["answers"])
    yield from (f"{text[:20]}…: only of one kind" for text, both in kinds.items() if len(both) < 2)


def documents(rows):
    """Each pair as an item whose documents are the text alone."""
    for number, row in enumerate(rows):
        yield {"id": number, "query": row["question"], "answer": [row["id"]], "positive": [], "negative": [row["text"]]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.file.read_text(encoding="utf-8").splitlines()]
    found = list(faults(rows))
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(rows)} pairs of {len({row['text'] for row in rows})} texts:", dict(Counter(row["lacks"] or "answered" for row in rows)))
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        for name, answers in (("answered", True), ("near", False)):
            kept = documents([row for row in rows if row["answers"] == answers])
            lines = (json.dumps(item, ensure_ascii=False) + "\n" for item in kept)
            (args.out / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
