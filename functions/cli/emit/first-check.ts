// Asks `validate` about the first row before anything is sent. The ingress accepts any CloudEvent, so a file of the wrong
// shape would become one dead letter for each row.

import { writeEvent } from "../../lib/events/codec.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import { createPoster } from "../../lib/serve/poster.ts";

/** Why `validate` does not take an event. */
export interface Rejection {
  /** Stable and short: `unknown-pipeline`. */
  readonly code: string;
  /** In words. */
  readonly message: string;
  readonly fields: readonly { readonly path: string; readonly problem: string }[];
}

const PATIENCE_MS = 5_000;

/**
 * Why `validate` would refuse the event; undefined if it would not, or if `validate` is not served beside the ingress (only
 * a Wadi in one process does that). Asking changes nothing in Wadi.
 */
export async function whyRejected(ingress: string, event: Event): Promise<Rejection | undefined> {
  const url = new URL(ingress);
  if (url.pathname !== "/") return undefined;
  const poster = createPoster(new URL("validate", url).href, PATIENCE_MS, 1);
  try {
    const { headers, body } = writeEvent(event);
    const { status, text } = await poster.post(headers as Record<string, string>, body as string | Buffer);
    return status === 422 ? rejectionOf(text) : undefined;
  } catch {
    // Sending shows whether the event can be written and the ingress reached.
    return undefined;
  } finally {
    poster.close();
  }
}

function rejectionOf(text: string): Rejection | undefined {
  try {
    const { error, message, fields } = JSON.parse(text) as { error?: unknown; message?: unknown; fields?: unknown };
    if (typeof message !== "string") return undefined;
    const list = Array.isArray(fields) ? (fields as Rejection["fields"]) : [];
    return { code: String(error), message, fields: list };
  } catch {
    return undefined;
  }
}
