import {
  DataType,
  DateUnit,
  type Decimal,
  type Time,
  type Timestamp,
  type TimeUnit,
} from 'apache-arrow';
import type { KeyValues } from './key-values.js';
import { bytesKey, hex, NULL_KEY, textKey } from './partition-key.js';

/**
 * The partition key of a row's value: integers and decimals in digits, floats as JavaScript writes them, `true`
 * and `false`, text as it is, binary values in hexadecimal, dates and times in ISO 8601 (with `Z` if the column
 * has a time zone), durations as a number of the column's units. Different values have different keys.
 */
export function valueKey(values: KeyValues, type: DataType, row: number): string {
  if (values.valid !== undefined && values.valid[row] === 0) return NULL_KEY;
  if (values.shape === 'words') return wordsText(values.words, type, row);
  const bytes = values.source.subarray(values.offsets[row], values.offsets[row + 1]);
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) {
    return bytesKey(bytes);
  }
  return textKey(DataType.isDecimal(type) ? decimalText(bytes, type) : hex(bytes));
}

/** One value of two words, as what it is: a million keys should not make a million buffers. */
const DOUBLE = new Float64Array(1);
const INTEGER = new BigInt64Array(DOUBLE.buffer);
const WORDS = new Int32Array(DOUBLE.buffer);

function wordsText(words: Int32Array, type: DataType, row: number): string {
  WORDS[0] = words[2 * row] as number;
  WORDS[1] = words[2 * row + 1] as number;
  if (DataType.isFloat(type)) return String(DOUBLE[0]);
  const signed = INTEGER[0] as bigint;
  if (DataType.isBool(type)) return String(signed !== 0n);
  if (DataType.isInt(type) && !type.isSigned) return String(BigInt.asUintN(64, signed));
  if (DataType.isDate(type)) {
    return type.unit === DateUnit.DAY ? dateText(signed) : dateTimeText(signed);
  }
  if (DataType.isTimestamp(type)) return timestampText(signed, type);
  if (DataType.isTime(type)) return timeText(signed, type);
  return String(signed);
}

/** The number of two's complement bytes, the lowest first, with the point in its place. */
function decimalText(bytes: Uint8Array, { scale }: Decimal): string {
  const value = decimalValue(bytes);
  if (scale <= 0) return String(value * 10n ** BigInt(-scale));
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The integer of two's complement bytes, the lowest first. */
export function decimalValue(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return BigInt.asIntN(8 * bytes.length, value);
}

const MS_PER_DAY = 86_400_000n;

/** What a `Date` can hold. */
const MOST_MS = 8_640_000_000_000_000n;

function isoText(ms: bigint): string | undefined {
  return ms < -MOST_MS || ms > MOST_MS ? undefined : new Date(Number(ms)).toISOString();
}

function dateText(days: bigint): string {
  return isoText(days * MS_PER_DAY)?.split('T')[0] ?? String(days);
}

function dateTimeText(ms: bigint): string {
  return ms % MS_PER_DAY === 0n
    ? (isoText(ms)?.split('T')[0] ?? String(ms))
    : (isoText(ms) ?? String(ms));
}

function timestampText(value: bigint, { unit, timezone }: Timestamp): string {
  const [seconds, fraction] = split(value, unit);
  const iso = isoText(seconds * 1000n);
  if (iso === undefined) return String(value);
  return iso.slice(0, -'.000Z'.length) + fraction + (timezone ? 'Z' : '');
}

function timeText(value: bigint, { unit }: Time): string {
  const [seconds, fraction] = split(value, unit);
  const parts = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n];
  return seconds < 0n ? String(value) : parts.map(twoDigits).join(':') + fraction;
}

/** Whole seconds, rounded down, and the rest as `.123`, or nothing if there is none. */
function split(value: bigint, unit: TimeUnit): readonly [seconds: bigint, fraction: string] {
  const digits = 3 * unit;
  const perSecond = 10n ** BigInt(digits);
  const rest = ((value % perSecond) + perSecond) % perSecond;
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(digits, '0')}`;
  return [(value - rest) / perSecond, fraction];
}

function twoDigits(value: bigint): string {
  return String(value).padStart(2, '0');
}
