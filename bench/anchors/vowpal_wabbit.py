"""Vowpal Wabbit's side of learn-one.ts: the same examples from its own cache, microseconds of CPU an example.

    vowpal_wabbit.py <file> <cache> <examples>

A run of one pass reads the text and writes the cache; one of many passes reads the cache in all but the first. Between the two lie so
many passes from the cache alone: reading it, predicting, and learning. The start of the process and the reading of text fall out."""

import json
import resource
import subprocess
import sys

# The cheapest that it has: no adaptive rates, no scales of its own. It has no scaler in front of its learner either.
OPTIONS = ["--sgd", "--learning_rate", "0.01", "--decay_learning_rate", "1", "--holdout_off", "--no_stdin", "--kill_cache"]
WORK = 800_000


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(file, cache, passes):
    """Seconds of CPU, and its average loss over all passes."""
    before = cpu_seconds()
    places = ["--data", file, "--cache_file", cache, "--passes", str(passes)]
    ended = subprocess.run([sys.executable, "-m", "vowpalwabbit", *places, *OPTIONS], capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(ended.stderr)
    losses = [line for line in ended.stderr.splitlines() if line.startswith("average loss")]
    return cpu_seconds() - before, float(losses[-1].split("=")[1])


file, cache, examples = sys.argv[1], sys.argv[2], int(sys.argv[3])
passes = max(2, WORK // examples)
once, _ = run(file, cache, 1)
often, loss = run(file, cache, 1 + passes)
print(json.dumps({"microseconds": (often - once) / (passes * examples) * 1e6, "loss": loss}))
