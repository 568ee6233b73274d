// wadi events: the newest events as they were written down, and what comes after them.

import { Command, Option } from "commander";
import type { Admin } from "../../admin/admin.ts";
import type { EventTail, EventTailQuery, TailEvent } from "../../admin/shapes/events.ts";
import { asError, UnavailableError } from "../../lib/errors.ts";
import { count } from "../../lib/figures.ts";
import { pause } from "../../lib/pause.ts";
import { type AdminFlags, findRunning, withAdmin, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { wholeNumber } from "../option-values.ts";
import { ExitCode } from "../terminal/exit.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { printable, printableJson } from "../terminal/printable.ts";
import { eventLines } from "./view.ts";

const HELP = `
Examples:
  wadi events                                    the newest hundred
  wadi events --follow                           and what comes, until Ctrl-C
  wadi events --follow --outcome dead-letter     only what is given up
  wadi events --pipeline flights --subject AA-1  all that is kept of one observation
  wadi events --follow --json | jq -r .type      one JSON object a line
  wadi events --follow --cluster                 of the Wadi on the cluster that kubectl uses

What a client sent (received), what a step made of it (its name), what was given up. Only the newest events are kept, and only
by the process that wrote them down since its start: thousands while somebody looks, a thousand else. What went before it was
read is told. With --cluster the topic of the Broker is read from near its end; what is given up is told once it follows. Where several processes share a Kafka each has its own; wadi dlq list has all dead letters, wadi trace the life of an
observation.

--type takes the whole type, or what follows dev.wadi. in it: observation, prediction.made.

--json writes {items: [{number, time, outcome, type, source, id, subject, pipeline, step, detail}], next, missed}; with --follow one
of items a line. outcome is received, derived or dead-letter.

Exit codes: 0 shown; 1 no Wadi runs here, or it does not answer; 2 wrong use; 130 stopped by Ctrl-C.`;

const SHOWN = 100;
const FOLLOWED = 10;
/** The most that the API answers at once. */
const PAGE = 1000;
const EVERY_MS = 500;
const OUTCOMES = ["received", "derived", "dead-letter"] as const;

interface EventFlags extends AdminFlags {
  readonly follow?: boolean;
  readonly type?: string;
  readonly pipeline?: string;
  readonly outcome?: (typeof OUTCOMES)[number];
  readonly subject?: string;
  readonly limit?: string;
}

export function eventsCommand(context: CommandContext): Command {
  return withAdminOptions(
    new Command("events")
      .option("--follow", "go on with what comes, until Ctrl-C")
      .option("--type <type>", "only events of this type")
      .option("--pipeline <name>", "only events of this pipeline")
      .addOption(new Option("--outcome <outcome>", "only such").choices(OUTCOMES))
      .option("--subject <subject>", "only events of this observation")
      .option("--limit <number>", `the newest so many (${SHOWN}; with --follow ${FOLLOWED} to begin with)`),
  )
    .summary("the newest events: received, derived, given up")
    .description("Shows the newest events as they were written down: clients', those that steps derived, dead letters.")
    .addHelpText("after", HELP)
    .action((flags: EventFlags) => {
      const limit =
        flags.limit === undefined
          ? flags.follow === true
            ? FOLLOWED
            : SHOWN
          : wholeNumber("--limit", flags.limit, 1, PAGE);
      return withAdmin(context, flags, async (admin) => {
        const first = await admin.events({ ...filterOf(flags), limit });
        if (flags.follow === true) return follow(context, flags, admin, first);
        const { out } = context.terminal;
        if (flags.json === true) writeJson(first, out);
        else writeLines(first.items.length === 0 ? ["No such event is kept."] : eventLines(first.items, out), out);
      });
    });
}

function filterOf({ type, pipeline, outcome, subject }: EventFlags): EventTailQuery {
  return {
    ...(type !== undefined && { type: type.startsWith("dev.wadi.") || !SHORT.test(type) ? type : `dev.wadi.${type}` }),
    ...(pipeline !== undefined && { pipeline }),
    ...(outcome !== undefined && { outcome }),
    ...(subject !== undefined && { subject }),
  };
}

/** Wadi's own types, without what they all begin with. */
const SHORT =
  /^(observation|label|record|observation\.validated|label\.validated|features\.extracted|example\.labelled|prediction\.made|model\.updated)$/;

/** Reads on where it was until Ctrl-C; a Wadi that is away is asked again, and one that was started anew from its beginning. */
async function follow(context: CommandContext, flags: EventFlags, admin: Admin, first: EventTail): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { out, err } = terminal;
  const interrupt = catchInterrupt();
  let asked: Admin | undefined = admin;
  let after = first.next;
  let isAway = false;
  const show = (items: readonly TailEvent[]) => {
    if (items.length === 0) return;
    const lines =
      flags.json === true ? items.map((item) => printableJson(JSON.stringify(item))) : eventLines(items, out);
    writeLines(lines, out);
  };
  async function readOn(): Promise<void> {
    asked ??= (await findRunning(context, flags))?.admin;
    if (asked === undefined) throw new UnavailableError("unreachable", "no Wadi runs here; waiting for one to start");
    for (let full = true; full && !interrupt.signal.aborted; ) {
      const { items, next, missed } = await asked.events({ ...filterOf(flags), after, limit: PAGE });
      if (missed > 0) err.write(`${count(missed)} events came and went before they could be read.\n`);
      show(items);
      after = next;
      full = items.length === PAGE;
    }
    isAway = false;
  }
  try {
    show(first.items);
    while (!interrupt.signal.aborted) {
      await pause(EVERY_MS, clock, interrupt.signal);
      if (interrupt.signal.aborted) break;
      await readOn().catch((error: unknown) => {
        if (!(error instanceof UnavailableError)) throw error;
        if (!isAway) err.write(`No answer, asked again: ${printable(asError(error).message)}\n`);
        isAway = true;
        asked = undefined;
      });
    }
    exitWith(interrupt.signal.aborted ? interrupt.exitCode() : ExitCode.done);
  } finally {
    interrupt.dispose();
  }
}
