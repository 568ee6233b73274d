// wadi dlq: dead letters, why they are there, sending them again and removing them.

import { Command } from "commander";
import type { DeadLetterDetail } from "../../admin/shapes/shapes.ts";
import { reachedBy } from "../../cluster/flags.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";
import { type AdminFlags, withAdmin, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { wholeNumber } from "../option-values.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { type ChangeFlags, changeDeadLetters, DROP, REDRIVE } from "./change.ts";
import { groupsCommand } from "./groups.ts";
import { type FilterFlags, filterMeant, listDeadLetters, readFilter, withFilterOptions } from "./selection.ts";
import { deadLetterLines, deadLettersLines } from "./view.ts";

const HELP = `
Examples:
  wadi dlq list --reason schema --since 2h
  wadi dlq groups                               what went wrong, and how often
  wadi dlq show 17                              everything about it: reason, message, the event itself
  wadi dlq redrive 17 18                        send these again
  wadi dlq redrive --step learn --dry-run       what would be sent again
  wadi dlq redrive --all --yes                  all of them, without confirmation
  wadi dlq drop --reason schema --until 7d      remove for good those older than 7 days

A dead letter is an event that could not be handled: it is invalid, or kept failing for too long. Fix what the message
names (the pipeline, the store), then send it again: nothing is learned twice. redrive sends the oldest first.

--json: list writes {items: [{number, step, time, reason, status, type, source, id, subject, pipeline, redriven,
message}], next}, groups {items: [{reason, step, pipeline, field, letters, redriven, oldest, newest, example: {number, message}}],
counted, all}, show one item with its event; redrive writes {selected, redriven} and drop {selected, dropped}, with
--dry-run {selected, numbers} and nothing is done.

Exit codes: 0 all selected ones were handled; 1 some no longer exist, or Wadi failed; 2 wrong use.`;

const DEFAULT_LIMIT = 20;

export function dlqCommand(context: CommandContext): Command {
  return new Command("dlq")
    .summary("dead letters: list, groups, show, redrive, drop")
    .description("Dead letters: events that could not be handled. See them, send them again, or remove them.")
    .addHelpText("afterAll", HELP)
    .addCommand(listCommand(context))
    .addCommand(groupsCommand(context))
    .addCommand(showCommand(context))
    .addCommand(changeCommand("redrive", context))
    .addCommand(changeCommand("drop", context));
}

function listCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withAdminOptions(
    withFilterOptions(new Command("list")).option("--limit <number>", `at most this many (${DEFAULT_LIMIT})`),
  )
    .summary("the dead letters, newest first")
    .description("Lists the dead letters, newest first.")
    .action(async (flags: AdminFlags & FilterFlags) => {
      const now = context.clock.now();
      const filter = readFilter(flags, now);
      const limit = flags.limit === undefined ? DEFAULT_LIMIT : wholeNumber("--limit", flags.limit, 1);
      await withAdmin(context, flags, async (admin) => {
        const page = await listDeadLetters(admin, filter, limit);
        if (flags.json === true) return writeJson(page, out);
        const filtered = Object.keys(filter).length > 0;
        const meant = page.items.length === 0 ? await filterMeant(admin, filter) : "";
        writeLines(deadLettersLines(page, { now, filtered, meant }, out), out);
      });
    });
}

function showCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withAdminOptions(new Command("show").argument("<number>", "its number in wadi dlq list"))
    .summary("one dead letter, with its event")
    .description("Shows one dead letter: the reason, the step's message, and the event itself.")
    .action((text: string, flags: AdminFlags) => {
      const number = wholeNumber("the number", text, 1);
      return withAdmin(context, flags, async (admin) => {
        const letter: DeadLetterDetail = await admin.deadLetter(number).catch((error: unknown) => {
          if (!(error instanceof NotFoundError)) throw error;
          throw new FailedError(
            `there is no dead letter ${number}; it may have been sent again or dropped: wadi dlq list`,
            { cause: error },
          );
        });
        if (flags.json === true) writeJson(letter, out);
        else writeLines(deadLetterLines(letter, context.clock.now(), out, reachedBy(flags)), out);
      });
    });
}

function changeCommand(name: "redrive" | "drop", context: CommandContext): Command {
  const change = name === "redrive" ? REDRIVE : DROP;
  const command = withFilterOptions(new Command(name).argument("[numbers...]", "their numbers in wadi dlq list"))
    .option("--all", "all dead letters")
    .option("--limit <number>", "at most this many, the oldest first")
    .option("--dry-run", "show which ones, but do nothing")
    .option("--yes", "do not ask for confirmation");
  return withAdminOptions(command)
    .summary(change.summary)
    .description(change.description)
    .action((numbers: readonly string[], flags: AdminFlags & ChangeFlags) =>
      changeDeadLetters(change, numbers, flags, context),
    );
}
