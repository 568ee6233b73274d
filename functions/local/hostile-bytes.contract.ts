// How a hostile request is put together. `n` names it in the dead letters, where it gets that far.

export interface Hostile {
  /** What is wrong with it. */
  readonly what: string;
  readonly bytes: Buffer;
  /** The client leaves in the middle. */
  readonly cut?: boolean;
}

export type Headers = readonly (readonly [string, string])[];
export type Make = (n: number) => Hostile;

export const LINE: Headers = [
  ["host", "localhost"],
  ["ce-specversion", "1.0"],
  ["ce-type", "dev.wadi.observation"],
  ["ce-source", "/hostile"],
  ["ce-pipeline", "line"],
  ["content-type", "application/json"],
];
/** The ways into Wadi that take a client's event. */
export const DOORS = ["/", "/validate"];

export function request(start: string, headers: Headers, body: Buffer | string): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return Buffer.concat([Buffer.from(`${start}\r\n${lines}content-length: ${bytes.length}\r\n\r\n`, "latin1"), bytes]);
}

export const without = (name: string) => LINE.filter(([header]) => header !== name);
export const setting = (name: string, value: string): Headers => [...without(name), [name, value]];
export const numbered = (n: number, headers: Headers): Headers =>
  headers.some(([name]) => name === "ce-id") ? headers : [...headers, ["ce-id", `h${n}`], ["ce-n", String(n)]];

export function post(path: string, n: number, headers: Headers, body: Buffer | string): Buffer {
  return request(`POST ${path} HTTP/1.1`, numbered(n, headers), body);
}
