// What a function keeps in memory while nothing comes: its store open, its first event answered, then left alone for three
// seconds. It is the whole resident set (VmRSS), Node's own executable included, which functions on one machine share.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Event } from "../../functions/lib/events/vocabulary.ts";
import { STEPS } from "../../functions/lib/events/vocabulary.ts";
import { firstAnswer } from "../first-answer.ts";
import { flightsAtDeparture } from "../flights.ts";
import { makeLearnedStore } from "../learned-store.ts";
import { emptyFunction, type Program, stepProgram } from "../programs.ts";
import { type Result, type Row, ratios } from "../row.ts";
import { freePort, type Running, sleep } from "../session.ts";

const IDLE_MS = 3000;
const MOST_ROUNDS = 3;

export const memory: Row = {
  name: "memory",
  title: "resident memory of an idle function",
  async run({ rounds: wanted, small, session, progress }) {
    const steps = small ? STEPS.slice(0, 1) : STEPS;
    const rounds = Math.min(wanted, MOST_ROUNDS);
    const store = await makeLearnedStore(session.folder(), 0, rounds);
    const [departure] = flightsAtDeparture(0, 1) as [Event];
    const names = ["an empty function", ...steps];
    const megabytes = new Map(names.map((name) => [name, [] as number[]]));

    for (let i = 0; i < rounds; i++) {
      progress(`round ${i + 1} of ${rounds}`);
      const idle: Running[] = [];
      const begin = async (program: (port: number) => Program, event: Event) => {
        const port = await freePort();
        idle.push((await firstAnswer(session, program(port), port, event)).running);
      };
      await begin(emptyFunction, departure);
      for (const step of steps)
        await begin((port) => stepProgram(step, store.path, port), store.next[step][i] as Event);
      await sleep(small ? 0 : IDLE_MS);
      for (const [j, { pid }] of idle.entries()) megabytes.get(names[j] as string)?.push(residentMegabytes(pid));
      await Promise.all(idle.map((running) => running.kill()));
    }
    const anchor = megabytes.get("an empty function") as number[];
    return steps.map((step): Result => {
      const values = megabytes.get(step) as number[];
      return {
        what: `idle memory of ${step}`,
        anchor: { name: "an empty function", unit: "MB", values: anchor },
        ours: { name: step, unit: "MB", values },
        ratio: ratios(values, anchor),
        bar: { of: "ours", atMost: 64 },
      };
    });
  },
};

/** In millions of bytes. */
function residentMegabytes(pid: number): number {
  return (kibibytes(pid) * 1024) / 1e6;
}

function kibibytes(pid: number): number {
  if (process.platform === "linux") {
    const [, size] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(size);
  }
  return Number(spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }).stdout);
}
