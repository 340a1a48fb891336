import { ClosedError } from '@spillway/core';
import type { Access } from './access.js';
import { eager } from './eager.js';
import type { LazyDict } from './lazy-dict.js';
import type { LazyList } from './lazy-list.js';
import type { LazySet } from './lazy-set.js';
import type { Page } from './page.js';
import { type Kind, Reference } from './stored.js';

/** What `get` gives for a stored value of type `T`: containers come as lazy objects, all else as it was. */
export type Lazy<T> = T extends Whole
  ? T
  : T extends LazyContainer
    ? T
    : T extends readonly (infer E)[]
      ? LazyList<E>
      : T extends ReadonlyMap<infer K, infer V>
        ? LazyDict<K, V>
        : T extends ReadonlySet<infer E>
          ? LazySet<E>
          : T extends object
            ? LazyObject<T>
            : T;

/** What was stored from a plain object of type `T`. */
export type LazyObject<T extends object> = {
  get<N extends keyof T & string>(name: N): Lazy<T[N]>;
} & LazyDict<keyof T & string, T[keyof T]>;

/** Values that come back whole. */
type Whole =
  | undefined
  | null
  | boolean
  | number
  | string
  | bigint
  | Date
  | ArrayBuffer
  | ArrayBufferView;

/** A container that is still on the disk. It knows its number, and reads what it is asked for. */
export abstract class LazyContainer {
  protected readonly access: Access;
  protected readonly reference: Reference;
  #page: Page | undefined;

  /** @internal */
  constructor(access: Access, kind: Kind, id: number) {
    this.access = access;
    this.reference = new Reference(kind, id);
  }

  /** The plain value, read whole. */
  eager(): unknown {
    this.page();
    return eager(this.access.heap, this.reference);
  }

  /** What a container's reference is, for comparisons. */
  static referenceOf(container: LazyContainer): Reference {
    return container.reference;
  }

  /**
   * The container's own page, as it is now.
   *
   * @throws {ClosedError} when the container was deleted, or the map is closed.
   */
  protected page(): Page {
    const { heap, path } = this.access;
    heap.environment.read();
    if (this.#page?.live) return this.#page;
    heap.environment.checkOpen();
    this.#page = heap.pages.get(this.reference.id);
    if (this.#page === undefined)
      throw new ClosedError(
        `this ${this.constructor.name} was deleted from the OOCMap at ${path}: get it anew`,
        { path },
      );
    return this.#page;
  }

  /** Opens a transaction, and sees that the container is still there in it. @throws {ClosedError} */
  protected write(): void {
    this.access.heap.environment.write();
    this.page();
  }
}
