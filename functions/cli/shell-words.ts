// Commands that can be pasted into a shell as they stand.

/** The text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Names as a list that `--omit` reads: with commas in quotes, as CSV has it. */
export function nameList(names: readonly string[]): string {
  return names.map((name) => (/[",\n\r]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(",");
}
