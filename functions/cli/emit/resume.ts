// Whether a run of `wadi emit` goes on where an earlier one was interrupted.

import { withLateLabels } from "../../feed/late-labels.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { count } from "../../lib/figures.ts";
import { ago } from "../../lib/times.ts";
import type { CommandContext } from "../context.ts";
import { adminBehind } from "./known-pipelines.ts";
import { type EmitMemory, isOf, type Mark } from "./memory.ts";
import type { EmitPlan } from "./options.ts";
import { openEmitRows } from "./rows.ts";

/** The mark to go on behind; notes say what was found, and why it begins anew all the same. */
export async function resumeFrom(
  plan: EmitPlan,
  memory: EmitMemory | undefined,
  context: CommandContext,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<Mark | undefined> {
  const mark = plan.fromStart ? undefined : memory?.load();
  if (mark === undefined) return undefined;
  const accepted = count(mark.events - mark.refused.length);
  const when = ago(mark.time, context.clock.now());
  const anew = (why: string) => {
    note(`An earlier run was interrupted ${when}, but ${why}: sending from the start. Nothing is learned twice.`);
    return undefined;
  };
  const rows = await openEmitRows({ ...plan, check: false }, { signal, row() {}, skipped() {} });
  if (!(await isOf(mark, withLateLabels(rows.examples)))) return anew("what it sent is not what is there now");
  if (!(await isKnown(plan, mark, context))) return anew("this Wadi does not know what it sent");
  note(`Going on after ${accepted} events that were accepted ${when} (--from-start sends all again).`);
  return mark;
}

/** Whether the Wadi that is sent to is the one that accepted: told where it runs here. Where nobody can tell, it is. */
async function isKnown(plan: EmitPlan, { subject }: Mark, context: CommandContext): Promise<boolean> {
  const { pipeline } = plan.examples;
  if (subject === undefined || pipeline === undefined) return true;
  const admin = await adminBehind(plan.url, context);
  if (admin === undefined) return true;
  try {
    return (await admin.trace(pipeline, subject)).steps.length > 0;
  } catch (error) {
    return !(error instanceof NotFoundError);
  }
}
