// The pages of docs/reference, made from the code: `npm run docs` writes them, a test finds those that are stale.

import { join } from "node:path";
import { openApiDocument as adminDocument } from "../../functions/admin/http/openapi.ts";
import { watchArchive } from "../../functions/archive/open.ts";
import { createProgram } from "../../functions/cli/program.ts";
import { run } from "../../functions/cli/program-under-test.contract.ts";
import { recordedTerminal } from "../../functions/cli/terminal/recorded-output.contract.ts";
import type { Broker } from "../../functions/lib/broker/broker.ts";
import { systemClock } from "../../functions/lib/clock.ts";
import { featureTypes } from "../../functions/lib/features/index.ts";
import { pipelineSchema } from "../../functions/lib/pipeline/file/schema.ts";
import { loadPipelines } from "../../functions/lib/pipeline/load.ts";
import { createTelemetry } from "../../functions/lib/telemetry/metrics.ts";
import { VERSION } from "../../functions/lib/version.ts";
import { watchBroker, watchMissing } from "../../functions/local/broker-metrics.ts";
import { openApiDocument as inferDocument } from "../../functions/predict/openapi.ts";
import { eventsPage } from "./events.ts";
import { code, type Json, MEMBERS, membersOf, page, ROOT, table, typeOf } from "./markdown.ts";
import { settingsPage } from "./settings.ts";

function pipelineFile(): string {
  const { properties, ...schema } = pipelineSchema() as { properties: Readonly<Record<string, Json>> };
  const { features = {}, models = {}, ...plain } = properties;
  const chain = models["additionalProperties"] as { items: { anyOf: readonly Json[] } };
  const parts = chain.items.anyOf.find((one) => one["properties"] !== undefined) ?? {};
  const at = new Map<string, string>();
  const learners = Object.entries(parts["properties"] as Readonly<Record<string, Json>>).map(([name, options]) => {
    const rows = membersOf(options, "", 0, { at, heading: name });
    return `### ${name}\n\n${rows.length === 0 ? "No options." : table(MEMBERS, rows)}`;
  });
  const transforms = Object.values(featureTypes).map(({ name, accepts, options }) => {
    const own = membersOf({ properties: options ?? {} }).map(([at = "", type = ""]) => `${at} (${type})`);
    return [code(name), accepts.join(" or "), own.join("; ")];
  });
  return page(
    "Pipeline file",
    "One YAML file describes a pipeline. The published [JSON Schema](../../functions/lib/pipeline/file/pipeline.schema.json) lets an editor complete and check it. A part with options may be a name (`adagrad`) or a name with them (`{ adagrad: { learningRate: 0.5 } }`).",
    table(MEMBERS, membersOf({ ...schema, properties: plain })),
    "## features",
    `${features["description"]} Each has \`from\` (a field), \`as\` (one of these) and, where its name is not unique, \`name\`.`,
    table(["as", "takes", "options"], transforms),
    "## models",
    `${models["description"]}`,
    ...learners,
  );
}

function metrics(): string {
  const telemetry = createTelemetry();
  watchBroker({ status: () => ({ triggers: [], received: 0 }) } as unknown as Broker, telemetry);
  watchMissing(async () => ({}), telemetry);
  watchArchive(() => ({ lag: 0, lagSeconds: 0, rows: 0, conflicts: 0, missed: 0 }), telemetry);
  const all = telemetry.registry.all();
  const rows = all.map(({ name, help, type, labelNames }) => [code(name), type, labelNames.join(", "), help]);
  return page(
    "Metrics",
    "`GET /metrics` on a function's port, and on the broker's under `wadi start`, in Prometheus' format; Node's own figures stand beside these; what they tell of garbage collection and of the loop's lag begins with the first who asks.",
    table(["name", "type", "labels", "what it counts"], rows),
  );
}

async function commandLine(): Promise<string> {
  const context = { terminal: recordedTerminal(), env: {}, clock: systemClock, exitWith: () => {} };
  const program = createProgram(context);
  type One = (typeof program.commands)[number];
  const paths = (command: One, path: readonly string[]): readonly (readonly string[])[] => [
    path,
    ...command.commands
      .filter((one) => one.name() !== "help" && one.name() !== "clean")
      .flatMap((one) => paths(one, [...path, one.name()])),
  ];
  const parts: string[] = [];
  for (const path of paths(program, [])) {
    const { out } = await run([...path, "--help"]);
    parts.push(`${path.length > 1 ? "###" : "##"} ${["wadi", ...path].join(" ")}\n\n\`\`\`text\n${out.trim()}\n\`\`\``);
  }
  return page("Command line", "`./wadi <command> --help` shows the same.", ...parts);
}

function operationsOf(document: Json): string {
  const paths = document["paths"] as Readonly<Record<string, Readonly<Record<string, Json>>>>;
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== "parameters")
      .map(([method, operation]) => {
        const parameters = (operation["parameters"] ?? []) as readonly { name: string; in: string }[];
        const names = parameters.filter((one) => one.in !== "path").map((one) => code(one.name));
        return [code(`${method.toUpperCase()} ${path}`), String(operation["summary"] ?? ""), names.join(", ")];
      }),
  );
  return table(["operation", "what it does", "parameters"], rows);
}

function schemasOf(document: Json): readonly string[] {
  const { schemas } = document["components"] as { schemas: Readonly<Record<string, Json>> };
  return Object.entries(schemas).map(([name, schema]) => {
    const rows = membersOf(schema, "", 7);
    return `### ${name}\n\n${rows.length === 0 ? typeOf(schema) : table(MEMBERS, rows)}`;
  });
}

function httpApi(): string {
  const admin = JSON.parse(JSON.stringify(adminDocument(VERSION))) as Json;
  const pipelines = loadPipelines(join(ROOT, "helm/pipelines"));
  const line = new Map([...pipelines].filter(([name]) => name === "line"));
  const infer = JSON.parse(JSON.stringify(inferDocument(line))) as Json;
  return page(
    "HTTP API",
    "## Predictions",
    "On the port of `predict`, and on the broker's under `wadi start`; shown for the pipeline `line`. `GET /v2/openapi.json` is the document of what is deployed.",
    operationsOf(infer),
    "## Admin API",
    "On a port of its own (8090), with a token. `GET /api/openapi.json` is its document.",
    operationsOf(admin),
    "## Answers of the admin API",
    ...schemasOf(admin),
  );
}

/** File name to text. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    "pipeline-file.md": pipelineFile(),
    "events.md": eventsPage(),
    "settings.md": settingsPage(),
    "metrics.md": metrics(),
    "command-line.md": await commandLine(),
    "http-api.md": httpApi(),
  };
}
