// What came from a file, from an event or over the net must not steer the terminal.

/** In one line: each run of control characters is a blank. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what steers
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}
