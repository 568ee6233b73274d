// The elements of a long JSON list, piece by piece: a file larger than memory is read like a small one. They come as they stood
// there, for a row is known by its text.

import { Tokenizer, TokenParser, TokenType } from "@streamparser/json";

export interface JsonElements {
  /** The texts of the elements that are complete now. Characters come whole. @throws Error for what is no JSON, in words. */
  push(text: string): string[];
  /** The JSON text of all but them. @throws Error where the end is missing. */
  end(): string;
}

export interface JsonElementsOptions {
  /** The member of an object that is the list; the whole text is where left out. */
  readonly of?: string;
  /** What one element is called. */
  readonly element: string;
  /** Of all but the elements. */
  readonly mostOtherBytes?: number;
}

const MOST_ELEMENT_BYTES = 1024 * 1024;
const NEAR_CHARS = 40;

export function createJsonElements({ of, element, mostOtherBytes = 1024 }: JsonElementsOptions): JsonElements {
  const tokenizer = new Tokenizer();
  // It sees that the tokens are in order, and keeps none of their values.
  const grammar = new TokenParser({ paths: [], keepStack: false });
  const listDepth = of === undefined ? 1 : 2;
  let elements: string[] = [];
  let found = 0;
  const others: Buffer[] = [];
  let otherBytes = 0;
  // What was not taken yet, and where in the text it begins. Offsets are bytes of the text.
  let pending = Buffer.alloc(0);
  let from = 0;
  let at = -1;
  let depth = 0;
  let inList = false;
  let name: unknown;
  let text: unknown;

  /** All up to there. */
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
    // Blanks around a list are nothing.
    if (taken.every((byte) => byte <= 0x20)) return;
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

  /** The same words, whether a sign is wrong or its place. */
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

/** What is wrong is said in its message. */
class Refused extends Error {}
