import { describe, expect, it } from '@jest/globals';
import type { RecordBatch, Schema } from 'apache-arrow';
import fc from 'fast-check';
import { type Frame, Gather, type GatherOptions } from '../src/index.js';
import { plainRows } from './plain-rows.js';
import { anySchema, Random, randomBatch } from './random-tables.js';

/** What there is of each partition, in order. */
class Partitions {
  readonly rows = new Map<number, unknown[][]>();
  readonly frames: Frame[] = [];

  take(frames: Iterable<readonly Frame[]>, schema: Schema): void {
    for (const group of frames) {
      for (const { partition, batch } of group) {
        expect(batch.schema.fields).toEqual(schema.fields);
        this.add(partition, plainRows(batch));
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

interface Part {
  readonly batch: RecordBatch;
  readonly partitions: Int32Array;
}

function gather(schema: Schema, parts: readonly Part[], total: number, options?: GatherOptions) {
  const gathered = new Partitions();
  const gather = new Gather(schema, options);
  for (const { batch, partitions } of parts)
    gathered.take(gather.add(batch, partitions, total), schema);
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
});
