import { join } from 'node:path';
import { conformance, type Factory, type Values } from '@spillway/core/conformance';
import {
  Buffer,
  Client,
  Dict,
  File,
  LZ4,
  Msgpack,
  open,
  Server,
  Snappy,
  type Store,
  ZLib,
} from '../src/index.js';

/** Rows, as a codec around the nestings takes them. */
const rows: Values<unknown[]> = {
  make: (seed) =>
    Array.from({ length: 1 + (seed % 3) }, (_, i) => ({ seed, i, text: 'x'.repeat(seed % 50) })),
  join: (parts) => parts.flat(),
  scribble: (value) => {
    value.fill('scribbled');
  },
  wrong: [undefined, null, 'text', 7, {}, new Uint8Array(2), [() => {}], [Symbol('row')]],
};

/** A directory that goes away with the case. */
const file: Factory<Uint8Array> = async (place) => File(join(await place.directory(), 'store'));

/** A client of a server of its own over `store`, which both go away with the case. */
const served = async (store: Store, place: Parameters<Factory<Uint8Array>>[0]): Promise<Store> => {
  const server = await Server(store);
  place.defer(async () => {
    await server.close();
    await store.close();
  });
  return Client(server.address);
};

const small = { availableMemory: 2000 };

const ofBytes: Record<string, Factory<Uint8Array>> = {
  'LZ4(Snappy(ZLib(Dict())))': () => LZ4(Snappy(ZLib(Dict()))),
  'Buffer(Dict(), File(p))': async (place) => Buffer(Dict(), await file(place), small),
  'Buffer(Dict(), LZ4(File(p)))': async (place) => Buffer(Dict(), LZ4(await file(place)), small),
  'Snappy(Buffer(Dict(), Buffer(Dict(), File(p))))': async (place) =>
    Snappy(Buffer(Dict(), Buffer(Dict(), await file(place)), small)),
  'ZLib(Client(…Dict()))': async (place) => ZLib(await served(Dict(), place)),
  'Buffer(Dict(), Client(…Dict()))': async (place) =>
    Buffer(Dict(), await served(Dict(), place), small),
  'Client(…Client(…Dict()))': async (place) => served(await served(Dict(), place), place),
};

const ofRows: Record<string, Factory<unknown[]>> = {
  'Msgpack(LZ4(File(p)))': async (place) => Msgpack(LZ4(await file(place))),
  'Msgpack(LZ4(Buffer(Dict(), Snappy(File(p)))))': async (place) =>
    Msgpack(LZ4(Buffer(Dict(), Snappy(await file(place)), small))),
  'Msgpack(Snappy(Client(…Buffer(Dict(), File(p)))))': async (place) =>
    Msgpack(Snappy(await served(Buffer(Dict(), await file(place), small), place))),
  'Msgpack(ZLib(Buffer(Dict(), Dict())))': () => Msgpack(ZLib(Buffer(Dict(), Dict(), small))),
  'open("Msgpack(Snappy(Dict()))")': () => open<unknown[]>('Msgpack(Snappy(Dict()))'),
};

const RUNS = 5;
for (const [name, factory] of Object.entries(ofBytes)) conformance(name, factory, { runs: RUNS });
for (const [name, factory] of Object.entries(ofRows)) {
  conformance(name, factory, { runs: RUNS, values: rows });
}
