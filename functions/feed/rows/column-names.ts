// The names of columns: which one was meant, what a field of a pipeline may be called, and `emit --rename`.

import { UsageError } from "../../lib/failure.ts";
import { nearest } from "../../lib/nearest.ts";

/** A column and the field of the event that it becomes. */
export type Rename = readonly [column: string, field: string];

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const LONGEST = 40;
const MOST_SHOWN = 20;

export function noColumn(flag: string, name: string, known: readonly string[]): UsageError {
  const meant = nearest(name, known) ?? alike(name, known);
  const listed = known.slice(0, MOST_SHOWN).map((one) => JSON.stringify(one));
  const all = `${listed.join(", ")}${known.length > MOST_SHOWN ? ", ..." : ""}`;
  const cure = meant === undefined ? `use one of ${all}` : `did you mean ${JSON.stringify(meant)}?`;
  return new UsageError(`${flag}: there is no column ${JSON.stringify(name)}; ${cure}`);
}

/** `Duration` and `duration_min` for `Duration (min)`. */
function alike(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  const wanted = plain(name);
  if (wanted === "") return undefined;
  const same = known.find((one) => plain(one) === wanted);
  if (same !== undefined || wanted.length < 3) return same;
  return known.find((one) => plain(one).includes(wanted));
}

/** Whether a pipeline may have a field of this name. */
export function isFieldName(name: string): boolean {
  return FIELD_NAME.test(name) && !(name in Object.prototype);
}

/** For each column the name of its field: its own where it is sound, else one made of it, and no two the same. */
export function fieldNames(columns: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set(columns.filter(isFieldName));
  return new Map(
    columns.map((column, i) => {
      if (isFieldName(column)) return [column, column];
      const base = soundName(column) ?? `column_${i + 1}`;
      let name = base;
      for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
      taken.add(name);
      return [column, name];
    }),
  );
}

/** `Distance, km` becomes `distance_km`, `Größe` `grosse`; undefined where no letter and no digit is left. */
function soundName(column: string): string | undefined {
  const plain = column.replaceAll("ß", "ss").normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const words = plain
    .replaceAll(/[^a-z0-9]+/g, "_")
    .slice(0, LONGEST)
    .replaceAll(/^_+|_+$/g, "");
  if (words === "") return undefined;
  const name = /^\d/.test(words) ? `n_${words}` : words;
  return isFieldName(name) ? name : `${name}_`;
}

// A column may hold commas: it ends at the last = before a field. In quotes, doubled within, it may hold anything.
const PAIR = /\s*(?:"((?:[^"]|"")*)"|([^"].*?))\s*=\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:,|$)/sy;

/** `distance, km=distance_km`; several with commas between them. @throws UsageError. */
export function parseRenames(texts: readonly string[]): readonly Rename[] {
  const renames = texts.flatMap((text) => {
    const found: Rename[] = [];
    const pair = new RegExp(PAIR);
    while (pair.lastIndex < text.length) {
      const [, quoted, plain, field] = pair.exec(text) ?? [];
      const column = quoted?.replaceAll('""', '"') ?? plain;
      if (column === undefined || field === undefined) {
        throw new UsageError(
          `--rename: write ${JSON.stringify(text)} as <column>=<field>, such as 'Distance (km)=distance_km'; a field has letters, digits and underscores, no digit first`,
        );
      }
      found.push([column, field]);
    }
    return found;
  });
  for (const side of [0, 1] as const) {
    const names = renames.map((pair) => pair[side]);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new UsageError(`--rename: ${JSON.stringify(twice)} is there twice; leave one out`);
  }
  return renames;
}

/** As parseRenames reads it. */
export function renameText([column, field]: Rename): string {
  const bare = !/^["\s]|=|[\s]$|[\r\n]/.test(column);
  return `${bare ? column : `"${column.replaceAll('"', '""')}"`}=${field}`;
}
