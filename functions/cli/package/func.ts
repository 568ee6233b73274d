// wadi package func: a step as a project of Knative's `func`.

import { join } from "node:path";
import { Command, Option } from "commander";
import { STEPS, type StepName } from "../../lib/events/vocabulary.ts";
import { plural } from "../../lib/figures.ts";
import { HOME, shown } from "../../lib/program.ts";
import type { CommandContext } from "../context.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { type Bundle, openBundler } from "./bundle.ts";
import { contentsOf, SCRIPTS } from "./contents.ts";
import { funcReadMe, funcYaml, indexTs, packageJson, STEP_TYPES, TS_CONFIG } from "./func-files.ts";
import { hasStore } from "./openwhisk-files.ts";
import { outFolder, type PackageFile } from "./out-folder.ts";

const HELP = `
Examples:
  wadi package func --step predict
  wadi package func --step learn --out /tmp/learn --pipelines my/pipelines

Writes a function project: func.yaml, package.json, src/index.ts, and the step with the pipelines in wadi/. It runs under faas-js-runtime,
which npm fetches. It replaces what it wrote there before, and refuses a folder that is somebody else's.

It needs a checkout of Wadi after make install.

--json writes {out, step, pipelines, files: [{name, bytes}]}.

Exit codes: 0 written; 1 a pipeline is wrong, or the folder cannot be written; 2 wrong use.`;

const TARGET = "node22";

interface FuncFlags {
  readonly step: StepName;
  readonly out?: string;
  readonly pipelines: string;
  readonly json?: boolean;
}

export function packageFuncCommand(context: CommandContext): Command {
  const { terminal, clock } = context;
  return new Command("func")
    .addOption(new Option("--step <name>", "which step").choices(STEPS).makeOptionMandatory())
    .option("--out <folder>", "where to write it (default: dist/func-<step>)")
    .option("--pipelines <folder>", "the pipeline files", shown(join(HOME, "helm/pipelines")))
    .option("--json", "for programs")
    .summary("a step as a function project of Knative")
    .description("Packs a step as a project of Knative's func, in the shape of its TypeScript template.")
    .addHelpText("after", HELP)
    .action(async ({ step, out = join("dist", `func-${step}`), pipelines: folder, json }: FuncFlags) => {
      const { loadPipelines } = await import("../../lib/pipeline/load.ts");
      const pipelines = [...loadPipelines(folder).keys()];
      const bundle = await openBundler();
      const write = outFolder(out);
      const created = new Date(clock.now()).toISOString();
      const files = await projectOf(step, { pipelines, folder, created, bundle });
      write(files);
      const written = files.map(({ name, content }) => ({ name, bytes: Buffer.byteLength(content) }));
      if (json === true) writeJson({ out, step, pipelines, files: written }, terminal.out);
      else writeLines(linesOf(step, out, pipelines), terminal.out);
    });
}

function linesOf(step: StepName, out: string, pipelines: readonly string[]): readonly string[] {
  return [
    `Wrote ${out}: ${step} as a function, with ${plural(pipelines.length, "pipeline")}.`,
    `Next: cd ${out} && func deploy --registry <registry>`,
    `or here: cd ${out} && npm install && npm run build && npm start`,
  ];
}

interface Parts {
  readonly pipelines: readonly string[];
  /** Of their files. */
  readonly folder: string;
  readonly created: string;
  readonly bundle: Bundle;
}

async function projectOf(
  step: StepName,
  { pipelines, folder, created, bundle }: Parts,
): Promise<readonly PackageFile[]> {
  const scripts = hasStore(step) ? contentsOf(SCRIPTS, ".lua", "wadi/scripts") : {};
  const below = { ...contentsOf(folder, ".yaml", "wadi/pipelines"), ...scripts };
  return [
    { name: "func.yaml", content: funcYaml(step, created) },
    { name: "package.json", content: packageJson(step) },
    { name: "tsconfig.json", content: TS_CONFIG },
    { name: "README.md", content: funcReadMe(step, pipelines) },
    { name: "src/index.ts", content: indexTs(step) },
    { name: "wadi/step.cjs", content: await bundle(entryOf(step), TARGET) },
    { name: "wadi/step.d.cts", content: STEP_TYPES },
    ...Object.entries(below).map(([name, content]) => ({ name, content })),
  ];
}

function entryOf(step: StepName): string {
  const open = hasStore(step) ? "withRedis" : "withoutStore";
  return `import { join } from "node:path";
import { createFunction } from "./func/main.ts";
import { ${open} } from "./lib/serve/opened.ts";
import { build } from "./${step}/step.ts";
const pipelinesFolder = join(__dirname, "pipelines");
export const step = createFunction({ name: "${step}", open: ${open}(build), env: process.env, pipelinesFolder });
`;
}
