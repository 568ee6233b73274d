// The load generator, a process of its own: requests of a file over kept-alive connections, one under way on each.
// It says "ready" once it has read the file, starts at a line on standard input, and ends with its report as JSON.
//
//   node generator.ts <file> <port> <connections>

import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { splitRequests } from "./requests.ts";

const [file = "", port = "", connections = ""] = process.argv.slice(2);
const requests = splitRequests(readFileSync(file));
const statuses: Record<string, number> = {};
let next = 0;
let done = 0;
let lastBody = "";

/** Undefined while the answer is not whole. */
function readAnswer(text: string): { status: string; body: string; end: number } | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const status = text.slice(9, 12);
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1];
  if (length === undefined && status !== "204") throw new Error(`an answer without a length:\n${text.slice(0, head)}`);
  const end = head + 4 + Number(length ?? 0);
  return text.length < end ? undefined : { status, body: text.slice(head + 4, end), end };
}

function open(finished: () => void): void {
  const socket = connect(Number(port), "127.0.0.1");
  socket.setNoDelay(true);
  let text = "";
  const send = () => {
    const request = requests[next++];
    if (request !== undefined) socket.write(request);
    else socket.end();
  };
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    const answer = readAnswer(text);
    if (answer === undefined) return;
    text = text.slice(answer.end);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    lastBody = answer.body;
    if (++done === requests.length) finished();
    send();
  });
  socket.on("error", (error) => {
    throw error;
  });
  send();
}

process.stdout.write("ready\n");
process.stdin.once("data", async () => {
  const begin = Date.now();
  const start = performance.now();
  const cpu = process.cpuUsage();
  await new Promise<void>((resolve) => {
    for (let i = 0; i < Number(connections); i++) open(resolve);
  });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  process.stdout.write(
    `${JSON.stringify({ begin, seconds, statuses, lastBody, cpu: (user + system) / 1e6 / seconds })}\n`,
  );
  process.exit();
});
