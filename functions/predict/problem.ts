// Failures in the form of the Open Inference Protocol v2, in which `error` is the message. Wadi's own members stand beside it.

import { type Answer, answerOfFailure, type Failure } from "../lib/serve/status.ts";

/** In the protocol's form under /v2, in Wadi's elsewhere. `path`: the request's. */
export function tellProblem(failure: Failure, path: string): Answer {
  const answer = answerOfFailure(failure);
  if (!/^\/v2(\/|$)/.test(path)) return answer;
  const { error: code, message, fields } = failure;
  return { ...answer, body: JSON.stringify({ error: message, code, message, ...(fields && { fields }) }) };
}
