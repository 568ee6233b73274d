// What can make rows, by name. Another one is one line here, and its file.

import type { GeneratorRequest } from "../../admin/shapes/generator.ts";
import { makeSessions } from "./app-sessions.ts";
import { makeFile } from "./file.ts";
import { makeLine } from "./line.ts";
import type { MakeRows } from "./made-rows.ts";

interface Maker {
  readonly make: MakeRows;
  /** What else of a request it takes. */
  readonly takes: readonly (keyof GeneratorRequest)[];
}

export const makers: Readonly<Record<GeneratorRequest["from"], Maker>> = {
  line: { make: makeLine, takes: ["line", "seed", "lateLabels"] },
  "app-sessions": { make: makeSessions, takes: ["users", "seed"] },
  file: { make: makeFile, takes: ["file", "lateLabels"] },
};
