// Requests that Node would answer without a reason, or not at all: unreadable or slow ones, a missing Host, an unknown
// expectation, CONNECT. Each gets a status and a reason like any other failure.

import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { firstHeader } from "./first-header.ts";
import { STATUS_CODES } from "./http.ts";
import { type Answer, answerOfFailure, type Failure } from "./status.ts";

/** How long a refused client may go on sending before its connection is cut. */
const LINGER_MS = 1000;

const FAILURES: Readonly<Record<string, Failure>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    error: "too-large",
    message: "the headers have more than 16 KiB, the limit here",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, error: "too-large", message: "the chunk extensions are too long" },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, error: "timeout", message: "the request did not come in time" },
};
const NO_HOST: Failure = { status: 400, error: "not-http", message: "the header Host is missing: HTTP/1.1 needs it" };
const EXPECTATION: Failure = { status: 417, error: "expectation", message: "only Expect: 100-continue is known here" };
const CONNECT: Failure = { status: 405, error: "method", message: "this is no proxy: it takes no CONNECT" };

type ParseError = Error & { readonly code?: string; readonly reason?: string };
type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Refuses requests without a Host; the server must be made with `requireHostHeader: false`. */
export function withHost(listener: Listener): Listener {
  return (request, response) => {
    if (firstHeader(request, "host") === undefined && request.httpVersion === "1.1") refuse(response, NO_HOST);
    else listener(request, response);
  };
}

export function answerBrokenRequests(server: HttpServer): void {
  const newest = new WeakMap<Duplex, ServerResponse>();
  server.prependListener("request", (request, response) => void newest.set(request.socket, response));
  server.on("checkExpectation", (_request, response) => refuse(response, EXPECTATION));
  server.on("connect", (_request, socket) => end(socket, CONNECT));
  server.on("clientError", (error: ParseError, socket) => {
    const failure = FAILURES[error.code ?? ""] ?? unreadable(error);
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    const response = newest.get(socket);
    const request = response?.req;
    if (request?.complete && response?.writableFinished === false) {
      // The broken request follows one that has yet to be answered.
      response.once("close", () => end(socket, failure));
    } else if (request?.complete === false && response?.headersSent) socket.destroy();
    else end(socket, failure);
  });
}

function unreadable({ reason, message }: ParseError): Failure {
  return { status: 400, error: "not-http", message: `this is no HTTP request: ${reason ?? message}` };
}

function refuse(response: ServerResponse, failure: Failure): void {
  const { status, headers, body = "" } = answerOfFailure(failure);
  const length = { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length, connection: "close" }).end(body);
}

function end(socket: Duplex, failure: Failure): void {
  if (!socket.writable) return;
  socket.on("error", () => {}); // the client may be gone
  socket.end(textOf(answerOfFailure(failure)));
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(cut));
}

function textOf({ status, headers, body = "" }: Answer): string {
  const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(body), connection: "close" });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`;
}
