// Python packages for tests and for the bench, as independent peers. They are installed in a virtual environment in the user's cache
// when first needed; WADI_TEST_PYTHON names a Python that already has them. Without Python the tests are skipped: tag them
// `python`. With CI=true that is a failure.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, putInPlace } from "../local/services/kafka-jars.ts";
import { asError } from "./errors.ts";

const run = promisify(execFile);

export interface Peer {
  /** The interpreter; undefined where `missing` says why. */
  readonly python: string;
  /** Why the packages cannot be had, and the command that brings them. */
  readonly missing: string | undefined;
}

/**
 * What the tests ask: one environment for all, for to make another takes as long as what is put in it. moto with what its S3 needs
 * alone: all of its stores want some fifty packages more.
 */
export const TEST_PEERS = [
  "deltalake==1.6.6",
  "tritonclient[http]==2.73.0",
  ...["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"],
].join(" ");

/** `requirement` as pip reads it, with its version, or several with blanks between; `module` is what a program imports of them. */
export async function pythonWith(requirement: string, module: string): Promise<Peer> {
  try {
    return { python: await interpreterWith(requirement, module), missing: undefined };
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return { python: "", missing: asError(error).message };
  }
}

async function interpreterWith(requirement: string, module: string): Promise<string> {
  const named = process.env["WADI_TEST_PYTHON"]?.trim() ?? "";
  if (named !== "") {
    await run(named, ["-c", `import ${module}`]).catch((cause: unknown) => {
      throw new Error(`WADI_TEST_PYTHON is ${named}, which lacks it: ${named} -m pip install ${quoted(requirement)}`, {
        cause,
      });
    });
    return named;
  }
  const cache = join(cacheFolder(process.env), "python");
  const folder = join(cache, requirement.replace(/[^\w.]+/g, "-"));
  if (!existsSync(folder)) await install(cache, folder, requirement);
  return join(folder, "bin", "python");
}

/** As a shell takes them, one by one. */
const quoted = (requirement: string) => requirement.replaceAll(/\S+/g, "'$&'");

async function install(cache: string, folder: string, requirement: string): Promise<void> {
  await run("python3", ["-c", "import ensurepip, venv"]).catch((cause: unknown) => {
    throw new Error("there is no Python that makes virtual environments: apt-get install python3-venv", { cause });
  });
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const made = mkdtempSync(join(cache, "making-"));
  try {
    await run("python3", ["-m", "venv", made]);
    // Python compiles what a program imports; --no-compile leaves out the rest, which is most of it.
    const options = ["--quiet", "--disable-pip-version-check", "--no-compile"];
    const pip = ["-m", "pip", "install", ...options, ...requirement.split(" ")];
    await run(join(made, "bin", "python"), pip).catch((cause: unknown) => {
      throw new Error(`python3 -m pip install ${quoted(requirement)} failed: ${asError(cause).message}`, { cause });
    });
    putInPlace(made, folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
