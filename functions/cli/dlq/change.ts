// Sending dead letters again, or removing them: one procedure, with a different action and question.

import type { Admin } from "../../admin/admin.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { count, plural } from "../../lib/figures.ts";
import { type AdminFlags, withAdmin } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson } from "../terminal/json-answer.ts";
import { printable } from "../terminal/printable.ts";
import { bar, startProgress } from "../terminal/progress.ts";
import { watchReturn } from "./return.ts";
import { BATCH, filterMeant, readSelection, type SelectionFlags, selected } from "./selection.ts";

export interface ChangeFlags extends SelectionFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export interface Change {
  readonly summary: string;
  readonly description: string;
  readonly result: "redriven" | "dropped";
  /** `sent again` */
  readonly done: string;
  /** Whether it may be done without confirmation where nobody can be asked. */
  readonly harmless: boolean;
  question(letters: number): { readonly text: string; readonly yes: RegExp };
  act(admin: Admin, numbers: number[]): Promise<number>;
}

export const REDRIVE: Change = {
  summary: "send dead letters again",
  description: "Sends dead letters again, the oldest first, each as the event that it was.",
  result: "redriven",
  done: "sent again",
  harmless: true,
  question: (letters) => ({ text: `Send ${plural(letters, "dead letter")} again? [y/N] `, yes: /^y(es)?$/i }),
  act: async (admin, numbers) => (await admin.redrive({ numbers })).redriven,
};

export const DROP: Change = {
  summary: "remove dead letters for good",
  description: "Removes dead letters for good: what they hold is never learned.",
  result: "dropped",
  done: "removed for good",
  harmless: false,
  question: (letters) => ({
    text: `Remove ${plural(letters, "dead letter")} for good? Their events are lost. Type ${letters} to do so: `,
    yes: new RegExp(`^${letters}$`),
  }),
  act: async (admin, numbers) => (await admin.drop({ numbers })).dropped,
};

const SHOWN_NUMBERS = 20;

/** @throws UsageError where nothing is selected, or where confirmation is needed and nobody can be asked. */
export async function changeDeadLetters(
  change: Change,
  texts: readonly string[],
  flags: AdminFlags & ChangeFlags,
  context: CommandContext,
): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { out, err } = terminal;
  const selection = readSelection(texts, flags, clock.now());
  const json = flags.json === true;
  await withAdmin(context, flags, async (admin, where) => {
    const numbers = await selected(admin, selection);
    if (flags.dryRun === true) {
      if (json) return writeJson({ selected: numbers.length, numbers }, out);
      return out.write(`${plural(numbers.length, "dead letter")} would be ${change.done}${shortList(numbers)}\n`);
    }
    if (numbers.length === 0) {
      if (json) return writeJson({ selected: 0, [change.result]: 0 }, out);
      const meant = selection.kind === "filter" ? await filterMeant(admin, selection.filter) : "";
      return out.write(`No dead letter matches; nothing was done${meant === "" ? "." : `; ${printable(meant)}`}\n`);
    }
    if (!(await agreed(change, numbers.length, flags, context))) {
      err.write("Nothing was done.\n");
      return exitWith(ExitCode.failed);
    }
    const watched =
      change.harmless && where.kind === "process" && !json ? await watchReturn(admin, numbers) : undefined;
    const { done, failure, interrupted } = await inBatches(change, admin, numbers, json, context);
    if (json) writeJson({ selected: numbers.length, [change.result]: done }, out);
    else if (done > 0) {
      const waits =
        change.harmless && where.kind === "folder"
          ? `; ${done === 1 ? "it is" : "they are"} handled once Wadi runs`
          : "";
      out.write(`${plural(done, "dead letter")} ${change.done}${waits}.\n`);
      if (watched !== undefined && failure === undefined) out.write(await watched.told(clock));
    }
    const rest = numbers.length - done;
    if (interrupted !== undefined) return exitWith(interrupted);
    if (failure !== undefined) throw failure;
    if (rest > 0) throw new FailedError(absent(rest, numbers));
  });
}

function absent(rest: number, numbers: readonly number[]): string {
  const [only] = numbers;
  if (numbers.length === 1) return `there is no dead letter ${only}; nothing was done (see wadi dlq list)`;
  return `no longer there: ${count(rest)} of ${plural(numbers.length, "dead letter")}`;
}

async function agreed(change: Change, letters: number, flags: ChangeFlags, context: CommandContext): Promise<boolean> {
  if (flags.yes === true) return true;
  if (context.ask === undefined) {
    if (change.harmless) return true;
    throw new UsageError(
      `${plural(letters, "dead letter")} would be ${change.done}; add --yes, because nobody can be asked here`,
    );
  }
  const { text, yes } = change.question(letters);
  return yes.test((await context.ask(text))?.trim() ?? "");
}

interface Outcome {
  readonly done: number;
  readonly failure?: unknown;
  readonly interrupted?: ExitCode;
}

/** Stops at a failure or Ctrl-C; what was done until then is reported. */
async function inBatches(
  change: Change,
  admin: Admin,
  numbers: readonly number[],
  json: boolean,
  { terminal: { err }, clock }: CommandContext,
): Promise<Outcome> {
  let tried = 0;
  let done = 0;
  const figures = () => `${count(done)} of ${count(numbers.length)} ${change.done}`;
  const long = numbers.length > BATCH && !json;
  const interrupt = catchInterrupt(() => err.write("Stopping after this batch.\n"));
  const progress = long
    ? startProgress({
        output: err,
        clock,
        draw: (columns) => [bar(tried / numbers.length, Math.min(60, columns), err), figures()],
        plain: figures,
      })
    : undefined;
  try {
    while (tried < numbers.length && !interrupt.signal.aborted) {
      const batch = numbers.slice(tried, tried + BATCH);
      done += await change.act(admin, batch);
      tried += batch.length;
    }
    return interrupt.signal.aborted && tried < numbers.length ? { done, interrupted: interrupt.exitCode() } : { done };
  } catch (failure) {
    return { done, failure };
  } finally {
    progress?.end();
    interrupt.dispose();
  }
}

function shortList(numbers: readonly number[]): string {
  if (numbers.length === 0) return "";
  const more = numbers.length - SHOWN_NUMBERS;
  return `: ${numbers.slice(0, SHOWN_NUMBERS).join(", ")}${more > 0 ? ` and ${count(more)} more` : ""}`;
}
