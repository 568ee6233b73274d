// What the document says to its scripts: the version, the icons, the table of operations.

export interface OperationFacts {
  readonly name: string;
  readonly method: "GET" | "POST";
  /** `{name}` stands for one segment. */
  readonly path: string;
  /** What follows the parameters of the path. */
  readonly takes?: "query" | "body";
  /** How long to wait for its answer, where that may take longer than usual. */
  readonly timeoutMs?: number;
}

export interface Facts {
  readonly version: string;
  readonly icons: Readonly<Record<"icon-well" | "icon-trouble" | "icon-away", string>>;
  readonly operations: readonly OperationFacts[];
}

export const facts: Facts = JSON.parse(document.getElementById("facts")?.textContent ?? "");
