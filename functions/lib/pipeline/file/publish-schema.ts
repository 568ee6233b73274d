// Writes pipeline.schema.json anew after a change of the registries or of schema.ts:
//
//   node functions/lib/pipeline/file/publish-schema.ts

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pipelineSchema } from "./schema.ts";

export const PUBLISHED = fileURLToPath(new URL("./pipeline.schema.json", import.meta.url));

export function publishedText(): string {
  return `${JSON.stringify(pipelineSchema(), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(PUBLISHED, publishedText());
