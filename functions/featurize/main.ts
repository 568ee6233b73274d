import { serve } from "../lib/serve/run.ts";
import { build } from "./step.ts";

await serve("featurize", build, process.env);
