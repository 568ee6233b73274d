// wadi trace: the life of an observation, by its subject.

import { Command } from "commander";
import type { Admin } from "../../admin/admin.ts";
import type { Trace } from "../../admin/shapes/trace.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { suggestion } from "../../lib/nearest.ts";
import { type AdminFlags, withAdmin, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { traceLines } from "./view.ts";

const HELP = `
Examples:
  wadi trace AA-1                       the observation AA-1, in whichever pipeline knows it
  wadi trace AA-1 --pipeline flights

A subject names an observation; where an event has none, its id is the subject.

--json writes {pipeline, subject, set, state, spoilt, steps: [{time, what, detail}], x, y, served, labelUntil, expiresAt}; what is
one of observed, predicted, labelled, learned, dead-letter; served has interval and explanation where it was served with them.

Exit codes: 0 shown; 1 no pipeline knows the subject; 2 wrong use.`;

export function traceCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withAdminOptions(
    new Command("trace")
      .argument("<subject>", "the observation's subject, or its event's id")
      .option("--pipeline <name>", "the pipeline, where several know the subject"),
  )
    .summary("the life of an observation, by its subject")
    .description("Shows the life of an observation: when it came, what was predicted, its label, when it was learned.")
    .addHelpText("after", HELP)
    .action((subject: string, flags: AdminFlags & { pipeline?: string }) =>
      withAdmin(context, flags, async (admin) => {
        const trace = await find(admin, subject, flags.pipeline);
        if (flags.json === true) writeJson(trace, out);
        else writeLines(traceLines(trace, context.clock.now(), out), out);
      }),
    );
}

async function find(admin: Admin, subject: string, pipeline: string | undefined): Promise<Trace> {
  const known = (await admin.pipelines()).items.map(({ name }) => name);
  if (pipeline !== undefined && !known.includes(pipeline)) {
    throw new UsageError(`--pipeline: ${JSON.stringify(pipeline)} is not deployed${suggestion(pipeline, known)}`);
  }
  const names = pipeline === undefined ? known : [pipeline];
  const found = await findAll(admin, subject, names);
  const [first, ...others] = found;
  if (first === undefined) {
    const where = pipeline === undefined ? "no pipeline knows" : `${pipeline} does not know`;
    const row = `${subject}/0`;
    const rows = await findAll(admin, row, names);
    if (rows.length > 0) {
      throw new FailedError(
        `${where} an observation ${JSON.stringify(subject)}; did you mean ${JSON.stringify(row)}? Each row of a request is an observation of its own: ${subject}/0, ${subject}/1, ...`,
      );
    }
    throw new FailedError(
      `${where} an observation ${JSON.stringify(subject)}; an event that was refused is among the dead letters (wadi dlq list), and old observations are forgotten`,
    );
  }
  if (others.length === 0) return first;
  throw new UsageError(
    `several pipelines know ${JSON.stringify(subject)}; add --pipeline, one of ${found.map((one) => one.pipeline).join(", ")}`,
  );
}

async function findAll(admin: Admin, subject: string, pipelines: readonly string[]): Promise<readonly Trace[]> {
  const found: Trace[] = [];
  for (const name of pipelines) {
    const trace = await lookUp(admin, name, subject);
    if (trace !== undefined) found.push(trace);
  }
  return found;
}

async function lookUp(admin: Admin, pipeline: string, subject: string): Promise<Trace | undefined> {
  try {
    const trace = await admin.trace(pipeline, subject);
    return trace.steps.length > 0 ? trace : undefined;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
