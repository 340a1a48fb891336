export type { NumericArray } from './dtype.js';
export { npyFile } from './npy-file.js';
export {
  BoolArray,
  datetime64,
  type TimeArray,
  type TimeArrayConstructor,
  timedelta64,
} from './numpy-arrays.js';
export { TypedArray, type TypedArrayStore } from './typed-array.js';
