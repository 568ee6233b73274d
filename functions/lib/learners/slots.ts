// The slot of each feature name, under which its numbers are kept. A name keeps its slot for good.
//
// Lists of names are much alike from example to example. So the last list is remembered, itself and position by position: most often
// it is the very same one (see vector.ts), and else comparing a name with the last one there costs less than looking it up.

import { StateBudget } from "./state-budget.ts";
import { unsound } from "./state-form.ts";

export interface SlotOptions {
  /** Default: all. */
  readonly selected?: ((name: string) => boolean) | undefined;
  /** Default: without a limit. */
  readonly budget?: StateBudget | undefined;
  /** How many numbers the state keeps of a name, or of the name in a slot; default 1. */
  readonly numbersPerName?: number | ((slot: number) => number);
}

export class Slots {
  /** In place of a slot: the name was never seen, or only when the budget was spent. */
  static readonly UNSEEN = -1;
  /** In place of a slot: the name is not selected. */
  static readonly LEFT_OUT = -2;

  /** By slot. */
  readonly names: string[];
  readonly #index: Map<string, number>;
  readonly #selected: ((name: string) => boolean) | undefined;
  readonly #budget: StateBudget;
  readonly #numbersOf: (slot: number) => number;
  #last: readonly string[] | undefined;
  /** The last list, if there is nothing left in it to claim. */
  #lastClaimed: readonly string[] | undefined;
  /** The name at each position the last time, and its slot. */
  readonly #lastNames: string[] = [];
  readonly #lastSlots: number[] = [];

  /** @throws UnsoundStateError where a name stands twice. */
  constructor(
    names: readonly string[],
    { selected, budget = new StateBudget(), numbersPerName = 1 }: SlotOptions = {},
  ) {
    this.#numbersOf = typeof numbersPerName === "number" ? () => numbersPerName : numbersPerName;
    if (typeof numbersPerName === "number") budget.charge(names, numbersPerName);
    else for (const [slot, name] of names.entries()) budget.charge([name], numbersPerName(slot));
    this.#budget = budget;
    this.names = [...names];
    this.#index = new Map(names.map((name, slot) => [name, slot]));
    if (this.#index.size < names.length) throw unsound("", "has a name twice");
    this.#selected = selected;
  }

  get size(): number {
    return this.names.length;
  }

  /** The slots of the names, in their order. It may be longer than the names, and is good until the next call. */
  find(names: readonly string[]): readonly number[] {
    if (names !== this.#last) this.#slotsOf(names, false);
    return this.#lastSlots;
  }

  /** As `find`, but a selected name never seen gets the next slot, if it fits into the budget. */
  claim(names: readonly string[]): readonly number[] {
    if (names !== this.#lastClaimed) this.#slotsOf(names, true);
    return this.#lastSlots;
  }

  #slotsOf(names: readonly string[], claim: boolean): void {
    const lastNames = this.#lastNames;
    const slots = this.#lastSlots;
    const unseen = Slots.UNSEEN;
    let hasUnseen = false;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      if (name !== lastNames[i] || slots[i] === unseen) {
        lastNames[i] = name;
        slots[i] = this.#lookUp(name, claim);
        if (slots[i] === unseen) hasUnseen = true;
      }
    }
    this.#last = names;
    this.#lastClaimed = hasUnseen ? undefined : names;
  }

  // What is left out is not remembered: it may be any text that a client sends.
  #lookUp(name: string, claim: boolean): number {
    const slot = this.#index.get(name);
    if (slot !== undefined) return slot;
    if (this.#selected?.(name) === false) return Slots.LEFT_OUT;
    return claim && this.#budget.take(name, this.#numbersOf(this.size)) ? this.#add(name) : Slots.UNSEEN;
  }

  #add(name: string): number {
    const slot = this.names.push(name) - 1;
    this.#index.set(name, slot);
    return slot;
  }
}

/** Float64 numbers by slot. It grows as slots are claimed; a number never set is 0. */
export class Column {
  #numbers: Float64Array;

  constructor(numbers: ArrayLike<number> = []) {
    this.#numbers = new Float64Array(Math.max(16, numbers.length));
    this.#numbers.set(numbers);
  }

  /** At least `size` long; good until the next call. */
  upTo(size: number): Float64Array {
    if (size > this.#numbers.length) {
      const grown = new Float64Array(Math.max(size, this.#numbers.length * 2));
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    return this.#numbers;
  }

  /** The first `size` as a plain list. A loop, since Array.from takes ten times as long and every commit closes. */
  list(size: number): number[] {
    const numbers = this.upTo(size);
    const list: number[] = [];
    for (let slot = 0; slot < size; slot++) list.push(numbers[slot] as number);
    return list;
  }
}
