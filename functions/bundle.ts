// npm run bundle: each function as one program with a warm compile cache, for a quick start from zero.
//
// The dashboard is one of them: it starts from zero, too. So is the archive, which does not, and is the same program anywhere.
//
//   <out>/<function>/start.js   turns the cache on, then loads main.js
//   <out>/<function>/main.js    the function and all its packages, minified; what the first event does not need lies beside it
//   <out>/<function>/package.json   says that these are modules
//   <out>/<function>/cache/     V8's code of all that, written by first runs at the clean end of them, one for each store
//   <out>/<program>/page/   the page, for the programs that serve it
//   <out>/wadi/main.js      the command, for what a cluster runs of it; it finds package.json beside <out>

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { STEPS } from "./lib/events/vocabulary.ts";

const DASHBOARD = "dashboard";
const FUNCTIONS = [...STEPS, DASHBOARD, "archive"];
const PAGE = join(import.meta.dirname, "dashboard/page");
const SCRIPTS = join(import.meta.dirname, "lib/store/redis/scripts");
const MAIN = "./main.js";
const START = `const cache = process.getBuiltinModule("node:path").join(import.meta.dirname, "cache");
process.getBuiltinModule("node:module").enableCompileCache(cache);
await import(${JSON.stringify(MAIN)});
`;
// Whoever asks whether there is a require, such as lib/pipeline/file/yaml-library.ts, is in a bundle.
const BANNER = "const require = process.getBuiltinModule;";

/** Node's own modules, of which an import takes what it names: Node's own import reads all exports, and getters load ever more. */
const nodesOwn: Plugin = {
  name: "node's own",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) => {
      return isBuiltin(path) ? { path, namespace: kind === "require-call" ? "required" : "imported" } : undefined;
    });
    onLoad({ filter: /./, namespace: "required" }, ({ path }) => ({ contents: `module.exports = ${builtin(path)}` }));
    onLoad({ filter: /./, namespace: "imported" }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => name !== "default");
      const named = names.map((name) => `export const ${name} = /* @__PURE__ */ (() => all.${name})();`);
      return { contents: [`const all = ${builtin(path)};`, "export default all;", ...named].join("\n") };
    });
  },
};

const builtin = (path: string) => `process.getBuiltinModule(${JSON.stringify(path)})`;

/** Makes all bundles below `folder`. */
export async function bundleSteps(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  for (const name of FUNCTIONS) {
    await bundle(join(name, "main.ts"), join(folder, name));
    writeFileSync(join(folder, name, "start.js"), START);
  }
  await bundle("cli/wadi.ts", join(folder, "wadi"));
  for (const name of ["wadi", DASHBOARD]) await bundlePage(join(folder, name));
  await Promise.all(FUNCTIONS.map((name) => bake(join(folder, name), sqlite)));
  await Promise.all(FUNCTIONS.map((name) => bake(join(folder, name), redisAway)));
}

async function bundle(source: string, outdir: string): Promise<void> {
  await build({
    entryPoints: { main: join(import.meta.dirname, source) },
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    plugins: [nodesOwn],
    banner: { js: BANNER },
    // What packs the steps from a checkout is not in a program: it needs the sources.
    external: ["esbuild", "fflate"],
    logLevel: "error",
  });
  // Without it Node reads each file twice to find out what it is.
  writeFileSync(join(outdir, "package.json"), '{ "type": "module" }\n');
  // lib/store/redis/scripts.ts reads them from a folder beside itself.
  cpSync(SCRIPTS, join(outdir, "scripts"), { recursive: true });
}

/** Beside a program that serves it: one module, and what functions/admin/page/page.ts reads as it is. */
async function bundlePage(outdir: string): Promise<void> {
  const page = join(outdir, "page");
  await build({
    entryPoints: [join(PAGE, "main.ts")],
    outdir: page,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: { uplot: "uplot/dist/uPlot.esm.js" },
    logLevel: "error",
  });
  const asTheyAre = readdirSync(PAGE).filter((name) => /\.(html|css|svg)$/.test(name));
  for (const name of asTheyAre) copyFileSync(join(PAGE, name), join(page, name));
  copyFileSync(fileURLToPath(import.meta.resolve("uplot/dist/uPlot.min.css")), join(page, "uPlot.min.css"));
}

const sqlite = (folder: string) => `sqlite:${folder}/store.db`;
/** Its driver is loaded all the same. */
const redisAway = () => "redis://127.0.0.1:1";

/** The cache is written when a process ends cleanly, and a later one adds what it loaded. */
async function bake(folder: string, storeIn: (folder: string) => string): Promise<void> {
  const store = mkdtempSync(join(tmpdir(), "wadi-bundle-"));
  copyFileSync(join(import.meta.dirname, "bundle.yaml"), join(store, "bundle.yaml"));
  const settings = {
    ...{ PORT: "0", HOST: "127.0.0.1", WADI_PIPELINES: store, WADI_STORE: storeIn(store) },
    // Of the archive: no Kafka answers there.
    ...{ WADI_KAFKA: "127.0.0.1:1", WADI_ARCHIVE: join(store, "archive"), WADI_ARCHIVE_STATE: store },
  };
  // Nothing else of whoever bundles: NODE_COMPILE_CACHE would take the cache elsewhere, a WADI_ setting change the start.
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [join(folder, "start.js")], {
    env: {
      ...(PATH && { PATH }),
      ...(HOME && { HOME }),
      ...(TMPDIR && { TMPDIR }),
      ...settings,
      WADI_LOG_LEVEL: "info",
      WADI_ADMIN_TOKEN: "of-the-first-run-alone",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (!line.includes('"url"')) continue;
    const { url } = JSON.parse(line) as { url: string };
    await fetch(`${url}/health/ready`);
    child.kill("SIGTERM");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  rmSync(store, { recursive: true });
  if (child.exitCode !== 0) {
    throw new Error(`${folder} does not start (${child.signalCode ?? child.exitCode}): ${said.join("\n")}`);
  }
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? "dist");
  await bundleSteps(folder);
  process.stdout.write(`The functions are in ${folder}; start one with: node ${join(folder, "learn/start.js")}\n`);
}
