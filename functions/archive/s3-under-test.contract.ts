// An S3 for tests: moto in a process of its own, and before it a door that can be away, refuse, or forget what it was asked.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** `through`: what was asked. The others: no answer; 403; conditions are left out. */
export type Mood = "through" | "away" | "revoked" | "careless";

export interface TestStore {
  /** Of moto itself, and of the door. */
  readonly direct: string;
  readonly url: string;
  mood: Mood;
  /** So many of the next writes are carried out and answered by a 500. */
  lose: number;
  /** What a command or Wadi gets for it. */
  env(url?: string): Record<string, string>;
  makeBucket(name: string): Promise<void>;
  /** From now on moto checks signatures. @returns credentials that may do all; `undo` lets anyone in again. */
  lock(): Promise<{ readonly credentials: Record<string, string>; undo(): Promise<void> }>;
  keys(bucket: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export const SECRET = "a-secret-that-nobody-prints";

export async function startStore(python: string): Promise<TestStore> {
  const program = "from moto.server import main; main(['-H', '127.0.0.1', '-p', '0'])";
  const moto = spawn(python, ["-c", program], { stdio: ["ignore", "ignore", "pipe"] });
  const direct = await addressOf(moto);
  const state: { mood: Mood; lose: number } = { mood: "through", lose: 0 };
  const door = createServer((asked, answer) => {
    const isLost = asked.method === "PUT" && state.lose > 0;
    if (isLost) state.lose--;
    passOn(asked, answer, { direct, mood: state.mood, isLost });
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  return Object.assign(state, {
    direct,
    url,
    env: (at = url) => ({
      AWS_ENDPOINT_URL: at,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "a-key",
      AWS_SECRET_ACCESS_KEY: SECRET,
    }),
    async makeBucket(name: string) {
      await fetch(`${direct}/${name}`, { method: "PUT" });
    },
    async lock() {
      await askIam(direct, "CreateUser", { UserName: "user" });
      const key = await askIam(direct, "CreateAccessKey", { UserName: "user" });
      const all = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["s3:*"], Resource: "*" }] };
      const policy = { UserName: "user", PolicyName: "all", PolicyDocument: JSON.stringify(all) };
      await askIam(direct, "PutUserPolicy", policy);
      await setFreeRequests(direct, "0");
      const [, id = ""] = /<AccessKeyId>([^<]*)</.exec(key) ?? [];
      const [, secret = ""] = /<SecretAccessKey>([^<]*)</.exec(key) ?? [];
      return {
        credentials: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret },
        undo: () => setFreeRequests(direct, "inf"),
      };
    },
    async keys(bucket: string) {
      const text = await (await fetch(`${direct}/${bucket}?list-type=2`)).text();
      return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
    },
    async stop() {
      door.closeAllConnections();
      door.close();
      const ended = new Promise((resolve) => moto.once("exit", resolve));
      moto.kill();
      await ended;
    },
  });
}

/** Unsigned; the header says whom it is for. */
async function askIam(direct: string, action: string, values: Record<string, string>): Promise<string> {
  const authorization = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request";
  const body = new URLSearchParams({ Action: action, Version: "2010-05-08", ...values });
  const response = await fetch(direct, { method: "POST", headers: { authorization }, body });
  if (!response.ok) throw new Error(`moto answers ${response.status} to ${action}`);
  return response.text();
}

async function setFreeRequests(direct: string, count: string): Promise<void> {
  const response = await fetch(`${direct}/moto-api/reset-auth`, { method: "POST", body: count });
  if (!response.ok) throw new Error(`moto answers ${response.status} to reset-auth`);
}

function addressOf(moto: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let told = "";
    moto.stderr?.on("data", (chunk: Buffer) => {
      told += chunk.toString("utf8");
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(told) ?? [];
      if (url !== undefined) resolve(url);
    });
    moto.once("error", reject);
    moto.once("exit", () => reject(new Error(`moto_server has ended: ${told}`)));
  });
}

interface Way {
  readonly direct: string;
  readonly mood: Mood;
  readonly isLost: boolean;
}

function passOn(asked: IncomingMessage, answer: ServerResponse, { direct, mood, isLost }: Way): void {
  if (mood === "away") return void asked.socket.destroy();
  if (mood === "revoked") {
    answer.writeHead(403).end("<Error><Code>InvalidAccessKeyId</Code><Message>a text of the store</Message></Error>");
    return;
  }
  const headers = { ...asked.headers };
  if (mood === "careless") delete headers["if-none-match"];
  // Small pages, so that a list has some.
  const path = `${asked.url}${asked.url?.includes("list-type") ? "&max-keys=3" : ""}`;
  const passed = request(`${direct}${path}`, { method: asked.method, headers }, (response) => {
    if (isLost) {
      response.resume().on("end", () => answer.writeHead(500).end());
      return;
    }
    answer.writeHead(response.statusCode ?? 500, response.headers);
    response.pipe(answer);
  });
  passed.on("error", () => asked.socket.destroy());
  asked.pipe(passed);
}
