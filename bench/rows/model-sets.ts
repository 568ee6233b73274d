// A model set for each value of a field: a thousand of them beside one, as many examples under way as a step takes at once.

import { redisVersion } from "../redis-server.ts";
import { learnTogether, type Together } from "../redis-writers.ts";
import { type Row, ratios, type Samples } from "../row.ts";

const SETS = 1000;

export const modelSets: Row = {
  name: "model-sets",
  title: "learning through Redis, a thousand model sets side by side",
  async run({ rounds, small, session, progress, note }) {
    if (redisVersion() === undefined) {
      note("model-sets: there is no redis-server on the path, so its row is left out; apt-get install redis-server");
      return [];
    }
    const [many, one]: [Together[], Together[]] = [[], []];
    for (let i = 1; i <= rounds; i++) {
      progress(`round ${i} of ${rounds}`);
      one.push(await learnTogether(session, "sets:1", 1, small ? 2000 : 100_000));
      many.push(await learnTogether(session, `sets:${SETS}`, 1, small ? 2000 : 50_000));
    }
    note(
      `model-sets: an example is a commit of its own where ${SETS} sets share 256 under way; one set's go 256 to a commit`,
    );
    return [
      {
        what: `learn through Redis, ${SETS.toLocaleString("en-US")} model sets`,
        anchor: of("one set", one),
        ours: of("a thousand sets", many),
        ratio: ratios(ratesOf(many), ratesOf(one)),
        bar: { of: "ratio", atLeast: 0.5 },
      },
    ];
  },
};

const ratesOf = (all: readonly Together[]) => all.map(({ rate }) => rate);

function of(name: string, all: readonly Together[]): Samples {
  return { name, unit: "examples/s", values: ratesOf(all), cpu: all.map(({ cpu }) => cpu) };
}
