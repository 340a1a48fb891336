/** Deeper values are written as graphs: most readers of MessagePack give up at about twice this depth. */
const MAX_DEPTH = 500;

/**
 * Whether MessagePack's own types can hold a value so that it comes back the same. They can't hold -0,
 * bigints past 64 bits, holes, lone surrogates, cycles, and objects of most classes.
 *
 * @throws {TypeError} for a function or a symbol.
 */
export function isPlain(value: unknown): boolean {
  return isPlainAt(value, []);
}

/** @param path the arrays and objects around the value. */
function isPlainAt(value: unknown, path: object[]): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return value !== 0 || 1 / value > 0;
    case 'bigint':
      return fits64Bits(value);
    case 'object':
      return value === null || isPlainObject(value, path);
    case 'boolean':
    case 'undefined':
      return true;
    default:
      throw new TypeError(`a ${typeof value} can't be stored`);
  }
}

/** Whether MessagePack has an integer for it. */
export function fits64Bits(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value;
}

function isPlainObject(value: object, path: object[]): boolean {
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  if (value instanceof Uint8Array) return true;
  const isArray = Array.isArray(value);
  if (!isArray && !isPlainPrototype(value)) return false;
  if (path.length >= MAX_DEPTH || path.includes(value)) return false;
  path.push(value);
  const plain = isArray ? areElementsPlain(value, path) : arePropertiesPlain(value, path);
  path.pop();
  return plain;
}

function isPlainPrototype(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function areElementsPlain(array: readonly unknown[], path: object[]): boolean {
  for (let i = 0; i < array.length; i++) {
    const element = array[i];
    if (!isPlainAt(element, path) || (element === undefined && !(i in array))) return false;
  }
  return true;
}

function arePropertiesPlain(object: object, path: object[]): boolean {
  for (const name in object) {
    // msgpackr doesn't give objects a property of this name.
    if (name === '__proto__' || !name.isWellFormed()) return false;
    if (!isPlainAt((object as Record<string, unknown>)[name], path)) return false;
  }
  return true;
}
