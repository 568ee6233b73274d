// The steps that `wadi start --steps` would call: whether each is there, answers itself, and how fast.

import { ConfigurationError } from "../../lib/errors.ts";
import { silentLog } from "../../lib/telemetry/log.ts";
import { createRemoteStep } from "../../local/remote/remote-step.ts";
import { readSteps } from "../../local/remote/setting.ts";
import type { CommandContext } from "../context.ts";
import { type Finding, fail, ok } from "./finding.ts";

/** A step that sleeps must wake first. */
const PATIENCE_MS = 30_000;
/** The answer of a step to what is no event. */
const REFUSED = 400;

export async function checkSteps(
  text: string,
  { env, clock }: Pick<CommandContext, "env" | "clock">,
): Promise<Finding[]> {
  try {
    const { urls, headers } = readSteps(text, env["WADI_STEPS_HEADERS"]);
    const looks = [...urls].map(async ([step, url]) => {
      const options = { step, url, headers, timeoutMs: PATIENCE_MS, connections: 1, clock, log: silentLog };
      const remote = createRemoteStep(options);
      const { ms, status, failure } = await remote.look();
      remote.close();
      const where = `${step} at ${remote.destination}`;
      if (failure !== undefined) return fail("steps", `${where}: ${failure.what}`, failure.cure);
      if (status === REFUSED) return ok("steps", `${where} answers, in ${Math.round(ms)} ms`);
      return fail("steps", `${where} answers ${status} to what is no event, not ${REFUSED}`, "see the log of the step");
    });
    return await Promise.all(looks);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [fail("steps", error.message, "correct it; until then wadi start refuses it")];
  }
}
