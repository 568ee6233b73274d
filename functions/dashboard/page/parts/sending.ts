// An event that a person sends. One that was not answered keeps its id, so that the same one sent again is the same event.

import { useRef } from "preact/hooks";
import type { SendRequest, Sent } from "../../../admin/shapes/tries.ts";
import { api } from "../api.ts";
import { UnansweredError } from "../api-error.ts";

/** @returns what sends it. @throws ApiError, with what is to be done about it. */
export function useSending(): (request: Omit<SendRequest, "id">) => Promise<Sent> {
  const doubtful = useRef<{ readonly text: string; readonly id: string } | undefined>(undefined);
  return async (request) => {
    const text = JSON.stringify(request);
    const id = doubtful.current?.text === text ? doubtful.current.id : newId();
    doubtful.current = undefined;
    try {
      return await api.send({ ...request, id });
    } catch (error) {
      if (!(error instanceof UnansweredError)) throw error;
      doubtful.current = { text, id };
      const doubt = `The ${request.kind} may or may not have arrived. Send it again: the same event is learned once.`;
      throw new UnansweredError(`${error.message} ${doubt}`);
    }
  };
}

/** Not `randomUUID`, which a page has over HTTPS and on this machine alone. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
