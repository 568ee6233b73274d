// What one fetch brought of one partition, each record read at most once, whoever asks and however many do.

import { asError } from "../../../errors.ts";
import type { Entry } from "../../lane.ts";
import type { FetchedPart } from "../follow/fetcher.ts";
import { entryOf, type Fetched } from "../record.ts";

export class ReadPart {
  readonly partition: number;
  /** The offset that was asked for, and the one to go on from. */
  readonly from: number;
  readonly next: number;
  readonly messages: readonly Fetched[];
  readonly #read: (Entry | Error | undefined)[] = [];

  constructor({ partition, from, next, messages }: FetchedPart) {
    this.partition = partition;
    this.from = from;
    this.next = next;
    this.messages = messages;
  }

  /** The event of a message, as an error where it is none. */
  entryOf(index: number): Entry | Error {
    this.#read[index] ??= this.#entryOf(this.messages[index] as Fetched);
    return this.#read[index];
  }

  #entryOf(message: Fetched): Entry | Error {
    try {
      return entryOf(message, this.partition);
    } catch (error) {
      return asError(error);
    }
  }
}
