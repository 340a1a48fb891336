import { conformance, type Values } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { LZ4 } from '@spillway/lz4';
import { TypedArray } from '../src/index.js';

/** Arrays of one to five elements of 8 bytes. */
const floats: Values<Float64Array> = {
  make: (seed) => Float64Array.from({ length: 1 + (seed % 5) }, (_, i) => seed + i / 8),
  join: (parts) => Float64Array.from(parts.flatMap((part) => [...part])),
  comparable: (value) => [...value],
  scribble: (value) => {
    value.fill(Number.NaN);
  },
  wrong: [
    undefined,
    null,
    'text',
    7,
    1n,
    true,
    {},
    [1, 2],
    new ArrayBuffer(8),
    new DataView(new ArrayBuffer(8)),
    new Date(0),
    Promise.resolve(new Float64Array(2)),
    () => new Float64Array(2),
    Symbol('array'),
  ],
};

conformance('TypedArray(Dict())', () => TypedArray<Float64Array>(Dict()), {
  layer: TypedArray<Float64Array>,
  values: floats,
});

conformance('TypedArray(LZ4(Dict()))', () => TypedArray<Float64Array>(LZ4(Dict())), {
  values: floats,
});
