// How the bytes of a file become text: UTF-8, the UTF-16 that spreadsheets save as "Unicode text", or Windows-1252, which
// is Latin-1 with quotes and the euro, and what spreadsheets save as plain CSV in the West.
//
// A byte order mark, or the NULs of UTF-16, show it at the start. ASCII is the same in UTF-8 and Windows-1252, so the first
// piece with other bytes decides, and no more than one piece is looked at.

import { isAscii } from "node:buffer";
import { TextDecoder } from "node:util";
import { UsageError } from "../../lib/failure.ts";

type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

export const UTF_8 = "utf-8";

export interface Decoding {
  /** The text of these bytes, as far as it is complete. @throws Error for bytes that are no text in this encoding. */
  push(bytes: Uint8Array): string;
  /** @throws Error where a character is cut off. */
  end(): string;
  /** Undefined while all is ASCII. */
  encoding(): string | undefined;
}

/** Needed to detect a mark, or UTF-16 without one. */
const LEAST_BYTES = 2;
/** Bytes at the start that are searched for NULs. */
const SAMPLE_BYTES = 4096;
/** Least share of ASCII characters (digits, delimiters, line ends) in a table in UTF-16. */
const LEAST_PLAIN = 0.2;
/** Up to so many letters say nothing about the alphabet. */
const FEW_LETTERS = 4;
const TAB_TO_RETURN = [9, 10, 12, 13];
const NOT_IN_WINDOWS_1252 = new Set([0x7f, 0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/** `latin1`, `shift_jis`: the name that the encoding standard has for it. @throws UsageError. */
export function readEncoding(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch (cause) {
    throw new UsageError(
      `--encoding: ${JSON.stringify(label)} is not known; write utf-8, utf-16le, windows-1252, windows-1251, shift_jis, gb18030 or another of the WHATWG names`,
      { cause },
    );
  }
}

/** `given`: as `readEncoding` has it; told by the bytes where left out. */
export function createDecoding(given?: string): Decoding {
  let encoding = given;
  let decoder = given === undefined ? undefined : new TextDecoder(given, { fatal: true });
  let begun = false;
  // Of the ASCII so far.
  let letters = 0;
  // Bytes that may begin a mark or a character.
  let held: Uint8Array = new Uint8Array();

  function decode(bytes: Uint8Array): string {
    if (given === undefined && encoding === "windows-1252" && bytes.some(isNoText))
      throw new Error("a byte is no character");
    return (decoder as TextDecoder).decode(bytes, { stream: true });
  }

  function push(more: Uint8Array): string {
    if (decoder !== undefined) return decode(more);
    const bytes = held.length === 0 ? more : Buffer.concat([held, more]);
    held = new Uint8Array();
    if (!begun) {
      if (bytes.length < LEAST_BYTES) {
        held = bytes;
        return "";
      }
      encoding = encodingOfStart(bytes);
      if (encoding !== undefined) {
        decoder = new TextDecoder(encoding, { fatal: true });
        return decode(bytes);
      }
    }
    const plain = isAscii(bytes) ? bytes.length : bytes.findIndex((byte) => byte > 0x7f);
    const others = bytes.subarray(plain);
    begun ||= plain > 0;
    const text = asciiText(bytes.subarray(0, plain));
    letters += lettersIn(bytes.subarray(0, plain));
    encoding = encodingOfOthers(others, letters);
    if (encoding === undefined) {
      held = others;
      return text;
    }
    // A mark here is within the text, so it is kept.
    decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    return text + decode(others);
  }

  function end(): string {
    if (decoder !== undefined) return decoder.decode();
    if (isAscii(held)) return asciiText(held);
    if (held.length > 1 || held.some(isNoText)) throw new Error("the last character is cut off");
    encoding = "windows-1252";
    return new TextDecoder(encoding).decode(held);
  }

  return { push, end, encoding: () => encoding };
}

/** From a byte order mark, or from the NULs beside ASCII characters in UTF-16. */
function encodingOfStart(start: Uint8Array): Encoding | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return "utf-8";
  const nulls = { even: 0, odd: 0 };
  const bytes = Math.min(start.length, SAMPLE_BYTES);
  for (let i = 0; i < bytes; i++) if (start[i] === 0) nulls[i % 2 === 0 ? "even" : "odd"]++;
  const least = Math.max(1, (LEAST_PLAIN * bytes) / 2);
  // A few characters have a NUL as their other byte: Ā, and half of an emoji.
  if (nulls.odd >= least && nulls.odd >= 2 * nulls.even) return "utf-16le";
  if (nulls.even >= least && nulls.even >= 2 * nulls.odd) return "utf-16be";
  return undefined;
}

/** Of bytes that begin with the first one beyond ASCII. Undefined: they may still be the beginning of a character. */
function encodingOfOthers(bytes: Uint8Array, letters: number): Encoding | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    return text === "" ? undefined : "utf-8";
  } catch {
    // One valid UTF-8 character means damaged UTF-8: Windows-1252 text almost never looks like that.
    const mixed = /[^\p{ASCII}\ufffd]/u.test(new TextDecoder("utf-8").decode(bytes));
    return mixed || bytes.some(isNoText) || !isWestern(bytes, letters) ? "utf-8" : "windows-1252";
  }
}

/** A guess: text in a non-Latin alphabet has most of its letters beyond ASCII. */
function isWestern(bytes: Uint8Array, lettersBefore: number): boolean {
  return bytes.filter((byte) => byte > 0x7f).length <= lettersBefore + lettersIn(bytes) + FEW_LETTERS;
}

function lettersIn(bytes: Uint8Array): number {
  let letters = 0;
  for (let i = 0; i < bytes.length; i++) {
    const small = (bytes[i] as number) | 0x20;
    if (small >= 0x61 && small <= 0x7a) letters++;
  }
  return letters;
}

function isNoText(byte: number): boolean {
  return (byte < 0x20 && !TAB_TO_RETURN.includes(byte)) || NOT_IN_WINDOWS_1252.has(byte);
}

function asciiText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
