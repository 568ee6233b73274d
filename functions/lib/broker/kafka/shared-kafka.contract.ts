// vitest's global set-up: one Kafka for a whole run, started when the first test file asks for it.

import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { kafkaJars } from "../../../local/services/kafka-jars.ts";
import { startKafkaServer } from "../../../local/services/kafka-server.ts";
import { asError } from "../../errors.ts";
import { freePort } from "../../free-port.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Answers a GET with `{ port, log }`, the folder of its log, or `{ failed }`. */
    kafkaDoor: string;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "wadi-kafka-"));
  let child: ChildProcess | undefined;
  let answer: Promise<object> | undefined;
  const start = async () => {
    const jars = await kafkaJars(process.env);
    const [port, controllerPort] = [await freePort(), await freePort()];
    child = await startKafkaServer({ jars, folder, port, controllerPort });
    process.once("exit", () => child?.kill("SIGKILL"));
    return { port, log: join(folder, "log") };
  };
  const door = createServer(async (_request, response) => {
    answer ??= start().catch((error: unknown) => ({ failed: asError(error).message }));
    response.end(JSON.stringify(await answer));
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  const { port } = door.address() as { port: number };
  project.provide("kafkaDoor", `http://127.0.0.1:${port}/`);
  return async () => {
    door.close();
    door.closeAllConnections();
    await answer;
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
