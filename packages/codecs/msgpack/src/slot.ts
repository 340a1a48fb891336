import { fits64Bits } from './plain.js';

/**
 * A primitive value in a graph: itself, or where MessagePack has no form for it, an array of a name and data.
 *
 * @throws {TypeError} for a function or a symbol.
 */
export function toSlot(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? ['-0'] : value;
    case 'bigint':
      return fits64Bits(value) ? value : ['bigint', magnitude(value).toString(16), value < 0n];
    case 'string':
      return value.isWellFormed() ? value : ['units', ...codeUnits(value)];
    case 'function':
    case 'symbol':
      throw new TypeError(`a ${typeof value} can't be stored`);
    default:
      return value;
  }
}

/**
 * What {@link toSlot} was given.
 *
 * @throws {Error} when it gives no such slot.
 */
export function fromSlot(slot: unknown): unknown {
  if (!Array.isArray(slot)) return slot;
  const [form, ...data] = slot as unknown[];
  switch (form) {
    case '-0':
      return -0;
    case 'bigint': {
      const value = BigInt(`0x${data[0]}`);
      return data[1] ? -value : value;
    }
    case 'units':
      return data.map((unit) => String.fromCharCode(unit as number)).join('');
    default:
      throw new TypeError(`its graph has a slot of the unknown form ${String(form)}`);
  }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function codeUnits(text: string): number[] {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}
