// wadi learn: replays a file or an archive through the models of a pipeline, without broker and store, to choose a model before deploying.

import { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { readDay } from "../option-values.ts";
import { addFileOptions } from "../rows/file-input.ts";
import type { LearnFlags } from "./options.ts";

const HELP = `
Examples:
  wadi learn flights.csv --pipeline flights                each row has its truth
  wadi learn flights.csv.gz --pipeline flights --delay 2h  each truth comes 2 hours after the time of its row
  wadi learn deliveries.csv --pipeline deliveries.yaml --predictions out.ndjson --plot scores.svg
  wadi learn wadi-archive --pipeline line --from 2026-11-01    the events of an archive, or of s3://bucket/prefix
  cat rows.ndjson | wadi learn - --format ndjson --pipeline line --json

Each row is predicted by every model, then these predictions are scored, then the row is learned (progressive validation).
Nothing is sent and nothing is kept: no Wadi needs to run. A row is checked and turned to features as in a running Wadi, so
the scores are those that it would come to with the same rows in the same order.

Late truths: a prediction is scored when its truth comes, and models learn from nothing that is not known yet.
  --delay 10               10 rows later
  --delay 30m, 2h, 1.5d    this long after the time of the row: the pipeline's event.time, or the column of --time
  --delay column:arrived   at the time in the column arrived
A truth that is due at the time of a row is learned before that row is predicted, as River's progressive_val_score does.

An archive (wadi start --archive) is a folder or s3://bucket/prefix with a Delta table. Only files of the pipeline, of those days and
of events that named none are opened. Its events come in the order in which they were accepted, each as wadi replay --from-archive
reads it: labels that came later are learned when they came, duplicates are left out, and what would be a dead letter is counted. The
weights are those of that replay. The options of files are not for archives: an archive has the times, and the labels' delays.

How a file is read: as by wadi emit, with the same options. A row that the pipeline refuses is counted by its reason; if it is
the first row, or none of the first 1000 rows is taken, the run stops. A row without a truth is predicted alone.

With serve: { best: ... } in the pipeline file the model that serves is chosen as in a running Wadi, and each change is shown.

--predictions writes a JSON object a line, in the order of the rows: {i, y, <model>: prediction}; i counts rows from 0, y is null
where the truth is not known. With - it goes to standard output, and the tables to standard error.

--json writes one object: outcome (done, interrupted, failed), error, file, pipeline, task, delay, rows, learned, unlabelled,
refused, refusedBy, firstRefused [{row, line, reason, why}], seconds, rowsPerSecond, stateBytes, metric, better,
models {<model>: {baseline, skipped, leftOut, metrics}}, sets, serve {model, chosen, changes [{n, set, from, to, why}]},
checkpoints [{n, seconds, stateBytes, memoryBytes, scores}], rolling {metric, over, points [{n, scores}]}.

Exit codes: 0 done; 1 the file cannot be read, or does not fit; 2 wrong use; 130 Ctrl-C, after the table of what was learned.`;

export function learnCommand(context: CommandContext): Command {
  const command = new Command("learn")
    .summary("try the models of a pipeline on a file or an archive, and compare them")
    .description(
      "Replays a CSV, NDJSON or JSON file (gzip, too), or an archive of events, through the models of a pipeline: each row is predicted, scored, learned. " +
        "Shows which model is best, before anything is deployed.",
    )
    .argument("<file>", "a file; - is standard input; or an archive: its folder, or s3://bucket/prefix")
    .option("--pipeline <name>", "the pipeline: its name, or its file (a path that ends in .yaml)")
    .option("--delay <delay>", "when the truth is known: after 10 (rows), 2h, or column:arrived; see below (at once)")
    .optionsGroup("Of an archive:")
    .option("--from <day>", "the first day on which events were accepted, as 2026-11-30 in UTC", readDay)
    .option("--to <day>", "the last day", readDay)
    .optionsGroup("What is shown and written:")
    .option("--every <rows>", "a line of the table after so many rows (100, 200, 500, 1000, ...)")
    .option("--predictions <file>", "write each prediction to it, a JSON object a line; - is standard output")
    .option("--plot <file>", "write the curves of the scores to it, as SVG")
    .option("--force", "write over files that are there")
    .option("--json", "the result as one JSON object, and no progress")
    .optionsGroup("How the file is read:");
  return addFileOptions(command, {
    omit: "columns that are left out: the pipeline refuses fields that it does not know",
    rename: "take a column under another name; may be repeated",
  })
    .option("--time <column>", "the time of the row; UTC if it has no zone (the field of the pipeline's event.time)")
    .option("--no-check", "go on even if the pipeline refuses the first row")
    .addHelpText("after", HELP)
    .action(async (file: string, flags: LearnFlags) => {
      const [{ readLearnOptions }, { runLearn }] = await Promise.all([import("./options.ts"), import("./run.ts")]);
      return runLearn(readLearnOptions(file, flags, context.env), context);
    });
}
