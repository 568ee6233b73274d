// Wadi as a process that tests can talk to, what they send it, and what came of it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import { type LocalOptions, type LocalWadi, startLocal } from "./start.ts";

export const root = join(import.meta.dirname, "../..");

export interface Sent {
  readonly type: "observation" | "label";
  readonly id: string;
  readonly subject: string;
  readonly data: object;
}

const delayOf = (i: number) => ((i * 7919) % 90) - 15;

/** A departure, with its delay or without. */
export function observation(i: number, labelled: boolean): Sent {
  const date = Date.UTC(2001, 0, 1) + (i % 5000) * 600_000;
  const record = { date, distance: 100 + ((i * 31) % 2400), origin: `A${i % 50}`, destination: "LAS" };
  const data = labelled ? { ...record, delay: delayOf(i) } : record;
  return { type: "observation", id: `o${i}`, subject: `s${i}`, data };
}

export function label(i: number): Sent {
  return { type: "label", id: `l${i}`, subject: `s${i}`, data: { delay: delayOf(i) } };
}

export const SOURCE = "/test";

export function headersOf({ type, id, subject }: Sent): Record<string, string> {
  return {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-source": SOURCE,
    "ce-pipeline": "flights",
    "ce-type": `dev.wadi.${type}`,
    "ce-id": id,
    "ce-subject": subject,
  };
}

/** The answer's status and text; undefined where none came. */
export async function post(url: string, sent: Sent): Promise<{ status: number; text: string } | undefined> {
  try {
    const answer = await fetch(url, { method: "POST", headers: headersOf(sent), body: JSON.stringify(sent.data) });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return undefined;
  }
}

/**
 * One after the other on one connection, without waiting for an answer: they are taken in their order, and under way
 * together. How many were accepted, from the first on.
 */
export function pipeline(url: string, events: readonly Sent[]): Promise<number> {
  const { port, hostname } = new URL(url);
  const bytes = events.map((sent) => {
    const body = JSON.stringify(sent.data);
    const headers = Object.entries({
      host: "localhost",
      ...headersOf(sent),
      "content-length": Buffer.byteLength(body),
    });
    return `POST / HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
  });
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, async () => {
      for (const one of bytes) {
        socket.write(one);
        await pause(1);
      }
    });
    let text = "";
    const accepted = () => text.split("HTTP/1.1 202").length - 1;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      text += data;
      if (text.split("HTTP/1.1 ").length - 1 >= events.length) socket.destroy();
    });
    socket.on("close", () => resolve(accepted()));
  });
}

export interface Outcome {
  readonly count: number;
  readonly learned: number;
  readonly deadLetters: number;
  /** By model, to the bit. */
  readonly weights: unknown;
  /** What a watched process committed (fixtures/durable-steps.ts). */
  readonly steps?: readonly string[];
}

/** Until every trigger has handled all that is in the log. */
export async function settled(wadi: LocalWadi): Promise<void> {
  while (wadi.broker.status().triggers.some(({ lag }) => lag > 0)) await pause(2);
}

export async function outcomeOf({ store, broker }: LocalWadi): Promise<Outcome> {
  const { state } = await store.models.load("flights");
  const { count, models } = state === "" ? { count: 0, models: {} } : (JSON.parse(state) as ModelSetState);
  const weights = Object.fromEntries(Object.entries(models).map(([name, { chain, n }]) => [name, { chain, n }]));
  const learned = await store.models.learnedCount("flights");
  return { count, learned, deadLetters: broker.status().deadLetters, weights };
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const undo: (() => unknown)[] = [];

/** Call it after each test. */
export async function cleanUp(): Promise<void> {
  for (const one of undo.splice(0).reverse()) await one();
}

export function later(work: () => unknown): void {
  undo.push(work);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(TEMPORARY, "wadi-"));
  later(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function startHere(dataFolder: string, options: Partial<LocalOptions> = {}): Promise<LocalWadi> {
  const pipelinesFolder = join(root, "helm/pipelines");
  const valuesFile = join(root, "helm/values.yaml");
  const wadi = await startLocal({ dataFolder, port: 0, pipelinesFolder, valuesFile, logLevel: "silent", ...options });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= wadi.stop();
    return stopped;
  };
  later(stop);
  return { ...wadi, stop };
}

export interface WadiProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
  /** Of the admin API, where that is on. */
  readonly adminPort: number;
  /** What it wrote on standard error. */
  log(): string;
  tell(message: object): void;
  /** Once all is handled. */
  outcome(): Promise<Outcome>;
  /** See fixtures/wadi-process.ts. */
  ask<T>(question: string): Promise<T>;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export const PROGRAM = join(import.meta.dirname, "fixtures/wadi-process.ts");

/** @throws Error with what it said where it ended instead of listening. */
export async function spawnWadi(
  dataFolder: string,
  { port = 0, adminToken = "", ...user }: { port?: number; adminToken?: string; uid?: number; gid?: number } = {},
): Promise<WadiProcess> {
  const args = [PROGRAM, dataFolder, String(port), ...(adminToken === "" ? [] : [adminToken])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe", "ipc"], ...user });
  later(() => child.kill("SIGKILL"));
  let log = "";
  child.stderr?.on("data", (data) => {
    log += data;
  });
  const exit = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  const closed = once(child, "close").then(() => {
    throw new Error(`it ended: ${log}`);
  });
  const said = (await Promise.race([once(child, "message"), closed])) as [{ url: string; adminUrl?: string }];
  const [{ url, adminUrl }] = said;
  closed.catch(() => {});
  // Whoever waits for the answer hears that it ended.
  const gone = () => {};
  let asked = 0;
  const ask = async <T>(question: string): Promise<T> => {
    const id = asked++;
    const answered = new Promise<unknown>((resolve) => {
      const hear = (message: { id?: number; answer?: unknown }) => {
        if (message.id !== id) return;
        child.off("message", hear);
        resolve(message.answer);
      };
      child.on("message", hear);
    });
    child.send({ id, ask: question }, gone);
    return Promise.race([answered, closed]) as Promise<T>;
  };
  return {
    child,
    url,
    port: Number(new URL(url).port),
    adminPort: Number(new URL(adminUrl ?? url).port),
    log: () => log,
    tell: (message) => void child.send(message, gone),
    outcome: () => ask("outcome"),
    ask,
    exit,
  };
}
