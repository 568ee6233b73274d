// The stream of a demo: events go through a Wadi in this process as fast as it handles them, and the progress is drawn.

import type { Example } from "../../feed/examples.ts";
import { holdLabels } from "../../feed/held-labels.ts";
import { isRepeat, type Outgoing, withLateLabels } from "../../feed/late-labels.ts";
import { sendEvents } from "../../feed/sender.ts";
import { EventType, type ModelUpdatedData } from "../../lib/events/vocabulary.ts";
import { count, fixed, rate } from "../../lib/figures.ts";
import { pause } from "../../lib/pause.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { LocalWadi } from "../../local/start.ts";
import type { CommandContext } from "../context.ts";
import type { Output } from "../terminal/output.ts";
import { bar, startProgress } from "../terminal/progress.ts";

/** Events sent and not yet handled by all steps, at most. */
const UNDER_WAY = 128;

export interface DemoStream {
  readonly pipeline: Pipeline;
  readonly examples: readonly Example[];
}

/** Resolves when every event has been handled by all that take it, or the signal aborts. */
export async function streamThrough(
  wadi: LocalWadi,
  { pipeline, examples }: DemoStream,
  { terminal: { err }, clock }: CommandContext,
  signal: AbortSignal,
  quiet: boolean,
): Promise<void> {
  const begun = clock.now();
  const stream = createStream(wadi, eventsOf(examples), pipeline);
  const progress = quiet
    ? undefined
    : startProgress({
        output: err,
        clock,
        draw: (columns) => stream.draw(err, columns, clock.now() - begun),
        plain: () => stream.plain(clock.now() - begun),
      });
  try {
    await sendEvents(stream.counted(withLateLabels(examples), clock, signal), {
      url: `${wadi.url}/`,
      limit: UNDER_WAY,
      clock,
      signal,
      ready: () => stream.below(UNDER_WAY, clock, signal),
      accepted: () => stream.answered(),
      refused: ({ event }, reason) => {
        stream.answered();
        progress?.note(`${event.type} ${event.id} was refused: ${reason}`);
      },
      waiting: (reason) => progress?.note(`waiting: ${reason}`),
    });
    await stream.below(1, clock, signal);
  } finally {
    progress?.end();
  }
}

function eventsOf(examples: readonly Example[]): number {
  return examples.reduce(
    (sum, { label, again = {} }) => sum + (label === undefined ? 1 : 2) + Object.keys(again).length,
    0,
  );
}

/** Counts what has been sent and learned, and draws the progress. */
function createStream(wadi: LocalWadi, total: number, pipeline: Pipeline) {
  let sent = 0;
  let answers = 0;
  let learned = 0;
  let version = 0;
  let rolling: number | undefined;
  /** Observations that were predicted and whose label has not been sent. */
  const predicted = new Set<string>();
  const gone = new WeakSet<Outgoing>();
  wadi.broker.tap((event) => {
    if (event["pipeline"] !== pipeline.name) return;
    if (event.type === EventType.predictionMade) predicted.add(String(event.subject));
    if (event.type !== EventType.modelUpdated) return;
    const update = event.data as ModelUpdatedData;
    ({ count: learned, version } = update);
    const serving = update.metrics[pipeline.serve] ?? {};
    rolling = Object.entries(serving).find(([name]) => name.startsWith("mae_rolling_"))?.[1];
  });
  const handling = () => wadi.broker.status().triggers.reduce((sum, { lag }) => sum + lag, 0);
  const underWay = () => sent - answers + handling();
  const isDue = (outgoing: Outgoing) => {
    const { follows, event } = outgoing;
    if (follows === undefined) return true;
    return isRepeat(outgoing) ? gone.has(follows) : predicted.has(String(event.subject));
  };
  const figures = (ms: number) => [
    `${count(sent)} events`,
    `${count(rate(sent, ms))}/s`,
    `${count(learned)} learned`,
    `version ${count(version)}`,
    `rolling MAE ${fixed(rolling, 2)}`,
  ];

  return {
    /** As in life a truth comes after the prediction: until then a label is held back, and later events go ahead. */
    async *counted(
      events: AsyncIterable<Outgoing>,
      clock: CommandContext["clock"],
      signal: AbortSignal,
    ): AsyncGenerator<Outgoing> {
      const held = holdLabels(events, {
        isDue,
        most: UNDER_WAY,
        wait: () => pause(1, clock, signal),
        isIdle: () => underWay() === 0,
        isOver: () => signal.aborted,
      });
      for await (const outgoing of held) {
        gone.add(outgoing);
        if (outgoing.follows !== undefined && !isRepeat(outgoing)) predicted.delete(String(outgoing.event.subject));
        yield outgoing;
        sent++;
      }
    },
    answered: () => void answers++,
    /** Resolves once fewer than `limit` events are under way, here or in the broker. */
    async below(limit: number, clock: CommandContext["clock"], signal: AbortSignal): Promise<void> {
      while (!signal.aborted && underWay() >= limit) await pause(1, clock, signal);
    },
    draw(output: Output, columns: number, ms: number): readonly string[] {
      const share = ` ${Math.floor((100 * sent) / total)} %`;
      return [
        bar(sent / total, Math.min(60, columns - share.length), output) + share,
        figures(ms).join(output.palette.quiet(` ${output.signs.dot} `)),
      ];
    },
    plain: (ms: number) => [...figures(ms), `${Math.floor((100 * sent) / total)} %`].join(", "),
  };
}
