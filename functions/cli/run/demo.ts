// wadi demo: real flights go through Wadi as CloudEvents over HTTP, and what was learned is shown.

import { existsSync, readdirSync, rmSync } from "node:fs";
import { Command } from "commander";
import type { Example } from "../../feed/examples.ts";
import { readFlights } from "../../feed/flights.ts";
import { holdLabels } from "../../feed/held-labels.ts";
import { type Outgoing, withLateLabels } from "../../feed/late-labels.ts";
import { sendEvents } from "../../feed/sender.ts";
import { EventType, type ModelUpdatedData } from "../../lib/events/vocabulary.ts";
import { UsageError } from "../../lib/failure.ts";
import { count, fixed, rate } from "../../lib/figures.ts";
import { lockFolder } from "../../lib/lock.ts";
import { pause } from "../../lib/pause.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { LocalWadi } from "../../local/start.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { aborted, catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { bar, startProgress } from "../terminal/progress.ts";
import { type DemoOutcome, nextSteps, outcomeJson, report } from "./demo-report.ts";
import { adminLines, type StartOptions, startWadi, withStartOptions } from "./start.ts";

const DATA = ".wadi/demo";
const PIPELINE = "flights";
/** Events sent and not yet handled by all steps, at most. */
const UNDER_WAY = 128;

interface DemoOptions extends StartOptions {
  readonly once: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  wadi demo
  wadi demo --once && echo "each flight was learned exactly once"

--json writes one object after the stream, and no progress: {sound, flights, learned, learnedIds, scoredOnServed,
versions, deadLetters, seconds, serve, models: {<name>: {n, skipped, metrics}}}.

Exit codes: 0 each flight was learned exactly once, and there is no dead letter; 1 else; 2 wrong use; 130 Ctrl-C.`;

export function demoCommand(context: CommandContext): Command {
  return withStartOptions(new Command("demo"), DATA)
    .summary("stream 20,000 real flights through Wadi here")
    .description(
      `Starts Wadi here, streams 20,000 real flights through it, shows what was learned, and stays up for curl until Ctrl-C. Each run starts from nothing: ${DATA} is emptied.`,
    )
    .option("--once", "end after the stream: exit code 0 only if every flight was learned exactly once", false)
    .option("--json", "what came of it as JSON")
    .addHelpText("after", HELP)
    .action((options: DemoOptions) => demo(options, context));
}

async function demo(options: DemoOptions, context: CommandContext): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { out, err } = terminal;
  emptyFolder(options.data);
  const flights = readFlights();
  const interrupt = catchInterrupt();
  const wadi = await startWadi(options, context.env);
  try {
    const pipeline = wadi.pipelines.get(PIPELINE);
    if (pipeline === undefined)
      throw new UsageError(`${options.pipelines} has no pipeline ${PIPELINE}, which this needs`);
    const json = options.json === true;
    if (!json) {
      out.write(`Wadi takes events at ${wadi.url}/; ${count(flights.length)} flights depart, and arrive.\n`);
      out.write(adminLines(wadi, out));
    }

    const begun = clock.now();
    await streamThrough(wadi, flights, context, interrupt.signal, json);
    if (interrupt.signal.aborted) {
      err.write("Interrupted. The next run starts from nothing.\n");
      return exitWith(interrupt.exitCode());
    }

    const outcome = await readOutcome(wadi, pipeline, flights.length, clock.now() - begun);
    if (json) writeJson(outcomeJson(outcome), out);
    else {
      out.write(`\n${report(outcome, out).join("\n")}\n`);
      out.write(`\n${nextSteps(wadi.url, options, out).join("\n")}\n`);
    }
    exitWith(outcome.sound ? ExitCode.done : ExitCode.failed);
    if (!options.once) await aborted(interrupt.signal);
  } finally {
    await wadi.stop();
    interrupt.dispose();
  }
}

/** Resolves when every event has been handled by all that take it, or the signal aborts. */
async function streamThrough(
  wadi: LocalWadi,
  flights: readonly Example[],
  { terminal: { err }, clock }: CommandContext,
  signal: AbortSignal,
  quiet: boolean,
): Promise<void> {
  const begun = clock.now();
  const stream = createStream(wadi, 2 * flights.length);
  const progress = quiet
    ? undefined
    : startProgress({
        output: err,
        clock,
        draw: (columns) => stream.draw(err, columns, clock.now() - begun),
        plain: () => stream.plain(clock.now() - begun),
      });
  try {
    await sendEvents(stream.counted(withLateLabels(flights), clock, signal), {
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

/** Empties the demo's own folder; a folder that the user named must be empty. */
function emptyFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (folder !== DATA && readdirSync(folder).length > 0) {
    throw new UsageError(`${folder} is not empty; name a new folder: the demo begins with a model that knows nothing`);
  }
  // Throws where another process uses it.
  lockFolder(folder)();
  rmSync(folder, { recursive: true });
}

/** Counts what has been sent and learned, and draws the progress. */
function createStream(wadi: LocalWadi, total: number) {
  let sent = 0;
  let answers = 0;
  let learned = 0;
  let version = 0;
  let rolling: number | undefined;
  /** Flights whose delay was predicted and whose arrival has not been sent. */
  const predicted = new Set<string>();
  wadi.broker.tap((event) => {
    if (event.type === EventType.predictionMade) predicted.add(String(event.subject));
    if (event.type !== EventType.modelUpdated || event["pipeline"] !== PIPELINE) return;
    const update = event.data as ModelUpdatedData;
    ({ count: learned, version } = update);
    const serving = update.metrics[wadi.pipelines.get(PIPELINE)?.serve ?? ""] ?? {};
    rolling = Object.entries(serving).find(([name]) => name.startsWith("mae_rolling_"))?.[1];
  });
  const handling = () => wadi.broker.status().triggers.reduce((sum, { lag }) => sum + lag, 0);
  const underWay = () => sent - answers + handling();
  const figures = (ms: number) => [
    `${count(sent)} of ${count(total)} events`,
    `${count(learned)} learned`,
    `${count(rate(sent, ms))} events/s`,
    `version ${count(version)}`,
    `rolling MAE ${fixed(rolling, 2)}`,
  ];

  return {
    /** As in life a flight arrives after its delay was predicted: until then its label is held back, and later events go ahead. */
    async *counted(
      events: AsyncIterable<Outgoing>,
      clock: CommandContext["clock"],
      signal: AbortSignal,
    ): AsyncGenerator<Outgoing> {
      const held = holdLabels(events, {
        isDue: ({ event }) => predicted.has(String(event.subject)),
        most: UNDER_WAY,
        wait: () => pause(1, clock, signal),
        isIdle: () => underWay() === 0,
        isOver: () => signal.aborted,
      });
      for await (const outgoing of held) {
        if (outgoing.follows !== undefined) predicted.delete(String(outgoing.event.subject));
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
    plain: (ms: number) => figures(ms).join(", "),
  };
}

async function readOutcome(wadi: LocalWadi, pipeline: Pipeline, flights: number, ms: number): Promise<DemoOutcome> {
  const { state, version } = await wadi.store.models.load(PIPELINE);
  const { readScores } = await import("../../lib/learners/model-set.ts");
  const scores = readScores(pipeline, state);
  const learnedIds = await wadi.store.models.learnedCount(PIPELINE);
  const { deadLetters } = wadi.broker.status();
  const sound = scores.count === flights && learnedIds === flights && deadLetters === 0;
  return { flights, ms, version, scores, learnedIds, deadLetters, serve: pipeline.serve, sound };
}
