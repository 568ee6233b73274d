"""delta-rs's side of archive-writer.ts: the same rows, so many a commit, to a table of its own.

Usage: delta_rs.py <rows.json> <place> <rows a commit> <commits that do not count> <rows>

The Arrow tables are made before the clock runs. Each commit says how far it goes (txn), as the archive's do. Prints one JSON object.
"""

import json
import resource
import sys
import time
from datetime import date

from arro3.core import Array, DataType, Table
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

file, place = sys.argv[1:3]
size, warm, most = (int(text) for text in sys.argv[3:6])
TEXT = ["id", "source", "type", "subject", "dataschema", "datacontenttype", "timetext", "log", "extensions", "pipeline"]
MICROS = DataType.timestamp("us", tz="UTC")


def table(rows):
    def column(name, of, read=lambda value: value):
        return Array([None if row[name] is None else read(row[name]) for row in rows], type=of)

    columns = {name: column(name, DataType.string()) for name in TEXT}
    for name in ["time", "recordedtime"]:
        whole = [None if row[name] is None else int(row[name]) for row in rows]
        columns[name] = Array(whole, type=DataType.int64()).cast(MICROS)
    columns["partition"] = column("partition", DataType.int32())
    columns["offset"] = column("offset", DataType.int64(), int)
    columns["data"] = column("data", DataType.binary(), lambda text: text.encode())
    days = [(date.fromisoformat(row["day"]) - date(1970, 1, 1)).days for row in rows]
    columns["day"] = Array(days, type=DataType.int32()).cast(DataType.date32())
    return Table.from_pydict(columns)


with open(file) as lines:
    rows = json.load(lines)[:most]
tables = [table(rows[at : at + size]) for at in range(0, len(rows), size)]
names = ["day", "pipeline"]
write_deltalake(place, tables[0].slice(0, 1), partition_by=names)
there = DeltaTable(place)


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


milliseconds = []
for at, one in enumerate(tables):
    if at == warm:
        begin = cpu()
    start = time.perf_counter()
    told = CommitProperties(app_transactions=[Transaction("bench", at)])
    write_deltalake(there, one, mode="append", commit_properties=told)
    milliseconds.append((time.perf_counter() - start) * 1000)
used = cpu() - begin
print(json.dumps({"cpuMicroseconds": used * 1e6, "milliseconds": milliseconds[warm:], "rows": there.count() - 1}))
