import type { Awaitable } from '@spillway/core';
import { estimate } from './estimate.js';
import { ABSENT, type Entry, type Held, type Memory } from './memory.js';
import type { Reader } from './reader.js';
import type { HeldShelf, Shelf } from './shelf.js';
import type { Writer } from './writer.js';

/** Replaces values, each as one step that nobody writes in between. */
export class Updater<V> {
  readonly #memory: Memory<V>;
  readonly #shelf: Shelf;
  readonly #writer: Writer<V>;
  readonly #reader: Reader<V>;

  constructor(memory: Memory<V>, shelf: Shelf, writer: Writer<V>, reader: Reader<V>) {
    this.#memory = memory;
    this.#shelf = shelf;
    this.#writer = writer;
    this.#reader = reader;
  }

  /**
   * Replaces a value while nobody else writes; once more where it was set here meanwhile.
   *
   * @throws {LockError} when another process does not let go.
   */
  replace(
    name: string,
    step: (value: Held<V>) => Awaitable<Held<V>>,
  ): Promise<{ readonly before: Held<V>; readonly after: Held<V> }> {
    return this.#writer.inTurn(() =>
      this.#shelf.alone(async (held) => {
        for (;;) {
          const own = this.#changedHere(name);
          const version = own?.version;
          const before = own === undefined ? await this.#readFrom(held, name) : own.value;
          const after = await step(before);
          if (this.#changedHere(name)?.version !== version) continue;
          this.#reader.forget(name);
          const bytes = after === ABSENT ? 0 : estimate(after);
          await this.#writer.writeNow(held, this.#memory.change(name, after, bytes));
          return { before, after };
        }
      }),
    );
  }

  #changedHere(name: string): Entry<V> | undefined {
    const entry = this.#memory.find(name);
    return entry?.changed ? entry : undefined;
  }

  async #readFrom(held: HeldShelf, name: string): Promise<Held<V>> {
    const [found] = await held.read([name]);
    return found === undefined ? ABSENT : this.#reader.decode(name, found.bytes);
  }
}
