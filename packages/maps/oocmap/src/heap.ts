import { type BytesValue, objectBytes, stringBytes, valueOfBytes } from './bytes.js';
import { DictTree } from './dict-tree.js';
import type { Contents, Environment } from './environment.js';
import { ListTree } from './list-tree.js';
import { unpack } from './page.js';
import { Pages } from './pages.js';
import { Shapes } from './shapes.js';
import { SharedValues } from './shared-values.js';
import { Packed, Reference, Shared, type Stored } from './stored.js';

/** All containers of a map by their numbers, and the values they share. */
export class Heap implements Contents {
  readonly environment: Environment;
  readonly shapes: Shapes;
  readonly pages: Pages;
  readonly shared: SharedValues;
  readonly lists: ListTree;
  readonly dicts: DictTree;

  constructor(environment: Environment) {
    this.environment = environment;
    this.shapes = new Shapes(environment);
    this.pages = new Pages(environment, this.shapes);
    this.shared = new SharedValues(environment);
    this.lists = new ListTree(this.pages);
    this.dicts = new DictTree(this.pages);
    environment.contents = this;
  }

  flush(): void {
    this.pages.flush();
    this.shared.flush();
  }

  forget(): void {
    this.pages.forget();
    this.shared.forget();
  }

  undo(): void {
    this.forget();
    this.shapes.forget();
  }

  /** The value of a member that is not a container. */
  scalar(stored: Exclude<Stored, Reference>): undefined | null | boolean | number | BytesValue {
    if (typeof stored !== 'object' || stored === null) return stored;
    if (stored instanceof Shared) return this.shared.get(stored);
    return valueOfBytes(stored.type, stored.bytes as Buffer, 0, stored.bytes.length);
  }

  /** Whether a member is the value that `wanted` is; containers are compared by {@link Reference}. */
  matcher(wanted: unknown): (stored: Stored) => boolean {
    if (wanted instanceof Reference)
      return (stored) => stored instanceof Reference && stored.id === wanted.id;
    const bytes =
      typeof wanted === 'string'
        ? stringBytes(wanted)
        : typeof wanted === 'object' && wanted !== null
          ? objectBytes(wanted)
          : undefined;
    if (bytes === undefined) return (stored) => stored === wanted;
    const { type } = bytes;
    const expected = Buffer.from(bytes.bytes);
    const digest = this.shared.digest(bytes);
    return (stored) =>
      stored === wanted ||
      (stored instanceof Shared && stored.digest === digest) ||
      (stored instanceof Packed && stored.type === type && expected.compare(stored.bytes) === 0);
  }

  /** Frees what a member holds: the container and all below it, one use of a shared value. */
  release(stored: Stored): void {
    const freeing: Stored[] = [stored];
    while (freeing.length > 0) {
      const next = freeing.pop();
      if (next instanceof Shared) this.shared.release(next);
      else if (next instanceof Reference) this.#free(next, freeing);
    }
  }

  #free(reference: Reference, freeing: Stored[]): void {
    const page = this.pages.get(reference.id);
    if (page === undefined) return;
    unpack(page);
    for (const id of page.children) freeing.push(new Reference(page.kind, id));
    if (Array.isArray(page.values))
      for (const member of page.values)
        if (member instanceof Reference || member instanceof Shared) freeing.push(member);
    this.pages.remove(page);
  }
}
