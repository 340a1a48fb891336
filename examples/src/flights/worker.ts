import { Client, Msgpack, Snappy } from 'spillway';
import { type Flight, readFlights, toRows } from './flights.js';

/** What a worker is told on its command line, as JSON. */
export interface WorkerTask {
  readonly address: string;
  readonly rowGroups: readonly number[];
}

// Ctrl-C reaches the whole process group; the parent ends its workers itself.
process.on('SIGINT', () => {});

const { address, rowGroups } = JSON.parse(process.argv[2] as string) as WorkerTask;

await using store = Msgpack<Flight>(Snappy(Client(address)));
for await (const batch of readFlights(rowGroups)) {
  const byOrigin = new Map<string, Flight[]>();
  for (const flight of toRows(batch)) {
    const flights = byOrigin.get(flight.origin);
    if (flights) flights.push(flight);
    else byOrigin.set(flight.origin, [flight]);
  }
  await store.append(byOrigin);
  process.send?.(batch.numRows);
}
process.disconnect?.();
