// One operation of the admin API as the table has it.

import type { TSchema } from "typebox";
import type { Admin } from "./admin.ts";
import type { Me } from "./shapes/me.ts";

/** What a request brought, checked against the operation's schemas. */
export interface Input {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** Of the caller. */
  readonly role: Me["role"];
}

export interface Operation {
  readonly name: keyof Admin;
  readonly method: "GET" | "POST";
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly summary: string;
  /** Whether it changes or starts anything, and so is not for who may only look. Default: every POST does. */
  readonly acts?: boolean;
  /** Of the path, where they are more than texts. */
  readonly parameters?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** Default: 64 KiB. */
  readonly maxBodyBytes?: number;
  /** How long a client waits for the answer. Default: 30 s. */
  readonly timeoutMs?: number;
  readonly answer: TSchema;
  run(admin: Admin, input: Input): Promise<unknown>;
}

export function acts(operation: Operation): boolean {
  return operation.acts ?? operation.method === "POST";
}
