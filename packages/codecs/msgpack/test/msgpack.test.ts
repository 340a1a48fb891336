import { conformance, type Values } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Msgpack } from '../src/index.js';

interface Row {
  seed: number;
  text: string;
  nested: unknown;
}

/** Rows, some of plain values and some that need a graph. */
const rows: Values<Row[]> = {
  make: (seed) => [
    { seed, text: `row ${seed}`, nested: seed % 3 === 0 ? new Map([[seed, -0]]) : [seed] },
  ],
  join: (parts) => parts.flat(),
  scribble: (value) => {
    for (const row of value) Object.assign(row, { seed: -1, text: 'scribbled', nested: null });
  },
  wrong: [
    undefined,
    null,
    'text',
    7,
    1n,
    true,
    {},
    new Uint8Array(2),
    new Set([1]),
    [() => 1],
    [Symbol('row')],
  ],
};

conformance('Msgpack(Dict())', () => Msgpack<Row>(Dict()), {
  layer: Msgpack<Row>,
  framed: true,
  values: rows,
});
