// Whether a port is free, is Wadi's own, or is taken by something else.

import { get } from "node:http";
import { createServer } from "node:net";
import { type Finding, fail, ok, warn } from "./finding.ts";

const PATIENCE_MS = 3_000;
const A_WADI = "a Wadi on another data folder";

export interface PortToCheck {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** That takes another port. */
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
    return fail(name, `${own} is Wadi's, and it does not answer`, "see its log; stop it and start it again");
  }
  if (port === 0) return ok(name, "a free one is taken at the start");
  const why = await whyNotFree(host, port);
  const place = `port ${port} of ${host}`;
  if (why === undefined) return ok(name, `${place} is free`);
  if (why === "EADDRINUSE") {
    const who = await whoAnswers(host, port);
    const free = await freePort(host);
    const known = others.find(({ address }) => who === A_WADI && Number(new URL(address).port) === port);
    if (known !== undefined) {
      const cure = `wadi doctor --data ${known.folder} looks at that one; a second one beside it starts with ${flag} ${free}`;
      return warn(name, `${place} is taken by the Wadi on ${known.folder}, and it answers`, cure);
    }
    const cure = `stop what listens there (ss -ltnp 'sport = :${port}' names it), or start Wadi with ${flag} ${free}`;
    return fail(name, `${place} is taken by ${who}`, cure);
  }
  const cures: Readonly<Record<string, string>> = {
    EACCES: `ports below 1024 are for root; take another with ${flag}`,
    EADDRNOTAVAIL: "this machine has no such address; take 127.0.0.1 or 0.0.0.0 with --host",
    ENOTFOUND: "no machine has this name; take 127.0.0.1 or 0.0.0.0 with --host",
  };
  return fail(name, `${place} cannot be listened on: ${why}`, cures[why] ?? `take another with ${flag}`);
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

/** Another Wadi says that it is one. */
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
