// A dead letter whose event is no valid CloudEvent: brokers accept what a step must refuse, for instance an empty id or
// specversion 0.3. It is shown as it was written, so that people see it, and sent again unchanged.

import { readData } from "../../../events/event-data.ts";
import type { ConsumedMessage } from "../../../events/kafka-binding.ts";
import { JSON_TYPE, parseMediaType } from "../../../events/media-type.ts";
import type { Event } from "../../../events/vocabulary.ts";

const ATTRIBUTE = /^ce_([a-z0-9]{1,64})$/i;

/** What is required and was not written is empty. Undefined for a message without any attribute, which is no letter. */
export function eventAsWritten({ value, headers = {} }: ConsumedMessage): Event | undefined {
  const attributes: Record<string, string> = {};
  for (const [header, content] of Object.entries(headers)) {
    const name = ATTRIBUTE.exec(header)?.[1]?.toLowerCase();
    if (name !== undefined && content instanceof Uint8Array) attributes[name] = textOf(content);
  }
  if (Object.keys(attributes).length === 0) return undefined;
  const contentType = headers["content-type"];
  if (contentType instanceof Uint8Array) attributes["datacontenttype"] ??= textOf(contentType);
  const event: Event = { specversion: "", id: "", source: "", type: "", ...attributes };
  return value === null ? event : { ...event, data: dataOf(event, Buffer.from(value)) };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Bytes where it cannot be read as what it says it is. */
function dataOf({ datacontenttype }: Event, body: Buffer): unknown {
  try {
    return readData(datacontenttype === undefined ? JSON_TYPE : parseMediaType(datacontenttype), body);
  } catch {
    return body;
  }
}
