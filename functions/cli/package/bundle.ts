// Programs made from Wadi's sources, each as one file. It needs a checkout and esbuild: what runs in an image has neither.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { FailedError } from "../../lib/failure.ts";
import { HOME } from "../../lib/program.ts";

/**
 * `entry`: TypeScript whose imports are relative to functions/. `target`: as esbuild writes it, node20. Resolves with CommonJS, minified,
 * with all packages in it.
 */
export type Bundle = (entry: string, target: string) => Promise<string>;

/** @throws FailedError where nothing can be bundled here. */
export async function openBundler(sources = join(HOME, "functions")): Promise<Bundle> {
  const cure = "run it in a checkout of Wadi, after make install";
  if (!existsSync(join(sources, "lib")))
    throw new FailedError(`wadi package needs Wadi's sources, and here are none: ${cure}`);
  const { build } = await import("esbuild").catch((cause: unknown) => {
    throw new FailedError(`wadi package needs esbuild, which is not installed here: ${cure}`, { cause });
  });
  return async (entry, target) => {
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
  };
}
