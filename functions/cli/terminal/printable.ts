// What came from a file, from an event or over the net must not steer the terminal.

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what steers
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
// What turns the direction of all that follows, or is not seen at all. The two joiners belong to words and to emoji.
const FORMATS = /[\p{Cf}--[\u200c\u200d]]/gv;
const RAW_IN_JSON = /[\u007f-\u009f\u2028\u2029]/g;

/** In one line: each run of control characters is a blank, and what turns or hides text is shown as JSON escapes it. */
export function printable(text: string): string {
  return text.replace(CONTROLS, " ").replace(FORMATS, escaped);
}

/** JSON text of the same meaning that steers nothing; `JSON.stringify` escapes only what is below the blank. */
export function printableJson(json: string): string {
  return json.replace(RAW_IN_JSON, escaped).replace(FORMATS, escaped);
}

function escaped(sign: string): string {
  return sign
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
