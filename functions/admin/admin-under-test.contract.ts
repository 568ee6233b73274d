// What the admin contract suites are given: the admin port on a Wadi that has lived. What many tests begin with is lived once
// a file; each test then has the port on a copy of its folder, or, where it changes nothing, on one that they share.

import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import type { LocalOptions } from "../local/start.ts";
import type { Admin } from "./admin.ts";
import { type AtEnd, newFolder, type Running, startRunning } from "./fixtures/running.ts";

/** How the port is reached. */
export interface Access {
  /** Of a Wadi that runs; it may be stopped for it. */
  of(running: Running, atEnd: AtEnd): Promise<Admin>;
  /** Of a folder in which a Wadi has lived. */
  ofFolder(folder: string, atEnd: AtEnd): Promise<Admin>;
}

export type Live = (running: Running) => Promise<void>;

export interface Stories {
  /** The port on a Wadi of the test's own, once `live` was lived and all is handled. */
  after(live: Live): Promise<Admin>;
  /** Model set `line` has learned so many examples, each in a version of its own, of which each is a snapshot. */
  learned(examples: number): Promise<Admin>;
  /** As `learned`, for tests that change nothing. */
  learnedShared(examples: number): Promise<Admin>;
  /** Dead letters 1 to 4: odd ones for their schema, by validate; even ones since their subject was taken, by featurize. */
  fourLetters(): Promise<Admin>;
  /** As `fourLetters`, for tests that change nothing. */
  fourLettersShared(): Promise<Admin>;
}

/** To be called at the top of a file: what is shared ends with the file. */
export function tellStories({ of, ofFolder }: Access): Stories {
  const undo: (() => unknown)[] = [];
  const atEndOfFile: AtEnd = (one) => undo.unshift(one);
  afterAll(async () => {
    for (const one of undo) await one();
  });

  const folderOf = once(async (_name: string, live: Live, options: Partial<LocalOptions>) => {
    const running = await startRunning(options, atEndOfFile);
    await live(running);
    await running.settled();
    await running.stop();
    return running.folder;
  });

  async function copyOf(folder: string, atEnd: AtEnd): Promise<Admin> {
    const copy = join(newFolder(atEnd), "copy");
    cpSync(folder, copy, { recursive: true });
    return ofFolder(copy, atEnd);
  }

  const learnedFolder = (examples: number) => folderOf(`learned ${examples}`, learn(examples), EACH_KEPT);
  const lettersFolder = () => folderOf("four letters", giveUpFour, {});
  const shared = once(async (folder: string) => copyOf(folder, atEndOfFile));

  return {
    async after(live) {
      const running = await startRunning();
      await live(running);
      await running.settled();
      return of(running, onTestFinished);
    },
    learned: async (examples) => copyOf(await learnedFolder(examples), onTestFinished),
    learnedShared: async (examples) => shared(await learnedFolder(examples)),
    fourLetters: async () => copyOf(await lettersFolder(), onTestFinished),
    fourLettersShared: async () => shared(await lettersFolder()),
  };
}

const EACH_KEPT = { snapshots: { every: 1, keep: 100 } };

function learn(examples: number): Live {
  return async ({ send, settled }) => {
    for (let i = 0; i < examples; i++) {
      await send("observation", `o${i}`, { x: i, y: 2 * i });
      await settled();
    }
  };
}

const giveUpFour: Live = async ({ send, settled }) => {
  await send("observation", "0", { x: 0 }, { subject: "taken" });
  for (const id of ["1", "2", "3", "4"]) {
    await settled();
    const odd = Number(id) % 2 === 1;
    await send("observation", id, { x: odd ? "text" : 1 }, odd ? {} : { subject: "taken" });
  }
};

/** Calls `make` once for each name. */
function once<Rest extends unknown[], T>(make: (name: string, ...rest: Rest) => Promise<T>) {
  const made = new Map<string, Promise<T>>();
  return (name: string, ...rest: Rest): Promise<T> => {
    const known = made.get(name) ?? make(name, ...rest);
    made.set(name, known);
    return known;
  };
}
