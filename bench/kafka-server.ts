// A Kafka of the bench's own, from jars, on loopback.

import type { ChildProcess } from "node:child_process";
import { kafkaJars, kafkaVersion } from "../functions/local/services/kafka-jars.ts";
import { startKafkaServer } from "../functions/local/services/kafka-server.ts";
import { freePort, type Session } from "./session.ts";

export interface KafkaServer {
  /** `host:port`. */
  readonly broker: string;
  readonly version: string;
  kill(): Promise<void>;
}

export async function startKafka(session: Session): Promise<KafkaServer> {
  const [port, controllerPort] = [await freePort(), await freePort()];
  const jars = await kafkaJars(process.env);
  const child: ChildProcess = await startKafkaServer({ jars, folder: session.folder(), port, controllerPort });
  process.once("exit", () => child.kill("SIGKILL"));
  return {
    broker: `127.0.0.1:${port}`,
    version: kafkaVersion(process.env),
    async kill() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}
