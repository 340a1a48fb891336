import { SchemaError } from './errors.js';
import { quote } from './key.js';

/** A value that a spec can carry besides nested stores. */
export type SpecValue =
  | string
  | number
  | boolean
  | null
  | readonly SpecValue[]
  | { readonly [name: string]: SpecValue };

/** A store as text: its factory's name and arguments, e.g. `Msgpack(LZ4(File("orders")))`. */
export interface Spec {
  readonly name: string;
  readonly args: readonly (Spec | SpecValue)[];
}

/** Tells a nested store from a plain argument. */
export function isSpec(arg: Spec | SpecValue): arg is Spec {
  return (
    typeof arg === 'object' &&
    arg !== null &&
    'name' in arg &&
    'args' in arg &&
    Array.isArray(arg.args)
  );
}

/** Writes a spec as {@link parseSpec} reads it. Options that are `undefined` are left out. */
export function formatSpec({ name, args }: Spec): string {
  return `${name}(${args.map((arg) => (isSpec(arg) ? formatSpec(arg) : JSON.stringify(arg))).join(', ')})`;
}

/**
 * Reads `Name(arg, …)`, where an argument is another spec or a JSON value.
 *
 * @throws {SchemaError} naming the place where the text is no spec.
 */
export function parseSpec(text: string): Spec {
  const reader = new SpecReader(text);
  const spec = reader.spec();
  reader.end();
  return spec;
}

/** No nesting is as deep; text that is would exhaust the stack. */
const MAX_DEPTH = 100;

class SpecReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  spec(): Spec {
    const name = this.#take(/\s*([A-Za-z_][A-Za-z0-9_]*)\s*\(\s*/y) ?? this.#fail('a name and "("');
    const args: (Spec | SpecValue)[] = [];
    if (++this.#depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} stores in each other`);
    if (!this.#take(/(\))\s*/y)) {
      do args.push(this.#argument());
      while (this.#take(/\s*(,)\s*/y));
      if (!this.#take(/\s*(\))\s*/y)) this.#fail('"," or ")"');
    }
    this.#depth--;
    return { name, args };
  }

  end(): void {
    if (this.#at < this.#text.length) this.#fail('the end');
  }

  #argument(): Spec | SpecValue {
    const begin = this.#at;
    const literal = this.#take(/(true|false|null|-?\d[\d.eE+-]*|"(?:[^"\\]|\\.)*")/y);
    if (literal !== undefined) return this.#json(literal, begin);
    if ('{['.includes(this.#text[this.#at] ?? ' ')) return this.#json(this.#bracketed(), begin);
    return this.spec();
  }

  /** The text up to the bracket that closes the one at the cursor; brackets in strings don't count. */
  #bracketed(): string {
    const begin = this.#at;
    const tokens = /"(?:[^"\\]|\\.)*"|[[\]{}]|[^"[\]{}]+/y;
    for (let depth = 0; ; ) {
      tokens.lastIndex = this.#at;
      const token = tokens.exec(this.#text)?.[0] ?? this.#fail('a closing bracket');
      this.#at += token.length;
      if (token === '{' || token === '[') depth++;
      else if ((token === '}' || token === ']') && --depth === 0)
        return this.#text.slice(begin, this.#at);
    }
  }

  #json(text: string, begin: number): SpecValue {
    try {
      return JSON.parse(text) as SpecValue;
    } catch {
      this.#at = begin;
      return this.#fail('a JSON value or a nested store');
    }
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return undefined;
    this.#at += match[0].length;
    return match[1];
  }

  #fail(expected: string): never {
    throw new SchemaError(
      `${quote(this.#text)} is no spec: expected ${expected} at character ${this.#at}`,
    );
  }
}
