// Requests as bytes, for what a well-behaved client cannot be made to send.

import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** What came back, or why nothing did. */
export type Exchange = RawAnswer | "closed" | "silent";

/** One request on a connection of its own; with `cut` the client is gone as soon as it has written. */
export function exchange(port: number, bytes: Buffer, cut = false, patienceMs = 20_000): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const received: Buffer[] = [];
    const finish = (outcome: Exchange) => {
      clearTimeout(timer);
      resolve(outcome);
      socket.destroy();
    };
    const timer = setTimeout(() => finish("silent"), patienceMs);
    const isHead = bytes.subarray(0, 5).toString() === "HEAD ";
    socket.on("data", (data) => {
      received.push(data);
      const answer = parse(Buffer.concat(received), isHead, false);
      if (answer !== undefined) finish(answer);
    });
    socket.on("error", () => {});
    socket.on("close", () => finish(parse(Buffer.concat(received), isHead, true) ?? "closed"));
    socket.write(bytes, () => cut && finish("closed"));
  });
}

/** Undefined while it is not whole; an answer of no stated length is whole at the end. */
function parse(bytes: Buffer, isHead: boolean, atEnd: boolean): RawAnswer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.subarray(0, end).toString("latin1");
  const body = bytes.subarray(end + 4);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  if (status === 100) return parse(body, isHead, atEnd);
  const length = isHead ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.POSITIVE_INFINITY);
  return body.length < length && !(atEnd && length === Number.POSITIVE_INFINITY)
    ? undefined
    : { status, head, body: body.toString("utf8") };
}
