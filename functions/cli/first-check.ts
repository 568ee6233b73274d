// What the pipeline would say of the first row, asked before anything is sent. An ingress takes whatever is a CloudEvent:
// a file of the wrong shape would become as many dead letters as it has rows.

import { writeEvent } from "../lib/events/codec.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { createPoster } from "./http-post.ts";

const PATIENCE_MS = 5_000;

/**
 * Why `validate` would not take the event, in words; undefined where it would, and where nobody is to be asked: only a
 * Wadi in one process has `validate` beside its ingress. Nothing is recorded by asking.
 */
export async function whyRejected(ingress: string, event: Event): Promise<string | undefined> {
  const url = new URL(ingress);
  if (url.pathname !== "/") return undefined;
  const poster = createPoster(new URL("validate", url).href, PATIENCE_MS, 1);
  try {
    const { headers, body } = writeEvent(event);
    const { status, text } = await poster.post(headers as Record<string, string>, body as string | Buffer);
    return status === 422 ? messageOf(text) : undefined;
  } catch {
    // Whether the event can be written and the ingress be reached is found out by sending.
    return undefined;
  } finally {
    poster.close();
  }
}

function messageOf(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
