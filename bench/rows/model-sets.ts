// A model set for each value of a field: a thousand of them beside one, as many examples under way as a step takes at once.

import { redisVersion } from "../redis-server.ts";
import { learnTogether } from "../redis-writers.ts";
import { type Row, ratios } from "../row.ts";

const SETS = 1000;

export const modelSets: Row = {
  name: "model-sets",
  title: "learning through Redis, a thousand model sets side by side",
  async run({ rounds, small, session, progress, note }) {
    if (redisVersion() === undefined) {
      note("model-sets: there is no redis-server on the path, so its row is left out; apt-get install redis-server");
      return [];
    }
    const [many, one] = [[] as number[], [] as number[]];
    for (let i = 1; i <= rounds; i++) {
      progress(`round ${i} of ${rounds}`);
      one.push((await learnTogether(session, "sets:1", 1, small ? 2000 : 100_000)).rate);
      many.push((await learnTogether(session, `sets:${SETS}`, 1, small ? 2000 : 50_000)).rate);
    }
    note(
      `model-sets: an example is a commit of its own where ${SETS} sets share 256 under way; one set's go 256 to a commit`,
    );
    return [
      {
        what: `learn through Redis, ${SETS.toLocaleString("en-US")} model sets`,
        anchor: { name: "one set", unit: "examples/s", values: one },
        ours: { name: "a thousand sets", unit: "examples/s", values: many },
        ratio: ratios(many, one),
      },
    ];
  },
};
