// Apache Avro for Java, asked by fixtures/AvroPeer.java.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { javaLibrary, runJava } from "../../java.contract.ts";

const SOURCE = join(import.meta.dirname, "fixtures/AvroPeer.java");

/** As AvroPeer.java says. */
export interface PeerAnswer {
  readonly hex?: string;
  readonly read?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

export async function avroPeer(questions: readonly object[]): Promise<readonly PeerAnswer[]> {
  const jars = await javaLibrary("avro-java-1.12.1");
  const lines = await runJava(["-cp", `${jars}/*`, SOURCE], questions.map((one) => JSON.stringify(one)).join("\n"));
  return lines.map((line) => JSON.parse(line) as PeerAnswer);
}

export interface Journeys {
  readonly schemas: Readonly<Record<string, unknown>>;
  readonly cases: readonly {
    readonly version: number;
    /** As AvroPeer.java takes it. */
    readonly value: Readonly<Record<string, unknown>>;
    readonly avro: string;
    readonly read: Readonly<Record<string, unknown>>;
  }[];
}

/** Written and read by Apache Avro for Java. */
export const journeys = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/journeys.json"), "utf8"),
) as Journeys;
