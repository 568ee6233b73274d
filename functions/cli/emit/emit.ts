// wadi emit: rows of a file, of standard input or of a generator become events and go to Wadi.

import { Command } from "commander";
import { CHANGE, DEFAULT_USERS, LOST, TWICE } from "../../feed/generators/app-sessions/app-sessions.ts";
import { DEFAULT_LIMIT } from "../../feed/sender.ts";
import { MAX_BATCH_EVENTS } from "../../lib/events/batch.ts";
import { type CommandContext, DEFAULT_URL } from "../context.ts";
import { addFileOptions } from "../rows/file-input.ts";
import type { EmitFlags } from "./flags.ts";
import { LINE_DEFAULTS } from "./generated.ts";
import { emitUrl, readEmitOptions } from "./options.ts";

const percent = (share: number) => `${100 * share} %`;

const HELP = `
Examples:
  wadi emit --generate line --n 1000                       a noisy line to the pipeline line
  wadi emit --generate line --then-beta -1 --rate 200      its slope changes half way, 200 events a second
  wadi emit --generate app-sessions --n 5000 --users 300   sessions of an app, labelled when they end
  wadi emit --generate app-sessions --speed 600            at their own pace, ten minutes in a second
  wadi emit flights.csv --pipeline flights                 each row has its truth
  wadi emit flights.csv --pipeline flights --time date --late-labels 2h
                                                           each truth comes 2 hours after the time of its row
  wadi emit flights.csv --pipeline flights --avro          as Avro
  tail -f rows.ndjson | wadi emit - --format ndjson --pipeline line
  wadi emit flights.csv --pipeline flights --limit 3 --dry-run

Late labels, each sent when it is due:
  --late-labels 10               10 rows later
  --late-labels 30m, 2h, 1.5d    this long after the row's time (needs --time)
  --late-labels column:arrived   at the time in the column arrived (needs --time)
  The column of the truth (--target) is then left out of the observations, and so is the column of the time.

--generate app-sessions: the sessions of ${DEFAULT_USERS} users (--users) of an app, each with a phone, habits and hours of their own,
the same with every seed. A session's length is sent when it has ended, never before, and later where the phone has no
network then: so labels are out of order. ${percent(LOST)} of the labels are never sent, and ${percent(TWICE)} of the events are sent twice. Times are simulated, from 2023-06-05
on, and events go as fast as they are accepted, in the order of their times; --speed 600 makes ten minutes last a second.
From --then-at on ${CHANGE}.

CSV files differ by country. The encoding, the delimiter, the decimal sign (1.234,5 or 1,234.5) and the order of dates
(03/11/2026) are detected from the first 1000 rows and printed. If 03/11 is ambiguous in the time column, nothing is sent
until you give --dates. Titles above the header are left out.

CSV has no types. A column has numbers if its first 1000 rows do, or booleans if they are true and false or yes and no;
codes such as 00123 are text. --types zip=text,flag=boolean sets them. An empty cell leaves its field out, and so does NA,
except in text columns. Rows with too few or too many cells, and a last row of totals, are skipped and reported.

Columns are named as in the header. --rename 'distance, km=distance_km' sends one under a name that a pipeline can have;
in --omit, put a name with a comma in quotes: --omit '"city, state",note'.

The same file again has the same ids, and nothing is learned twice. --source /other sends it as something new.

After Ctrl-C, kill -9 or a Wadi that stopped, run the same command again: it sends the file from its start under the same
ids, which is quicker than the first time, and nothing is learned twice.

--json writes one object: outcome (done, interrupted, failed), error, url, source, pipeline, seed, rows, sent,
accepted, observations, labels, refused, skipped, firstRefused [{type, id, reason}],
firstSkipped [{row, line, reason}], seconds; of app-sessions also thenAt, sentTwice, labelsLost.

Exit codes: 0 all accepted; 1 a row was skipped, an event refused, or nobody answered; 2 wrong use; 130 Ctrl-C.`;

export function emitCommand(context: CommandContext): Command {
  const { n, beta, sigma } = LINE_DEFAULTS;
  const command = new Command("emit")
    .summary("send the rows of a file, or generated ones, as events")
    .description(
      "Sends each row of a CSV, NDJSON or JSON file (gzip, too), or of a generator, as a CloudEvent, with its label, or the label later.",
    )
    .argument("[file]", "a file; - is standard input")
    .optionsGroup("Where to:")
    .option("--pipeline <name>", "the pipeline that learns from them (--generate: the one of that name)")
    .option(
      "--url <url>",
      `the address that takes events (WADI_URL, else the Wadi that runs here, else ${DEFAULT_URL})`,
    )
    .option("--rate <number>", "events a second at most (default: no limit)")
    .option(
      "--concurrency <number>",
      `events under way at once: ${MAX_BATCH_EVENTS} in a batch, which keeps the order; where no batches are taken ${DEFAULT_LIMIT} (1 keeps it)`,
    )
    .optionsGroup("How a file is read:");
  return addFileOptions(command, {
    omit: "columns that are not sent: the pipeline refuses fields that it does not know",
    rename: "send a column under another name; may be repeated",
  })
    .optionsGroup("What the events are called:")
    .option("--id <column>", "column with a unique id (default: row number and digest)")
    .option("--subject <column>", "column that identifies the observation (default: the id)")
    .option("--subject-field <column>", "the pipeline's event.subject, where its file is not known here")
    .option(
      "--time <column>",
      "the time of the event: 2026-01-31T08:30:00Z, 31/01/2026 8:30 or epoch milliseconds; UTC if it has no zone",
    )
    .option("--source <uri-reference>", "the source of the events (/emit/<file>)")
    .option("--avro", "observations in Avro, under the newest schema of the pipeline (JSON)")
    .optionsGroup("When the truth is known:")
    .option("--late-labels <delay>", "send each label later: after 10 (rows), 2h, or column:arrived; see below")
    .option("--target <column>", "the column with the truth (the pipeline's target)")
    .optionsGroup("What is generated:")
    .option("--generate <name>", "line (y = beta x + noise) or app-sessions")
    .option("--n <number>", `rows (${n})`)
    .option("--seed <number>", "the same seed gives the same rows (another each time)")
    .option("--then-at <row>", "the change begins with this row (half way); never: app-sessions stay as they are")
    .option("--beta <number>", `of a line: the slope (${beta})`)
    .option("--sigma <number>", `of a line: the standard deviation of the noise (${sigma})`)
    .option("--then-beta <number>", "of a line: the slope changes to this")
    .option("--users <number>", `of app-sessions: users (${DEFAULT_USERS})`)
    .option("--speed <factor>", "of app-sessions: so much faster than life, by their times (as fast as accepted)")
    .optionsGroup("What is shown:")
    .option("--dry-run", "write the events, one JSON object a line, and send nothing")
    .option("--no-check", "send even if the pipeline refuses the first row: such rows become dead letters")
    .option("--json", "one JSON object at the end, and no progress")
    .addHelpText("after", HELP)
    .action(async (file: string | undefined, flags: EmitFlags) => {
      const target = await knownTarget(flags, context);
      const subjectField = await knownSubject(flags, context);
      const known = { ...(target && { target }), ...(subjectField && { subjectField }) };
      const { runEmit } = await import("./run.ts");
      return runEmit(readEmitOptions(file, { ...flags, ...known }, context.env), context);
    });
}

/** The field of the labels, if it is not given: the target of the pipeline, if that is known. */
async function knownTarget(flags: EmitFlags, context: CommandContext): Promise<string | undefined> {
  const { lateLabels, target, generate, pipeline } = flags;
  if (lateLabels === undefined || target !== undefined || generate !== undefined || !pipeline) return undefined;
  const { targetOf } = await import("./known-pipelines.ts");
  return await targetOf(pipeline, emitUrl(flags, context.env), context);
}

/** The field that names an observation in its data, and in the data of its label. */
async function knownSubject(flags: EmitFlags, context: CommandContext): Promise<string | undefined> {
  const { generate, pipeline, subjectField } = flags;
  if (subjectField !== undefined || generate !== undefined || !pipeline) return undefined;
  const { subjectFieldOf } = await import("./known-pipelines.ts");
  return await subjectFieldOf(pipeline, emitUrl(flags, context.env), context);
}
