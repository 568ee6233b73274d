// Numbers as people and spreadsheets write them: with a decimal point or a decimal comma, in groups of three digits or not.
//
//   point   1234.5   1,234.5   1 234.5   1'234.5   12,34,567.5 (India)
//   comma   1234,5   1.234,5   1 234,5   1'234,5
//
// `00123`, `+4` and `1E5` look like codes and are none, and so are whole numbers of more digits than JSON keeps.

export type Decimal = "point" | "comma";

const SIGNS: Readonly<Record<Decimal, { readonly decimal: string; readonly group: string }>> = {
  point: { decimal: "\\.", group: "," },
  comma: { decimal: ",", group: "." },
};
// Blanks of four widths and two apostrophes.
const NEUTRAL_GROUPS = " \u00a0\u2009\u202f'\u2019";

// An exponent only with a sign or behind a fraction, as programs print it: `1E5` is a code.
const forms = (["point", "comma"] as const).map((which) => {
  const { decimal, group } = SIGNS[which];
  const fraction = `(?:${decimal}\\d+)`;
  return [
    which,
    {
      plain: new RegExp(`^[-\u2212]?(?:0|[1-9]\\d*)(?:${fraction}(?:[eE][+-]?\\d+)?|[eE][+-]\\d+)?$`),
      grouped: new RegExp(`^[-\u2212]?[1-9]\\d{0,2}([${group}${NEUTRAL_GROUPS}])\\d{3}(?:\\1\\d{3})*${fraction}?$`),
      given: new RegExp(`^[+-]?(?:\\d+${decimal}?\\d*|${decimal}\\d+)(?:[eE][+-]?\\d+)?$`),
    },
  ] as const;
});
const FORMS = Object.fromEntries(forms) as Readonly<Record<Decimal, (typeof forms)[number][1]>>;
/** The sign of typography. */
const MINUS = 0x2212;
const GROUPED_IN_INDIA = /^[-\u2212]?[1-9]\d?(?:,\d{2})*,\d{3}(?:\.\d+)?$/;

/** `given`: somebody said that it is one, so that what looks like a code is one, too. */
export function readNumber(cell: string, decimal: Decimal, given = false): number | undefined {
  const { plain, grouped, given: asGiven } = FORMS[decimal];
  // Nearly all numbers are written as JavaScript reads them.
  if (decimal === "point" && plain.test(cell) && cell.charCodeAt(0) !== MINUS)
    return inRange(Number(cell), cell, given);
  const fits =
    plain.test(cell) ||
    grouped.test(cell) ||
    (decimal === "point" && GROUPED_IN_INDIA.test(cell)) ||
    (given && asGiven.test(cell));
  if (!fits) return undefined;
  const bare = cell.replaceAll(decimal === "point" ? /[,\s'\u2019]/g : /[.\s'\u2019]/g, "");
  return inRange(Number(bare.replace(",", ".").replace("\u2212", "-")), bare, given);
}

function inRange(value: number, text: string, given: boolean): number | undefined {
  if (Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) return undefined;
  return given || !/^[-\u2212]?\d+$/.test(text) ? value : undefined;
}

/** A JSON number, as `wadi predict` and programs write them. */
export function readPlainNumber(cell: string): number | undefined {
  return FORMS.point.plain.test(cell) ? readNumber(cell, "point") : undefined;
}

/** How the number must be written for the cell to be one: `either` says nothing, `unclear` two different numbers. */
export function decimalOf(cell: string): Decimal | "either" | "unclear" | undefined {
  const point = readNumber(cell, "point");
  const comma = readNumber(cell, "comma");
  if (point === undefined) return comma === undefined ? undefined : "comma";
  if (comma === undefined) return "point";
  return point === comma ? "either" : "unclear";
}
