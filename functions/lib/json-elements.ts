// The elements of a long JSON list as a stream, so that a file may be larger than memory. Each element is its original text,
// because a row's id is made of that text.

import { Tokenizer, TokenParser, TokenType } from "@streamparser/json";

export interface JsonElements {
  /** Takes the next piece of text (whole characters) and returns the elements completed by it. @throws Error saying why it is no JSON. */
  push(text: string): string[];
  /** The JSON text without the elements. @throws Error when the text ends too early. */
  end(): string;
}

export interface JsonElementsOptions {
  /** Which member of the object is the list; left out: the whole text is the list. */
  readonly of?: string;
  /** What messages call one element. */
  readonly element: string;
  /** Limit of the text without the elements. */
  readonly mostOtherBytes?: number;
}

const MOST_ELEMENT_BYTES = 1024 * 1024;
const NEAR_CHARS = 40;

export function createJsonElements({ of, element, mostOtherBytes = 1024 }: JsonElementsOptions): JsonElements {
  const tokenizer = new Tokenizer();
  // The parser checks the order of the tokens and keeps no values.
  const grammar = new TokenParser({ paths: [], keepStack: false });
  const listDepth = of === undefined ? 1 : 2;
  let elements: string[] = [];
  let found = 0;
  const others: Buffer[] = [];
  let otherBytes = 0;
  // Text that is not consumed yet, and its offset in bytes.
  let pending = Buffer.alloc(0);
  let from = 0;
  let at = -1;
  let depth = 0;
  let inList = false;
  let name: unknown;
  let text: unknown;

  /** Everything up to the offset. */
  function take(offset: number): Buffer {
    const taken = pending.subarray(0, offset - from);
    pending = pending.subarray(offset - from);
    from = offset;
    return taken;
  }
  function takeElement(offset: number): void {
    checkLength(offset - from);
    const taken = take(offset).toString("utf8").replace(/^,/, "").trim();
    if (taken === "") return;
    elements.push(taken);
    found++;
  }
  function takeOther(offset: number): void {
    const taken = take(offset);
    // Whitespace around the whole text is ignored; within an object it may be part of a string.
    if (depth === 0 && taken.every((byte) => byte <= 0x20)) return;
    others.push(taken);
    otherBytes += taken.length;
    if (otherBytes > mostOtherBytes) throw new Refused("it is too large, its list not counted");
  }
  function checkLength(length: number): void {
    if (length <= MOST_ELEMENT_BYTES) return;
    throw new Refused(`${element} ${found + 1} has more than a million bytes: is a string never closed?`);
  }

  tokenizer.onToken = (one) => {
    const { token, value, offset } = one;
    at = offset;
    if (of === undefined && depth === 0 && !grammar.isEnded && token !== TokenType.LEFT_BRACKET) {
      throw new Refused("this is no JSON array: it must begin with [ (one object a line is --format ndjson)");
    }
    grammar.write(one);
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) {
      depth++;
      if (inList || depth !== listDepth || token === TokenType.LEFT_BRACE || name !== of) return;
      inList = true;
      takeOther(offset + 1);
    } else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) {
      depth--;
      if (!inList || depth !== listDepth - 1) return;
      takeElement(offset);
      inList = false;
    } else if (token === TokenType.COMMA && inList && depth === listDepth) takeElement(offset);
    else if (token === TokenType.COLON && depth === 1) name = text;
    text = value;
  };

  /** One wording for a wrong character and for a character in the wrong position. */
  function told(error: unknown): Error {
    if (error instanceof Refused) return error;
    if (grammar.isEnded) return new Error("there is text behind the end of the JSON", { cause: error });
    const near = pending
      .subarray(Math.max(0, at - from))
      .toString("utf8")
      .slice(0, NEAR_CHARS)
      .trim();
    const where = inList ? ` in ${element} ${found + 1}` : "";
    return new Error(`the JSON is broken${where}, near ${JSON.stringify(near)}`, { cause: error });
  }

  return {
    push(piece) {
      const bytes = Buffer.from(at < 0 && from === 0 ? piece.replace(/^\ufeff/, "") : piece, "utf8");
      pending = Buffer.concat([pending, bytes]);
      elements = [];
      try {
        tokenizer.write(bytes);
        if (inList) checkLength(pending.length);
        else takeOther(from + pending.length);
      } catch (error) {
        throw told(error);
      }
      return elements;
    },
    end() {
      if (at < 0) throw new Error("there is no JSON: nothing but blanks");
      try {
        if (!tokenizer.isEnded) tokenizer.end();
        if (!grammar.isEnded) grammar.end();
      } catch (error) {
        throw new Error("the JSON is cut off: its end is missing", { cause: error });
      }
      return Buffer.concat(others).toString("utf8");
    },
  };
}

/** Its message says what is wrong. */
class Refused extends Error {}
