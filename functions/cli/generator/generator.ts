// wadi generator: events that a running Wadi makes by itself, started, turned and stopped.

import { Command } from "commander";
import type { Admin } from "../../admin/admin.ts";
import type { Generator, GeneratorTurn } from "../../admin/shapes/generator.ts";
import { RejectedError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { type AdminFlags, withAdmin, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { realNumber } from "../option-values.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { LARGEST, MOST_A_SECOND, readRequest, type StartFlags } from "./request.ts";
import { generatorLines } from "./view.ts";

const HELP = `
Examples:
  wadi generator start --from line --rate 20                a noisy line to the pipeline line, until it is stopped
  wadi generator turn --beta -1                             its slope changes while it runs
  wadi generator start flights.csv --pipeline flights --rate 50 --late-labels 2h --time date
  wadi generator                                            how far it is
  wadi generator stop

The generator runs inside the Wadi that is asked, one at a time, and waits where Wadi does not keep up. A Wadi that stops or is
killed ends it; it does not start again by itself. The same file, or the same line with the same --seed, sends the same events
again, which are not learned twice. wadi emit sends files of any size, from this process.

--json writes {state, pipeline, from, rate, n, line, startedAt, rows, observations, labels, refused, waitingLabels, error,
points: [{x, y}], fits: {online: {intercept, slope}, batch: {intercept, slope}}}; state is idle, runs, done, stopped or failed;
online is what the champion says now, batch the least squares over these points.

Exit codes: 0 done; 1 not possible: another one runs, or the pipeline does not take the first rows; 2 wrong use.`;

interface TurnFlags extends AdminFlags {
  readonly rate?: string;
  readonly beta?: string;
  readonly sigma?: string;
}

export function generatorCommand(context: CommandContext): Command {
  const status = withAdminOptions(new Command("status"))
    .summary("what it does, and how far it is")
    .description("Shows the generator: what it sends, how many events were taken, and why some were not.")
    .action((flags: AdminFlags) => show(context, flags, (admin) => admin.generator()));
  const stop = withAdminOptions(new Command("stop"))
    .summary("stop it; what it has sent stays")
    .description("Stops the generator. What it has sent stays; labels that were to be sent later are not sent.")
    .action((flags: AdminFlags) => show(context, flags, (admin) => admin.stopGenerator()));
  return new Command("generator")
    .summary("let a running Wadi make events: a line, a file")
    .description("Lets a running Wadi make events: of a noisy line, of a simulator, or of the rows of a file.")
    .addHelpText("afterAll", HELP)
    .addCommand(status, { isDefault: true })
    .addCommand(startCommand(context))
    .addCommand(turnCommand(context))
    .addCommand(stop);
}

function startCommand(context: CommandContext): Command {
  const command = new Command("start")
    .argument("[file]", "a CSV, NDJSON or JSON file of at most 32 MiB (gzip, too)")
    .option("--pipeline <name>", "the pipeline that learns from them (--from line: line)")
    .option("--from <name>", "line, app-sessions or file (a file is given)")
    .option("--rate <number>", "rows a second (10)")
    .option("--n <number>", "rows at most (until it is stopped, or the file ends)")
    .option("--seed <number>", "the same seed gives the same rows (another each time)")
    .option("--beta <number>", "of a line: the slope (2)")
    .option("--sigma <number>", "of a line: the standard deviation of the noise (0.1)")
    .option("--users <number>", "of app-sessions: how many users")
    .option("--time <column>", "of a file: the column of the event's time")
    .option("--late-labels <delay>", "send each label later: after 10 (rows), 2h, or column:arrived");
  return withAdminOptions(command)
    .summary("start it")
    .description(
      "Starts the generator. The first rows are checked: where the pipeline does not take them, nothing is sent.",
    )
    .action(async (file: string | undefined, flags: AdminFlags & StartFlags) => {
      const request = await readRequest(file, flags);
      await show(context, flags, (admin) => admin.startGenerator(request));
    });
}

function turnCommand(context: CommandContext): Command {
  const command = new Command("turn")
    .option("--rate <number>", "rows a second")
    .option("--beta <number>", "of a line: the slope")
    .option("--sigma <number>", "of a line: the standard deviation of the noise");
  return withAdminOptions(command)
    .summary("change it while it runs")
    .description("Changes the rate, or the line, of the generator that runs.")
    .action((flags: TurnFlags) => {
      const { rate, beta, sigma } = flags;
      if ([rate, beta, sigma].every((one) => one === undefined)) {
        throw new UsageError("what is to change? add --rate, --beta or --sigma");
      }
      return show(context, flags, async (admin) => admin.turnGenerator(await turnOf(admin, flags)));
    });
}

/** What of the line is not given stays as it is. */
async function turnOf(admin: Admin, { rate, beta, sigma }: TurnFlags): Promise<GeneratorTurn> {
  const turn = rate === undefined ? {} : { rate: realNumber("--rate", rate, Number.MIN_VALUE, MOST_A_SECOND) };
  if (beta === undefined && sigma === undefined) return turn;
  const { line, from } = await admin.generator();
  if (line === undefined) throw new UsageError(`--beta and --sigma are for a line, and ${from ?? "none"} runs`);
  return {
    ...turn,
    line: {
      beta: beta === undefined ? line.beta : realNumber("--beta", beta, -LARGEST, LARGEST),
      sigma: sigma === undefined ? line.sigma : realNumber("--sigma", sigma, 0, LARGEST),
    },
  };
}

async function show(
  context: CommandContext,
  flags: AdminFlags,
  ask: (admin: Admin) => Promise<Generator>,
): Promise<void> {
  const { out } = context.terminal;
  await withAdmin(context, flags, async (admin) => {
    const told = await ask(admin).catch((error: unknown) => {
      throw error instanceof RejectedError ? new FailedError(inFlags(error.message), { cause: error }) : error;
    });
    if (flags.json === true) writeJson(told, out);
    else writeLines(generatorLines(told, context.clock.now(), out), out);
  });
}

/** Fields of the request, as this command calls them. */
function inFlags(message: string): string {
  return message
    .replaceAll(/\bbody\.file\.(text|name)\b/g, "the file")
    .replaceAll("body.file.time", "--time")
    .replaceAll("body.lateLabels", "--late-labels")
    .replaceAll("body.line", "--beta and --sigma")
    .replaceAll(/\bbody\.(\w+)/g, "--$1");
}
