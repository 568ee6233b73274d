"""River's side of learn-one.ts: the same examples, learned by the same chain, the median pass's CPU time."""

import json
import statistics
import sys
import time

from river import linear_model, preprocessing

PASSES = 3

with open(sys.argv[1]) as file:
    rows = [(row["x"], row["y"]) for row in json.load(file)]

times = []
for _ in range(PASSES):
    model = preprocessing.StandardScaler() | linear_model.LinearRegression()
    start = time.process_time()
    for x, y in rows:
        model.learn_one(x, y)
    times.append((time.process_time() - start) / len(rows) * 1e6)
print(json.dumps({"learn": statistics.median(times), "prediction": model.predict_one(rows[0][0])}))
