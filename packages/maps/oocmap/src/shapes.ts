import { CorruptError } from '@spillway/core';
import type { Environment } from './environment.js';
import { decodeKey, type EncodedKey, encodeKey } from './key.js';

/** The keys that objects have in common: stored once, and in their pages only its number. */
export interface Shape {
  readonly id: number;
  /** Sorted. */
  readonly keys: EncodedKey[];
  /** The names in the order of `keys`. */
  readonly names: readonly string[];
  /** Where each name is in `names`. */
  readonly index: ReadonlyMap<string, number>;
}

/** An object's names as they came, and where each of them is in the shape. */
export interface Arrangement {
  readonly names: readonly string[];
  readonly shape: Shape;
  /** For each name of the shape, where it is in `names`. */
  readonly order: readonly number[];
}

/** A map has no more than these: objects that are used as dictionaries would otherwise each make one. */
const MOST_SHAPES = 4096;
/** Objects of more names have none. */
const MOST_NAMES = 64;
const MOST_NAME_BYTES = 1500;
/** Names in another order are another arrangement of the same shape; so many are remembered. */
const MOST_ARRANGEMENTS = 16_384;

/** The shapes of a map. They are never changed or deleted, so that what was read holds. */
export class Shapes {
  readonly #environment: Environment;
  readonly #byId: Shape[] = [];
  /** By their keys, joined, which each say where they end. */
  readonly #byKeys = new Map<string, Shape>();
  /** By the names, joined as they came. */
  readonly #byNames = new Map<string, Arrangement>();
  /** The last one that was asked for, by its first name. */
  readonly #last = new Map<string, Arrangement>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** @throws {CorruptError} when there is none. */
  get(id: number): Shape {
    const shape = this.#byId[id] ?? this.#load(id);
    if (shape === undefined) throw new CorruptError(`the map has no shape ${id}`);
    return shape;
  }

  /** Sees to it that a shape is in memory. @returns whether it was read, which ends what was read before it. */
  load(id: number): boolean {
    if (this.#byId[id] !== undefined) return false;
    this.#load(id);
    return true;
  }

  /** The shape for an object of these names; a new one if there is room. Call it while writing. */
  arrange(names: readonly string[]): Arrangement | undefined {
    if (names.length === 0 || names.length > MOST_NAMES) return undefined;
    const last = this.#last.get(names[0] as string);
    if (last !== undefined && sameNames(last.names, names)) return last;
    const joined = names.join('\0');
    const known = this.#byNames.get(joined);
    if (known !== undefined && sameNames(known.names, names)) {
      this.#last.set(names[0] as string, known);
      return known;
    }
    const arrangement = this.#arrange(names);
    if (arrangement === undefined) return undefined;
    if (this.#byNames.size >= MOST_ARRANGEMENTS) {
      this.#byNames.clear();
      this.#last.clear();
    }
    this.#byNames.set(joined, arrangement);
    this.#last.set(names[0] as string, arrangement);
    return arrangement;
  }

  /** Forgets what a transaction that was not committed may have made. */
  forget(): void {
    this.#byId.length = 0;
    this.#byKeys.clear();
    this.#byNames.clear();
    this.#last.clear();
  }

  #arrange(names: readonly string[]): Arrangement | undefined {
    const keys = names.map(encodeKey);
    const order = names.map((_, at) => at);
    order.sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1));
    const shape = this.#find(order.map((at) => keys[at] as EncodedKey));
    return shape && { names: [...names], shape, order };
  }

  #find(keys: EncodedKey[]): Shape | undefined {
    const joined = keys.join('');
    if (joined.length > MOST_NAME_BYTES) return undefined;
    const { header, file } = this.#environment;
    // Few and small: those that others made are found by reading them all.
    for (let id = 0; this.#byKeys.size < header.shapes; id++) this.get(id);
    const known = this.#byKeys.get(joined);
    if (known !== undefined) return known;
    if (header.shapes >= MOST_SHAPES) return undefined;
    const id = header.shapes++;
    file.shapes.put(id, Buffer.from(joined, 'latin1'));
    return this.#remember(id, keys);
  }

  #load(id: number): Shape | undefined {
    const bytes = this.#environment.file.shapes.get(id);
    if (bytes === undefined) return undefined;
    return this.#remember(id, bytes.toString('latin1', 0, bytes.length).split(/(?<=\0)(?!\xff)/));
  }

  #remember(id: number, keys: EncodedKey[]): Shape {
    const names = keys.map((key) => decodeKey(key) as string);
    const shape = { id, keys, names, index: new Map(names.map((name, at) => [name, at])) };
    this.#byId[id] = shape;
    this.#byKeys.set(keys.join(''), shape);
    return shape;
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
