// The archive, where one in a store of objects is named: whether it answers, and whether it keeps two writers apart.

import { openObjects, readArchivePlace } from "../../archive/place.ts";
import { ConfigurationError, UnavailableError } from "../../lib/errors.ts";
import type { CommandContext } from "../context.ts";
import { type Finding, fail, ok } from "./finding.ts";

/** A folder is made at the start; what is wrong with it then, `wadi status` says. */
export async function checkArchive(text: string, { env, clock }: CommandContext): Promise<Finding[]> {
  try {
    const place = readArchivePlace(text, env);
    if (place.kind === "folder") return [];
    const objects = await openObjects(place, clock);
    await objects.prove();
    return [ok("archive", `${objects.where} answers, and applies conditional writes`)];
  } catch (error) {
    if (!(error instanceof ConfigurationError || error instanceof UnavailableError)) throw error;
    const cure =
      error instanceof ConfigurationError
        ? "change it; until then wadi start refuses this archive"
        : "wadi start takes events all the same, and archives them once this is mended";
    return [fail("archive", error.message, cure)];
  }
}
