import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PIECE_WORDS, PieceLists } from '../src/piece-lists.js';

type Piece = [record: number, offset: number, length: number];

describe('PieceLists', () => {
  it('holds what was pushed since the last clear, neighbours together', () => {
    const step = fc.tuple(fc.nat(5), fc.constantFrom(1, 2, 3, 40, 700), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lists = new PieceLists();
        const model = Array.from({ length: 6 }, () => [] as Piece[]);
        for (const _ of model) lists.add();
        let record = 0;
        for (const [list, count, clear] of steps) {
          if (clear) {
            lists.clear(list);
            model[list] = [];
          }
          for (let i = 0; i < count; i++) {
            // Every third piece lies next to the one before.
            const neighbour = i % 3 === 2;
            if (!neighbour) record++;
            const offset = neighbour ? 17 : 10;
            lists.push(list, record, offset, 7);
            const last = model[list]?.at(-1);
            if (neighbour && last) last[2] += 7;
            else model[list]?.push([record, offset, 7]);
          }
        }
        model.forEach((expected, list) => {
          expect(piecesOf(lists, list)).toEqual(expected);
          expect(lists.count(list)).toBe(expected.length);
          expect(lists.bytes(list)).toBe(expected.reduce((sum, piece) => sum + piece[2], 0));
          if (expected[0]) expect(lists.firstRecord(list)).toBe(expected[0][0]);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('counts bytes past 32 bits', () => {
    const lists = new PieceLists();
    const list = lists.add();
    for (let record = 0; record < 5; record++) lists.push(list, record, 0, 0xffff_fff0);
    expect(lists.bytes(list)).toBe(5 * 0xffff_fff0);
  });

  it('takes 12 bytes a piece and little besides, and uses memory again', () => {
    const lists = new PieceLists();
    const all = Array.from({ length: 10 }, () => lists.add());
    const fill = () => {
      for (let record = 0; record < 100_000; record++) {
        lists.push(all[record % 10] as number, record, 0, 1);
      }
    };
    fill();
    const { memory } = lists;
    expect(memory).toBeLessThan(100_000 * 12 * 1.1);
    for (let round = 0; round < 3; round++) {
      for (const list of all) lists.clear(list);
      fill();
    }
    expect(lists.memory).toBe(memory);
  });
});

function piecesOf(lists: PieceLists, list: number): Piece[] {
  const pieces: Piece[] = [];
  lists.each(list, (page, from, to) => {
    for (let at = from; at < to; at += PIECE_WORDS) {
      pieces.push([...page.subarray(at, at + PIECE_WORDS)] as Piece);
    }
  });
  return pieces;
}
