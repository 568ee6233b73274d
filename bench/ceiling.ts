// Whether the load generator itself was what was measured.

import type { Event } from "../functions/lib/events/vocabulary.ts";
import { load } from "./load.ts";
import { type Context, median } from "./row.ts";

interface Loaded {
  readonly name: string;
  readonly rates: readonly number[];
  /** Cores that the generator was busy on. */
  readonly cpu: readonly number[];
}

/** Notes what the generator can do against a server that does nothing, and warns where a contender came near it. */
export async function ceilingNote(
  { session, note }: Context,
  row: string,
  contenders: readonly Loaded[],
  events: readonly Event[],
  folder: string,
): Promise<void> {
  const bare = session.node([`${import.meta.dirname}/anchors/bare-socket.ts`]);
  const [, port] = await bare.find(/:(\d+)$/);
  await load(session, Number(port), events, 202, folder);
  const { seconds } = await load(session, Number(port), events, 202, folder);
  await bare.kill();
  const ceiling = events.length / seconds;
  const busiest = Math.max(...contenders.flatMap(({ cpu }) => cpu));
  const fastest = contenders.toSorted((a, b) => median(b.rates) - median(a.rates))[0] as Loaded;
  note(
    `${row}: the generator alone reaches ${Math.round(ceiling).toLocaleString("en-US")} events/s on a bare socket; ` +
      `it was busy on at most ${busiest.toFixed(2)} of one core`,
  );
  if (median(fastest.rates) > ceiling / 1.5 || busiest > 0.9) {
    note(`${row}: the generator may have held ${fastest.name} back; what it measured is then a lower bound`);
  }
}
