// MOA, the Java program for data streams: its jars from Maven's repository, kept in the user's cache, and what its learners take.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asError } from "../functions/lib/errors.ts";
import { cacheFolder, fetchedJars } from "../functions/local/services/kafka-jars.ts";
import type { LearnerExample } from "./learner-cases.ts";
import type { Session } from "./session.ts";

const VERSION = "2024.07.0";

export interface Moa {
  /** The folder of its jars. */
  readonly jars: string;
  /** Why it cannot be had, and what brings it. */
  readonly missing: string | undefined;
}

export type MoaLearner = "linear" | "hoeffding-tree";

export interface MoaTimes {
  /** Of one example, microseconds of CPU. */
  readonly learn: number;
  readonly predict: number;
  /** In the last pass: the root of the mean squared error, or the share of right labels. */
  readonly score: number;
}

/** Where it cannot be had the row says so, and the others are measured. */
export async function findMoa(): Promise<Moa> {
  if (spawnSync("javac", ["-version"], { stdio: "ignore" }).status !== 0) {
    return { jars: "", missing: "there is no javac on the path (Debian: apt-get install default-jdk-headless)" };
  }
  try {
    const library = join(cacheFolder(process.env), `moa-${VERSION}`);
    return {
      jars: await fetchedJars(process.env, library, [`nz.ac.waikato.cms.moa:moa:${VERSION}`]),
      missing: undefined,
    };
  } catch (error) {
    return { jars: "", missing: asError(error).message };
  }
}

/** @param file examples as JSON. What MOA reads is written beside it, once. */
export async function moaTimes(session: Session, { jars }: Moa, file: string, learner: MoaLearner): Promise<MoaTimes> {
  const lines = `${file}.csv`;
  const examples = JSON.parse(readFileSync(file, "utf8")) as readonly LearnerExample[];
  writeFileSync(lines, examples.map(({ x, y }) => `${[...Object.values(x), y].join(",")}\n`).join(""));
  const program = join(import.meta.dirname, "anchors/Moa.java");
  const [text] = await session.start("java", ["-cp", join(jars, "*"), program, lines, learner]).find(/^\{.*$/);
  return JSON.parse(text) as MoaTimes;
}
