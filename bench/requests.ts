// Events as whole HTTP requests, ready to be sent, in a file: the generator has nothing to compute while it measures.

import { writeFileSync } from "node:fs";
import { writeEvent } from "../functions/lib/events/codec.ts";
import type { Event } from "../functions/lib/events/vocabulary.ts";

export function requestOf(event: Event, path = "/"): Buffer {
  const { headers, body } = writeEvent(event);
  const content = typeof body === "string" ? Buffer.from(body) : (body as Buffer);
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${content.length}`,
    "",
    "",
  ];
  return Buffer.concat([Buffer.from(head.join("\r\n")), content]);
}

/** Each with its length before it. */
export function writeRequests(file: string, events: readonly Event[]): void {
  const parts = events.flatMap((event) => {
    const request = requestOf(event);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(request.length);
    return [length, request];
  });
  writeFileSync(file, Buffer.concat(parts));
}

export function splitRequests(file: Buffer): readonly Buffer[] {
  const requests: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const end = at + 4 + file.readUInt32LE(at);
    requests.push(file.subarray(at + 4, end));
    at = end;
  }
  return requests;
}
