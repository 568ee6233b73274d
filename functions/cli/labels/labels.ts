// wadi labels: what waits for its label, and how late labels come.

import { Command } from "commander";
import { type AdminFlags, withModels, withModelsOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { allLabelsLines, labelsLines } from "./view.ts";

const HELP = `
Examples:
  wadi labels                                every pipeline: what waits for its label, what came too late
  wadi labels flights                        one of them, and how long after its observation a label came
  wadi labels flights --json | jq .delays

An observation waits for its label for the pipeline's labelHorizon at least, and is joined with it for as long as it is kept:
the retention of the log longer. soon: of those that wait, how many come to the end of the horizon within a tenth of it.
Figures are kept by the hour in which an observation was recorded, so what waits, or soon does no more, is told to the hour.

Delays are counted by the times of recording, of labels that came by themselves and were the first of their observation; one
that came before its observation is among the shortest. During an upgrade, labels that an older process joins are not counted.

--json writes {pipeline, target, labelHorizonMs, opened, joined, waiting, expiringSoon: {withinMs, observations},
expiredUnlabelled, waitingLabels, orphanedLabels, conflicts, delays: [{upToMs, labels}]}, of all pipelines {items: [...]};
upToMs is absent for the last bin, conflicts where no Wadi runs.

Exit codes: 0 shown; 1 no such pipeline, or nothing could be read; 2 wrong use.`;

export function labelsCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withModelsOptions(
    new Command("labels").argument("[pipeline]", "only this one, with a histogram of how late its labels came"),
  )
    .summary("what waits for its label, and how late labels come")
    .description("Shows what became of the labels: what waits for one, what came too late, and how late labels come.")
    .addHelpText("after", HELP)
    .action((pipeline: string | undefined, flags: AdminFlags) =>
      withModels(context, flags, async (admin) => {
        if (pipeline !== undefined) {
          const figures = await admin.labels(pipeline);
          if (flags.json === true) writeJson(figures, out);
          else writeLines(labelsLines(figures, out), out);
          return;
        }
        const names = (await admin.pipelines()).items.map(({ name }) => name);
        const items = await Promise.all(names.map((name) => admin.labels(name)));
        if (flags.json === true) writeJson({ items }, out);
        else writeLines(allLabelsLines(items, out), out);
      }),
    );
}
