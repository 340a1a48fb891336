import { DataType, DateUnit, type Decimal, TimeUnit } from 'apache-arrow';
import type { Bound } from './by.js';

const utf8 = new TextEncoder();
const MS_PER_DAY = 86_400_000;

/** Beyond all integers of 64 bits. */
const BEYOND = 2n ** 64n;

/** A bound of floats; `undefined` if it is none. */
export function doubleBound(bound: Bound): number | undefined {
  if (typeof bound === 'bigint') return Number(bound);
  return typeof bound === 'number' && !Number.isNaN(bound) ? bound : undefined;
}

/** A bound of text or binary values. */
export function bytesBound(bound: Bound): Uint8Array | undefined {
  if (typeof bound === 'string') return utf8.encode(bound);
  return bound instanceof Uint8Array ? bound : undefined;
}

/** A bound of integers, dates and times, in the units of the type: the least integer that isn't below it. */
export function integerBound(bound: Bound, type: DataType): bigint | undefined {
  if (typeof bound === 'bigint') return bound;
  if (typeof bound === 'number') return ceiling(bound);
  if (!(bound instanceof Date)) return undefined;
  const ms = bound.getTime();
  if (DataType.isDate(type)) return ceiling(type.unit === DateUnit.DAY ? ms / MS_PER_DAY : ms);
  if (!DataType.isTimestamp(type) || Number.isNaN(ms)) return undefined;
  if (type.unit === TimeUnit.SECOND) return ceiling(ms / 1000);
  return BigInt(ms) * 1000n ** BigInt(type.unit - TimeUnit.MILLISECOND);
}

/** A bound of decimals, in units of their last digit: the least integer that isn't below it. */
export function decimalBound(bound: Bound, { scale }: Decimal): bigint | undefined {
  if (bound instanceof Date || bound instanceof Uint8Array) return undefined;
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(plain(bound)) ?? [];
  if (whole === undefined) return undefined;
  const digits = BigInt(`${sign}${whole}${fraction}`);
  const shift = scale - fraction.length;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return digits / divisor + (digits > 0n && digits % divisor !== 0n ? 1n : 0n);
}

function plain(bound: string | number | bigint): string {
  return typeof bound === 'number' && Number.isInteger(bound)
    ? String(BigInt(bound))
    : String(bound);
}

function ceiling(value: number): bigint | undefined {
  if (Number.isNaN(value)) return undefined;
  if (Number.isFinite(value)) return BigInt(Math.ceil(value));
  return value > 0 ? BEYOND : -BEYOND;
}
