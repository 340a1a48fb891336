/**
 * Booleans as NumPy keeps them: one byte each, 0 or 1. A `Uint8Array` but for its dtype, which slices of it have too.
 */
export class BoolArray extends Uint8Array {
  /** NumPy's `dtype.str`. */
  get dtype(): string {
    return '|b1';
  }
}

/** Points in time or times that went by as NumPy keeps them: counts of a unit, the smallest one for "not a time". */
export interface TimeArray extends BigInt64Array {
  /** NumPy's `dtype.str`, as in `<M8[ms]`. */
  readonly dtype: string;
  /** What the elements count, as in `ms`, `D` or `25s`; `undefined` where NumPy was given no unit. */
  readonly unit: string | undefined;
}

/** A class of {@link TimeArray}s of one unit. */
export interface TimeArrayConstructor {
  readonly BYTES_PER_ELEMENT: 8;
  new (length?: number): TimeArray;
  new (elements: Iterable<bigint>): TimeArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TimeArray;
}

/**
 * The class of arrays that are NumPy's `datetime64[unit]`: `new (datetime64('ms'))([BigInt(Date.now())])`. Counts are
 * since 1970-01-01 UTC. The same unit gives the same class; slices of an array are of its class.
 *
 * @param unit `Y`, `M`, `W`, `D`, `h`, `m`, `s`, `ms`, `us`, `ns`, `ps`, `fs` or `as`, possibly with a count before it.
 * @throws {TypeError} for another unit.
 */
export function datetime64(unit?: string): TimeArrayConstructor {
  return timeArrays('<M8', unit);
}

/** The class of arrays that are NumPy's `timedelta64[unit]`, like {@link datetime64}. */
export function timedelta64(unit?: string): TimeArrayConstructor {
  return timeArrays('<m8', unit);
}

/** NumPy's units of time, each possibly with a count before it. */
const UNIT = /^([1-9]\d{0,8})?([YMWDhms]|[munpfa]s)$/;

const classes = new Map<string, TimeArrayConstructor>();

/** The class of arrays of a `dtype.str`, unless it is of no time. */
export function timeArraysOf(dtype: string): TimeArrayConstructor | undefined {
  const [, kind, unit] = /^(<[Mm]8)(?:\[(.+)\])?$/.exec(dtype) ?? [];
  if (kind === undefined || (unit !== undefined && !UNIT.test(unit))) return undefined;
  return timeArrays(kind, unit);
}

function timeArrays(kind: string, unit: string | undefined): TimeArrayConstructor {
  if (unit !== undefined && !UNIT.test(unit)) {
    throw new TypeError(`NumPy has no unit of time called ${JSON.stringify(unit)}`);
  }
  const dtype = unit === undefined ? kind : `${kind}[${unit}]`;
  let known = classes.get(dtype);
  if (known === undefined) {
    known = class extends BigInt64Array {
      get dtype(): string {
        return dtype;
      }
      get unit(): string | undefined {
        return unit;
      }
    } as TimeArrayConstructor;
    classes.set(dtype, known);
  }
  return known;
}
