// npm run docs: writes docs/reference anew.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./markdown.ts";
import { referencePages } from "./pages.ts";

for (const [name, text] of Object.entries(await referencePages()))
  writeFileSync(join(ROOT, "docs/reference", name), text);
