// Writes commands so that they can be pasted into a shell.

/** The text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Names as a list that `--omit` reads: with commas in quotes, as CSV has it. */
export function nameList(names: readonly string[]): string {
  return names.map((name) => (/[",\n\r]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(",");
}

/** The words of a command in lines of at most `columns` where possible, joined by backslashes. */
export function commandLines(words: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of withValues(words)) {
    if (line.trim() !== "" && line.length + 1 + word.length + 2 > columns) {
      lines.push(`${line} \\`);
      line = `    ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** An option and its value stay together. */
function withValues(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const word of words) {
    const option = joined.at(-1);
    if (option !== undefined && /^--[a-z-]+$/.test(option) && !word.startsWith("--")) {
      joined[joined.length - 1] = `${option} ${word}`;
    } else joined.push(word);
  }
  return joined;
}
