// wadi pipeline check --against: what a changed file means for producers, for events on their way and for models.

import { statSync } from "node:fs";
import { ConfigurationError, NotFoundError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { evolutionOf } from "../../lib/pipeline/evolution.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { type AdminFlags, withAdmin } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { type CheckedFile, checkPipelines } from "./checked-files.ts";
import type { Compared } from "./evolution-view.ts";

const DEPLOYED = "deployed";

export interface AgainstFlags extends AdminFlags {
  readonly against: string;
  /** Every event names its schema. */
  readonly named?: boolean;
  /** The store says what becomes of the models: it may have learned under another file than the one compared with. */
  readonly stored?: boolean;
}

/** @throws UsageError for a path that is not there; what withAdmin throws. */
export async function withEarlier(
  checked: readonly CheckedFile[],
  flags: AgainstFlags,
  context: CommandContext,
): Promise<readonly Compared[]> {
  const names = checked.flatMap(({ ok, name }) => (ok && name !== undefined ? [name] : []));
  const earlier = flags.against === DEPLOYED ? await deployed(names, flags, context) : filesOf(flags.against);
  return checked.map((one): Compared => {
    const before = one.ok && one.pipeline !== undefined ? earlier.get(one.pipeline.name) : undefined;
    if (before === undefined || one.pipeline === undefined) return one;
    const evolution = evolutionOf(before, one.pipeline);
    const passes = { unnamed: flags.named === true, models: flags.stored === true, backward: false };
    const breaks = evolution.problems.some(({ of }) => !passes[of]);
    return { ...one, evolution, ok: !breaks };
  });
}

function filesOf(path: string): ReadonlyMap<string, Pipeline> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new UsageError(`--against: there is no ${path}: name a pipeline file, a folder of them, or ${DEPLOYED}`);
  }
  const found = checkPipelines([path]);
  const problems = found.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) throw new ConfigurationError(problems.join("\n"));
  return new Map(found.flatMap(({ pipeline }) => (pipeline === undefined ? [] : [[pipeline.name, pipeline]])));
}

/** Those of them that are deployed. */
function deployed(
  names: readonly string[],
  flags: AdminFlags,
  context: CommandContext,
): Promise<ReadonlyMap<string, Pipeline>> {
  return withAdmin(context, flags, async (admin, where) => {
    // A data folder does not keep the files that it was learned under: those in the pipelines folder may be the changed ones.
    if (where.kind === "folder") {
      throw new FailedError(
        "no Wadi is running here, so no file is deployed: start it with the earlier files, or name one (--against old.yaml)",
      );
    }
    const found = new Map<string, Pipeline>();
    for (const name of names) {
      try {
        const { text, file } = await admin.pipeline(name);
        found.set(name, parsePipeline(text, file));
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
      }
    }
    return found;
  });
}
