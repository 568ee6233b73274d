// A file of `wadi models export`, piece by piece: all of it but its ids, which may be ten million, is one small object; the
// ids come group by group.

export interface ModelFileReader {
  /** The JSON texts of the groups of ids that are complete now. @throws Error for what is too large. */
  push(text: string): string[];
  /** The JSON text of all the rest, with `"ids":[]`. @throws Error where the file is cut off. */
  end(): string;
}

const MAX_REST_CHARS = 40 * 1024 * 1024;
const MAX_GROUP_CHARS = 1024 * 1024;

const SIGNIFICANT = /["\\[\]{},]/g;
const IDS = /"ids"\s*:\s*$/;

/** What is pushed need not be sound: what is no JSON shows when the texts are parsed. */
export function createModelFileReader(): ModelFileReader {
  let depth = 0;
  let inString = false;
  let inIds = false;
  let rest = "";
  let pending = "";
  let at = 0;

  function push(text: string): string[] {
    const groups: string[] = [];
    pending += text;
    let from = 0;
    const take = (to: number) => {
      const group = pending.slice(from, to).trim();
      if (group !== "") groups.push(group);
      from = to + 1;
    };
    SIGNIFICANT.lastIndex = at;
    at = pending.length;
    for (let found = SIGNIFICANT.exec(pending); found !== null; found = SIGNIFICANT.exec(pending)) {
      const { 0: sign, index } = found;
      if (sign === "\\") {
        // What is escaped may come with the next piece.
        if (inString) SIGNIFICANT.lastIndex = index + 2;
        if (inString && index + 1 >= pending.length) at = index;
      } else if (sign === '"') inString = !inString;
      else if (inString) continue;
      else if (sign === "[" || sign === "{") {
        depth++;
        if (sign === "{" || depth !== 2 || inIds) continue;
        // A name is short: what stands before it does not matter.
        if (!IDS.test(rest.slice(-200) + pending.slice(from, index))) continue;
        inIds = true;
        rest += pending.slice(from, index);
        from = index + 1;
      } else if (sign !== ",") {
        depth--;
        if (!inIds || depth !== 1) continue;
        take(index);
        inIds = false;
        rest += "[]";
      } else if (inIds && depth === 2) take(index);
    }
    if (!inIds) {
      rest += pending.slice(from, at);
      from = at;
    }
    if (pending.length - from > MAX_GROUP_CHARS) throw new Error("a group of ids has more than a million characters");
    if (rest.length > MAX_REST_CHARS) throw new Error("it is larger than any model set, its ids not counted");
    at -= from;
    pending = pending.slice(from);
    return groups;
  }

  return {
    push,
    end() {
      if (rest.trim() === "") throw new Error("it is empty");
      if (depth !== 0 || inString || inIds) throw new Error("it is cut off: not all of it arrived");
      return rest;
    },
  };
}
