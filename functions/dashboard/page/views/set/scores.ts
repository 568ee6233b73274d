// Every model's score, and each baseline's, on one chart that moves by itself; what happened to the set stands on it as marks.

import { useMemo } from "preact/hooks";
import type { HistoryPoint } from "../../../../admin/shapes/history.ts";
import { count, plural } from "../../../../lib/figures.ts";
import { metricNames, metricTitle, metricValue } from "../../../../lib/learners/metrics/title.ts";
import { moment } from "../../../../lib/times.ts";
import { html, type Markup } from "../../html.ts";
import { Chart } from "../../parts/chart.ts";
import { Choice } from "../../parts/choice.ts";
import type { Mark } from "../../parts/marks.ts";
import { Empty } from "../../parts/notice.ts";
import { go, route, to } from "../../route.ts";
import { type Happening, happenings, type Known } from "./history.ts";

/** Newer ones matter more; all are in `wadi models show --json`. */
const MOST_MARKS = 30;
const AXES = [
  ["version", "versions"],
  ["time", "time"],
] as const;

export function Scores({ known: { detail, points } }: { known: Known }): Markup {
  const { path, query } = route.value;
  const metrics = metricNames(
    points.at(-1) === undefined ? [] : Object.values((points.at(-1) as HistoryPoint).metrics),
  );
  const byTime = query["by"] === "time";
  const metric = metrics.find((name) => name === query["metric"]) ?? metrics.find(isRolling) ?? metrics[0];
  const baselines = detail.models.filter(({ isBaseline }) => isBaseline).map(({ name }) => name);
  const drawn = useMemo(
    () => drawnOf(points, metric ?? "", byTime, { champion: detail.champion, baselines }),
    [points, metric, byTime, detail.champion, baselines.join()],
  );
  if (metric === undefined || points.length < 2) {
    return html`<${Empty}>There is nothing to draw yet: a point comes with each commit that learned.</${Empty}>`;
  }
  const change = (more: Readonly<Record<string, string>>) => go(to(path, { ...query, ...more }), true);
  return html`<div>
    <div class="filters">
      <${Choice} name="Score" value=${metric} of=${metrics.map((name) => [name, metricTitle(name)])} choose=${(one: string) => change({ metric: one })} />
      <${Choice} name="Along" value=${byTime ? "time" : "version"} of=${AXES} choose=${(one: string) => change({ by: one })} />
    </div>
    <${Chart} key=${`${metric} ${byTime}`} title=${`${detail.set} ${metricTitle(metric)}`} xTitle=${byTime ? "time" : "version"}
      x=${drawn.x} isTime=${byTime} series=${drawn.series} marks=${drawn.marks}
      summary=${summaryOf(points, metric, detail)} write=${metricValue}
      writeX=${(at: number) => (byTime ? moment(at) : count(at))} />
    <${HappeningList} found=${drawn.found} />
  </div>`;
}

interface Roles {
  readonly champion: string;
  readonly baselines: readonly string[];
}

const isRolling = (name: string) => name.includes("_rolling_");

function drawnOf(points: readonly HistoryPoint[], metric: string, byTime: boolean, roles: Roles) {
  const found = happenings(points).slice(-MOST_MARKS);
  return {
    x: points.map(({ version, time }) => (byTime ? time : version)),
    series: seriesOf(points, metric, roles),
    found,
    marks: marksOf(found, byTime),
  };
}

function seriesOf(points: readonly HistoryPoint[], metric: string, { champion, baselines }: Roles) {
  const roleOf = (name: string) =>
    [name === champion && "serves", baselines.includes(name) && "baseline"].filter(Boolean).join(", ");
  const names = [...new Set(points.slice(-1).flatMap(({ metrics }) => Object.keys(metrics)))];
  return names.map((name) => ({
    name: roleOf(name) === "" ? name : `${name} (${roleOf(name)})`,
    strong: name === champion,
    values: points.map(({ metrics }) => drawable(metrics[name]?.[metric])),
  }));
}

/** An infinite score comes as the largest double: it would flatten all else. */
function drawable(value: number | undefined): number | null {
  return value === undefined || Math.abs(value) === Number.MAX_VALUE ? null : value;
}

function marksOf(found: readonly Happening[], byTime: boolean): readonly Mark[] {
  return found.map(({ point, kind, text }) => ({ x: byTime ? point.time : point.version, kind, text }));
}

function summaryOf(points: readonly HistoryPoint[], metric: string, { champion, verdicts }: Known["detail"]): Markup {
  const values = points.map(({ metrics }) => drawable(metrics[champion]?.[metric])).filter((value) => value !== null);
  const [first, last] = [values[0], values.at(-1)];
  const ends = `from ${metricValue(first)} to ${metricValue(last)}, lowest ${metricValue(Math.min(...values))}, highest ${metricValue(Math.max(...values))}`;
  const verdict = verdicts[metric]?.text;
  return html`<span>${verdict !== undefined && html`<b class="verdict">${verdict}</b><br />`}${metricTitle(metric)} of ${champion}: ${ends}, over ${plural(points.length, "commit")}.</span>`;
}

function HappeningList({ found }: { found: readonly Happening[] }): Markup | null {
  if (found.length === 0) return null;
  return html`<h3>What happened</h3><ol class="happenings">${found.map(
    ({ point, text, kind }) => html`<li key=${`${point.version} ${text}`} class=${kind === "warn" ? "warn-ink" : ""}>
      ${text} <span class="quiet">(version ${count(point.version)}, ${moment(point.time)})</span>
    </li>`,
  )}</ol>`;
}
