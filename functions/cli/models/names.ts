// Names of model sets, and the error for an unknown one.

import type { Admin } from "../../admin/admin.ts";
import { FailedError } from "../../lib/failure.ts";
import { nearest } from "../../lib/nearest.ts";
import { isSetName, nameOfValue } from "../../lib/pipeline/model-per.ts";

export const SET = "the model set: <pipeline>, or <pipeline>/<value> with modelPer";

/** How many existing sets are compared with a mistyped name. */
const KNOWN = 100;

export async function unknownSet(admin: Admin, set: string, cause: unknown): Promise<FailedError> {
  const known = (await admin.models({ limit: KNOWN })).items.map((one) => one.set);
  const close = nearest(set, known);
  const cure =
    close !== undefined
      ? `did you mean ${JSON.stringify(close)}?`
      : known.length > 0
        ? `there are: ${known.slice(0, 20).join(", ")}`
        : "none has learned yet; send examples: wadi emit --help";
  return new FailedError(`no model set ${JSON.stringify(set)} has learned; ${cure}`, { cause });
}

/** A value may also be given unescaped: `flights/São Paulo`. */
export function writtenSet(set: string): string {
  const slash = set.indexOf("/");
  if (slash < 0 || isSetName(set)) return set;
  const named = nameOfValue(set.slice(slash + 1));
  return "name" in named ? `${set.slice(0, slash)}/${named.name}` : set;
}
