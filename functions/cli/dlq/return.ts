// Whether what was sent again fails again at once: looked at for a moment, then it is said where it will be seen.

import type { Admin } from "../../admin/admin.ts";
import type { DeadLetterSummary } from "../../admin/shapes/shapes.ts";
import type { Clock } from "../../lib/clock.ts";
import { count } from "../../lib/figures.ts";
import { pause } from "../../lib/pause.ts";
import { printable } from "../terminal/printable.ts";

export interface Return {
  /** What came of it, in lines for people; it waits for a moment. */
  told(clock: Clock): Promise<string>;
}

/** Of more letters nothing is told one by one. */
const MOST = 20;
const PATIENCE_MS = 2_000;
const LOOK_MS = 50;
/** The newest letters that are looked through for those that came back. */
const NEWEST = 200;

/** To be called before they are sent again: a letter that comes back is a new one, known by its subject. */
export async function watchReturn(admin: Admin, numbers: readonly number[]): Promise<Return> {
  if (numbers.length > MOST) return { told: async () => "What fails again is in wadi dlq list.\n" };
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
      // In this order: what has been handled by then is a letter by then, too.
      const settled = !(await underWay());
      const back = await returned();
      if (settled || back.length >= sent.size) return backLine(back);
      if (clock.now() >= end) return `${backLine(back)}Not all is handled yet; what fails again is in wadi dlq list.\n`;
      await pause(LOOK_MS, clock, never);
    }
  }

  // They have been sent: that a Wadi has ended since makes no failure of it.
  return { told: (clock) => told(clock).catch(() => "") };
}

/** Not by the event's id: what one step further is given up is another event, of the same subject. */
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
