// wadi models export: writes a model set to one JSON file, its learned ids page by page.

import type { Admin } from "../../admin/admin.ts";
import type { ExportedModel, ModelFile } from "../../admin/shapes/models.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { UsageError } from "../../lib/failure.ts";
import { count, plural } from "../../lib/figures.ts";
import { type AdminFlags, withModels } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { fileSink, pipeSink, type Sink } from "../sink.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { printable } from "../terminal/printable.ts";
import { startProgress } from "../terminal/progress.ts";
import { shellWord } from "../terminal/shell-words.ts";
import { bytes } from "../terminal/sizes.ts";
import { unknownSet } from "./names.ts";

export interface ExportFlags extends AdminFlags {
  readonly out?: string;
  readonly withoutIds?: boolean;
}

interface Written {
  /** Null where they are not exported. */
  readonly ids: number | null;
  readonly bytes: number;
}

export async function exportModel(set: string, flags: ExportFlags, context: CommandContext): Promise<void> {
  const { terminal, clock } = context;
  const { out, err } = terminal;
  const piped = flags.out === "-";
  if (piped && flags.json === true) throw new UsageError("--json and --out - both use standard output: leave out one");
  const ids = flags.withoutIds !== true;
  await withModels(context, flags, async (admin) => {
    const model = await admin.exportModel(set, { ids }).catch(async (error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
      throw await unknownSet(admin, set, error);
    });
    const file = flags.out ?? `${encodeURIComponent(set)}-${model.version}.json`;
    const interrupt = catchInterrupt();
    let sink: Sink | undefined;
    let written: Written | undefined;
    try {
      sink = piped ? pipeSink(out) : fileSink(file);
      written = await write(model, admin, sink, interrupt.signal);
      if (written !== undefined) sink.keep();
    } catch (error) {
      sink?.drop();
      throw error;
    } finally {
      interrupt.dispose();
      // Lets commits go on at once. If this call fails, the hold expires by itself some seconds later.
      const { hold, revision } = model;
      if (written === undefined && hold !== undefined) {
        await admin.exportIds(set, { hold, revision, stop: true }).catch(() => undefined);
      }
    }
    if (written === undefined) {
      sink.drop();
      err.write(piped ? "Stopped: the output is incomplete.\n" : "Stopped: no file was written.\n");
      return context.exitWith(interrupt.exitCode());
    }
    const { generation, version, state } = model;
    const { ids: learnedIds, bytes } = written;
    const told = { file, set, generation, version, count: state.count, learnedIds, bytes };
    if (flags.json === true) writeJson(told, out);
    else if (!piped) writeLines(doneLines(told), out);
  });

  /** Undefined where it was interrupted. */
  async function write(
    { hold, ...model }: ExportedModel,
    admin: Admin,
    sink: Sink,
    signal: AbortSignal,
  ): Promise<Written | undefined> {
    let size = 0;
    let ids = 0;
    const write = (text: string) => {
      sink.write(text);
      size += Buffer.byteLength(text);
    };
    const head: Omit<ModelFile, "ids" | "learnedIds"> = {
      format: "wadi-model-set",
      schema: 1,
      exportedAt: clock.now(),
      ...model,
    };
    write(`${JSON.stringify(head).slice(0, -1)},\n"ids":[`);
    const figures = () => `${plural(ids, "id")} read; commits to ${printable(set)} wait meanwhile`;
    const progress =
      flags.json === true ? undefined : startProgress({ output: err, clock, draw: () => [figures()], plain: figures });
    try {
      for (let after: string | undefined, first = true; hold !== undefined; ) {
        const page = await admin.exportIds(set, {
          hold,
          revision: model.revision,
          ...(after !== undefined && { after }),
        });
        for (const group of page.items) {
          write(`${first ? "" : ","}\n${JSON.stringify(group)}`);
          first = false;
          ids += group.ids.length;
        }
        if (signal.aborted) return undefined;
        after = page.next;
        if (after === undefined) break;
      }
    } finally {
      progress?.clear();
    }
    const learnedIds = hold === undefined ? null : ids;
    write(`],\n"learnedIds":${learnedIds}}\n`);
    return { ids: learnedIds, bytes: size };
  }
}

interface Told {
  readonly file: string;
  readonly set: string;
  readonly version: number;
  readonly count: number;
  readonly learnedIds: number | null;
  readonly bytes: number;
}

function doneLines({ file, set, version, count: learned, learnedIds, bytes: size }: Told): readonly string[] {
  const ids =
    learnedIds === null
      ? ["Without its learned ids: where it is imported, a redelivered example is learned again."]
      : [];
  const withIds = learnedIds === null ? "" : `, ${plural(learnedIds, "id")}`;
  return [
    `Wrote ${printable(file)}: ${printable(set)} at version ${count(version)}, ${plural(learned, "example")}${withIds}; ${bytes(size)}.`,
    ...ids,
    `To import it elsewhere: wadi models import ${shellWord(file)}`,
  ];
}
