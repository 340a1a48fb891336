import { type Data, type Dictionary, Vector } from 'apache-arrow';
import { layoutOf, type Values } from './column.js';
import { nulls } from './nulls.js';
import { take } from './take.js';

/**
 * The indices and the dictionary of a column; where that has more values than there are `rows`, the values in use
 * alone, in their order. Dictionaries of nested values stay as they are.
 */
export function compactDictionary(
  data: Data<Dictionary>,
  rows: number,
): { readonly values: Values; readonly dictionary: Vector } {
  const values = data.values.subarray(0, data.length) as Values;
  const dictionary = data.dictionary ?? new Vector([nulls(data.type.dictionary, 0)]);
  const layout = layoutOf(data.type.dictionary);
  if (dictionary.length <= rows || (layout !== 'bytes' && layout !== 'fixed'))
    return { values, dictionary };
  const places = new Int32Array(dictionary.length);
  for (let i = 0; i < values.length; i++) if (data.getValid(i)) places[Number(values[i])] = 1;
  let count = 0;
  for (let i = 0; i < places.length; i++) places[i] = places[i] === 1 ? ++count : 0;
  const used = new Int32Array(count);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    if (place > 0) used[place - 1] = i;
  }
  const indices = values.slice();
  for (let i = 0; i < indices.length; i++) {
    // A null's index may be anything, also past the end.
    const place = Math.max((places[Number(values[i])] ?? 0) - 1, 0);
    if (indices instanceof BigInt64Array || indices instanceof BigUint64Array)
      indices[i] = BigInt(place);
    else indices[i] = place;
  }
  return { values: indices, dictionary: new Vector([take(dictionary, used)]) };
}
