// The field that names the observation, where the file gives one: `event: { subject: flightId }`. It is part of the body of
// observations and labels, so it survives brokers that spoil headers.

import { MalformedEventError } from "../../errors.ts";
import { checkValue } from "../../events/attributes.ts";
import type { FieldValue } from "../../events/vocabulary.ts";
import { suggestion } from "../../nearest.ts";
import type { Problems } from "../../problems.ts";
import type { PipelineFile } from "../pipeline-file.ts";
import { type Field, kindOf } from "./field.ts";

/** The subject that a field's value is, or what is wrong with the value, in words. */
export function subjectOf(value: FieldValue | undefined): { readonly subject: string } | { readonly problem: string } {
  const subject = String(value ?? "");
  if (subject === "") return { problem: "is empty, and the observation is named by it" };
  try {
    checkValue("subject", subject, "as the subject it");
    return { subject };
  } catch (error) {
    if (!(error instanceof MalformedEventError)) throw error;
    return { problem: `cannot name the observation: ${error.message}` };
  }
}

/** Adds what is wrong with `event.subject`. */
export function checkSubject({ event, target }: PipelineFile, fields: readonly Field[], problems: Problems): void {
  const { subject: name } = event;
  if (name === undefined) return;
  const path = ["event", "subject"];
  const field = fields.find((one) => one.name === name);
  if (field === undefined) {
    const known = fields.map((one) => one.name);
    problems.add(path, `the newest schema has no field ${JSON.stringify(name)}${suggestion(name, known)}`);
    return;
  }
  if (name === target?.field) problems.add(path, `${name} is the target, which is not known at first: name another`);
  if (!(kindOf(field.type) === "string" || field.type === "int" || field.type === "long")) {
    problems.add(path, `the field ${name} is a ${field.type}, and a subject is text or a whole number: name another`);
  }
  if (field.nullable || field.default !== undefined) {
    const cure = `write { name: ${name}, type: ${field.type} }`;
    problems.add(path, `the field ${name} may be left out, and each observation must be named: ${cure}`);
  }
}
