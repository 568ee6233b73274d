// What stands beside the step in a function project, in the shape of func's TypeScript template for CloudEvents.
// https://github.com/knative/func/tree/main/templates/typescript/cloudevents

import type { StepName } from "../../lib/events/vocabulary.ts";
import { VERSION } from "../../lib/version.ts";
import { hasStore } from "./openwhisk-files.ts";

/** What the function runs under; npm fetches it where the function is built. */
const RUNTIME = { name: "faas-js-runtime", version: "4.0.1" };
const STEP = "../wadi/step.cjs";
/** Of func.yaml. */
const SPEC_VERSION = "0.36.0";

/** @param created ISO time: a project without one counts as not made yet. */
export function funcYaml(step: StepName, created: string): string {
  const store = `    # The Redis that all steps share: kubectl create secret generic wadi-store --from-literal=url=redis://...
    - name: WADI_STORE
      value: '{{ secret:wadi-store:url }}'
`;
  return `# Made by wadi package func.
specVersion: ${SPEC_VERSION}
name: wadi-${step}
runtime: typescript
created: ${created}
invoke: cloudevent
build:
  builder: pack
run:
  envs:
${hasStore(step) ? store : ""}    # The runtime keeps the text of a JSON body beside what it parsed.
    - name: FUNC_INCLUDE_RAW
      value: "true"
deploy:
  healthEndpoints:
    liveness: /health/liveness
    readiness: /health/readiness
`;
}

export function packageJson(step: StepName): string {
  const project = {
    name: `wadi-${step}`,
    version: VERSION,
    private: true,
    main: "build/index.js",
    scripts: { build: "tsc", start: `FUNC_INCLUDE_RAW=true ${RUNTIME.name} ./build/index.js` },
    dependencies: { [RUNTIME.name]: RUNTIME.version },
    devDependencies: { "@types/node": "^24.0.0", typescript: "^5.9.0" },
    engines: { node: "^24 || ^22" },
  };
  return `${JSON.stringify(project, null, 2)}\n`;
}

export const TS_CONFIG = `${JSON.stringify(
  {
    compilerOptions: {
      outDir: "build",
      rootDir: "src",
      module: "node16",
      moduleResolution: "node16",
      target: "es2022",
      strict: true,
      skipLibCheck: true,
      types: ["node"],
    },
    include: ["src"],
  },
  null,
  2,
)}\n`;

export function indexTs(step: StepName): string {
  return `// The step \`${step}\` of Wadi as a function. The runtime calls what is exported here.

import type { Context, StructuredReturn } from ${JSON.stringify(RUNTIME.name)};
import { step } from ${JSON.stringify(STEP)};

/** Reads the settings of the environment (WADI_STORE, WADI_LOG_LEVEL, ...) and opens the store; a wrong setting ends the start. */
export const init = (): Promise<void> => step.init();

/** One event in, at most one event out. */
export const handle = (context: Context): Promise<StructuredReturn> => step.handle(context);

export const readiness = (): Promise<string> => step.readiness();

export const shutdown = (): Promise<void> => step.shutdown();
`;
}

export const STEP_TYPES = `import type { Context, StructuredReturn } from ${JSON.stringify(RUNTIME.name)};

export declare const step: {
  init(): Promise<void>;
  handle(context: Context): Promise<StructuredReturn>;
  readiness(): Promise<string>;
  shutdown(): Promise<void>;
};
`;

export function funcReadMe(step: StepName, pipelines: readonly string[]): string {
  const needs = hasStore(step) ? " It needs the Redis that all steps share, in WADI_STORE." : "";
  return `# ${step} of Wadi, as a function of Knative

Made by \`wadi package func --step ${step}\` of Wadi ${VERSION}: the step with all its packages in \`wadi/step.cjs\`, and the pipelines
${pipelines.join(", ")} in \`wadi/pipelines\`. Make it anew when a pipeline changes; \`src/index.ts\` is all that the runtime calls.${needs}

## Run it here

    npm install && npm run build
    ${hasStore(step) ? "WADI_STORE=redis://127.0.0.1:6379 " : ""}npm start

## Deploy it

    func deploy --registry <registry>

## Send it events

A Trigger of Knative's Broker delivers to it as to any Service. Without Eventing, Wadi's own broker calls it by its address, tries
again, and keeps what fails:

    wadi start${hasStore(step) ? " --redis <the same Redis>" : ""} --steps ${step}=<url of the function>
`;
}
