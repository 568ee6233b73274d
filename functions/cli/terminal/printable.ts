// Makes text from a file, an event or the network safe to print: it must not control the terminal.

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what controls the terminal
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
// Characters that change the writing direction, or are invisible. The two joiners are allowed: words and emoji need them.
const FORMATS = /[\p{Cf}--[\u200c\u200d]]/gv;
const RAW_IN_JSON = /[\u007f-\u009f\u2028\u2029]/g;

/** In one line: each run of control characters becomes a blank; characters that turn or hide text are escaped as in JSON. */
export function printable(text: string): string {
  return text.replace(CONTROLS, " ").replace(FORMATS, escaped);
}

/** JSON text of the same meaning without such characters; `JSON.stringify` escapes only those below the blank. */
export function printableJson(json: string): string {
  return json.replace(RAW_IN_JSON, escaped).replace(FORMATS, escaped);
}

function escaped(sign: string): string {
  return sign
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
