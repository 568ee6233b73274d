// Unique names of features: a column may have the name that another column's feature gets.

import type { DraftFeature } from "./draft-feature.ts";

interface Output {
  readonly name: string;
  readonly open: boolean;
}

const USUAL: Readonly<Record<string, string>> = { "hour-of-day": "hour", "day-of-week": "weekday" };
const LONGEST = 34;

/** Gives a `name` to each feature whose usual name is invalid or taken. */
export function createFeatureNames() {
  const taken: Output[] = [];
  const free = (output: Output) => !taken.some((other) => overlap(other, output));

  function nameOf(feature: DraftFeature): DraftFeature {
    const usual = USUAL[feature.as] ?? feature.from;
    const sound = /^[A-Za-z]/.test(usual) && !(usual in Object.prototype);
    const base = usual.replace(/^[^A-Za-z]+/, "").slice(0, LONGEST) || "f";
    for (const name of candidates(usual, base, sound)) {
      const outputs = outputsOf(feature.as, name);
      if (name in Object.prototype || !outputs.every(free)) continue;
      taken.push(...outputs);
      return name === usual ? feature : { ...feature, name };
    }
    throw new Error("candidates never end");
  }

  return {
    give(features: readonly DraftFeature[]): readonly DraftFeature[] {
      // Whole names first: an open one, `origin_`, has more names to take than there are columns.
      const order = [...features.keys()].sort((a, b) => Number(isOpen(features[a])) - Number(isOpen(features[b])));
      const given: DraftFeature[] = [...features];
      for (const i of order) given[i] = nameOf(features[i] as DraftFeature);
      return given;
    },
  };
}

/** A name that begins with an open one (`a_`) collides whatever its end, so other beginnings are tried, too. */
function* candidates(usual: string, base: string, sound: boolean): Generator<string> {
  yield sound ? usual : base;
  for (let n = 2; ; n++) {
    yield `${base}${n}`;
    yield `f${n}_${base}`;
  }
}

function isOpen(feature: DraftFeature | undefined): boolean {
  return feature?.as === "one-hot";
}

function outputsOf(as: DraftFeature["as"], name: string): readonly Output[] {
  if (as === "one-hot") return [{ name: `${name}_`, open: true }];
  if (as === "number" || as === "boolean") return [{ name, open: false }];
  return [
    { name: `${name}_sin`, open: false },
    { name: `${name}_cos`, open: false },
  ];
}

function overlap(a: Output, b: Output): boolean {
  if (a.open && b.open) return a.name.startsWith(b.name) || b.name.startsWith(a.name);
  if (a.open) return b.name.startsWith(a.name);
  return b.open ? a.name.startsWith(b.name) : a.name === b.name;
}
