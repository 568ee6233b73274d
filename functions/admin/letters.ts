// Dead letters as people see them, choose them, and send or drop them.

import type {
  Broker,
  DeadLetterQuery as BrokerQuery,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterQueue,
} from "../lib/broker/broker.ts";
import { NO_STATUS, redrivenOf } from "../lib/broker/dead-letter.ts";
import { type FieldProblem, NotFoundError, RejectedError, UnavailableError } from "../lib/errors.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import type { Admin } from "./admin.ts";
import type { DeadLetterDetail, DeadLetterQuery, DeadLetterSelection, DeadLetterSummary } from "./shapes/shapes.ts";

const NO_STATUS_TOLD =
  "Knative tells no status: nothing answered, or what answered 2xx was no event; the log of the step tells more";
const MAX_SELECTED = 1000;
/** Letters carry whole events, of up to 1 MiB: no more than this many are held at once. */
const CHUNK = 100;
const DEFAULT_PAGE = 100;

type LetterOperations = "deadLetters" | "deadLetter" | "redrive" | "drop";

export function createLetters(broker: Pick<Broker, "deadLetters">): Pick<Admin, LetterOperations> {
  return {
    async deadLetters({ limit = DEFAULT_PAGE, after, ...query }) {
      const filter = { ...filterOf(query), after: cursorOf(after), limit: limit + 1 };
      const found: DeadLetterSummary[] = [];
      for await (const letter of lettersOf(broker.deadLetters, filter)) found.push(summaryOf(letter));
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, ...(found.length > limit && last !== undefined && { next: String(last.number) }) };
    },
    async deadLetter(number) {
      const letter = Number.isSafeInteger(number) ? await broker.deadLetters.get(number) : undefined;
      if (letter !== undefined) return detailOf(letter);
      throw new NotFoundError(`there is no dead letter ${number}; it may have been sent again or dropped`);
    },
    async redrive(selection) {
      const numbers = await selected(broker.deadLetters, selection);
      return { redriven: await inChunks(numbers, broker.deadLetters.redrive) };
    },
    async drop(selection) {
      const numbers = await selected(broker.deadLetters, selection);
      return { dropped: await inChunks(numbers, broker.deadLetters.drop) };
    },
  };
}

/** At most `limit`, a chunk at a time; between two chunks others have their turn. */
export async function* lettersOf(queue: DeadLetterQueue, query: BrokerQuery): AsyncGenerator<DeadLetter> {
  let { after, limit } = query;
  while (limit > 0) {
    const chunk = await queue.list({ ...query, after, limit: Math.min(CHUNK, limit) });
    yield* chunk;
    if (chunk.length < CHUNK) return;
    after = chunk.at(-1)?.number;
    limit -= chunk.length;
    await new Promise(setImmediate);
  }
}

/**
 * Does `deed` to them in order, a chunk at a time; how many it was done to.
 * @throws UnavailableError that says how many it was done to before; to those of a chunk that fails it is not done.
 */
export async function inChunks(
  numbers: readonly number[],
  deed: (numbers: readonly number[]) => Promise<number>,
): Promise<number> {
  let done = 0;
  try {
    for (let i = 0; i < numbers.length; i += CHUNK) done += await deed(numbers.slice(i, i + CHUNK));
    return done;
  } catch (error) {
    if (done === 0 || !(error instanceof UnavailableError)) throw error;
    const message = `${done} of ${numbers.length} dead letters were done before this: ${error.message}`;
    throw new UnavailableError(error.code, message, { cause: error });
  }
}

export function summaryOf({ number, trigger, time, reason, event }: DeadLetter): DeadLetterSummary {
  const { type, source, id } = event;
  // Whose subject is not stated has its id for one; a label must state it.
  const subject = event.subject ?? (type === EventType.observation ? id : undefined);
  const status = Number(event["knativeerrorcode"]);
  const pipeline = event["pipeline"];
  return {
    number,
    step: trigger,
    time,
    reason,
    type,
    source,
    id,
    redriven: redrivenOf(event),
    ...(Number.isInteger(status) && { status }),
    ...(subject !== undefined && { subject }),
    ...(typeof pipeline === "string" && { pipeline }),
    message: reason === NO_STATUS ? NO_STATUS_TOLD : messageOf(event["knativeerrordata"]),
  };
}

function detailOf(letter: DeadLetter): DeadLetterDetail {
  return { ...summaryOf(letter), event: structured(letter.event) };
}

/** As structured mode writes it: bytes as base64. */
function structured({ data, ...attributes }: Event): Record<string, unknown> {
  if (data === undefined) return attributes;
  if (data instanceof Uint8Array) return { ...attributes, data_base64: Buffer.from(data).toString("base64") };
  return { ...attributes, data };
}

/** The first field that the step named as at fault, as it named it: `data.x`. */
export function fieldOf({ event }: DeadLetter): string | undefined {
  const errorData = event["knativeerrordata"];
  if (typeof errorData !== "string") return undefined;
  return faultsIn(Buffer.from(errorData, "base64").toString("utf8"))[0]?.path;
}

/** Those that stand whole in the beginning of an answer. */
function faultsIn(text: string): readonly FieldProblem[] {
  const found = text.matchAll(/"path":"((?:[^"\\]|\\.)*)","problem":"((?:[^"\\]|\\.)*)"/gs);
  return Array.from(found, ([, path = "", problem = ""]) => ({ path: unescaped(path), problem: unescaped(problem) }));
}

/** What the step said. The broker keeps the first bytes of its answer, so the JSON may be cut anywhere. */
function messageOf(errorData: unknown): string {
  if (typeof errorData !== "string") return "";
  const text = Buffer.from(errorData, "base64").toString("utf8");
  const [, message] = /"message":"((?:[^"\\]|\\.)*)/s.exec(text) ?? [];
  if (message === undefined) return text;
  const said = unescaped(message);
  const more = faultsIn(text).map(({ path, problem }) => fieldText(path, problem));
  return [said, ...more.filter((field) => !said.includes(field))].join("; ");
}

/** A problem that begins with the field's name says it all. */
function fieldText(path: string, problem: string): string {
  return problem.startsWith(`${path} `) ? problem : `${path} ${problem}`;
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text; // cut within an escape
  }
}

function filterOf({ step, reason, pipeline, since, until }: DeadLetterQuery | DeadLetterSelection): DeadLetterFilter {
  return { trigger: step, reason, pipeline, since, until };
}

/** The number after which a page begins. @throws RejectedError for what was never a `next`. */
function cursorOf(after: string | undefined): number | undefined {
  if (after === undefined || /^[1-9]\d{0,14}$/.test(after)) return after === undefined ? undefined : Number(after);
  throw new RejectedError(
    "request",
    `after is ${JSON.stringify(after)}, which is no \`next\` of a page; leave it out`,
    [{ path: "query.after", problem: "is no cursor of this list: take `next` of the page before, or leave it out" }],
  );
}

/** The numbers of the chosen letters, ascending. @throws RejectedError where nothing was said, or two things at once. */
async function selected(queue: DeadLetterQueue, selection: DeadLetterSelection): Promise<readonly number[]> {
  const { numbers, all, limit = MAX_SELECTED } = selection;
  const filter = filterOf(selection);
  const filtered = Object.values(filter).some((value) => value !== undefined);
  if (numbers !== undefined) {
    if (!filtered && all !== true && numbers.length > 0) return [...new Set(numbers)].sort((a, b) => a - b);
    throw unclear("numbers go with no filter and not with all: send the numbers, at least one, by themselves");
  }
  if (!filtered && all !== true) {
    throw unclear(
      "nothing is selected: send numbers, or a filter (step, reason, pipeline, since, until), or all: true",
    );
  }
  const found: number[] = [];
  for await (const { number } of lettersOf(queue, { ...filter, first: "oldest", limit })) found.push(number);
  return found;
}

function unclear(problem: string): RejectedError {
  return new RejectedError("selection", problem, [{ path: "body", problem }]);
}
