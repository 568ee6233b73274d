// The request by which the dashboard stays awake, to a server that stands for its own address.

import { createServer, type ServerResponse } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { AWAKE, keepAwake } from "./awake.ts";

const PATIENCE = { timeout: 30_000 };

async function started() {
  const open = new Set<ServerResponse>();
  const asked: unknown[] = [];
  const server = createServer(({ url, headers }, response) => {
    asked.push([url, headers.authorization]);
    open.add(response);
    response.on("close", () => open.delete(response));
    response.writeHead(200).write("awake\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  const { port } = server.address() as { port: number };
  const [clock, said] = [manualClock(), [] as string[]];
  const carries = { busy: false };
  const log = { ...silentLog, warn: (_: object, message: string) => void said.push(message) };
  const stop = keepAwake({ url: `http://127.0.0.1:${port}/`, token: "t", isBusy: () => carries.busy, clock, log });
  onTestFinished(stop);
  /** Until it has looked and so many requests are open. */
  const held = (requests: number) =>
    vi.waitFor(() => {
      clock.advance(2000);
      expect(open.size).toBe(requests);
    }, PATIENCE);
  return { asked, carries, close, held, open, said, stop, clock };
}

test("one request is open for as long as something is carried, opened again where it was ended, and none else", async () => {
  const { asked, carries, held, open, said } = await started();
  await held(0);
  expect(asked).toEqual([]);

  carries.busy = true;
  await held(1);
  expect(asked).toEqual([[AWAKE, "Bearer t"]]);
  for (const one of open) one.destroy();
  await vi.waitFor(() => expect(open.size).toBe(0), PATIENCE);
  await held(1);
  carries.busy = false;
  await held(0);

  expect(said.length).toBeLessThanOrEqual(1);
});

test("an address that is not reached is told once, with what follows from it and the cure", async () => {
  const { carries, close, said, clock } = await started();
  close();
  carries.busy = true;

  await vi.waitFor(() => {
    clock.advance(2000);
    expect(said.length).toBe(1);
  }, PATIENCE);
  for (let i = 0; i < 5; i++) {
    clock.advance(2000);
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(said).toEqual([expect.stringMatching(/sleeps once nobody looks.*end then.*dashboard\.min: 1/)]);
});
