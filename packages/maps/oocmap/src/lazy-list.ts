import { inspect } from 'node:util';
import type { Access } from './access.js';
import { type Lazy, LazyContainer } from './lazy.js';
import type { ListPage, Values } from './page.js';
import { preview } from './preview.js';
import { Kind, type Reference, type Stored } from './stored.js';

/** A list on the disk. `list[3]` and `list[3] = value` work as `at(3)` and `set(3, value)`. */
export interface LazyList<T> {
  [index: number]: Lazy<T>;
}

const NO_VALUES: Values = [];

/** A list on the disk, which reads the members that it is asked for. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the index signature is what the prototype's proxy does.
export class LazyList<T> extends LazyContainer implements Iterable<Lazy<T>> {
  /** The leaf that was read last, the index of its first member, and the epoch in which that holds. */
  #values: Values = NO_VALUES;
  #first = 0;
  #epoch = -1;

  /** @internal */
  constructor(access: Access, id: number) {
    super(access, Kind.List, id);
  }

  /** How many members the list has. */
  get length(): number {
    return this.access.heap.lists.length(this.#root());
  }

  /** The member at `index`, from the end if negative; `undefined` where there is none. */
  at(index: number): Lazy<T> | undefined {
    const { heap } = this.access;
    let at = index - this.#first;
    if (this.#epoch !== heap.environment.epoch || !(at >= 0 && at < this.#values.length)) {
      const place = this.#place(index);
      if (place === undefined) return undefined;
      at = this.#read(place);
    }
    const stored = this.#values[at];
    return (typeof stored === 'number' ? stored : this.access.value(stored)) as Lazy<T>;
  }

  /** Puts a value in the place of the member at `index`. Right after the last one it is added. @throws {RangeError} */
  set(index: number, value: T): void {
    this.write();
    const { length } = this;
    const at = index < 0 ? index + length : index;
    if (at === length) {
      this.push(value);
      return;
    }
    if (!(Number.isInteger(at) && at >= 0 && at < length))
      throw new RangeError(`a list of ${length} members has no index ${index}`);
    const { heap } = this.access;
    const stored = this.access.store(value);
    heap.release(heap.lists.replace(this.#root(), at, stored));
  }

  /** Adds values at the end. @returns the new length. */
  push(...values: T[]): number {
    this.write();
    const added = this.#store(values);
    const { length } = this;
    this.access.heap.lists.insert(this.#root(), length, added);
    return length + added.length;
  }

  /** Takes the last member out. @returns its plain value. */
  pop(): T | undefined {
    return this.splice(-1, 1)[0];
  }

  /** Takes `count` members out from `start` on, and puts values in their place. @returns the plain values taken out. */
  splice(start: number, count: number = Number.POSITIVE_INFINITY, ...values: T[]): T[] {
    this.write();
    const { heap } = this.access;
    const added = this.#store(values);
    const { length } = this;
    const from = clamp(start, length);
    const removed = this.slice(from, from + Math.max(0, count)).map(toPlain) as T[];
    for (let left = removed.length; left > 0; ) {
      const some = heap.lists.removeSome(this.#root(), from, left);
      for (const stored of some) heap.release(stored);
      left -= some.length;
    }
    heap.lists.insert(this.#root(), from, added);
    return removed;
  }

  /** The members from `start` up to `end`, as an array. */
  slice(start = 0, end = Number.POSITIVE_INFINITY): Lazy<T>[] {
    const { length } = this;
    const members: Lazy<T>[] = [];
    const to = clamp(end, length);
    for (let index = clamp(start, length); index < to; ) {
      const at = this.#read(index);
      const values = this.#values;
      const stop = Math.min(values.length, at + to - index);
      for (let i = at; i < stop; i++) members.push(this.access.value(values[i]) as Lazy<T>);
      index += stop - at;
    }
    return members;
  }

  /** Where a value is first, from `start` on; -1 if nowhere. Dates and bytes are equal by what is in them. */
  indexOf(value: T | Lazy<T>, start = 0): number {
    return this.#find(value, start, false);
  }

  /** Whether a value is in the list. Unlike {@link indexOf}, it finds NaN. */
  includes(value: T | Lazy<T>, start = 0): boolean {
    return this.#find(value, start, true) >= 0;
  }

  /** The members, a run of them read at once. What is changed meanwhile is seen, as with an array. */
  *[Symbol.iterator](): Generator<Lazy<T>, undefined, void> {
    const { access } = this;
    const { environment } = access.heap;
    for (let index = 0; index < this.length; ) {
      let at = this.#read(index);
      const values = this.#values;
      const { epoch } = environment;
      for (; at < values.length && environment.epoch === epoch; at++, index++) {
        const stored = values[at];
        yield (typeof stored === 'number' ? stored : access.value(stored)) as Lazy<T>;
      }
    }
    return undefined;
  }

  override eager(): T[] {
    return super.eager() as T[];
  }

  /** For JSON: the members; those that are containers make JSON of themselves. */
  toJSON(): Lazy<T>[] {
    return [...this];
  }

  [inspect.custom](_depth: number, options: object): string {
    const { length } = this;
    return preview(
      `LazyList(${length}) [`,
      this,
      length,
      (member) => inspect(member, options),
      ']',
    );
  }

  #root(): ListPage {
    return this.page() as ListPage;
  }

  #store(values: readonly T[]): Stored[] {
    const stored: Stored[] = [];
    try {
      for (const value of values) stored.push(this.access.store(value));
    } catch (error) {
      for (const member of stored) this.access.heap.release(member);
      throw error;
    }
    return stored;
  }

  /** The index that is meant, if there is a member. */
  #place(index: number): number | undefined {
    if (!Number.isInteger(index)) return undefined;
    const { length } = this;
    const place = index < 0 ? index + length : index;
    return place >= 0 && place < length ? place : undefined;
  }

  /** Reads the leaf of an index. @returns where in it the member is. */
  #read(index: number): number {
    const { heap } = this.access;
    const { page, first } = heap.lists.leaf(this.#root(), index);
    this.#values = page.values;
    this.#first = first;
    this.#epoch = heap.environment.epoch;
    return index - first;
  }

  #find(value: unknown, start: number, nan: boolean): number {
    const { length } = this;
    const { heap } = this.access;
    const wanted: unknown | Reference =
      value instanceof LazyContainer ? LazyContainer.referenceOf(value) : value;
    const matches =
      nan && Number.isNaN(value) ? (stored: Stored) => Number.isNaN(stored) : heap.matcher(wanted);
    for (let index = clamp(start, length); index < length; ) {
      let at = this.#read(index);
      for (; at < this.#values.length; at++, index++) if (matches(this.#values[at])) return index;
    }
    return -1;
  }
}

/** An index as arrays take it: from the end if negative, and within the list. */
function clamp(index: number, length: number): number {
  const whole = Math.trunc(index) || 0;
  return Math.min(Math.max(whole < 0 ? whole + length : whole, 0), length);
}

function toPlain(member: unknown): unknown {
  return member instanceof LazyContainer ? member.eager() : member;
}

const INDEX = /^(0|[1-9]\d*)$/;

/** The list that an index is asked of, if it is one. */
const indexed = (receiver: unknown, name: string | symbol): receiver is LazyList<unknown> =>
  typeof name === 'string' && INDEX.test(name) && receiver instanceof LazyList;

// At the end of the chain of prototypes, so that methods are found before, and cost no call of a trap.
Object.setPrototypeOf(
  LazyContainer.prototype,
  new Proxy(Object.prototype, {
    get: (target, name, list) =>
      indexed(list, name) ? list.at(Number(name)) : Reflect.get(target, name, list),
    set: (target, name, value, list) => {
      if (!indexed(list, name)) return Reflect.set(target, name, value, list);
      list.set(Number(name), value);
      return true;
    },
  }),
);
