import type { Build } from "../lib/serve/build.ts";
import { createPredict } from "./handler.ts";
import type { HttpPublisher } from "./http-publisher.ts";
import { tellProblem } from "./problem.ts";
import { inferRoutes } from "./routes.ts";

export const build = (async ({ pipelines, store, clock, telemetry, log, watch, settings, publish, compared }) => {
  const { models, joins } = store;
  const { maxStalenessMs } = settings;
  const predict = createPredict({
    pipelines,
    models,
    joins,
    clock,
    telemetry,
    log,
    ...(watch && { watch }),
    ...(maxStalenessMs !== undefined && { maxStalenessMs }),
  });
  const publisher = publish === undefined ? await publisherTo(settings.broker) : undefined;
  return {
    handle: predict.handle,
    plain: inferRoutes({
      pipelines,
      predict,
      joins,
      models,
      clock,
      publish: publish ?? publisher?.publish,
      ...(compared && { compared }),
    }),
    tell: tellProblem,
    close: () => publisher?.close(),
  };
}) satisfies Build;

/** Loaded only where there is a broker to post to: an HTTP client takes 13 MB of memory. */
async function publisherTo(broker: string | undefined): Promise<HttpPublisher | undefined> {
  if (broker === undefined) return undefined;
  const { createHttpPublisher } = await import("./http-publisher.ts");
  return createHttpPublisher(broker);
}
