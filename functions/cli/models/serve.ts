// wadi models serve: pins the model that serves, or releases the pin.

import { Command } from "commander";
import { UsageError } from "../../lib/failure.ts";
import { count } from "../../lib/figures.ts";
import { type AdminFlags, withModels, withModelsOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { printable } from "../terminal/printable.ts";
import { shellWord } from "../terminal/shell-words.ts";
import { SET, writtenSet } from "./names.ts";

interface ServeFlags extends AdminFlags {
  readonly auto?: boolean;
}

export function serveCommand(context: CommandContext): Command {
  const command = new Command("serve")
    .argument("<set>", SET)
    .argument("[model]", "the model that is to serve")
    .option("--auto", "release the pin: the pipeline file says again who serves");
  return withModelsOptions(command)
    .summary("pin the model that serves, or release the pin")
    .description(
      "Pins a model: it serves, whatever its scores and the pipeline file say, until --auto releases it. A pin is a part of the " +
        "state: a rollback brings back the pin of that time, and a replay into a new generation starts without one.",
    )
    .action((set: string, model: string | undefined, flags: ServeFlags) =>
      serve(writtenSet(set), model, flags, context),
    );
}

async function serve(
  set: string,
  model: string | undefined,
  flags: ServeFlags,
  context: CommandContext,
): Promise<void> {
  const { out } = context.terminal;
  if ((model === undefined) !== (flags.auto === true)) {
    throw new UsageError("which model? name one (see wadi models show <set>), or release the pin with --auto");
  }
  await withModels(context, flags, async (admin) => {
    const serves = await admin.serve(set, model === undefined ? {} : { model });
    if (flags.json === true) return writeJson(serves, out);
    const { champion, before, pinned, version } = serves;
    const instead = champion === before ? "" : ` instead of ${printable(before)}`;
    const next = pinned ? `Release the pin: wadi models serve ${shellWord(set)} --auto` : "No model is pinned.";
    writeLines(
      [`${printable(champion)} serves ${printable(set)}${instead}, from version ${count(version)} on.`, next],
      out,
    );
  });
}
