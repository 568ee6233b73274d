// Whether a port is free, Wadi's own, or taken by something else.

import { get } from "node:http";
import { createServer } from "node:net";
import { type Finding, fail, ok, warn } from "./finding.ts";

const PATIENCE_MS = 3_000;
const A_WADI = "a Wadi on another data folder";

export interface PortToCheck {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The option that sets the port. */
  readonly flag: string;
  /** The address of the Wadi that runs on this data folder. */
  readonly own: string | undefined;
  /** Those of Wadis that are known to run on other data folders. */
  readonly others: readonly { readonly folder: string; readonly address: string }[];
}

export async function checkPort({ name, host, port, flag, own, others }: PortToCheck): Promise<Finding> {
  if (own !== undefined) {
    const { hostname, port: itsPort } = new URL(own);
    if ((await whoAnswers(hostname.replace(/^\[(.*)\]$/, "$1"), Number(itsPort))) === A_WADI)
      return ok(name, `${own} is Wadi's, and it answers`);
    return fail(name, `${own} is Wadi's, but it does not answer`, "see its log; stop it and start it again");
  }
  if (port === 0) return ok(name, "a free port is chosen at the start");
  const why = await whyNotFree(host, port);
  const shown = `port ${port} of ${host}`;
  if (why === undefined) return ok(name, `${shown} is free`);
  if (why === "EADDRINUSE") {
    const who = await whoAnswers(host, port);
    const free = await freePort(host);
    const known = others.find(({ address }) => who === A_WADI && Number(new URL(address).port) === port);
    if (known !== undefined) {
      const cure = `wadi doctor --data ${known.folder} checks that one; to start a second one beside it add ${flag} ${free}`;
      return warn(name, `${shown} is taken by the Wadi on ${known.folder}, and it answers`, cure);
    }
    const cure = `stop what listens there (ss -ltnp 'sport = :${port}' names it), or start Wadi with ${flag} ${free}`;
    return fail(name, `${shown} is taken by ${who}`, cure);
  }
  const cures: Readonly<Record<string, string>> = {
    EACCES: `ports below 1024 are for root; choose another with ${flag}`,
    EADDRNOTAVAIL: "this machine has no such address; use 127.0.0.1 or 0.0.0.0 with --host",
    ENOTFOUND: "no machine has this name; use 127.0.0.1 or 0.0.0.0 with --host",
  };
  return fail(name, `cannot listen on ${shown}: ${why}`, cures[why] ?? `choose another with ${flag}`);
}

function whyNotFree(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(0));
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** A Wadi is recognised by its health check. */
function whoAnswers(host: string, port: number): Promise<string> {
  const address = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return new Promise((resolve) => {
    const request = get(
      { host: address, port, path: "/health/ready", agent: false, timeout: PATIENCE_MS },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => {
          text = (text + piece).slice(0, 1000);
        });
        response.on("end", () => resolve(/"ready"\s*:/.test(text) ? A_WADI : "another program"));
        response.on("error", () => resolve("another program"));
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve("another program"));
  });
}
