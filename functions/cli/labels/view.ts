// Labels, for people: a table of the pipelines, or one with a histogram of delays in bars of text.

import type { LabelDelay, LabelFigures } from "../../admin/shapes/labels.ts";
import { DAY_MS, HOUR_MS } from "../../lib/duration.ts";
import { count, percent, plural } from "../../lib/figures.ts";
import { factLines } from "../terminal/facts.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

const LONGEST_BAR = 40;
const SHORTEST_BAR = 4;
const MINUTE_MS = 60_000;

export function allLabelsLines(items: readonly LabelFigures[], output: Output): readonly string[] {
  const { palette, signs } = output;
  if (items.length === 0) return ["No pipeline is deployed."];
  const right = (title: string, optional = false): Column => ({ title, align: "right", optional });
  const columns = [
    { title: "pipeline", cut: true },
    { title: "label", cut: true, optional: true },
    ...[right("observations"), right("labelled", true), right("waiting"), right("soon", true)],
    ...[right("never came", true), right("labels waiting", true), right("of nobody", true)],
  ];
  const rows = items.map(({ pipeline, target, ...of }) => [
    printable(pipeline),
    target === undefined ? "-" : printable(target),
    ...[of.opened, of.joined, of.waiting, of.expiringSoon.observations].map(count),
    ...[of.expiredUnlabelled, of.waitingLabels, of.orphanedLabels].map(count),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  const note = "soon: their horizon ends within a tenth of it. wadi labels <pipeline> shows how late labels come";
  return [palette.quiet(titles), ...lines, "", ...wrap(note, output.room()).map(palette.quiet)];
}

export function labelsLines(figures: LabelFigures, output: Output): readonly string[] {
  const { palette, room } = output;
  const { pipeline, target, labelHorizonMs, opened, joined, waiting, expiringSoon, conflicts = 0 } = figures;
  const name = palette.strong(printable(pipeline));
  if (target === undefined) return wrap(`${name} learns observations as they come; it has no label`, room());
  const soon = `${count(expiringSoon.observations)} of them have ${lengthText(expiringSoon.withinMs)} or less left`;
  const facts = factLines(
    [
      ["observations", count(opened)],
      ["labelled", `${count(joined)} (${percent(joined, opened)})`],
      ["waiting", waiting === 0 ? "0" : `${count(waiting)}; ${soon}`],
      ["never came", amiss(figures.expiredUnlabelled, palette.warn)],
      ["labels waiting", count(figures.waitingLabels)],
      ["of nobody", amiss(figures.orphanedLabels, palette.warn)],
      [
        "not learned",
        conflicts === 0
          ? undefined
          : palette.warn(`${plural(conflicts, "label")} since the start: another came first and was learned`),
      ],
    ],
    output,
  );
  const head = `${name}: the label is ${printable(target)}, waited for ${lengthText(labelHorizonMs)}`;
  return [...wrap(head, room()), ...facts, "", ...delayLines(figures.delays, output)];
}

function amiss(value: number, paint: (text: string) => string): string {
  return value > 0 ? paint(count(value)) : count(value);
}

/** From the first bin that has labels to the last one. */
function delayLines(delays: readonly LabelDelay[], output: Output): readonly string[] {
  const { palette, signs, room } = output;
  const all = delays.reduce((sum, { labels }) => sum + labels, 0);
  if (all === 0) return wrap("No label has come by itself yet, after its observation or before it.", room());
  const title = `How long after its observation a label came (${count(all)} came by themselves)`;
  const first = delays.findIndex(({ labels }) => labels > 0);
  const last = delays.findLastIndex(({ labels }) => labels > 0);
  const shown = delays.slice(first, last + 1);
  const texts = shown.map(({ upToMs }) => (upToMs === undefined ? "longer" : `up to ${lengthText(upToMs)}`));
  const counts = shown.map(({ labels }) => count(labels));
  const shares = shown.map(({ labels }) => percent(labels, all));
  const [wide, wideCount, wideShare] = [texts, counts, shares].map((list) =>
    Math.max(...list.map((one) => one.length)),
  );
  const left = room() - (wide as number) - (wideCount as number) - (wideShare as number) - 6;
  const longest = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, left));
  const most = Math.max(...shown.map(({ labels }) => labels));
  const lines = shown.map(({ labels }, i) => {
    const bar = signs.full.repeat(labels === 0 ? 0 : Math.max(1, Math.round((labels / most) * longest)));
    const figures = `${counts[i]?.padStart(wideCount as number)}  ${shares[i]?.padStart(wideShare as number)}`;
    return `${palette.quiet(texts[i]?.padEnd(wide as number) ?? "")}  ${figures}  ${palette.accent(bar)}`.trimEnd();
  });
  return [...wrap(title, room()), ...lines];
}

/** Of one unit, where it is so many of it. */
function lengthText(ms: number): string {
  const [size, unit] =
    (
      [
        [DAY_MS, "d"],
        [HOUR_MS, "h"],
        [MINUTE_MS, "min"],
      ] as const
    ).find(([whole]) => ms >= whole) ?? ([1000, "s"] as const);
  return `${Number((ms / size).toFixed(1))} ${unit}`;
}
