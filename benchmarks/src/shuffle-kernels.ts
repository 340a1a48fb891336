import { type Frame, Gather, partitioner } from '@spillway/partition';
import { type RecordBatch, Table, vectorFromArray } from 'apache-arrow';
import { hash } from 'spillway';
import { median, seconds } from './measure.js';
import type { Row } from './report.js';

const RUNS = 5;
const BATCH_ROWS = 131_072;

/** The kernels alone: five columns of fixed width, split, gathered and encoded on one thread, into the same memory. */
export async function kernels(flights: Table): Promise<Row> {
  const table = fixedWidth(flights);
  const { bytes, copy } = copied(table);
  const split = splitter(table);
  split();
  const rate = await median(RUNS, async () => table.numRows / (await seconds(split)));
  const bandwidth = await median(RUNS, async () => bytes / (await seconds(copy)));
  const moved = (rate / table.numRows) * bytes;
  const note = `${(moved / 1e9).toFixed(1)} GB/s of columns; memcpy in the same run ${(bandwidth / 1e9).toFixed(1)}, ${(bandwidth / moved).toFixed(1)} × that`;
  const work = 'kernels alone, 5 columns of fixed width, hash to 256';
  return { work, unit: 'rows/s', ours: rate, target: 30_000_000, note };
}

/** Two columns of 64 bits, one of 32, and two of 16 bits. */
function fixedWidth(flights: Table): Table {
  const column = (name: string) => flights.getChild(name)?.toArray() as BigInt64Array;
  const number = (_: unknown, i: number) => i;
  const { numRows: length } = flights;
  return new Table({
    date: vectorFromArray(column('date')),
    number: vectorFromArray(Int32Array.from({ length }, number)),
    share: vectorFromArray(Float64Array.from({ length }, number)),
    delay: vectorFromArray(Int16Array.from(column('delay'), Number)),
    distance: vectorFromArray(Int16Array.from(column('distance'), Number)),
  });
}

/** Splits a table again and again, in memory that is reserved once. */
function splitter({ schema, batches }: Table): () => void {
  const assigned = partitioner(schema, hash('date', 256));
  const gather = new Gather(schema);
  const parts = batches.flatMap(inParts);
  const numbers = new Int32Array(BATCH_ROWS);
  let memory = new Uint8Array(2 ** 20);
  const encode = (groups: Iterable<readonly Frame[]>) => {
    for (const frames of groups) {
      for (const { batch } of frames) {
        if (batch.length > memory.length) memory = new Uint8Array(2 * batch.length);
        batch.copyTo(memory, 0);
      }
    }
  };
  return () => {
    for (const part of parts) {
      assigned.assign(part, numbers);
      encode(gather.add(part, numbers, assigned.count));
    }
    encode(gather.end());
  };
}

function inParts(batch: RecordBatch): RecordBatch[] {
  const parts = Math.ceil(batch.numRows / BATCH_ROWS);
  return Array.from({ length: parts }, (_, i) => batch.slice(i * BATCH_ROWS, (i + 1) * BATCH_ROWS));
}

/** What a copy of all columns takes, per byte, in memory that was used before. */
function copied(table: Table): { readonly bytes: number; readonly copy: () => void } {
  const parts = table.batches.flatMap(({ data }) => data.children.map(({ values }) => values));
  const sources = parts.map(
    (values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
  const targets = sources.map(({ length }) => new Uint8Array(length).fill(1));
  return {
    bytes: sources.reduce((sum, { length }) => sum + length, 0),
    copy: () => {
      for (const [i, source] of sources.entries()) targets[i]?.set(source);
    },
  };
}
