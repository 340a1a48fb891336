import { describe, expect, it } from '@jest/globals';
import type { EncodedBatch } from '@spillway/arrow/ipc';
import { Field, Int32, type RecordBatch, Schema, tableFromIPC, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { type Frame, Gather, type GatherOptions } from '../src/index.js';
import { plainRows } from './plain-rows.js';
import { anySchema, everyType, Random, randomBatch } from './random-tables.js';

/** What there is of each partition, in order. */
class Partitions {
  readonly rows = new Map<number, unknown[][]>();
  readonly frames: Frame[] = [];

  take(frames: Iterable<readonly Frame[]>, schema: Schema): void {
    for (const group of frames) {
      for (const { partition, rows, batch } of group) {
        const read = tableFromIPC(bytesOf(batch));
        expect(read.numRows).toBe(rows);
        expect(read.schema.fields.map(String)).toEqual(schema.fields.map(String));
        this.add(partition, read.batches.flatMap(plainRows));
      }
      this.frames.push(...group);
    }
  }

  add(partition: number, rows: readonly unknown[][]): void {
    const there = this.rows.get(partition);
    if (there) there.push(...rows);
    else this.rows.set(partition, [...rows]);
  }
}

function bytesOf(batch: EncodedBatch): Uint8Array {
  // Behind bytes that were there before, which none may be left of.
  const bytes = new Uint8Array(8 + batch.length).fill(0xab);
  batch.copyTo(bytes, 8);
  return bytes.subarray(8);
}

interface Part {
  readonly batch: RecordBatch;
  readonly partitions: Int32Array;
}

function gather(
  schema: Schema,
  parts: readonly Part[],
  total: number | readonly number[],
  options?: GatherOptions,
) {
  const gathered = new Partitions();
  const gather = new Gather(schema, options);
  for (const [i, { batch, partitions }] of parts.entries()) {
    const count = typeof total === 'number' ? total : (total[i] as number);
    gathered.take(gather.add(batch, partitions, count), schema);
  }
  gathered.take(gather.end(), schema);
  return gathered;
}

function expected(parts: readonly Part[]): Partitions {
  const split = new Partitions();
  for (const { batch, partitions } of parts) {
    plainRows(batch).forEach((row, i) => {
      split.add(partitions[i] as number, [row]);
    });
  }
  return split;
}

describe('rows gathered by partition', () => {
  it('are those that came, in their order, of every type', () => {
    const lengths = fc.array(fc.nat(60), { minLength: 1, maxLength: 4 });
    const memory = fc.constantFrom(2 ** 12, 2 ** 15, 2 ** 20);
    fc.assert(
      fc.property(
        anySchema,
        lengths,
        fc.integer({ min: 1, max: 9 }),
        memory,
        fc.nat(),
        (schema, rows, total, memory, seed) => {
          const random = new Random(seed);
          const parts = rows.map((length) => ({
            batch: randomBatch(schema, length, random),
            partitions: Int32Array.from({ length }, () => random.below(total)),
          }));
          expect(gather(schema, parts, total, { memory }).rows).toEqual(expected(parts).rows);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([2 ** 13, 2 ** 16, 2 ** 24])(
    'are those that came in %i bytes, of all types at once',
    (memory) => {
      const random = new Random(memory);
      const total = 5;
      const parts = [300, 1, 0, 170].map((length) => ({
        batch: randomBatch(everyType, length, random),
        partitions: Int32Array.from({ length }, () => random.below(total)),
      }));
      expect(gather(everyType, parts, total, { memory }).rows).toEqual(expected(parts).rows);
    },
  );

  it('are those that came, when there are far more partitions than at first', () => {
    const random = new Random(1);
    const totals = [3, 3, 900, 2000, 5000, 20_000];
    const schema = new Schema([
      new Field('number', new Int32(), true),
      new Field('text', new Utf8(), true),
    ]);
    const parts = totals.map((total) => ({
      batch: randomBatch(schema, 2000, random),
      partitions: Int32Array.from({ length: 2000 }, () => random.below(total)),
    }));
    expect(gather(schema, parts, totals, { memory: 2 ** 22 }).rows).toEqual(expected(parts).rows);
  });
});
