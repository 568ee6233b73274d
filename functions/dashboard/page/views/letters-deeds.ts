// What may be done with a group of dead letters. Sending again goes on in steps and tells how far it is and what came of it;
// dropping waits a while, so that it can be taken back: until then nothing was done.

import { signal } from "@preact/signals";
import type { DeadLetterSelection } from "../../../admin/shapes/shapes.ts";
import { count, plural } from "../../../lib/figures.ts";
import { api } from "../api.ts";
import type { Asking } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { onLetter } from "../live.ts";
import { say, tried } from "../parts/ask.ts";

interface Progress {
  readonly title: string;
  readonly wanted: number;
  readonly sent: number;
  /** Came back as dead letters since. */
  readonly back: number;
  readonly state: "under way" | "done" | "failed";
}

const STEP = 200;
const DROP_AFTER_MS = 10_000;
const progress = signal<Progress | undefined>(undefined);

export const redriving = {
  get value() {
    return progress.value;
  },

  /** Those that were there when it began, oldest first; one that comes back is not sent again. */
  async start(title: string, selection: DeadLetterSelection, wanted: number, asking: Asking<unknown>): Promise<void> {
    if (progress.value?.state === "under way")
      return void say("Others are being sent again; wait for them.", { kind: "bad" });
    progress.value = { title, wanted, sent: 0, back: 0, state: "under way" };
    const change = (more: Partial<Progress>) => {
      if (progress.value !== undefined) progress.value = { ...progress.value, ...more };
    };
    const stop = onLetter(({ redriven, reason }) => {
      if (redriven > 0 && (selection.reason === undefined || reason === selection.reason))
        change({ back: (progress.value?.back ?? 0) + 1 });
    });
    let last = -1;
    let state: Progress["state"] = "done";
    for (let sent = 0; last !== 0; ) {
      const done = await tried(() => api.redrive({ ...selection, limit: STEP }));
      if (done === undefined) {
        state = "failed";
        break;
      }
      last = done.redriven;
      sent += last;
      change({ sent, wanted: Math.max(wanted, sent) });
      asking.again();
    }
    change({ state });
    // What comes back soon after is told, too.
    setTimeout(stop, DROP_AFTER_MS);
  },
};

export function Redrive(): Markup | null {
  const shown = progress.value;
  if (shown === undefined) return null;
  const { title, wanted, sent, back, state } = shown;
  const close = () => {
    progress.value = undefined;
  };
  return html`<p>${title}: ${count(sent)} of ${count(wanted)} sent again${state === "failed" ? "; then it failed, and the rest is still here" : ""}.
      ${" "}<b class=${back > 0 ? "bad-ink" : "good-ink"}>${back === 0 ? "None came back so far." : `${plural(back, "event")} came back.`}</b></p>
    <progress max=${wanted} value=${sent} aria-label="sent again"></progress>
    ${state !== "under way" && html`<button type="button" class="plain" onClick=${close}>Close</button>`}`;
}

export function dropLater(
  title: string,
  selection: DeadLetterSelection,
  letters: number,
  asking: Asking<unknown>,
): void {
  let wanted = true;
  say(`${plural(letters, "dead letter")} (${title}) will be dropped for good in ${DROP_AFTER_MS / 1000} s.`, {
    undo: () => {
      wanted = false;
      say("Nothing was dropped.");
    },
    forMs: DROP_AFTER_MS,
  });
  setTimeout(async () => {
    if (!wanted) return;
    let dropped = 0;
    for (let last = -1; last !== 0; ) {
      const done = await tried(() => api.drop({ ...selection, limit: STEP }));
      last = done?.dropped ?? 0;
      dropped += last;
    }
    asking.again();
    if (dropped > 0) say(`${plural(dropped, "dead letter")} dropped.`);
  }, DROP_AFTER_MS);
}
