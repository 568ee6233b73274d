// Sessions of an app on phones, with labels that come when the phone sends them. With a number of rows the population changes
// half way, as it does for wadi emit.

import { randomInt } from "node:crypto";
import type { GeneratorRequest } from "../../admin/shapes/generator.ts";
import { appSessions, DEFAULT_USERS } from "../generators/app-sessions/app-sessions.ts";
import { sessionsSource } from "../sources.ts";
import { examplesOf, type MadeRows, type MakeTools } from "./made-rows.ts";

export function makeSessions({ users = DEFAULT_USERS, seed, n }: GeneratorRequest, { pipeline }: MakeTools): MadeRows {
  const options = {
    users,
    // Sessions of a seed that was used are known to Wadi, and would not be learned again.
    seed: seed ?? randomInt(2 ** 31 - 1),
    ...(n !== undefined && n > 1 && { thenAt: Math.floor(n / 2) + 1 }),
  };
  const plan = { source: sessionsSource(options), pipeline: pipeline.name, ...appSessions.plan };
  return { from: "app-sessions", rows: examplesOf(appSessions.rows(options), plan), lookAt: 1, path: "body.pipeline" };
}
