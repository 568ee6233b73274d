// Where the steps are that this process calls by URL, as options and environment say it. Addresses and headers may hold passwords:
// no message shows them.

import { readFileSync } from "node:fs";
import { loginCure } from "../../lib/address-login.ts";
import { asError, ConfigurationError } from "../../lib/errors.ts";
import { STEPS, type StepName } from "../../lib/events/vocabulary.ts";

export interface StepsSetting {
  /** Of the steps that are called by URL; the others are in this process. */
  readonly urls: ReadonlyMap<StepName, string>;
  /** Sent with each call, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a request; default: any number. */
  readonly maxBytes?: number | undefined;
  /** The most calls under way at once to each step; default: as the topology says. */
  readonly concurrency?: number | undefined;
}

const PLACEHOLDER = "{step}";
const EXAMPLE =
  "write http://127.0.0.1:9000/ (the step's name is appended), http://{step}.default.example.com/, or validate=http://...,learn=http://...";
const NAMED = new RegExp(`^(${STEPS.join("|")})=(.*)$`, "s");
/** A comma may be a part of an address, so only one before a step or another address separates. */
const BETWEEN = new RegExp(`,\\s*(?=(?:${STEPS.join("|")})=|[^,=]*=https?:)`);

/** `text`: of `--steps`. `headers`: of WADI_STEPS_HEADERS. @throws ConfigurationError. */
export function readSteps(text: string, headers = "", limits: Pick<StepsSetting, "maxBytes" | "concurrency"> = {}) {
  return { ...limits, urls: readUrls(text.trim()), headers: readStepsHeaders(headers) } satisfies StepsSetting;
}

function readUrls(text: string): ReadonlyMap<StepName, string> {
  if (/^https?:/i.test(text) && !BETWEEN.test(text))
    return new Map(STEPS.map((step) => [step, urlOf(text, step, "append")]));
  const urls = new Map<StepName, string>();
  for (const part of text.split(BETWEEN)) {
    const [, name, url = ""] = NAMED.exec(part.trim()) ?? [];
    if (name === undefined) {
      throw new ConfigurationError(
        `--steps (or WADI_STEPS) is neither an address nor a list of <step>=<address> with the steps ${STEPS.join(", ")}; ${EXAMPLE}`,
      );
    }
    const step = name as StepName;
    if (urls.has(step)) throw new ConfigurationError(`--steps names ${step} twice: leave one out`);
    urls.set(step, urlOf(url, step, "as it is"));
  }
  return urls;
}

/** An address for all steps gets the step's name; one for a single step is that step's already. */
function urlOf(text: string, step: StepName, name: "append" | "as it is"): string {
  const url = URL.parse(text.replaceAll(PLACEHOLDER, step));
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new ConfigurationError(
      `--steps (or WADI_STEPS) has no http address for ${step}; ${EXAMPLE}${loginCure(text)}`,
    );
  }
  if (name === "append" && !text.includes(PLACEHOLDER)) url.pathname = `${url.pathname.replace(/\/+$/, "")}/${step}`;
  return url.href;
}

/** For people: without user, password and query, which may hold a key. */
export function showUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Those that the event or the connection has. */
const NOT_OURS = /^(ce-.*|content-.*|transfer-encoding|connection|keep-alive|host|upgrade|te|trailer|expect)$/;
const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*([\t\x20-\x7e]*?)[ \t]*$/;

/** `Name: value`, one a line; `@` and a path: the lines of that file. @throws ConfigurationError, which shows no value. */
function readStepsHeaders(text: string): Readonly<Record<string, string>> {
  const given = text.trim();
  const lines = (given.startsWith("@") ? readFile(given.slice(1)) : given).split(/\r?\n/);
  const headers: Record<string, string> = {};
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const where = `WADI_STEPS_HEADERS: line ${i + 1}`;
    const [, name = "", value = ""] = LINE.exec(line.trim()) ?? [];
    if (name === "" || value === "") {
      throw new ConfigurationError(`${where} is no header; write Name: value, one a line, in ASCII`);
    }
    const key = name.toLowerCase();
    if (NOT_OURS.test(key))
      throw new ConfigurationError(`${where}: ${key} belongs to the event or the connection; leave it out`);
    if (headers[key] !== undefined) throw new ConfigurationError(`${where}: ${key} is there twice; leave one out`);
    headers[key] = value;
  }
  return headers;
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const message = `WADI_STEPS_HEADERS names the file ${path}, which cannot be read (${asError(error).message})`;
    throw new ConfigurationError(`${message}: correct the path`, { cause: error });
  }
}
