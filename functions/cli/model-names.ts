// Names of model sets, and what is said where one is not there.

import type { Admin } from "../dashboard/admin.ts";
import type { ModelSetSummary } from "../dashboard/shapes.ts";
import { nearest } from "../lib/pipeline/nearest.ts";
import { FailedError } from "./exit.ts";

const PAGE = 1000;

export async function allModels(admin: Admin): Promise<readonly ModelSetSummary[]> {
  const items: ModelSetSummary[] = [];
  for (let after: string | undefined; ; ) {
    const page = await admin.models({ limit: PAGE, ...(after !== undefined && { after }) });
    items.push(...page.items);
    if (page.next === undefined) return items;
    after = page.next;
  }
}

export async function unknownSet(admin: Admin, set: string, cause: unknown): Promise<FailedError> {
  const known = (await allModels(admin)).map((one) => one.set);
  const close = nearest(set, known);
  const cure =
    close !== undefined
      ? `did you mean ${JSON.stringify(close)}?`
      : known.length > 0
        ? `there is ${known.slice(0, 20).join(", ")}`
        : "none has learned yet; send examples: wadi emit --help";
  return new FailedError(`no model set ${JSON.stringify(set)} has learned; ${cure}`, { cause });
}
