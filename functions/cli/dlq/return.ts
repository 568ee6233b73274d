// Watches for a moment whether dead letters that were sent again fail again.

import type { Admin } from "../../admin/admin.ts";
import type { DeadLetterSummary } from "../../admin/shapes/shapes.ts";
import type { Clock } from "../../lib/clock.ts";
import { count } from "../../lib/figures.ts";
import { pause } from "../../lib/pause.ts";
import { printable } from "../terminal/printable.ts";

export interface Return {
  /** The outcome, in lines for people; waits for a moment. */
  told(clock: Clock): Promise<string>;
}

/** More letters than this are not followed one by one. */
const MOST = 20;
const PATIENCE_MS = 2_000;
const LOOK_MS = 50;
/** How many of the newest letters are searched for those that came back. */
const NEWEST = 200;

/** Call it before they are sent again: a letter that comes back is a new one, recognised by its subject. */
export async function watchReturn(admin: Admin, numbers: readonly number[]): Promise<Return> {
  if (numbers.length > MOST) return { told: async () => "Those that fail again will be in wadi dlq list.\n" };
  const [newest] = (await admin.deadLetters({ limit: 1 })).items;
  const last = newest?.number ?? 0;
  const found = await Promise.all(numbers.map((number) => admin.deadLetter(number).catch(() => undefined)));
  const sent = new Set(found.flatMap((letter) => (letter === undefined ? [] : [keyOf(letter)])));

  const returned = async () =>
    (await admin.deadLetters({ limit: NEWEST })).items
      .filter((letter) => letter.number > last && sent.has(keyOf(letter)))
      .sort((a, b) => a.number - b.number);
  const underWay = async () => (await admin.status()).triggers.some(({ lag }) => lag > 0);

  async function told(clock: Clock): Promise<string> {
    const end = clock.now() + PATIENCE_MS;
    const never = new AbortController().signal;
    for (;;) {
      // In this order: once nothing is pending, every failure is already a letter.
      const settled = !(await underWay());
      const back = await returned();
      if (settled || back.length >= sent.size) return backLine(back);
      if (clock.now() >= end)
        return `${backLine(back)}Not all are handled yet; those that fail again will be in wadi dlq list.\n`;
      await pause(LOOK_MS, clock, never);
    }
  }

  // They were sent: if Wadi stopped since then, that is no failure of this command.
  return { told: (clock) => told(clock).catch(() => "") };
}

/** Not by the event's id: a later step may give up another event of the same subject. */
function keyOf({ pipeline = "", subject, id }: DeadLetterSummary): string {
  return JSON.stringify([pipeline, subject ?? id]);
}

function backLine(back: readonly DeadLetterSummary[]): string {
  const [first] = back;
  if (first === undefined) return "";
  const all = back.map(({ number, reason }) => `${number} (${printable(reason)})`).join(", ");
  if (back.length > 1) return `${count(back.length)} came back: ${all}; wadi dlq show ${first.number} says why.\n`;
  return `It came back as ${first.number}: ${printable(first.reason)}; wadi dlq show ${first.number} says why.\n`;
}
