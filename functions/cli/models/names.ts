// Names of model sets, and the error for an unknown one.

import type { Admin } from "../../admin/admin.ts";
import { FailedError } from "../../lib/failure.ts";
import { nearest } from "../../lib/nearest.ts";

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
