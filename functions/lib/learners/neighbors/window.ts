// The last examples, and which of them are nearest to a point by Euclidean distance: River's neighbors.LazySearch, an exact search.
// An absent feature counts as 0. Of examples that are equally near, the older one comes first.

import { decode, encode } from "../float64s.ts";
import type { State, Vector } from "../learner.ts";
import { Slots } from "../slots.ts";
import type { StateBudget } from "../state-budget.ts";
import { at, checkFloat64s, checkLength, unsound } from "../state-form.ts";
import { numberAt } from "../vector.ts";

/** What a learner with such a window keeps of its features. */
export interface WindowState extends State {
  readonly names: readonly string[];
  /** Feature by feature the values of all examples, oldest first (see float64s.ts). */
  readonly window: string;
}

/** @param length examples in it. @throws UnsoundStateError */
export function checkWindow({ names, window }: WindowState, length: number, size: number): void {
  if (length > size) throw unsound("targets", `has ${length} examples, more than the window's ${size}`);
  checkLength("window", { length: at("window", () => checkFloat64s(window)) }, names.length * length);
}

/** Places in the window by distance, the nearest first. */
export interface Neighbor {
  readonly place: number;
  readonly distance: number;
}

export class Window {
  readonly #size: number;
  readonly #slots: Slots;
  /** By slot, and there by place. Places are a ring. */
  readonly #columns: Float64Array[];
  readonly #distances: Float64Array;
  #length: number;
  #next: number;

  /**
   * @param size examples at most; a name takes as many numbers of the budget.
   * @param length examples in the state.
   */
  constructor(
    { names, window }: Pick<WindowState, "names" | "window">,
    length: number,
    size: number,
    budget?: StateBudget,
  ) {
    this.#size = size;
    this.#slots = new Slots(names, { budget, numbersPerName: size });
    const numbers = decode(window);
    this.#columns = names.map((_, slot) => {
      const column = new Float64Array(size);
      column.set(numbers.subarray(slot * length, (slot + 1) * length));
      return column;
    });
    this.#distances = new Float64Array(size);
    this.#length = length;
    this.#next = length % size;
  }

  /** Takes the place of the oldest where the window is full. Returns the place. */
  add(x: Vector): number {
    const found = this.#slots.claim(x.names);
    while (this.#columns.length < this.#slots.size) this.#columns.push(new Float64Array(this.#size));
    const place = this.#next;
    for (const column of this.#columns) column[place] = 0;
    for (let i = 0; i < x.names.length; i++) {
      const value = numberAt(x, i);
      const slot = found[i] as number;
      if (slot >= 0) (this.#columns[slot] as Float64Array)[place] = value;
    }
    this.#next = (place + 1) % this.#size;
    this.#length = Math.min(this.#length + 1, this.#size);
    return place;
  }

  nearest(x: Vector, count: number): readonly Neighbor[] {
    const distances = this.#squares(x);
    const nearest: Neighbor[] = [];
    for (const place of this.places()) {
      const distance = distances[place] as number;
      const last = nearest.at(-1);
      if (nearest.length === count && last !== undefined && distance >= last.distance) continue;
      let at = nearest.length;
      while (at > 0 && (nearest[at - 1] as Neighbor).distance > distance) at--;
      nearest.splice(at, 0, { place, distance });
      if (nearest.length > count) nearest.pop();
    }
    return nearest.map(({ place, distance }) => ({ place, distance: Math.sqrt(distance) }));
  }

  /** All places, that of the oldest example first. */
  *places(): Generator<number> {
    const oldest = this.#length < this.#size ? 0 : this.#next;
    for (let i = 0; i < this.#length; i++) yield (oldest + i) % this.#size;
  }

  close(): Pick<WindowState, "names" | "window"> {
    const numbers = new Float64Array(this.#slots.size * this.#length);
    const places = [...this.places()];
    for (const [slot, column] of this.#columns.entries())
      for (const [i, place] of places.entries()) numbers[slot * this.#length + i] = column[place] as number;
    return { names: [...this.#slots.names], window: encode(numbers) };
  }

  /** The squared distances of x, by place. */
  #squares(x: Vector): Float64Array {
    const found = this.#slots.find(x.names);
    const values = new Float64Array(this.#slots.size);
    let unseen = 0;
    for (let i = 0; i < x.names.length; i++) {
      const value = numberAt(x, i);
      const slot = found[i] as number;
      if (slot >= 0) values[slot] = value;
      else unseen += value * value;
    }
    const squares = this.#distances.fill(unseen);
    for (const [slot, column] of this.#columns.entries()) {
      const value = values[slot] as number;
      for (let place = 0; place < this.#length; place++) {
        const distance = value - (column[place] as number);
        squares[place] = (squares[place] as number) + distance * distance;
      }
    }
    return squares;
  }
}

/** Options of all learners with such a window. */
export const WINDOW_OPTIONS = {
  nNeighbors: { type: "integer", minimum: 1, default: 5, description: "How many of the nearest examples count." },
  windowSize: {
    type: "integer",
    minimum: 1,
    maximum: 10_000,
    default: 50,
    description: "How many of the last examples are kept; all of them are searched for a prediction.",
  },
};
