import { conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Server } from '@spillway/server';
import { Client } from '../src/index.js';

conformance(
  'Client over Server(Dict())',
  async (place) => {
    const server = await Server(Dict());
    place.defer(() => server.close());
    return Client(server.address);
  },
  {
    beside: (store) => Client((store as ReturnType<typeof Client>).address),
    open: (spec) => Client(JSON.parse(spec.slice('Client('.length, -1)) as string),
  },
);
