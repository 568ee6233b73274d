// wadi archive export: events of the archive as lines of JSON.

import { gzipSync } from "node:zlib";
import { Command } from "commander";
import type { Span } from "../../archive/export.ts";
import { UsageError } from "../../lib/failure.ts";
import { plural } from "../../lib/figures.ts";
import type { CommandContext } from "../context.ts";
import { readDay } from "../option-values.ts";
import { fileSink, pipeSink } from "../sink.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { type ArchiveFlags, openTable, placeOf, withArchiveOptions } from "./place.ts";
import { watched } from "./watched.ts";

const HELP = `
Examples:
  wadi archive export events.ndjson.gz                              all of them, compressed
  wadi archive export --from 2026-11-01 --to 2026-11-30 november.ndjson
  wadi archive export --pipeline line --archive wadi-archive | jq .data

Each line is a CloudEvent in structured mode, as it was accepted: what is no JSON or text stands in data_base64. They come by the
day on which they were accepted (UTC; both days are in it). A file is under its name only once it is complete.

--json writes {where, file, events}; it needs a file.

Exit codes: 0 done; 1 there is no archive, or it cannot be read; 2 wrong use.`;

interface ExportFlags extends ArchiveFlags, Span {}

export function exportCommand(context: CommandContext): Command {
  const command = new Command("export")
    .argument("[file]", "where to; ending in .gz it is compressed, and without a name or with - it is standard output")
    .option("--from <day>", "the first day, as 2026-11-30", readDay)
    .option("--to <day>", "the last day", readDay)
    .option("--pipeline <name>", "only events of this pipeline");
  return withArchiveOptions(command)
    .summary("write events of the archive as lines of JSON")
    .description("Writes the events of a span of days as NDJSON, each as it was accepted.")
    .addHelpText("after", HELP)
    .action((file: string | undefined, flags: ExportFlags) => {
      const path = file ?? "-";
      if (path === "-" && flags.json === true) throw new UsageError("--json needs a file to write the events to");
      return exportEvents(path, flags, context);
    });
}

async function exportEvents(path: string, flags: ExportFlags, context: CommandContext): Promise<void> {
  const { out } = context.terminal;
  const where = await placeOf(context, flags);
  const table = await openTable(context, where);
  const { exportLines } = await import("../../archive/export.ts");
  const sink = path === "-" ? pipeSink(out) : fileSink(path);
  const isPacked = path.endsWith(".gz");
  let events = 0;
  try {
    const quiet = flags.json === true || (path === "-" && out.interactive);
    const work = {
      steps: "files",
      quiet,
      stopping: path === "-" ? "Stopping." : `Stopping; there will be no ${path}.`,
    };
    const { interrupted } = await watched(context, work, async (watch) => {
      for await (const lines of exportLines(table, flags, watch)) {
        const text = lines.join("");
        // Members of gzip one after the other are one file.
        sink.write(isPacked ? gzipSync(text) : text);
        events += lines.length;
      }
      watch.signal?.throwIfAborted();
    });
    if (interrupted !== undefined) return context.exitWith(interrupted);
    sink.keep();
  } finally {
    sink.drop();
  }
  if (path === "-") return;
  if (flags.json === true) writeJson({ where, file: path, events }, out);
  else writeLines([`Wrote ${path}: ${plural(events, "event")}.`], out);
}
