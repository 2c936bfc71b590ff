"""Opens logs of runs with PyPI inspect_ai, and compares what it reads with our journals.

    python3 -m venv target/inspect && target/inspect/bin/pip install inspect_ai==0.3.285
    target/inspect/bin/python scripts/inspect_log.py --binary target/debug/chengzhi data/evals/RUN.jsonl

Each journal is exported by the binary as `.eval` and as `.json`. Inspect reads both, lists and dumps them, and writes each
anew in the other form, packed its own way; the binary imports that again. Samples, scores, figures and times must be the
same all the way. With pandas and pyarrow installed, its data frames are looked at too. Exit code 1 on a difference.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from inspect_ai.log import (
    list_eval_logs,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
)

PINNED = "0.3.285"
INSPECT = Path(sys.executable).parent / "inspect"


def same(found, expected):
    """Equal, but for the last digit of numbers, and a NaN is no score."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if expected is None and isinstance(found, float):
        return math.isnan(found)
    if isinstance(expected, float) and isinstance(found, (int, float)):
        return math.isclose(found, expected, rel_tol=1e-12)
    return found == expected


def check(found, expected, what):
    if not same(found, expected):
        raise SystemExit(f"{what}: found {found!r}, the journal says {expected!r}")


def read_journal(path):
    """Header, samples by id and epoch, end."""
    records = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]
    samples = {(one["id"], one["epoch"]): one for one in records if one["record"] == "sample"}
    ended = [one for one in records if one["record"] == "ended"]
    return records[0], samples, ended[0] if ended else None


def check_head(log, header, samples, ended):
    check(log.version, 2, "version")
    check(log.status, ended["status"] if ended else "started", "status")
    check(log.eval.task, header["suite"], "task")
    check(log.eval.config.epochs, header["epochs"], "epochs")
    check(log.eval.metadata["fingerprint"], header["fingerprint"], "fingerprint")
    if not ended:
        return
    whole = sum(1 for one in samples.values() if not one.get("error"))
    check((log.results.total_samples, log.results.completed_samples), (header["total"], whole), "numbers of samples")
    found = {}
    for score in log.results.scores:
        for name, metric in score.metrics.items():
            found[name] = {"value": metric.value, **metric.metadata}
        values = [one["grades"][score.name].get("value") for one in samples.values() if score.name in one["grades"]]
        if values:
            scored = sum(1 for value in values if value is not None)
            check((score.scored_samples, score.unscored_samples), (scored, len(values) - scored), f"scores of {score.name}")
    check(found, ended["metrics"], "metrics")


def check_sample(found, sample):
    what = f"sample {sample['id']} of epoch {sample['epoch']}"
    check(found.input, sample["input"], f"input of {what}")
    check(found.target, sample["target"], f"target of {what}")
    check(found.output.completion, sample["output"], f"output of {what}")
    check({name: score.value for name, score in (found.scores or {}).items()},
          {name: grade.get("value") for name, grade in sample["grades"].items()}, f"scores of {what}")  # fmt: skip
    check({name: score.explanation for name, score in (found.scores or {}).items()},
          {name: grade.get("explanation") for name, grade in sample["grades"].items()}, f"reasons of {what}")  # fmt: skip
    check(found.metadata["type"], sample["type"], f"type of {what}")
    check(found.total_time, sample["seconds"], f"time of {what}")
    check(found.error.message if found.error else None, sample.get("error"), f"error of {what}")
    tokens = sum(usage.total_tokens for usage in found.model_usage.values())
    check(tokens, sum(sample["usage"].values()), f"tokens of {what}")


def check_log(path, journal):
    header, samples, ended = journal
    check_head(read_eval_log(str(path), header_only=True), header, samples, ended)
    log = read_eval_log(str(path))
    check_head(log, header, samples, ended)
    check(sorted((one.id, one.epoch) for one in log.samples), sorted(samples), "samples")
    for found in log.samples:
        check_sample(found, samples[found.id, found.epoch])
    summaries = read_eval_log_sample_summaries(str(path))
    check(sorted((one.id, one.epoch) for one in summaries), sorted(samples), "summaries")
    for id, epoch in list(samples)[:3]:
        check_sample(read_eval_log_sample(str(path), id=id, epoch=epoch), samples[id, epoch])


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def check_return(path, journal, binary, folder):
    """Inspect writes the log anew in the other form; we read that."""
    other = "json" if path.suffix == ".eval" else "eval"
    run(INSPECT, "log", "convert", path, "--to", other, "--output-dir", folder / other)
    converted = next((folder / other).glob(f"*.{other}"))
    check_log(converted, journal)
    imported = json.loads(run(binary, "eval", "import", converted, "--force", "--json", "--data", folder / "data"))
    header, samples, ended = read_journal(imported["log"])
    check(header, journal[0], f"header of {imported['log']}")
    check(samples, journal[1], f"samples of {imported['log']}")
    check(ended, journal[2], f"end of {imported['log']}")


def check_frames(path, samples):
    if not all(map(find_spec, ("pandas", "pyarrow"))):
        return "data frames skipped: no pandas and pyarrow"
    from inspect_ai.analysis import evals_df, samples_df

    check(len(evals_df(str(path))), 1, "evals_df")
    check(len(samples_df(str(path))), len(samples), "samples_df")
    return "data frames read"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=Path, help="chengzhi")
    parser.add_argument("journals", nargs="+", metavar="JOURNAL")
    given = parser.parse_args()
    found = version("inspect_ai")
    if found != PINNED:
        print(f"note: inspect_ai {found}, written for {PINNED}")
    for name in given.journals:
        journal = read_journal(name)
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            logs = folder / "logs"
            logs.mkdir()
            stem = json.loads(run(given.binary, "eval", "export", name, "--format", "inspect", "--force", "--json"))["file"]
            archive = Path(stem).rename(logs / Path(stem).name)
            document = archive.with_suffix(".json")
            run(given.binary, "eval", "export", name, "--format", "inspect-json", "--out", document)
            for path in (archive, document):
                check_log(path, journal)
                dumped = json.loads(run(INSPECT, "log", "dump", path))
                check(len(dumped["samples"]), len(journal[1]), "samples of `inspect log dump`")
                check_return(path, journal, given.binary, folder)
            check(len(list_eval_logs(str(logs))), 2, "`inspect log list`")
            run(INSPECT, "view", "bundle", "--log-dir", logs, "--output-dir", folder / "view")
            listing = json.loads((folder / "view" / "logs" / "listing.json").read_text(encoding="utf-8"))
            check({head["task"] for head in listing.values()}, {journal[0]["suite"]}, "the viewer")
            print(f"{name}: {len(journal[1])} samples; {check_frames(archive, journal[1])}")
    print(f"inspect_ai {found} reads all logs as they were written, and what it writes is read again")


if __name__ == "__main__":
    main()
