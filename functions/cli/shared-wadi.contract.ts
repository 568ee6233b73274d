// What tests need to share one Wadi, whose start takes longer than most of them: a pipeline for each, and an end after the last.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { newFolder, PIPELINES } from "../admin/fixtures/running.ts";

type AtEnd = (undo: () => unknown) => void;

/** To be called where `afterAll` may be: what it is given runs after the last test of the file, or of the `describe`, the newest first. */
export function afterTheLast(): AtEnd {
  const undo: (() => unknown)[] = [];
  afterAll(async () => {
    for (const one of undo.splice(0).reverse()) await one();
  });
  return (one) => void undo.push(one);
}

const LINE = readFileSync(join(PIPELINES, "line.yaml"), "utf8");

/** A folder with the pipeline `line` under each of the names. */
export function linesNamed(names: readonly string[], atEnd: AtEnd): string {
  const folder = newFolder(atEnd);
  for (const name of names) {
    writeFileSync(join(folder, `${name}.yaml`), LINE.replace(/^name: line$/m, `name: ${name}`));
  }
  return folder;
}
