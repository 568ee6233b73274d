"""delta-rs writes the rows of another table into a new one, 1,000 a commit. Prints one JSON object.

Usage: archive_writer.py <source> <target> <commits that do not count> <commits> [storage options, JSON]
"""

import json
import statistics
import sys
import time

from deltalake import CommitProperties, DeltaTable, QueryBuilder, Transaction, write_deltalake

ROWS = 1000

source, target, warm, commits, *options = sys.argv[1:]
warm, commits = int(warm), int(commits)
options = json.loads(options[0]) if options else None
found = QueryBuilder().register("t", DeltaTable(source)).execute('select * from t order by "offset"').read_all()
# Ready-made and whole, before the clock runs.
parts = [found.slice(n * ROWS, ROWS).combine_chunks() for n in range(warm + commits)]

times = []
# Kept open, as a writer that runs for long has it: by its address it would read the log anew for each commit.
table = None
for n, part in enumerate(parts):
    if n == warm:
        cpu = time.process_time()
    started = time.perf_counter()
    write_deltalake(
        target if table is None else table,
        part,
        mode="append",
        partition_by=["day", "pipeline"],
        storage_options=options if table is None else None,
        commit_properties=CommitProperties(app_transactions=[Transaction("bench-0", (n + 1) * ROWS - 1)]),
    )
    if n >= warm:
        times.append(time.perf_counter() - started)
    if table is None:
        table = DeltaTable(target, storage_options=options)
rows = commits * ROWS
print(
    json.dumps(
        {
            "cpu": (time.process_time() - cpu) * 1e6 / rows,
            "rate": rows / sum(times),
            "commitMs": statistics.median(times) * 1000,
        }
    )
)
