// The order in which a process closes what it has opened.

/** What a stop closes: the doors first, in the order in which they were opened, then what is behind them, the last first. */
export class Closing {
  readonly #doors: (() => unknown)[] = [];
  readonly #rooms: (() => unknown)[] = [];

  addDoor(close: () => unknown): void {
    this.#doors.push(close);
  }

  addRoom(close: () => unknown): void {
    this.#rooms.unshift(close);
  }

  inOrder(): readonly (() => unknown)[] {
    return [...this.#doors, ...this.#rooms];
  }
}
