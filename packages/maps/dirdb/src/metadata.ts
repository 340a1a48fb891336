import { checkJson, SchemaError, typeName } from '@spillway/core';

/** What metadata hold: what JSON does. */
export type MetaValue = null | boolean | number | string | MetaValue[] | Meta;

/** An entry's metadata: a plain object of what JSON holds. */
export interface Meta {
  [name: string]: MetaValue;
}

/**
 * Metadata that are checked as they are changed, at any depth: assigning what JSON can't hold throws at once. What is
 * assigned is copied, so that nothing outside of it can change it later.
 */
export class Metadata<M extends object> {
  #object: object;
  /** Whether an object without members stands for none. */
  #emptyIsNone: boolean;
  readonly #written: string | undefined;

  /** @param read what the file holds; `null` where there is none. */
  constructor(read: M | null) {
    this.#object = read ?? {};
    this.#emptyIsNone = read === null;
    this.#written = this.#text();
  }

  /** What it is now; an object without members where there is none. */
  get value(): M {
    return view(this.#object, 'meta') as M;
  }

  /** @throws {SchemaError} whose `field` is the path to what JSON can't hold. */
  set value(value: M | null) {
    if (value !== null) checkMeta(value);
    this.#object = value === null ? {} : (copy(value) as object);
    this.#emptyIsNone = value === null;
  }

  /**
   * What is to be written: `null` where the file is to go, `undefined` where nothing has changed.
   *
   * @throws {SchemaError} whose `field` is the path to a hole that was left in an array.
   */
  change(): M | null | undefined {
    checkMeta(this.#object);
    const text = this.#text();
    if (text === this.#written) return undefined;
    return text === undefined ? null : (this.#object as M);
  }

  #text(): string | undefined {
    const text = JSON.stringify(this.#object);
    return this.#emptyIsNone && text === '{}' ? undefined : text;
  }
}

/** @throws {SchemaError} whose `field` is the path to what JSON can't hold, as in `meta.a.b[3]`. */
export function checkMeta(value: unknown): void {
  if (!isObject(value)) {
    throw new SchemaError(`meta must be a plain object, or null for none, not ${typeName(value)}`, {
      field: 'meta',
    });
  }
  checkJson(value, 'meta');
}

/** Whether a value is an object, and neither `null` nor an array. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function copy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const views = new WeakMap<object, object>();

/** An object of which each member that is assigned, here or deeper, is checked and copied. */
function view(target: object, path: string): object {
  let known = views.get(target);
  if (known === undefined) {
    known = new Proxy(target, {
      get(object, name, receiver) {
        const member: unknown = Reflect.get(object, name, receiver);
        const isPart = typeof member === 'object' && member !== null && Object.hasOwn(object, name);
        return isPart ? view(member, pathTo(object, path, name)) : member;
      },
      // Assignments end here as well.
      defineProperty(object, name, descriptor) {
        checkJson(descriptor.value, pathTo(object, path, name));
        const value = copy(descriptor.value);
        return Reflect.defineProperty(object, name, { ...descriptor, value });
      },
    });
    views.set(target, known);
  }
  return known;
}

/** The path to a member, as {@link checkJson} writes it. */
function pathTo(object: object, path: string, name: string | symbol): string {
  const text = String(name);
  if (Array.isArray(object) && /^\d+$/.test(text)) return `${path}[${text}]`;
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(text)
    ? `${path}.${text}`
    : `${path}[${JSON.stringify(text)}]`;
}
