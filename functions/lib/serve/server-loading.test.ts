// In a process of its own, since a loaded module stays loaded.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const at = (path: string) => JSON.stringify(join(import.meta.dirname, path));

const PROGRAM = `
import { registerHooks } from "node:module";
let failures = 1;
registerHooks({
  load(url, context, next) {
    if (url.endsWith("/application.ts") && failures-- > 0) throw new Error("EMFILE: too many open files");
    return next(url, context);
  },
});
const { createServer } = await import(${at("server.ts")});
const { silentLog } = await import(${at("../telemetry/log.ts")});
const { createTelemetry } = await import(${at("../telemetry/metrics.ts")});
const { echo } = await import(${at("fixtures/echo.ts")});
const server = createServer({ events: [], plain: [echo], missing: async () => ({}), log: silentLog, telemetry: createTelemetry() });
const url = await server.listen(0, "127.0.0.1");
const statuses = [];
for (let i = 0; i < 3; i++) statuses.push((await fetch(url + "/echo/%61", { method: "POST", body: "{}" })).status);
console.log(JSON.stringify(statuses));
await server.drain(100);
`;

test("where Express cannot be loaded, as with too many open files, the next request tries again", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", PROGRAM]);

  expect(JSON.parse(stdout)).toEqual([500, 200, 200]);
});
