// wadi demo: a scenario goes through Wadi as CloudEvents over HTTP, and what was learned is shown.

import { existsSync, readdirSync, rmSync } from "node:fs";
import { Command, Option } from "commander";
import { UsageError } from "../../lib/failure.ts";
import { lockFolder } from "../../lib/lock.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { LocalWadi } from "../../local/start.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { aborted, catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson } from "../terminal/json-answer.ts";
import { flightsScenario } from "./demo-flights.ts";
import { nextSteps, outcomeJson } from "./demo-report.ts";
import { sessionsScenario } from "./demo-sessions.ts";
import { streamThrough } from "./demo-stream.ts";
import type { DemoOptions, DemoOutcome, Scenario } from "./scenario.ts";
import { adminLines, startWadi, withStartOptions } from "./start.ts";

const DATA = ".wadi/demo";

const SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  flights: flightsScenario,
  "app-sessions": sessionsScenario,
};

const HELP = `
Examples:
  wadi demo
  wadi demo --once && echo "each flight was learned exactly once"
  wadi demo --scenario app-sessions

Scenarios:
  flights        20,000 real flights: predicted at departure, learned at arrival
  app-sessions   12,000 simulated sessions of an app, predicted at their start, with labels late, lost and sent twice;
                 half way the users change, and it is shown what the models did about it

--json writes one object after the stream, and no progress: {sound, flights, learned, learnedIds, scoredOnServed,
versions, deadLetters, seconds, serve, models: {<name>: {n, skipped, metrics}}}. With app-sessions, instead of flights:
sessions, users, labelled, labelsLost, sentTwice, outOfOrder, change {at, what, drift, restarted,
mae: {<name>: {before, after, end}}}.

Exit codes: 0 each one with a label was learned exactly once, and there is no dead letter; 1 else; 2 wrong use; 130 Ctrl-C.`;

export function demoCommand(context: CommandContext): Command {
  return withStartOptions(new Command("demo"), DATA)
    .summary("stream 20,000 real flights, or another scenario, through Wadi here")
    .description(
      `Starts Wadi here, streams a scenario through it, shows what was learned, and stays up for curl until Ctrl-C. Each run starts from nothing: ${DATA} is emptied.`,
    )
    .addOption(new Option("--scenario <name>", "what is streamed").choices(Object.keys(SCENARIOS)).default("flights"))
    .option("--once", "end after the stream: exit code 0 only if every one was learned exactly once", false)
    .option("--json", "what came of it as JSON")
    .addHelpText("after", HELP)
    .action((options: DemoOptions) => demo(options, context));
}

async function demo(options: DemoOptions, context: CommandContext): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { out, err } = terminal;
  emptyFolder(options.data);
  const scenario = (SCENARIOS[options.scenario] as () => Scenario)();
  const interrupt = catchInterrupt();
  let wadi: LocalWadi | undefined;
  try {
    wadi = await startWadi(options, context.env);
    const pipeline = wadi.pipelines.get(scenario.pipeline);
    if (pipeline === undefined)
      throw new UsageError(`${options.pipelines} has no pipeline ${scenario.pipeline}, which this needs`);
    const json = options.json === true;
    if (!json) {
      out.write(`Wadi takes events at ${wadi.url}/; ${scenario.begins}.\n`);
      out.write(adminLines(wadi, out));
    }

    const begun = clock.now();
    wadi.broker.tap((event) => scenario.see?.(event));
    await streamThrough(wadi, { pipeline, examples: scenario.examples }, context, interrupt.signal, json);
    if (interrupt.signal.aborted) {
      err.write("Interrupted. The next run starts from nothing.\n");
      return exitWith(interrupt.exitCode());
    }

    const labelled = scenario.examples.filter(({ label }) => label !== undefined).length;
    const outcome = await readOutcome(wadi, pipeline, labelled, clock.now() - begun);
    if (json) writeJson(outcomeJson(outcome, scenario.json(outcome)), out);
    else {
      out.write(`\n${scenario.report(outcome, out).join("\n")}\n`);
      out.write(`\n${nextSteps(scenario, wadi.url, options, out).join("\n")}\n`);
    }
    exitWith(outcome.sound ? ExitCode.done : ExitCode.failed);
    if (!options.once) await aborted(interrupt.signal);
  } finally {
    await wadi?.stop();
    interrupt.dispose();
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

async function readOutcome(wadi: LocalWadi, pipeline: Pipeline, labelled: number, ms: number): Promise<DemoOutcome> {
  const { name, serve } = pipeline;
  const { state, version } = await wadi.store.models.load(name);
  const { readScores } = await import("../../lib/learners/model-set.ts");
  const scores = readScores(pipeline, state);
  const learnedIds = await wadi.store.models.learnedCount(name);
  const { deadLetters } = wadi.broker.status();
  const sound = scores.count === labelled && learnedIds === labelled && deadLetters === 0;
  return { labelled, ms, version, scores, learnedIds, deadLetters, serve, sound };
}
