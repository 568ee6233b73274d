// Events, and what else is posted, as whole HTTP requests, ready to be sent, in a file: the generator has nothing to compute while it measures.

import { writeFileSync } from "node:fs";
import { writeEvent } from "../functions/lib/events/codec.ts";
import type { Event } from "../functions/lib/events/vocabulary.ts";

export function requestOf(event: Event, path = "/"): Buffer {
  const { headers, body } = writeEvent(event);
  const content = typeof body === "string" ? Buffer.from(body) : (body as Buffer);
  return whole(path, headers as Readonly<Record<string, string>>, content);
}

/** A body of JSON, as any client posts it. */
export function jsonRequestOf(value: unknown, path: string): Buffer {
  return whole(path, { "Content-Type": "application/json" }, Buffer.from(JSON.stringify(value)));
}

function whole(path: string, headers: Readonly<Record<string, string>>, content: Buffer): Buffer {
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
export function writeRequests(file: string, requests: readonly Buffer[]): void {
  const parts = requests.flatMap((request) => {
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
