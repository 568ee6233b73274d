// Words with a meaning of their own in tables: yes and no, missing values, totals. In lower case.

/** Pairs, not one list: a column is boolean only if it has both words of one language. NO alone may be Norway. */
const YES_AND_NO: readonly (readonly [yes: string, no: string])[] = [
  ["yes", "no"],
  ["ja", "nein"],
  ["ja", "nee"],
  ["ja", "nej"],
  ["ja", "nei"],
  ["j\u00e1", "nei"],
  ["oui", "non"],
  ["s\u00ed", "no"],
  ["si", "no"],
  ["s\u00ec", "no"],
  ["sim", "n\u00e3o"],
  ["sim", "nao"],
  ["tak", "nie"],
  ["ano", "ne"],
  ["\u00e1no", "nie"],
  ["igen", "nem"],
  ["da", "nu"],
  ["da", "ne"],
  ["\u0434\u0430", "\u043d\u0435\u0442"],
  ["\u0442\u0430\u043a", "\u043d\u0456"],
  ["\u03bd\u03b1\u03b9", "\u03cc\u03c7\u03b9"],
  ["kyll\u00e4", "ei"],
  ["jah", "ei"],
  ["evet", "hay\u0131r"],
  ["ya", "tidak"],
  ["c\u00f3", "kh\u00f4ng"],
  ["\u306f\u3044", "\u3044\u3044\u3048"],
  ["\u662f", "\u5426"],
  ["\uc608", "\uc544\ub2c8\uc694"],
  ["wahr", "falsch"],
  ["waar", "onwaar"],
  ["vrai", "faux"],
  ["verdadero", "falso"],
  ["verdadeiro", "falso"],
  ["vero", "falso"],
  ["sant", "falskt"],
  ["sand", "falsk"],
  ["tosi", "ep\u00e4tosi"],
  ["prawda", "fa\u0142sz"],
  ["pravda", "nepravda"],
  ["igaz", "hamis"],
  ["do\u011fru", "yanl\u0131\u015f"],
  ["\u0438\u0441\u0442\u0438\u043d\u0430", "\u043b\u043e\u0436\u044c"],
  ["\u771f", "\u5047"],
];
const YES = new Set(["true", ...YES_AND_NO.map(([yes]) => yes)]);
const NO = new Set(["false", ...YES_AND_NO.map(([, no]) => no)]);

/** Whether the words, and there are both, are yes and no of one language. */
export function areYesAndNo(words: ReadonlySet<string>): boolean {
  return words.size === 2 && YES_AND_NO.some(([yes, no]) => words.has(yes) && words.has(no));
}

/** Of any language; undefined for another word. */
export function readYesOrNo(word: string): boolean | undefined {
  const small = word.toLowerCase();
  return YES.has(small) ? true : NO.has(small) ? false : undefined;
}

/** Missing values, and errors of spreadsheet formulas. */
const NOTHING =
  /^(?:|NA|N\/A|n\/a|#N\/A|#NV|<NA>|NaN|nan|null|NULL|None|-|\u2013|\u2014|#DIV\/0!|#VALUE!|#WERT!|#REF!|#BEZUG!)$/;

export function isNothing(cell: string): boolean {
  return !beginsWithDigit(cell) && NOTHING.test(cell);
}

/** Most cells of a table do, and then they are no word of these. */
function beginsWithDigit(cell: string): boolean {
  const first = cell.charCodeAt(0);
  return first >= 0x30 && first <= 0x39;
}

const TOTALS = new Set(
  [
    "total, totals, grand total, subtotal, sum, sums, sum total, gesamt, gesamtsumme, gesamtergebnis, summe, insgesamt",
    "zwischensumme, ergebnis, somme, total g\u00e9n\u00e9ral, sous-total, suma, suma total, total general, somma, totale, totale complessivo",
    "soma, total geral, totaal, eindtotaal, totalt, summa, sammanlagt, yhteens\u00e4, razem, suma ko\u0144cowa, celkem, celkov\u00fd sou\u010det",
    "spolu, \u00f6sszesen, toplam, genel toplam, \u0438\u0442\u043e\u0433\u043e, \u0432\u0441\u0435\u0433\u043e, \u0440\u0430\u0437\u043e\u043c, \u03c3\u03cd\u03bd\u03bf\u03bb\u03bf, \u5408\u8a08, \u7dcf\u8a08, \u5408\u8ba1, \u603b\u8ba1, \uc804\uccb4, \ud569\uacc4",
  ].flatMap((line) => line.split(", ")),
);

/** Whether a row that begins with it looks like the totals at the end of a table. */
export function isTotals(cell: string): boolean {
  return !beginsWithDigit(cell) && TOTALS.has(cell.trim().replace(/\s*:$/, "").toLowerCase());
}
