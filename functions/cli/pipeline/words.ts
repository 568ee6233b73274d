// Names and numbers as a drafted pipeline file has them.

/** YAML reads these as something other than text. */
export function word(text: string): string {
  return /^(null|true|false|yes|no|on|off|y|n)$/i.test(text) ? JSON.stringify(text) : text;
}

/** A number with this many significant digits. */
export function figure(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}
