// What is tried through the admin API is carried out by the steps and the broker of this process.

import type { TryPort } from "../admin/tries/try-port.ts";
import type { Broker } from "../lib/broker/broker.ts";
import type { PlainRoute } from "../lib/serve/route.ts";
import type { PlainAnswer } from "../lib/serve/status.ts";
import type { StreamAnswer } from "../lib/serve/stream.ts";
import type { InferAnswer } from "../predict/answer.ts";

const INFER = "/v2/models/:name/infer";

/** `routes`: those of predict. */
export function triesHere(routes: readonly PlainRoute[], broker: Pick<Broker, "publish">): TryPort {
  const infer = routes.find(({ path, method }) => path === INFER && method === "POST");
  if (infer === undefined) throw new Error(`predict has no ${INFER}`);
  return {
    async predict(name, body) {
      const request = {
        path: "",
        parameters: { name },
        query: "",
        headers: {},
        body: Buffer.from(JSON.stringify(body)),
      };
      return jsonOf(await infer.answer(request)) as InferAnswer;
    },
    send: (event) => broker.publish(event),
  };
}

function jsonOf(answer: PlainAnswer | StreamAnswer): unknown {
  if (!("body" in answer) || answer.body === undefined) throw new Error("predict answers without a body");
  return JSON.parse(String(answer.body));
}
