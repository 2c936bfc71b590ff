"""A run of the harness beside PyPI inspect_ai: the same samples, a model that says one word, the log written.

    python scripts/peers_evals.py BINARY [--runs 1] [COUNT ...]

Prints a table in Markdown. Times are those of whole processes, start and log included, the median of the runs; for
inspect_ai also without its imports. Both run on the same machine, one after the other, in turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = Path(__file__).with_name("peers_inspect.py")

SUITE = """title = "Speed"
description = "One word, asked of a model that says it."
cases = "evals/speed/cases.jsonl"
graders = ["exact"]
today = "2026-11-21"
"""


def prepare(folder, count):
    """A catalogue with one suite, and the same samples for the peer."""
    suite = folder / "root" / "evals" / "speed"
    suite.mkdir(parents=True, exist_ok=True)
    (suite / "suite.toml").write_text(SUITE)
    cases, samples = [], []
    for number in range(count):
        question = f"Sample {number}: is the counter at window {number % 40} open on day {number % 365}? Say yes or no."
        target = "no" if number % 5 == 0 else "yes"
        cases.append({"id": f"s{number}", "question": question, "ideal": [target]})
        samples.append({"id": f"s{number}", "input": question, "target": target})
    lines = lambda rows: "".join(json.dumps(row) + "\n" for row in rows)  # noqa: E731
    (suite / "cases.jsonl").write_text(lines(cases))
    (folder / "samples.jsonl").write_text(lines(samples))
    (folder / "script.jsonl").write_text('{"reply": "yes"}\n')


def ours(binary, folder, count):
    """Seconds and MiB of one run."""
    command = [binary, "--root", folder / "root", "--data", folder / "data", "eval", "run", "speed"]
    command += ["--model", f"script:{folder / 'script.jsonl'}", "--json"]
    began = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    assert status == 0, said
    scored = json.loads(said)
    right = (count - len(range(0, count, 5))) / count
    assert scored["n"] == count and abs(scored["metrics"]["accuracy"]["value"] - right) < 1e-9, scored
    log = Path(scored["log"])
    return seconds, usage.ru_maxrss // 1024, log.stat().st_size


def theirs(folder):
    said = subprocess.run(
        [sys.executable, str(PEER), "--runs", "1", str(folder / "samples.jsonl")],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return json.loads(said.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("counts", nargs="*", type=int, default=[5_000, 20_000], metavar="COUNT")
    given = parser.parse_intermixed_args()
    print("| samples | chengzhi | MiB | log bytes | inspect_ai | without imports | MiB | log bytes | ratio | ratio without imports |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for count in given.counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            prepare(folder, count)
            runs = [(ours(given.binary.resolve(), folder, count), theirs(folder)) for _ in range(given.runs)]
            mine = statistics.median(one[0] for one, _ in runs)
            whole = statistics.median(other["process_seconds"] for _, other in runs)
            bare = statistics.median(other["seconds"] for _, other in runs)
            (_, memory, size), other = runs[0]
            print(
                f"| {count:,} | {mine:.2f} s | {memory} | {size:,} | {whole:.2f} s | {bare:.2f} s "
                f"| {other['peak_memory_megabytes']} | {other['log_bytes']:,} | {whole / mine:.1f} | {bare / mine:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
