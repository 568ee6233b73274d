// learnOne of scaler + linear regression on 8 features: by itself, and beside River on the very same examples.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { assert, type Result, type Row } from "../row.ts";
import type { Session } from "../session.ts";

interface Report {
  /** An example, in the median pass of this process. */
  readonly microseconds: number;
  /** What the model then says of one example. */
  readonly prediction: number;
}

const here = (path: string) => join(import.meta.dirname, "..", path);

export const learnOne: Row = {
  name: "learn-one",
  title: "learnOne, scaler + linear regression, 8 features",
  async run({ rounds, small, session, progress, note }) {
    const data = join(session.folder(), "examples.json");
    const examples = String(small ? 2000 : 20_000);
    await report(session, process.execPath, [here("learn-one.ts"), "write", data, examples]);
    const python = process.env["WADI_BENCH_PYTHON"] || "python3";
    const withRiver = hasRiver(python);
    if (!withRiver) {
      note(
        "learn-one: River is not installed, so its row is left out; python3 -m venv .venv && .venv/bin/pip install " +
          "river==0.26.1, and WADI_BENCH_PYTHON=.venv/bin/python npm run bench",
      );
    }
    const ours: number[] = [];
    const river: number[] = [];
    for (let i = 1; i <= rounds; i++) {
      progress(`round ${i} of ${rounds}`);
      const own = await report(session, process.execPath, [here("learn-one.ts"), "learn", data]);
      ours.push(own.microseconds);
      if (!withRiver) continue;
      const theirs = await report(session, python, [here("learn-one.py"), data]);
      river.push(theirs.microseconds);
      const apart = Math.abs(own.prediction - theirs.prediction);
      assert(
        apart < 1e-9 * Math.max(1, Math.abs(theirs.prediction)),
        `River predicts ${theirs.prediction}, we ${own.prediction}`,
      );
    }
    const own = { name: "learnOne", unit: "µs", values: ours };
    const results: Result[] = [
      { what: "learnOne, scaler + linear, 8 features", ours: own, bar: { of: "ours", atMost: 1 } },
    ];
    if (withRiver) {
      results.push({
        what: "learnOne, scaler + linear, 8 features",
        anchor: { name: "River", unit: "µs", values: river },
        ours: own,
        ratio: river.map((value, i) => value / (ours[i] as number)),
        bar: { of: "ratio", atLeast: 20 },
      });
    }
    return results;
  },
};

function hasRiver(python: string): boolean {
  return spawnSync(python, ["-c", "import river"], { stdio: "ignore" }).status === 0;
}

async function report(session: Session, command: string, args: readonly string[]): Promise<Report> {
  const running = session.start(command, args);
  const [text] = await running.find(/^\{.*$/);
  return JSON.parse(text) as Report;
}
