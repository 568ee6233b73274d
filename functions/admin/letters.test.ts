import { expect, test } from "vitest";
import { eventOf } from "../lib/broker/broker-under-test.contract.ts";
import { NO_STATUS } from "../lib/broker/dead-letter.ts";
import { UnavailableError } from "../lib/errors.ts";
import { inChunks, summaryOf } from "./letters.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const full = new UnavailableError(
  "journal-unavailable",
  "the journal j cannot be written: the disk is full: make room",
);

/** Each chunk's number is done but for one; what begins with `failing` fails. */
function deedOn(failing?: number, error: unknown = full) {
  const chunks: number[] = [];
  const deed = async (chunk: readonly number[]) => {
    if (chunk[0] === failing) throw error;
    chunks.push(chunk.length);
    return chunk.length - 1;
  };
  return { deed, chunks };
}

/** A letter whose step said so of these fields. */
function letterOf(attributes: object, message: string, errors: readonly { path: string; problem: string }[]) {
  const said = Buffer.from(JSON.stringify({ message, errors })).toString("base64");
  return {
    number: 1,
    trigger: "validate",
    time: 0,
    reason: "r",
    event: eventOf("e", { ...attributes, knativeerrordata: said }),
  };
}

test.each([
  [
    "that the message names already",
    'pipeline "x" is not deployed here; there is: a',
    "pipeline",
    'pipeline "x" is not deployed here',
    "",
  ],
  ["that the message names with its problem", "it does not fit: data.x is missing", "data.x", "is missing", ""],
  ["of which the message says nothing", "it does not fit", "data.x", "is missing", "; data.x is missing"],
])("a field %s", (_title, message, path, problem, more) => {
  expect(summaryOf(letterOf({}, message, [{ path, problem }])).message).toBe(message + more);
});

test("a letter with no more than its destination says what that can mean", () => {
  const letter = {
    ...letterOf({}, "", []),
    reason: NO_STATUS,
    event: eventOf("e", { knativeerrordest: "http://learn/" }),
  };

  expect(summaryOf(letter)).toMatchObject({
    reason: "no-status",
    message: expect.stringMatching(/nothing answered, or what answered 2xx was no event/),
  });
});

test("an observation without a subject has its id for one, as where it is learned; a label has none", () => {
  const subjectOf = (type: string) => summaryOf(letterOf({ type, subject: undefined }, "", [])).subject;

  expect(subjectOf("dev.wadi.observation")).toBe("e");
  expect(subjectOf("dev.wadi.label")).toBeUndefined();
});

test("letters are handled a hundred at a time, and counted once handled", async () => {
  const { deed, chunks } = deedOn();

  expect(await inChunks(numbers(250), deed)).toBe(247);

  expect(chunks).toEqual([100, 100, 50]);
});

test("where a later chunk fails, the error says how many were done before, and no further chunk is tried", async () => {
  const { deed, chunks } = deedOn(201);

  const error = await inChunks(numbers(1000), deed).catch((thrown) => thrown);

  expect(error).toBeInstanceOf(UnavailableError);
  expect(error).toMatchObject({ code: full.code, cause: full });
  expect(error.message).toBe(`198 of 1000 dead letters were done before this: ${full.message}`);
  expect(chunks).toEqual([100, 100]);
});

test("the error of a first chunk, and one that is not the log's, is passed on as it is", async () => {
  const bug = new TypeError("a bug");

  await expect(inChunks(numbers(300), deedOn(1).deed)).rejects.toBe(full);
  await expect(inChunks(numbers(300), deedOn(101, bug).deed)).rejects.toBe(bug);
});
