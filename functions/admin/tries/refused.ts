// A request that is refused for one of its fields.

import { RejectedError } from "../../lib/errors.ts";

/** `path`: `body.lateLabels`; `problem` in words, with the cure. */
export function refused(path: string, problem: string): RejectedError {
  return new RejectedError("request", `${path} ${problem}`, [{ path, problem }]);
}
