// The status of a Wadi on a cluster, for people.

import type {
  ClusterPods,
  ClusterProblem,
  ClusterState,
  ClusterStatus,
  ClusterStep,
} from "../../admin/shapes/cluster.ts";
import { count, plural } from "../../lib/figures.ts";
import { modelSetsLines } from "../models/view.ts";
import { type Fact, factLines } from "../terminal/facts.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import { archiveText } from "./status-view.ts";

export function clusterStatusLines(status: ClusterStatus, output: Output): readonly string[] {
  const { strong, quiet } = output.palette;
  const { namespace, context, models } = status;
  return [
    `${strong("Wadi")} in namespace ${strong(printable(namespace))} ${quiet(`of context ${printable(context)}`)}`,
    ...factLines(factsOf(status, output), output),
    "",
    ...stepTable(status.steps, output),
    ...problemLines(status, output),
    ...(models === undefined ? [] : ["", ...modelSetsLines(models, output)]),
  ];
}

function factsOf(status: ClusterStatus, output: Output): readonly Fact[] {
  const { palette } = output;
  const { good, bad, warn } = palette;
  const { broker, sink, store, log, deadLetters, models, pipelines } = status;
  const well = ({ at, missing }: ClusterStatus["store"]) =>
    `${at === undefined ? "" : `${printable(at)}, `}${missing === undefined ? good("well") : bad(printable(missing))}`;
  const state = (one: ClusterState) =>
    ({ ready: good("ready"), waits: warn("not ready yet"), fails: bad("not ready") })[one];
  const where =
    sink === undefined
      ? ""
      : sink.topic === undefined
        ? `; they go to the ${sink.kind} ${sink.name}`
        : `; they are in the topic ${sink.topic}`;
  return [
    [
      "broker",
      broker === undefined
        ? bad("there is none")
        : `${printable(broker.name)}, class ${printable(broker.class)}, ${state(broker.state)}`,
    ],
    ["takes events", broker?.url === undefined ? undefined : printable(broker.url)],
    ["pipelines", pipelines.length === 0 ? undefined : pipelines.map(printable).join(", ")],
    ["learned", models === undefined ? undefined : learnedText(models)],
    ["store", well(store)],
    ["log", well(log)],
    ["archive", archiveText(status, output)],
    [
      "dead letters",
      deadLetters === undefined
        ? `not counted${printable(where)}`
        : deadLetters === 0
          ? "none"
          : `${bad(count(deadLetters))} (wadi dlq list --cluster)`,
    ],
  ];
}

function learnedText(models: NonNullable<ClusterStatus["models"]>): string {
  const examples = models.reduce((sum, one) => sum + one.count, 0);
  return `${plural(examples, "example")} in ${plural(models.length, "model set")}`;
}

function stepTable(steps: readonly ClusterStep[], output: Output): readonly string[] {
  const { palette, signs } = output;
  const columns: Column[] = [
    { title: "step" },
    { title: "pods" },
    { title: "min", align: "right" },
    { title: "max", align: "right" },
    { title: "lag", align: "right" },
    { title: "trigger" },
    { title: "revision", cut: true },
  ];
  const paint = (state: ClusterState) => ({ ready: palette.good, waits: palette.warn, fails: palette.bad })[state];
  const rows = steps.map((step) => [
    paint(step.state)(printable(step.name)),
    podsText(step.pods),
    count(step.min),
    step.max === undefined ? "-" : count(step.max),
    step.lag === undefined ? "-" : count(step.lag),
    step.trigger === undefined ? "-" : paint(step.trigger.state)(WORDS[step.trigger.state]),
    revisionText(step, output),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  return [palette.quiet(titles), ...lines];
}

const WORDS: Readonly<Record<ClusterState, string>> = { ready: "ready", waits: "waits", fails: "not ready" };

/** `0`, `2`, `1 and 1 starts`, `1, 2 end`. */
export function podsText({ ready, starting, ending }: ClusterPods): string {
  const parts = [
    ...(ready > 0 || (starting === 0 && ending === 0) ? [count(ready)] : []),
    ...(starting > 0 ? [`${count(starting)} starting`] : []),
    ...(ending > 0 ? [`${count(ending)} ending`] : []),
  ];
  return parts.join(", ");
}

/** Where one takes over from another, both, with what each has. */
function revisionText({ revision, revisions }: ClusterStep, { signs }: Output): string {
  if (revisions.length < 2) return printable(revision ?? revisions[0]?.name ?? "none yet");
  return revisions
    .map(({ name, percent, pods, state }) => {
      const what = state === "ready" ? `${percent} %` : WORDS[state];
      return `${printable(name)} (${what}, pods ${podsText(pods)})`;
    })
    .join(` ${signs.to} `);
}

function problemLines({ steps, broker, sink }: ClusterStatus, output: Output): readonly string[] {
  const found: [string, ClusterProblem][] = [];
  const add = (name: string, problem: ClusterProblem | undefined) => {
    if (problem !== undefined) found.push([name, problem]);
  };
  add("broker", broker?.problem);
  add("dead letters", sink?.problem);
  for (const step of steps) {
    add(step.name, step.problem);
    // Of a step that fails, or a Broker that does, its Trigger only repeats it.
    if (step.state !== "fails" && broker?.state !== "fails") add(`trigger ${step.name}`, step.trigger?.problem);
  }
  if (found.length === 0) return [];
  const { palette, signs, room } = output;
  const indent = "   ";
  const lines = found.flatMap(([name, { message, cure, reason }]) => [
    ...wrap(
      `${palette.bad(signs.failed)}  ${printable(name)}: ${printable(message)} (${printable(reason)})`,
      room(),
    ).map((line, i) => (i === 0 ? line : indent + line)),
    ...wrap(printable(cure), room() - 6).map((line, i) => `${indent}${i === 0 ? `${signs.to} ` : "  "}${line}`),
  ]);
  return ["", ...lines];
}
