// The elements of one big JSON array, piece by piece: a file larger than memory is read like a small one.

export interface JsonArrayReader {
  /** The texts of the elements that are complete now. */
  push(text: string): string[];
  /** @throws Error where the array is not closed. */
  end(): void;
}

const MAX_ELEMENT_CHARS = 1024 * 1024;

// The only characters that change where we are.
const SIGNIFICANT = /["\\[\]{},]/g;

/** @throws Error for what is no JSON array of objects, in words. The elements themselves are not parsed. */
export function createJsonArrayReader(): JsonArrayReader {
  let begun = false;
  let depth = 0;
  let count = 0;
  let inString = false;
  let closed = false;
  let pending = "";
  // Where in `pending` the search goes on.
  let at = 0;

  function push(text: string): string[] {
    const elements: string[] = [];
    pending += text;
    if (!begun && !begin()) return elements;
    let from = 0;
    const take = (to: number, last: boolean) => {
      checkLength(to - from);
      const element = pending.slice(from, to).trim();
      from = to + 1;
      if (element === "" && last && count === 0) return;
      if (element === "") {
        const what = last ? "a comma stands behind the last element" : "nothing stands before a comma";
        throw new Error(`the JSON array is broken: ${what}, after ${count} of its elements; take the comma out`);
      }
      elements.push(element);
      count++;
    };
    SIGNIFICANT.lastIndex = at;
    at = pending.length;
    for (let found = SIGNIFICANT.exec(pending); found !== null && !closed; found = SIGNIFICANT.exec(pending)) {
      const { 0: sign, index } = found;
      if (sign === "\\") {
        // What is escaped may come with the next piece.
        if (inString) SIGNIFICANT.lastIndex = index + 2;
        if (inString && index + 1 >= pending.length) at = index;
      } else if (sign === '"') inString = !inString;
      else if (inString) continue;
      else if (sign === "[" || sign === "{") depth++;
      else if (sign !== ",") {
        if (--depth > 0) continue;
        if (sign === "}") throw new Error("the JSON array is closed by }, not by ]");
        take(index, true);
        closed = true;
      } else if (depth === 1) take(index, false);
    }
    pending = pending.slice(from);
    at -= from;
    if (closed) {
      if (pending.trim() !== "") throw new Error("there is text behind the end of the JSON array");
      pending = "";
    }
    checkLength(pending.length);
    return elements;
  }

  function checkLength(chars: number): void {
    if (chars <= MAX_ELEMENT_CHARS) return;
    throw new Error("an element of the JSON array has more than a million characters: is a string never closed?");
  }

  function begin(): boolean {
    const start = pending.search(/\S/);
    if (start < 0) {
      pending = "";
      return false;
    }
    if (pending[start] !== "[") {
      throw new Error("this is no JSON array: it must begin with [ (one object a line is --format ndjson)");
    }
    pending = pending.slice(start + 1);
    depth = 1;
    begun = true;
    return true;
  }

  return {
    push,
    end() {
      if (!begun) throw new Error("there is no JSON array: nothing but blanks");
      if (!closed) throw new Error("the JSON array is not closed: the file is cut off");
    },
  };
}
