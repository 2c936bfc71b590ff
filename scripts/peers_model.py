"""Prints docs/peers/model.md: `chengzhi model bench` and llama.cpp in turns, on the same files, two rounds after a warm-up.

usage: peers_model.py LLAMA_BIN CHENGZHI FILE...

Every row has the same work on both sides: random tokens, logits of the last one, no sampling. Where llama.cpp has two ways
of attention (`-fa 0` and `-fa 1`) the faster one of each row counts.
"""

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

# The processors that this process may use; `taskset` limits both sides alike.
THREADS = len(os.sched_getaffinity(0))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
# Below these the local model is too slow to be shipped.
FLOOR = {"decode": 0.9}


def run(command):
    """The standard output of a command, and the most memory it held, in MiB."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = child.stdout.read(), None
    child.stdout.close()
    err = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{err}\nended with {status}")
    return out, usage.ru_maxrss / 1024


def llama_bench(bin_folder, file, *arguments):
    """Tokens a second of one llama-bench test, for both ways of attention; the better one."""
    best = 0.0
    for attention in ("0", "1"):
        out, _ = run([bin_folder / "llama-bench", "-m", file, "-t", str(THREADS), "-r", "1", "-o", "json",
                      "-fa", attention, *arguments])
        best = max(best, json.loads(out)[0]["avg_ts"])
    return best


def llama_batched(bin_folder, file):
    """Generated tokens a second of all sequences together, by number of sequences."""
    out, _ = run([bin_folder / "llama-batched-bench", "-m", file, "-t", str(THREADS), "-c", "4096", "-b", "2048",
                  "-ub", "512", "-npp", "128", "-ntg", "32", "-npl", "1,4,16"])
    rows = {}
    for line in out.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) >= 10 and re.fullmatch(r"\d+", cells[0]):
            rows[int(cells[2])] = float(cells[7])
    return rows


def llama(bin_folder, file):
    batched = llama_batched(bin_folder, file)
    _, memory = run([bin_folder / "llama-bench", "-m", file, "-t", str(THREADS), "-r", "1", "-p", "2048", "-n", "0"])
    suffix = llama_bench(bin_folder, file, "-p", "32", "-n", "0", "-d", "2048")
    return {
        "prefill 512": llama_bench(bin_folder, file, "-p", "512", "-n", "0"),
        "prefill 2048": llama_bench(bin_folder, file, "-p", "2048", "-n", "0"),
        "decode": llama_bench(bin_folder, file, "-p", "0", "-n", "64"),
        "decode at 2048": llama_bench(bin_folder, file, "-p", "0", "-n", "32", "-d", "2048"),
        "1 sequence": batched[1],
        "4 sequences": batched[4],
        "16 sequences": batched[16],
        "first token after a cached 2048": 32 / suffix,
        "resident memory": memory,
    }


def chengzhi(binary, file):
    out, memory = run([binary, "model", "bench", file, "--rounds", "1", "--json"])
    rows = {row["name"]: row["value"] for row in json.loads(out)["rows"]}
    rows["resident memory"] = memory
    return rows


UNITS = {"first token after a cached 2048": "s", "resident memory": "MiB"}


def table(bin_folder, binary, file):
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(llama(bin_folder, file))
        ours.append(chengzhi(binary, file))
    lines = [f"### {file.stem}", "", "| row | chengzhi | llama.cpp | unit | ratio | floor |", "|---|---|---|---|---|---|"]
    for name in theirs[0]:
        unit = UNITS.get(name, "tokens/s")
        mine = statistics.median(row[name] for row in ours)
        peer = statistics.median(row[name] for row in theirs)
        # Above 1 is better than llama.cpp, whatever the unit.
        ratio = peer / mine if name in UNITS else mine / peer
        floor = FLOOR.get(name, 0.8)
        digits = 3 if unit == "s" else 1
        mark = "" if ratio >= floor else " **below**"
        lines.append(f"| {name} | {mine:.{digits}f} | {peer:.{digits}f} | {unit} | {ratio:.2f}{mark} | {floor} |")
    return lines


def main():
    bin_folder, binary, *files = map(Path, sys.argv[1:])
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    print("# The local model beside llama.cpp")
    print()
    print("Made by `scripts/peers model`; do not edit. Medians of "
          f"{ROUNDS} interleaved rounds, {THREADS} threads, {cpu[1] if cpu else 'unknown processor'}. llama.cpp as in")
    print("PyPI's llama-cpp-python 0.3.36, `GGML_NATIVE=ON`, the faster of its two attentions in each row. The files have the")
    print("shapes of Qwen3-0.6B and random weights. A ratio above 1 is better than llama.cpp, for memory and time as well.")
    for file in files:
        print()
        print("\n".join(table(bin_folder, binary, file)), flush=True)


main()
