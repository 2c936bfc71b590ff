"""PyPI inspect_ai on the samples of a file, with its mock model: wall seconds of a run with its log written.

    pip install inspect_ai==0.3.285
    python scripts/peers_inspect.py [--runs 3] [--answer TEXT] FILE...

A line of FILE is {"id", "input", "target"}. The mock model gives every sample the same answer; the scorer is `exact`. For
each file one line of JSON is printed. `seconds` is the median of the runs, with the clock around `eval()`;
`process_seconds` adds the start of the interpreter and the imports, which a person who runs a command waits for as well.
Each run is checked: its status, the number of samples in the log, the mean score.
"""

import time

started = time.perf_counter()

import argparse  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

import inspect_ai  # noqa: E402
from inspect_ai import Task  # noqa: E402
from inspect_ai import eval as run_eval  # noqa: E402
from inspect_ai.dataset import json_dataset  # noqa: E402
from inspect_ai.log import read_eval_log  # noqa: E402
from inspect_ai.model import ModelOutput, ModelUsage, get_model  # noqa: E402
from inspect_ai.scorer import exact  # noqa: E402
from inspect_ai.solver import generate  # noqa: E402

IMPORT_SECONDS = time.perf_counter() - started
PINNED = "0.3.285"


def run(path, answer):
    """Seconds of one run, and bytes of its log."""

    def respond(*_):
        output = ModelOutput.from_content("mockllm/model", answer)
        # Without its usage the mock model fetches a tokenizer from the net to count tokens.
        output.usage = ModelUsage(input_tokens=2, output_tokens=1, total_tokens=3)
        return output

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        dataset = json_dataset(str(path))
        log = run_eval(
            Task(dataset=dataset, solver=[generate()], scorer=exact(), name=path.stem),
            model=get_model("mockllm/model", custom_outputs=respond, memoize=False),
            log_dir=folder,
            display="none",
            max_connections=100,
            max_samples=100,
        )[0]
        seconds = time.perf_counter() - began
        written = next(Path(folder).glob("*.eval"))
        back = read_eval_log(str(written))
        assert log.status == back.status == "success", back.error and back.error.message
        assert back.samples is not None and len(back.samples) == len(dataset)
        right = sum(1 for sample in dataset if sample.target == answer)
        assert abs(back.results.scores[0].metrics["mean"].value - right / len(dataset)) < 1e-9
        return seconds, written.stat().st_size, len(dataset)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--answer", default="yes")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    given = parser.parse_args()
    if inspect_ai.__version__ != PINNED:
        print(f"note: inspect_ai {inspect_ai.__version__}, written for {PINNED}", file=sys.stderr)
    for path in given.files:
        runs = [run(path, given.answer) for _ in range(given.runs)]
        seconds = statistics.median(one[0] for one in runs)
        print(
            json.dumps(
                {
                    "peer": "inspect_ai",
                    "version": inspect_ai.__version__,
                    "samples": runs[0][2],
                    "seconds": round(seconds, 2),
                    "process_seconds": round(seconds + IMPORT_SECONDS, 2),
                    "runs_seconds": [round(one[0], 2) for one in runs],
                    "import_seconds": round(IMPORT_SECONDS, 2),
                    "peak_memory_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                    "log_bytes": runs[0][1],
                }
            )
        )


if __name__ == "__main__":
    main()
