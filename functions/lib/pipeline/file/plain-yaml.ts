// The YAML that people write in pipeline files: block maps and lists, flow collections of one line, scalars of one line, comments.
//
// A reader of its own for that part, since nearly every start reads nothing else, and the library takes a quarter of a cold start
// for it. What is not certainly of this part, an error included, is left to the library: it alone says what is wrong.
//
//   Y1  What is read here is read to the same value by the library, under parseYaml's options. The tests compare the two.

const MAX_DEPTH = 32;
/** No tabs, carriage returns, controls, marks of a byte order, line separators or halves of characters. */
const UNUSUAL = /[^\n\x20-\x7e\u00a1-\u1fff\u2030-\ud7ff]/;
const BLANK = /^ *(#.*)?$/;
const KEY = /(?:([A-Za-z_][A-Za-z0-9_-]*|[1-9][0-9]*)|"([^"\\]*)")( *):(?= |$)/y;
const FLOW_KEY = /([A-Za-z_][A-Za-z0-9_-]*|[1-9][0-9]*): /y;
const QUOTED = /"([^"\\]*)"|'([^']*)'/y;
/** It begins with no indicator of YAML, and holds none that ends it there. */
const PLAIN_BEGIN = /[A-Za-z0-9_(/$^+.~<=;-]/;
const FLOW_PLAIN = /[^,[\]{}:#]+/y;
const NUMBER = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?(e[-+]?[0-9]{1,2})?$/;
/** What may be a number in another notation than NUMBER, or a value that has a name. */
const NUMERIC = /^[-+.~]|^0[xo]|^[0-9][0-9eE_.+-]*$/;
const NAMED = new Map<string, boolean | null>([
  ...["null", "Null", "NULL"].map((name): [string, null] => [name, null]),
  ...["true", "True", "TRUE"].map((name): [string, boolean] => [name, true]),
  ...["false", "False", "FALSE"].map((name): [string, boolean] => [name, false]),
]);

interface Line {
  readonly indent: number;
  /** From its first character on. */
  text: string;
}

class NotPlain extends Error {}

/** The value of the text, or undefined where it is not of this part of YAML. */
export function readPlainYaml(text: string): unknown {
  if (UNUSUAL.test(text)) return undefined;
  try {
    return new PlainReader(text).read();
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class PlainReader {
  readonly #lines: Line[];
  #at = 0;

  constructor(text: string) {
    const lines = text.split("\n").filter((line) => !BLANK.test(line));
    this.#lines = lines.map((line) => {
      const trimmed = line.trimStart();
      return { indent: line.length - trimmed.length, text: trimmed.trimEnd() };
    });
  }

  read(): unknown {
    const [first] = this.#lines;
    if (first === undefined) throw new NotPlain();
    const value = this.#block(first.indent, 0);
    if (this.#at < this.#lines.length) throw new NotPlain();
    return value;
  }

  /** Of the lines from here on with this indent. */
  #block(indent: number, depth: number): unknown {
    if (depth > MAX_DEPTH) throw new NotPlain();
    return isItem(this.#lines[this.#at] as Line) ? this.#list(indent, depth) : this.#map(indent, depth);
  }

  #list(indent: number, depth: number): unknown[] {
    const items: unknown[] = [];
    for (let line = this.#lines[this.#at]; line?.indent === indent && isItem(line); line = this.#lines[this.#at]) {
      const content = line.text.slice(1).trimStart();
      if (content === "" || content.startsWith("-")) throw new NotPlain();
      if (startsWithKey(content)) {
        // A map that begins behind the hyphen: its further keys stand below its first one.
        const own = indent + line.text.length - content.length;
        this.#lines[this.#at] = { indent: own, text: content };
        items.push(this.#map(own, depth + 1));
      } else {
        this.#at++;
        items.push(this.#oneLine(content, indent, depth + 1));
      }
    }
    return items;
  }

  #map(indent: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      KEY.lastIndex = 0;
      const [matched, plain, quoted = ""] = KEY.exec(line.text) ?? [];
      if (matched === undefined) throw new NotPlain();
      this.#at++;
      set(map, plain ?? quoted, this.#valueOf(line.text.slice(matched.length).trimStart(), indent, depth));
    }
    return map;
  }

  #valueOf(rest: string, indent: number, depth: number): unknown {
    if (rest !== "" && !rest.startsWith("#")) return this.#oneLine(rest, indent, depth + 1);
    const next = this.#lines[this.#at];
    if (next !== undefined && (next.indent > indent || (next.indent === indent && isItem(next))))
      return this.#block(next.indent, depth + 1);
    return null;
  }

  /** What stands behind a key or a hyphen. A line below that is indented further would go on with it. */
  #oneLine(text: string, indent: number, depth: number): unknown {
    const next = this.#lines[this.#at];
    if (next !== undefined && next.indent > indent) throw new NotPlain();
    return new LineReader(text).whole(depth);
  }
}

function isItem({ text }: Line): boolean {
  return text === "-" || text.startsWith("- ");
}

function startsWithKey(text: string): boolean {
  KEY.lastIndex = 0;
  return KEY.test(text);
}

function set(map: Record<string, unknown>, key: string, value: unknown): void {
  // A key that stands twice, and one that an assignment would not make.
  if (key === "__proto__" || Object.hasOwn(map, key)) throw new NotPlain();
  map[key] = value;
}

class LineReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(depth: number): unknown {
    const first = this.#text[0] as string;
    if (!"[{\"'".includes(first)) return this.#plainLine();
    const value = this.#flow(depth);
    // Behind it there may be a comment, and no key's colon.
    if (!/^( +#.*)?$/.test(this.#text.slice(this.#at))) throw new NotPlain();
    return value;
  }

  #plainLine(): unknown {
    const comment = this.#text.indexOf(" #");
    const scalar = (comment < 0 ? this.#text : this.#text.slice(0, comment)).trimEnd();
    if (scalar.includes(": ") || scalar.endsWith(":")) throw new NotPlain();
    return resolve(scalar);
  }

  /** A value in a flow collection, or one itself. */
  #flow(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new NotPlain();
    const first = this.#text[this.#at];
    if (first === "[") return this.#flowList(depth);
    if (first === "{") return this.#flowMap(depth);
    if (first !== '"' && first !== "'") return resolve(this.#match(FLOW_PLAIN)[0].trimEnd());
    const [, double, single] = this.#match(QUOTED);
    if (this.#text[this.#at] === first) throw new NotPlain();
    return double ?? single;
  }

  #flowList(depth: number): unknown[] {
    const items: unknown[] = [];
    while (this.#goesOn(items.length > 0, "]")) items.push(this.#flow(depth + 1));
    return items;
  }

  #flowMap(depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    let isFirst = true;
    while (this.#goesOn(!isFirst, "}")) {
      isFirst = false;
      const [, key = ""] = this.#match(FLOW_KEY);
      this.#skipSpaces();
      set(map, key, this.#flow(depth + 1));
    }
    return map;
  }

  /** Past the bracket, or the comma behind an earlier member, to the next member; false: past the end. */
  #goesOn(hasEarlier: boolean, end: string): boolean {
    this.#skipSpaces();
    const before = this.#text[this.#at];
    if (!hasEarlier || before === ",") {
      this.#at++;
      this.#skipSpaces();
    }
    const isEnd = this.#text[this.#at] === end;
    if (hasEarlier && (before === ",") === isEnd) throw new NotPlain();
    if (isEnd) this.#at++;
    return !isEnd;
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) throw new NotPlain();
    this.#at = pattern.lastIndex;
    return found;
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }
}

/** By YAML's core schema. */
function resolve(scalar: string): string | number | boolean | null {
  if (!PLAIN_BEGIN.test(scalar[0] ?? "")) throw new NotPlain();
  if (NUMBER.test(scalar)) return Number(scalar);
  if (NUMERIC.test(scalar)) throw new NotPlain();
  const named = NAMED.get(scalar);
  return named === undefined ? scalar : named;
}
