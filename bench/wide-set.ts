// The model set of eight.ts with a state as large as is wanted: names of features that came once, and do not come again.

import { idExpiry, openCommitters } from "./committers.ts";
import { makeIds, models, pipeline, SET, type Unserved } from "./eight.ts";

const NAMES_AN_EXAMPLE = 200;
/** Of a name in the state, about. */
const NAME_BYTES = 80;

/** Examples whose features are new names, one after the other: after them the set's state has so many bytes, or a little more. */
function wideExamples(bytes: number): readonly Unserved[] {
  const open = models.open(models.init(1));
  const examples: Unserved[] = [];
  let names = 0;
  for (let left = bytes; left > 0; left = bytes - Buffer.byteLength(JSON.stringify(open.close(1)))) {
    const count = Math.min(NAMES_AN_EXAMPLE, Math.ceil(left / NAME_BYTES));
    const x = Array.from({ length: count }, () => [`place_${names++}`, Math.random()] as const);
    const example = { set: SET, time: 0, x: Object.fromEntries(x), y: Math.random() };
    open.learn([example], "1");
    examples.push(example);
  }
  return examples;
}

/** Learns them in this Redis, in commits as a committer makes them. Resolves with how many examples it took. */
export async function widen(port: number, bytes: number): Promise<number> {
  const examples = wideExamples(bytes);
  const ids = makeIds(examples.length);
  const committers = await openCommitters(port, pipeline);
  const committer = committers.of(SET);
  const expiresAt = idExpiry();
  await Promise.all(
    examples.map((example, i) => committer.learn({ ...example, learnedId: { id: ids[i] as string, expiresAt } })),
  );
  await committers.close();
  return examples.length;
}
