// Where an archive is: a folder, or a store of objects that speaks S3.

import { resolve } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { ConfigurationError } from "../lib/errors.ts";
import { openFolder } from "./delta/folder.ts";
import type { Objects } from "./delta/objects.ts";
import { isS3, readS3Place, type S3Place } from "./delta/s3/place.ts";

export type ArchivePlace =
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "s3"; readonly s3: S3Place };

/** @throws ConfigurationError. */
export function readArchivePlace(text: string, env: Readonly<Record<string, string | undefined>>): ArchivePlace {
  if (isS3(text)) return { kind: "s3", s3: readS3Place(text, env) };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    throw new ConfigurationError(
      "the archive's address is of no kind that Wadi knows: name a folder, or s3://bucket/prefix",
    );
  return { kind: "folder", folder: text };
}

/** Wherever somebody asks from. */
export function showArchivePlace(place: ArchivePlace): string {
  return place.kind === "s3" ? place.s3.where : resolve(place.folder);
}

export async function openObjects(place: ArchivePlace, clock: Clock): Promise<Objects> {
  if (place.kind === "folder") return openFolder(place.folder);
  // Loaded only where it is wanted.
  const { openS3 } = await import("./delta/s3/objects.ts");
  return openS3(place.s3, clock);
}
