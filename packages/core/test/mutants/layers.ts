import {
  type Batch,
  type Codec,
  Encode,
  frame,
  joinBytes,
  Layer,
  type Spec,
  type Store,
  splitFrames,
} from '@spillway/core';
import { Reference } from '@spillway/core/conformance';
import type { Mutant } from './mutant.js';

type Bytes = Uint8Array;

/** A layer that passes on what it is given. */
class Plain extends Layer<Bytes> {
  override spec(): Spec {
    return { name: 'Plain', args: [this.innerSpec()] };
  }
  protected override _append(batch: Batch<Bytes>) {
    return this.inner._append(batch);
  }
  protected override _get(keys: readonly string[]) {
    return this.inner._get(keys);
  }
}

const ignore = () => {};

/** Mistakes a layer can make over a store that fails, and with frames. */
export const layerMutants: readonly Mutant[] = [
  mutant(
    'swallows failed appends',
    'faults underneath',
    class extends Plain {
      protected override async _append(batch: Batch<Bytes>): Promise<void> {
        await Promise.resolve(this.inner._append(batch)).catch(ignore);
      }
    },
  ),
  mutant(
    'appends again what may have been appended',
    'faults underneath',
    class extends Plain {
      protected override async _append(batch: Batch<Bytes>): Promise<void> {
        await Promise.resolve(this.inner._append(batch)).catch(() => this.inner._append(batch));
      }
    },
  ),
  mutant(
    'takes a failed read for an absent key',
    'faults underneath',
    class extends Plain {
      protected override async _get(keys: readonly string[]): Promise<Bytes[]> {
        return Promise.resolve(this.inner._get(keys)).catch(() =>
          keys.map(() => new Uint8Array(0)),
        );
      }
    },
  ),
  mutant(
    'takes a failed lookup for an absent key',
    'faults underneath',
    class extends Plain {
      protected override async _has(key: string): Promise<boolean> {
        return Promise.resolve(super._has(key)).catch(() => false);
      }
    },
  ),
  mutant(
    'takes a failure half way for the end',
    'faults underneath',
    class extends Plain {
      protected override async *_keys(prefix: string) {
        try {
          yield* this.inner._keys(prefix);
        } catch {}
      }
    },
  ),
  mutant(
    'swallows failed flushes',
    'faults underneath',
    class extends Plain {
      protected override async _flush(): Promise<void> {
        await Promise.resolve(this.inner._flush({})).catch(ignore);
      }
    },
  ),
  mutant(
    'swallows a failed close',
    'faults underneath',
    class extends Plain {
      protected override async _close(): Promise<void> {
        await Promise.resolve(super._close()).catch(ignore);
      }
    },
  ),
  mutant(
    'loses the value when a set fails half way',
    'faults underneath',
    class extends Plain {
      protected override async _set(batch: Batch<Bytes>): Promise<void> {
        await this.inner._delete(batch.keys);
        await this.inner._append(batch);
      }
    },
  ),
  mutant(
    'reads and deletes at once',
    'faults underneath',
    class extends Plain {
      protected override async _pop(keys: readonly string[]): Promise<Bytes[]> {
        const values = this.inner._get(keys);
        await this.inner._delete(keys);
        return values;
      }
    },
  ),
  mutant(
    'leaves open what it wraps',
    'wrapping',
    class extends Plain {
      protected override _close(): void {}
    },
  ),
  mutant(
    'wraps anything',
    'wrapping',
    class extends Layer<Bytes> {
      constructor(name: string, inner: Store) {
        super(name, inner && typeof inner === 'object' && 'get' in inner ? inner : Reference());
      }
      override spec(): Spec {
        return { name: 'Anything', args: [this.innerSpec()] };
      }
      protected override _append(batch: Batch<Bytes>) {
        return this.inner._append(batch);
      }
      protected override _get(keys: readonly string[]) {
        return this.inner._get(keys);
      }
    },
  ),
  framed('decodes anything, to anything', {
    encode: (bytes) => bytes,
    decode: (bytes) => {
      if (bytes.length > 4 && bytes[0] === 'p'.charCodeAt(0)) throw new Error('text');
      return new Uint8Array(bytes.length > 50 ? 2 ** 40 : 0);
    },
  }),
  framed('encodes nothing', { encode: () => new Uint8Array(0), decode: (bytes) => bytes }),
  {
    does: 'takes a torn frame for the end',
    caughtBy: 'frames',
    make: () => forgiving(Reference()),
    options: { layer: forgiving, framed: true },
  },
];

function mutant(
  does: string,
  caughtBy: string,
  type: new (name: string, inner: Store) => Store,
): Mutant {
  const layer = (inner: Store) => new type('Plain', inner);
  return { does, caughtBy, make: () => layer(Reference()), options: { layer } };
}

function framed(does: string, codec: Pick<Codec<Bytes>, 'encode' | 'decode'>): Mutant {
  const layer = (inner: Store) => Encode({ name: 'Framed', ...codec, join: joinBytes }, inner);
  return {
    does,
    caughtBy: 'frames',
    make: () => layer(Reference()),
    options: { layer, framed: true },
  };
}

/** A framing layer that gives what it can read and leaves the rest. */
function forgiving(inner: Store): Store {
  return new (class extends Plain {
    protected override _append({ keys, values }: Batch<Bytes>) {
      return this.inner._append({ keys, values: values.map(frame) });
    }
    protected override async _get(keys: readonly string[]): Promise<Bytes[]> {
      return (await this.inner._get(keys)).map((bytes, i) => {
        try {
          return joinBytes(splitFrames(bytes, keys[i] as string));
        } catch {
          return new Uint8Array(0);
        }
      });
    }
  })('Forgiving', inner);
}
