// wadi models import: reads a file from wadi models export into a store.

import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Admin } from "../../admin/admin.ts";
import { readIdGroup, readModelFile } from "../../admin/models/file.ts";
import type { Imported, LearnedIds, ModelFile } from "../../admin/shapes/models.ts";
import { asError, WadiError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";
import { count, plural } from "../../lib/figures.ts";
import { createJsonElements } from "../../lib/json-elements.ts";
import { type AdminFlags, withModels } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { printable } from "../terminal/printable.ts";
import { bar, startProgress } from "../terminal/progress.ts";
import { shellWord } from "../terminal/shell-words.ts";

export interface ImportFlags extends AdminFlags {
  readonly withoutIds?: boolean;
  readonly replace?: boolean;
}

/** The most in one request. */
const BATCH_IDS = 2000;
const BATCH_GROUPS = 1000;
/** More than any model set has. */
const MOST_MODEL_BYTES = 40 * 1024 * 1024;

/** The file may have ten million ids, which are read group by group; the rest is one small object. */
const readModel = () => createJsonElements({ of: "ids", element: "group of ids", mostOtherBytes: MOST_MODEL_BYTES });

export async function importModel(path: string, flags: ImportFlags, context: CommandContext): Promise<void> {
  const { terminal, clock } = context;
  const { out, err } = terminal;
  // The whole file is checked before anything is changed: a truncated or wrong file has no effect.
  const model = await readWhole(path);
  const { set } = model;
  const ids = flags.withoutIds === true ? 0 : (model.learnedIds ?? 0);
  const replace = flags.replace === true;
  const generation = `imported-${randomBytes(8).toString("hex")}`;
  await withModels(context, flags, async (admin) => {
    const interrupt = catchInterrupt(() => err.write("Stopping; the import does not take effect.\n"));
    let sent = 0;
    const figures = () => `${count(sent)} of ${plural(ids, "id")} imported`;
    const progress =
      ids <= BATCH_IDS || flags.json === true
        ? undefined
        : startProgress({
            output: err,
            clock,
            draw: (columns) => [bar(sent / ids, Math.min(60, columns), err), figures()],
            plain: figures,
          });
    try {
      let added = 0;
      for await (const items of ids === 0 ? [] : batches(path)) {
        if (interrupt.signal.aborted) return context.exitWith(interrupt.exitCode());
        added += (await admin.importIds(set, { generation, replace, items })).added;
        sent += idsIn(items);
      }
      if (interrupt.signal.aborted) return context.exitWith(interrupt.exitCode());
      const imported = await put(admin, model, { generation, replace, ids: added });
      progress?.clear();
      if (flags.json === true) return writeJson(imported, out);
      const leftBehind = flags.withoutIds === true || model.learnedIds === null;
      writeLines(doneLines(imported, leftBehind), out);
    } catch (error) {
      throw withCure(error, set);
    } finally {
      progress?.clear();
      interrupt.dispose();
    }
  });
}

function put(admin: Admin, file: ModelFile, target: { generation: string; replace: boolean; ids: number }) {
  const { format: _, schema: __, exportedAt: ___, ids: ____, learnedIds: _____, ...model } = file;
  return admin.importModel(model.set, { ...target, model });
}

/** Without its ids, which are counted and checked. @throws FailedError. */
async function readWhole(path: string): Promise<ModelFile> {
  const reader = readModel();
  let found = 0;
  try {
    for await (const text of createReadStream(path, "utf8")) {
      for (const group of reader.push(text)) found += readIdGroup(group).ids.length;
    }
    const file = readModelFile(reader.end());
    if (file.learnedIds !== null && file.learnedIds !== found) {
      throw new Error(
        `it should have ${plural(file.learnedIds, "id")}, but has ${count(found)}: the file is incomplete`,
      );
    }
    if (file.ids.length > 0) throw new Error('its "ids" are not written as wadi models export writes them');
    return file;
  } catch (error) {
    throw new FailedError(`${path} cannot be imported: ${asError(error).message}`, { cause: error });
  }
}

const idsIn = (items: readonly LearnedIds[]) => items.reduce((sum, { ids }) => sum + ids.length, 0);

async function* batches(path: string): AsyncGenerator<LearnedIds[]> {
  const reader = readModel();
  let batch: LearnedIds[] = [];
  for await (const text of createReadStream(path, "utf8")) {
    for (const group of reader.push(text)) {
      batch.push(readIdGroup(group));
      if (batch.length < BATCH_GROUPS && idsIn(batch) < BATCH_IDS) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** Adds the option that helps, which the API cannot know. */
function withCure(error: unknown, set: string): unknown {
  if (!(error instanceof WadiError) || error.code !== "exists") return error;
  return new FailedError(
    `${printable(set)} has already learned here, and nothing was changed; add --replace to put the file's in its place, which can be undone`,
    { cause: error },
  );
}

function doneLines(
  { set, version, count: learned, learnedIds, replaced, starting, leaving }: Imported,
  leftBehind: boolean,
) {
  const name = shellWord(set);
  return [
    `${printable(set)} is in force at version ${count(version)}: ${plural(learned, "example")}, ${plural(learnedIds, "learned id")}.`,
    ...(leftBehind ? ["Without its learned ids: a redelivered example is learned again."] : []),
    ...(starting.length === 0
      ? []
      : [`Not in the file, so they start from nothing: ${starting.map(printable).join(", ")}.`]),
    ...(leaving.length === 0
      ? []
      : [`Not in the pipeline here, so they are dropped: ${leaving.map(printable).join(", ")}.`]),
    ...(replaced === undefined
      ? [`To see it: wadi models show ${name}`]
      : [`Undo: wadi models rollback ${name} --to-generation ${shellWord(replaced.generation)}`]),
  ];
}
