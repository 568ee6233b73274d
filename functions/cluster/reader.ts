// Reads the API server of a cluster over HTTP.

import { request as requestHttp } from "node:http";
import { type RequestOptions, request as requestHttps } from "node:https";
import { ClusterError, noAnswer, refusal } from "./failure.ts";

export interface ClusterReader {
  readonly context: string;
  readonly server: string;
  /** The JSON at a path of the API. @throws ClusterError. */
  get<T>(path: string): Promise<T>;
  /** The text at a path of the API, as of a log. @throws ClusterError. */
  text(path: string): Promise<string>;
}

const ANSWER_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** @param credentials asked for at each request, since they expire. */
export function readCluster(
  asked: Pick<ClusterReader, "context" | "server">,
  credentials: () => Promise<RequestOptions>,
): ClusterReader {
  const { server } = asked;

  async function text(path: string): Promise<string> {
    const options = await credentials();
    const { status, body } = await fetchText(server + path, options).catch((error: unknown) => {
      throw noAnswer(error, asked);
    });
    if (status >= 200 && status < 300) return body;
    throw refusal(status, body, { ...asked, path });
  }

  return {
    ...asked,
    text,
    async get<T>(path: string): Promise<T> {
      const body = await text(path);
      try {
        return JSON.parse(body) as T;
      } catch (error) {
        const message = `${server}${path} did not answer with JSON: is it the API server of a cluster (--context)?`;
        throw new ClusterError("refused", message, { cause: error });
      }
    },
  };
}

function fetchText(url: string, options: RequestOptions): Promise<{ status: number; body: string }> {
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, { ...options, timeout: ANSWER_MS }, (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > MAX_ANSWER_BYTES) request.destroy(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
      });
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }));
    });
    request.on("timeout", () => request.destroy(new Error(`there was no answer in ${ANSWER_MS / 1000} s`)));
    request.on("error", reject);
    request.end();
  });
}
