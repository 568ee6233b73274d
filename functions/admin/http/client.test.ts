import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { UnauthorizedError, UnavailableError, WadiError } from "../../lib/errors.ts";
import { describeAdmin } from "../admin.contract.ts";
import { type Running, startRunning, TOKEN } from "../fixtures/running.ts";
import { connectAdmin } from "./client.ts";

const connected = ({ url }: Running) => connectAdmin({ url, token: TOKEN });

describeAdmin("over HTTP", {
  of: async (running) => connected(running),
  ofFolder: async (dataFolder, atEnd) => connected(await startRunning({ dataFolder }, atEnd)),
});

test("a redriven event that fails again is a dead letter again, with the number of redrives", async () => {
  const { wadi, url, send, settled } = await startRunning();
  const admin = connectAdmin({ url, token: TOKEN });
  await send("observation", "first", { x: 1 }, { subject: "s" });
  await settled();
  await send("observation", "second", { x: 2 }, { subject: "s" });
  await settled();

  expect(await admin.redrive({ all: true })).toEqual({ redriven: 1 });
  await settled();

  const [letter] = (await admin.deadLetters({})).items;
  expect(letter).toMatchObject({ reason: "subject-taken", redriven: 1, number: 2 });
  expect(wadi.broker.status().deadLetters).toBe(1);
});

test("a wrong token, a closed port, and a port of another program are told apart", async () => {
  const { url, stop } = await startRunning();
  const stranger = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
  onTestFinished(() => void stranger.close());
  await new Promise((resolve) => stranger.once("listening", resolve));
  const elsewhere = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;

  await expect(connectAdmin({ url, token: "wrong" }).status()).rejects.toBeInstanceOf(UnauthorizedError);
  await expect(connectAdmin({ url: elsewhere, token: TOKEN }).status()).rejects.toThrow(/no JSON: is it Wadi's/);
  await stop();

  const gone = connectAdmin({ url, token: TOKEN }).status();
  await expect(gone).rejects.toBeInstanceOf(UnavailableError);
  await expect(gone).rejects.toThrow(/does not answer at .*; is it running\?/);
});

test("a server that takes the request and never answers is given up in time", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  await new Promise((resolve) => silent.once("listening", resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;

  const asked = connectAdmin({ url, token: TOKEN, timeoutMs: 100 }).status();

  await expect(asked).rejects.toThrow(/no answer within 0.1 s/);
  await expect(asked).rejects.toBeInstanceOf(WadiError);
});
