import { serveStateless } from "../lib/serve/run.ts";
import { build } from "./step.ts";

await serveStateless("validate", build, process.env);
