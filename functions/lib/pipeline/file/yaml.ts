// YAML from a file, with limits: a file that a person wrote is small, and a huge one may be an attack.

import type { Document, LineCounter } from "yaml";
import { asError, ConfigurationError } from "../../errors.ts";
import { show } from "../../problems.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { yamlLibrary } from "./yaml-library.ts";

/** The largest file that is read, in bytes. */
export const MAX_FILE_BYTES = 256 * 1024;

/** Most values once all aliases are followed: a few nested aliases can mean billions. */
const MAX_VALUES = 50_000;
const MAX_DEPTH = 32;
/** Of one anchor, times what it stands for. The library's own guard; the count above is ours. */
const MAX_ALIASES = 100;
/** In all: the library looks through the whole file for each. */
const MAX_ALIASES_IN_ALL = 1000;
const SEVERAL = "it holds several documents: make a file of each, without the line --- that parts them";
/** Of the library's message, in UTF-16 units: it may quote the file. */
const MAX_MESSAGE = 500;

/**
 * The value of a YAML 1.2 text: plain objects, arrays, strings, finite numbers, booleans, null.
 * Duplicate keys, unknown tags, several documents and non-finite numbers are refused.
 * @throws ConfigurationError naming `file`, the position and the cure.
 */
export function parseYaml(text: string, file: string): unknown {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    throw new ConfigurationError(
      `${file} is larger than ${MAX_FILE_BYTES / 1024} KiB: split it, or remove what it does not need`,
    );
  }
  const value = readPlainYaml(text) ?? readYaml(text, file);
  if (value === null || value === undefined) throw new ConfigurationError(`${file} is empty: write its content`);
  checkSize(value, file);
  return value;
}

/** With the library, which knows all of YAML, and says what is wrong. */
function readYaml(text: string, file: string): unknown {
  const { LineCounter, parseDocument } = yamlLibrary();
  try {
    const lines = new LineCounter();
    // The library compares every key with every other one: 28 s for 256 KiB of them. So that check is our own.
    const options = { uniqueKeys: false, stringKeys: true, resolveKnownTags: false, logLevel: "error" } as const;
    const document = parseDocument(text, { version: "1.2", schema: "core", lineCounter: lines, ...options });
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem?.code === "MULTIPLE_DOCS") throw new Error(SEVERAL);
    if (problem) throw problem;
    checkKeys(document, lines);
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const message = asError(error).message.trim();
    const shown = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE).toWellFormed()}...` : message;
    throw new ConfigurationError(`${file} is not valid YAML: ${shown}`, { cause: error });
  }
}

function checkKeys(document: Document.Parsed, lines: LineCounter): void {
  const { isScalar, visit } = yamlLibrary();
  let aliases = 0;
  visit(document, {
    Alias() {
      if (++aliases > MAX_ALIASES_IN_ALL)
        throw new Error(`it has more than ${MAX_ALIASES_IN_ALL} aliases: write the values out`);
    },
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) {
          const { line, col } = lines.linePos(key.range?.[0] ?? 0);
          throw new Error(
            `the key ${show(key.value)} stands twice in one map, at line ${line}, column ${col}: remove one`,
          );
        }
        keys.add(key.value);
      }
    },
  });
}

function checkSize(value: unknown, file: string): void {
  let values = 0;
  const visit = (node: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) {
      throw new ConfigurationError(
        `${file} is nested deeper than ${MAX_DEPTH}: flatten it; an alias must not lie within its own anchor`,
      );
    }
    if (++values > MAX_VALUES) {
      throw new ConfigurationError(`${file} stands for more than ${MAX_VALUES} values: use fewer aliases`);
    }
    if (typeof node === "number" && !Number.isFinite(node)) {
      throw new ConfigurationError(`${file} has a number that is not finite: write one that is`);
    }
    if (typeof node === "string" && !node.isWellFormed()) {
      throw new ConfigurationError(
        `${file} has text with half a character in it: remove the escape \\uD800 to \\uDFFF`,
      );
    }
    if (typeof node !== "object" || node === null) return;
    for (const child of Object.values(node)) visit(child, depth + 1);
  };
  visit(value, 0);
}
