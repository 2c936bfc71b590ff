#!/usr/bin/env python3
"""Check an everyday-language question set against the law corpus.

    python3 scripts/check_everyday.py corpora/tests/data/citizens.jsonl

Verifies the JSON shape, unique ids and questions, that every gold file and
clause exists (and that the file is in force on --as-of), and the two wording limits against every gold article:
  * no run of 4 or more Chinese characters shared with the article's text;
  * at most 35 % of the question's distinct Chinese character bigrams occur
    in the article's text.
Prints the offenders with their numbers, then counts by law and the overlap
median. Exit status 0 when all is well, 1 otherwise.
"""
import argparse
import json
import re
import statistics
import sys
from collections import Counter
from pathlib import Path

KEYS = ["id", "type", "question", "as_of", "place", "history", "expect",
        "gold", "must_contain", "must_not_contain"]
ARTICLE = re.compile(
    r"^\**(第[〇零一二两三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?)(?=[\s*　：:]|$)")
HAN = re.compile(r"[㐀-鿿]+")
MAX_RUN = 3
MAX_OVERLAP = 0.35


def articles(path):
    """{clause: text} of one law file, and its front matter."""
    lines = path.read_text(encoding="utf-8").split("\n")
    head, body = {}, lines
    if lines and lines[0].strip() == "---":
        end = lines.index("---", 1)
        for line in lines[1:end]:
            k, _, v = line.partition(":")
            head[k.strip()] = v.strip()
        body = lines[end + 1:]
    out, cur = {}, None
    for line in body:
        s = line.strip()
        if s.startswith("#"):
            cur = None
            continue
        m = ARTICLE.match(s)
        if m:
            cur = m.group(1)
        if cur:
            out.setdefault(cur, []).append(s)
    return {k: "\n".join(v) for k, v in out.items()}, head


def grams(text, n):
    return {run[i:i + n] for run in HAN.findall(text)
            for i in range(len(run) - n + 1)}


def longest_run(q, text):
    best = ""
    for run in HAN.findall(q):
        for i in range(len(run)):
            j = i + len(best) + 1
            while j <= len(run) and run[i:j] in text:
                best = run[i:j]
                j += 1
    return best


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("jsonl")
    ap.add_argument("--laws", default="../shared/corpora/laws")
    ap.add_argument("--as-of", default="2026-11-21")
    args = ap.parse_args()
    laws = Path(args.laws)
    cache, bad, ids, questions = {}, [], {}, {}
    by_law, primary, overlaps, runs, lengths = Counter(), Counter(), [], [], []
    n = 0
    for no, line in enumerate(Path(args.jsonl).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            bad.append(f"line {no}: empty line")
            continue
        try:
            r = json.loads(line)
        except ValueError as e:
            bad.append(f"line {no}: not JSON: {e}")
            continue
        n += 1
        if not isinstance(r, dict):
            bad.append(f"line {no}: not an object")
            continue
        rid = r.get("id", f"line {no}")
        if list(r) != KEYS:
            bad.append(f"{rid}: keys {list(r)}")
            continue
        fixed = {"type": "everyday", "as_of": None, "place": None,
                 "history": [], "expect": "answered"}
        for k, v in fixed.items():
            if r[k] != v:
                bad.append(f"{rid}: {k} is {r[k]!r}, want {v!r}")
        for k in ("must_contain", "must_not_contain"):
            if not (isinstance(r[k], list) and all(isinstance(x, str) for x in r[k])):
                bad.append(f"{rid}: {k} is not a list of strings")
        if not isinstance(rid, str) or not re.fullmatch(r"nv-\d{3}", rid):
            bad.append(f"{rid}: odd id")
        if rid in ids:
            bad.append(f"{rid}: id also on line {ids[rid]}")
        ids[rid] = no
        q = r["question"]
        if not isinstance(q, str) or not q.strip():
            bad.append(f"{rid}: no question")
            continue
        if q in questions:
            bad.append(f"{rid}: same question as {questions[q]}")
        questions[q] = rid
        lengths.append(len(q))
        if not 8 <= len(q) <= 40:
            bad.append(f"{rid}: {len(q)} characters")
        gold = r["gold"]
        if not (isinstance(gold, list) and 1 <= len(gold) <= 3):
            bad.append(f"{rid}: gold is not 1 to 3 articles")
            continue
        qb = grams(q, 2)
        worst, seen = 0.0, set()
        for i, g in enumerate(gold):
            if not isinstance(g, dict) or list(g) != ["file", "clause"]:
                bad.append(f"{rid}: gold entry {g!r}")
                continue
            f, c = g["file"], g["clause"]
            if (f, c) in seen:
                bad.append(f"{rid}: {f} {c} twice")
            seen.add((f, c))
            if f not in cache:
                p = laws / f
                cache[f] = articles(p) if p.is_file() else None
            if cache[f] is None:
                bad.append(f"{rid}: no file {f}")
                continue
            arts, head = cache[f]
            if head.get("status") != "current":
                bad.append(f"{rid}: {f} status {head.get('status')}")
            if re.match(r"\d{4}-", head.get("effective_date", "")) and head["effective_date"] > args.as_of:
                bad.append(f"{rid}: {f} in force only from {head['effective_date']}")
            if c not in arts:
                bad.append(f"{rid}: no {c} in {f}")
                continue
            text = re.sub(r"\s+", "", arts[c])  # some files wrap lines inside a sentence
            by_law[f] += 1
            if i == 0:
                primary[f] += 1
            run = longest_run(q, text)
            runs.append(len(run))
            if len(run) > MAX_RUN:
                bad.append(f"{rid}: shares “{run}” ({len(run)}) with {f[:5]} {c}: {q}")
            tb = grams(text, 2)
            share = len(qb & tb) / len(qb) if qb else 0.0
            worst = max(worst, share)
            if share > MAX_OVERLAP:
                bad.append(f"{rid}: {share:.0%} of bigrams in {f[:5]} {c} "
                           f"({'/'.join(sorted(qb & tb))}): {q}")
        overlaps.append(worst)
    for b in bad:
        print("BAD", b)
    print(f"{n} questions, {len(bad)} faults")
    if overlaps:
        print(f"bigram overlap (worst gold of each question): median {statistics.median(overlaps):.1%}, "
              f"mean {statistics.mean(overlaps):.1%}, max {max(overlaps):.1%}; longest shared run {max(runs, default=0)}; "
              f"length {min(lengths)}-{max(lengths)}, median {statistics.median(lengths)}")
    print(f"{len(primary)} laws as first gold, {len(by_law)} laws in all, {sum(by_law.values())} gold articles")
    for f, k in sorted(by_law.items()):
        print(f"{k:4d} {primary[f]:4d} {f}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
