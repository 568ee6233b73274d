// wadi models clear: a model set begins anew from zero.

import { Command } from "commander";
import type { Cleared, SnapshotList } from "../../admin/shapes/models.ts";
import { count, plural } from "../../lib/figures.ts";
import { type AdminFlags, withModels, withModelsOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { printable } from "../terminal/printable.ts";
import { shellWord } from "../terminal/shell-words.ts";
import { agreed } from "./confirm.ts";
import { SET, writtenSet } from "./names.ts";
import { snapshotsOf } from "./rollback.ts";

interface ClearFlags extends AdminFlags {
  readonly yes?: boolean;
}

export function clearCommand(context: CommandContext): Command {
  const command = new Command("clear").argument("<set>", SET).option("--yes", "do not ask for confirmation");
  return withModelsOptions(command)
    .summary("let a model set begin anew from zero; what it was is kept, to roll back to")
    .description(
      "Lets a model set begin anew from zero, as a new generation, while Wadi goes on learning. The generation that it replaces is " +
        "kept, and can be rolled back to; the one before that is removed. Learned ids go with what was learned: an event that is " +
        "delivered again is learned anew, once, and so is what wadi replay --gap reads from the log.",
    )
    .action((set: string, flags: ClearFlags) => clear(writtenSet(set), flags, context));
}

async function clear(set: string, flags: ClearFlags, context: CommandContext): Promise<void> {
  const { out, err } = context.terminal;
  await withModels(context, flags, async (admin) => {
    const list = await snapshotsOf(admin, set);
    const name = printable(set);
    const question = { asks: `Clear ${name}?`, would: `${name} would be cleared`, cost: costOf(list) };
    if (!(await agreed({ ...question, examples: list.count }, flags, context))) {
      err.write("Nothing was done.\n");
      return context.exitWith(ExitCode.failed);
    }
    const done = await admin.clear(set, {});
    if (flags.json === true) return writeJson(done, out);
    writeLines(doneLines(done), out);
  });
}

function costOf({ generation, version, count: learned, previous }: SnapshotList): string {
  if (learned === 0) return "It has learned nothing yet.";
  const kept = `${plural(learned, "example")} in ${plural(version, "version")} of generation ${printable(generation)} are kept aside.`;
  if (previous === undefined) return kept;
  const gone = `${printable(previous.generation)} (${plural(previous.count, "example")})`;
  return `${kept} The generation that was kept until now, ${gone}, is removed for good.`;
}

function doneLines({ set, generation, version, count: learned, replaced }: Cleared): readonly string[] {
  const at = `${plural(learned, "example")}, version ${count(version)}`;
  const kept = `version ${count(replaced.version)}, ${plural(replaced.count, "example")}`;
  return [
    `${printable(set)} begins anew in generation ${printable(generation)}: ${at}.`,
    `Kept: generation ${printable(replaced.generation)} (${kept}).`,
    `Undo: wadi models rollback ${shellWord(set)} --to-generation ${shellWord(replaced.generation)}`,
  ];
}
