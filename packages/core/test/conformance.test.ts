import { Encode, joinBytes, type Store } from '@spillway/core';
import { Chaos, conformance, Reference, type Values } from '@spillway/core/conformance';

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
