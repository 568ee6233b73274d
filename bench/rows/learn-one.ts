// learnOne of scaler + linear regression on 8 features: by itself, and beside River on the very same examples.

import { join } from "node:path";
import { hasRiver, howToGetRiver, python } from "../river.ts";
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
    const withRiver = hasRiver();
    if (!withRiver) note(howToGetRiver("learn-one"));
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

async function report(session: Session, command: string, args: readonly string[]): Promise<Report> {
  const running = session.start(command, args);
  const [text] = await running.find(/^\{.*$/);
  return JSON.parse(text) as Report;
}
