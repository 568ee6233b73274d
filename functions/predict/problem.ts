// Failures as the Open Inference Protocol v2 tells them: `error` is the message. Our own words stand beside it.

import { type Answer, answerOfFailure, type Failure } from "../lib/serve/status.ts";

/** For the server: under /v2 the protocol's way, elsewhere ours. `path` is the request's. */
export function tellProblem(failure: Failure, path: string): Answer {
  const answer = answerOfFailure(failure);
  if (!/^\/v2(\/|$)/.test(path)) return answer;
  const { error: code, message, fields } = failure;
  return { ...answer, body: JSON.stringify({ error: message, code, message, ...(fields && { fields }) }) };
}
