// wadi package openwhisk: each step as a zip that Apache OpenWhisk runs as an action.

import { basename, join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { STEPS, type StepName } from "../../lib/events/vocabulary.ts";
import { plural } from "../../lib/figures.ts";
import { HOME, shown } from "../../lib/program.ts";
import { VERSION } from "../../lib/version.ts";
import type { CommandContext } from "../context.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { type Bundle, openBundler } from "./bundle.ts";
import { contentsOf, SCRIPTS } from "./contents.ts";
import { DEFAULT_KIND, deployScript, hasStore, manifestOf, readMe } from "./openwhisk-files.ts";
import { outFolder, type PackageFile } from "./out-folder.ts";

const HELP = `
Examples:
  wadi package openwhisk
  wadi package openwhisk --out /tmp/actions --pipelines my/pipelines

Writes into the folder: a zip for each step (CommonJS for Node 20 or later, its packages and the pipelines in it, no settings),
manifest.yaml for wskdeploy, deploy.sh for wsk, README.md. It replaces what it wrote there before, and refuses a folder that is
somebody else's. The Redis and the secret for callers become parameters of the actions when they are deployed: WADI_STORE and WADI_WHISK_AUTH.

It needs a checkout of Wadi after make install.

--json writes {out, pipelines, files: [{name, bytes}]}.

Exit codes: 0 written; 1 a pipeline is wrong, or the folder cannot be written; 2 wrong use.`;

const TARGET = "node20";
/** A zip knows a time without a zone; the same sources make the same bytes. */
const MADE = new Date(1980, 0, 1);

interface PackageFlags {
  readonly out: string;
  readonly pipelines: string;
  readonly kind: string;
  readonly json?: boolean;
}

export function packageOpenWhiskCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return new Command("openwhisk")
    .option("--out <folder>", "where to write it", "dist/openwhisk")
    .option("--pipelines <folder>", "the pipeline files", shown(join(HOME, "helm/pipelines")))
    .option("--kind <runtime>", "the platform's name for Node 20 or later, as nodejs:default", readKind, DEFAULT_KIND)
    .option("--json", "for programs")
    .summary("as actions of Apache OpenWhisk")
    .description("Packs each step as an action of Apache OpenWhisk, with what deploys them.")
    .addHelpText("after", HELP)
    .action(async (flags: PackageFlags) => {
      const bundle = await openBundler();
      const { loadPipelines } = await import("../../lib/pipeline/load.ts");
      const pipelines = [...loadPipelines(flags.pipelines).keys()];
      const write = outFolder(flags.out);
      const files = await openWhiskPackage(flags, pipelines, bundle);
      write(files);
      const written = files.map(({ name, content }) => ({ name, bytes: Buffer.byteLength(content) }));
      if (flags.json === true) writeJson({ out: flags.out, pipelines, files: written }, out);
      else writeLines(linesOf(flags.out, pipelines, written), out);
    });
}

function linesOf(
  folder: string,
  pipelines: readonly string[],
  files: readonly { readonly name: string; readonly bytes: number }[],
): readonly string[] {
  const zips = files.filter(({ name }) => name.endsWith(".zip"));
  const sizes = zips.map(({ name, bytes }) => `${basename(name, ".zip")} ${Math.ceil(bytes / 1000)} kB`);
  return [
    `Wrote ${folder}: ${plural(zips.length, "action")} (${sizes.join(", ")}) with ${plural(pipelines.length, "pipeline")}.`,
    "Next: set WADI_STORE (the Redis) and WADI_WHISK_AUTH (a secret of your own), then",
    `  wskdeploy -m ${join(folder, "manifest.yaml")}     or, with wsk: ${join(folder, "deploy.sh")}`,
    `and call them with wadi start --steps, as ${join(folder, "README.md")} says.`,
  ];
}

async function openWhiskPackage(
  { pipelines: folder, kind }: PackageFlags,
  pipelines: readonly string[],
  bundle: Bundle,
): Promise<readonly PackageFile[]> {
  const { zipSync } = await import("fflate");
  const shared = contentsOf(folder, ".yaml", "pipelines");
  const scripts = contentsOf(SCRIPTS, ".lua", "scripts");
  const zips: PackageFile[] = [];
  for (const step of STEPS) {
    const main = await bundle(entryOf(step), TARGET);
    const files = {
      "package.json": Buffer.from(`${JSON.stringify({ name: `wadi-${step}`, version: VERSION, main: "main.js" })}\n`),
      "main.js": Buffer.from(main),
      ...(hasStore(step) ? scripts : {}),
      ...shared,
    };
    zips.push({ name: `${step}.zip`, content: zipSync(files, { level: 9, mtime: MADE }) });
  }
  return [
    ...zips,
    { name: "manifest.yaml", content: manifestOf(STEPS, kind) },
    { name: "deploy.sh", content: deployScript(STEPS, kind), executable: true },
    { name: "README.md", content: readMe(STEPS, pipelines) },
  ];
}

function readKind(text: string): string {
  if (/^nodejs:[\w.-]+$/.test(text)) return text;
  throw new InvalidArgumentError("a runtime is written as nodejs:20 or nodejs:default.");
}

function entryOf(step: StepName): string {
  const open = hasStore(step) ? "withRedis" : "withoutStore";
  return `import { ${open} } from "./lib/serve/opened.ts";
import { createAction } from "./openwhisk/main.ts";
import { build } from "./${step}/step.ts";
export const main = createAction({ name: "${step}", open: ${open}(build), folder: __dirname });
`;
}
