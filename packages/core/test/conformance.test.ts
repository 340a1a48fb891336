import { describe, expect, it } from '@jest/globals';
import { Encode, joinBytes, type Store } from '@spillway/core';
import {
  Chaos,
  conformance,
  conformanceCases,
  Reference,
  type Values,
} from '@spillway/core/conformance';
import { makeShared, soundShared } from './mutants/shared.js';

/** A compressor as plain as can be: it turns all bits. */
const Flip = (store: Store) => {
  const flip = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff);
  return Encode({ name: 'Flip', encode: flip, decode: flip, join: joinBytes }, store);
};

/** A codec as plain as can be. */
const Json = (store: Store): Store<unknown[]> =>
  Encode<unknown[]>(
    {
      name: 'Json',
      encode: (value) => {
        if (!Array.isArray(value)) throw new TypeError('it is no array');
        return Buffer.from(JSON.stringify(value));
      },
      decode: (bytes) => {
        const value: unknown = JSON.parse(Buffer.from(bytes).toString());
        if (!Array.isArray(value)) throw new TypeError('it holds no array');
        return value;
      },
      join: (values) => values.flat(),
    },
    store,
  );

const arrays: Values<unknown[]> = {
  make: (seed) => [seed, { text: `row ${seed}` }],
  join: (parts) => parts.flat(),
  scribble: (value) => {
    value.fill('scribbled');
  },
  wrong: [undefined, null, 'text', 7, {}, new Uint8Array(2), [1n]],
};

conformance('Reference()', () => Reference());
conformance('Shared(path)', makeShared, soundShared);
conformance('Flip(Reference())', () => Flip(Reference()), { layer: Flip, framed: true });
conformance('Json(Reference())', () => Json(Reference()), {
  layer: Json,
  framed: true,
  values: arrays,
});
conformance('Json(Flip(Flip(Reference())))', () => Json(Flip(Flip(Reference()))), {
  values: arrays,
});
conformance('Chaos(Reference())', () => Chaos(Reference()), { layer: Chaos });
conformance('Chaos(Reference()) that is slow', () => Chaos(Reference(), { delayed: 0.3 }));

describe('The conformance suite', () => {
  it('leaves out what a store lacks, if there is such a thing', () => {
    const groups = (lacks: string[]) =>
      new Set(conformanceCases(() => Reference(), { lacks }).map(({ group }) => group));
    expect(groups([]).has('pop')).toBe(true);
    expect(groups(['pop', 'a model']).has('pop')).toBe(false);
    expect(() => groups(['popp'])).toThrow('no group of cases is called popp');
  });

  it('asks for states and groups that a store has', () => {
    const cases = conformanceCases(() => Reference());
    expect(new Set(cases.map(({ state }) => state))).toEqual(new Set(['fresh', 'used']));
    const more = conformanceCases(makeShared, soundShared);
    expect(new Set(more.map(({ state }) => state))).toContain('reopened');
    const added = new Set(more.map(({ group }) => group));
    for (const { group } of cases) added.delete(group);
    expect([...added].sort()).toEqual([
      'a handle beside',
      'a handle beside, by the byte',
      'a model, by two handles',
      'a model, closed and opened again',
      'opened again',
      'without a path',
    ]);
  });
});
