// Starts and stops listening. To stop: accept no more, announce the last answer on every connection, cut what remains.

import type { Server as HttpServer } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { ConfigurationError } from "../errors.ts";

/** How long a kept-alive connection may still send a request that it had begun when the end was announced. */
const LINGER_MS = 200;
const SWEEP_MS = 20;

/** Resolves with the base URL. @throws ConfigurationError where the port is taken or not allowed. */
export function listen(server: HttpServer, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(error, port, host));
    server.once("error", failed);
    server.listen(port, host, () => {
      server.off("error", failed);
      const address = server.address() as AddressInfo;
      const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
      resolve(`http://${name}:${address.port}`);
    });
  });
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): Error {
  const cures: Record<string, string> = {
    EADDRINUSE: `port ${port} is taken; stop what listens there or choose another port`,
    EACCES: `port ${port} may not be used without privileges; choose one above 1023`,
    EADDRNOTAVAIL: `${host} is no address of this machine; use 127.0.0.1 or 0.0.0.0`,
  };
  const cure = cures[error.code ?? ""] ?? `cannot listen on ${host}:${port}: ${error.message}`;
  return new ConfigurationError(cure, { cause: error });
}

/** Answers after this call must say `connection: close`. What is still under way after `graceMs` is cut. */
export async function drain(server: HttpServer, graceMs: number): Promise<void> {
  // http's own close() cuts every connection that is idle at this moment, together with the request that a busy client is
  // about to send on it.
  const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
  const lingerUntil = setTimeout(() => {
    sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  }, LINGER_MS);
  let sweep: NodeJS.Timeout | undefined;
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(lingerUntil);
  clearInterval(sweep);
  clearTimeout(cut);
  server.close(); // ends http's own check of its connections
}
