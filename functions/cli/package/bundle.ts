// A program made from Wadi's sources, as one file. It needs a checkout and esbuild: what runs in an image has neither.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { FailedError } from "../../lib/failure.ts";
import { HOME } from "../../lib/program.ts";

export interface BundleOptions {
  /** TypeScript; its imports are relative to functions/. */
  readonly entry: string;
  /** As esbuild writes it: node20. */
  readonly target: string;
  /** Default: Wadi's own. */
  readonly sources?: string;
}

/** CommonJS, minified, with all packages in it. @throws FailedError where it cannot be made here. */
export async function bundled({ entry, target, sources = join(HOME, "functions") }: BundleOptions): Promise<string> {
  const { build } = await esbuild(sources);
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: sources, loader: "ts", sourcefile: "action.ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "cjs",
    platform: "node",
    target,
    define: { "import.meta.dirname": "__dirname" },
    logLevel: "silent",
  });
  return outputFiles.map(({ text }) => text).join("");
}

async function esbuild(sources: string): Promise<typeof import("esbuild")> {
  const cure = "run it in a checkout of Wadi, after make install";
  if (!existsSync(join(sources, "lib")))
    throw new FailedError(`wadi package needs Wadi's sources, and here are none: ${cure}`);
  return import("esbuild").catch((cause: unknown) => {
    throw new FailedError(`wadi package needs esbuild, which is not installed here: ${cure}`, { cause });
  });
}
