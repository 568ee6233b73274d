// Where a table's files are: a port of few calls, so that a folder and a store of objects can both be it.

/** Of the last part of a name: readers of tables leave out what begins so. */
export const HIDDEN = ".";

export interface Part {
  /** Of the first byte, from 0 on. */
  readonly from: number;
  /** Behind the last one. */
  readonly to: number;
}

export interface Objects {
  /** For people: the folder, the address. */
  readonly where: string;
  /** The place itself, where there is none and it can be made. */
  make(): Promise<void>;
  /** Resolves once the place has shown that `putIfAbsent` holds there. @throws ConfigurationError where it does not; UnavailableError. */
  prove(): Promise<void>;
  /** Undefined where there is none. `part`: only these bytes of it. */
  get(name: string, part?: Part): Promise<Buffer | undefined>;
  /** Whole or not at all, and on disk once it resolves; one of this name is replaced. */
  put(name: string, content: Uint8Array): Promise<void>;
  /**
   * As `put`, but only where there is none of this name: of any number of writers one gets true. If it rejects, it may have been
   * written or not: whoever needs to know looks.
   */
  putIfAbsent(name: string, content: Uint8Array): Promise<boolean>;
  /** The names that begin with `prefix`, which ends with a slash or is empty, and come after `after`; in the order of their bytes. */
  list(prefix: string, after?: string): Promise<readonly string[]>;
  /** Undefined where there is none. */
  look(name: string): Promise<{ readonly bytes: number; readonly modified: number } | undefined>;
  /** No matter whether there is one. */
  remove(name: string): Promise<void>;
  /** At the end: what is under way and could take long ends with an error. */
  close(): void;
}
