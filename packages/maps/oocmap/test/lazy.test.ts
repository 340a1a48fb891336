import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ClosedError } from '@spillway/core';
import type { LazyDict, LazyList, LazySet } from '../src/index.js';
import { usePlace } from './place.js';

describe('a LazyList', () => {
  const place = usePlace();
  const list = <T>(values: T[]): LazyList<T> => {
    const map = place.open();
    map.set('list', values);
    return map.get('list') as LazyList<T>;
  };
  const numbers = (length: number) => Array.from({ length }, (_, i) => i);

  it('reads as an array', () => {
    const lazy = list(numbers(5000));
    expect(lazy.length).toBe(5000);
    expect([lazy[0], lazy[4999], lazy[5000]]).toEqual([0, 4999, undefined]);
    expect([lazy.at(-1), lazy.at(-5000), lazy.at(-5001), lazy.at(0.5)]).toEqual([
      4999,
      0,
      undefined,
      undefined,
    ]);
    expect(lazy.slice(-3)).toEqual([4997, 4998, 4999]);
    expect(lazy.slice(10, -4985)).toEqual([10, 11, 12, 13, 14]);
    expect(lazy.slice(7, 3)).toEqual([]);
    expect([...lazy]).toEqual(numbers(5000));
    expect(Array.from(lazy, (x) => x * 2)[4999]).toBe(9998);
    expect(Math.max(...lazy.slice(0, 10))).toBe(9);
  });

  it('finds what arrays find, and dates and bytes by what is in them', () => {
    const long = 'long '.repeat(50);
    const lazy = list<unknown>([
      1,
      'a',
      Number.NaN,
      null,
      long,
      new Date(3),
      new Uint8Array(100),
      undefined,
      1,
      -0,
      7n,
    ]);
    expect([1, 'a', null, long, undefined, 0, 7n].map((x) => lazy.indexOf(x))).toEqual([
      0, 1, 3, 4, 7, 9, 10,
    ]);
    expect([lazy.indexOf(1, 1), lazy.indexOf(1, -3)]).toEqual([8, 8]);
    expect([lazy.indexOf(Number.NaN), lazy.includes(Number.NaN)]).toEqual([-1, true]);
    expect([lazy.includes(new Date(3)), lazy.includes(new Date(4))]).toEqual([true, false]);
    expect([lazy.includes(new Uint8Array(100)), lazy.includes(new Uint8Array(99))]).toEqual([
      true,
      false,
    ]);
    expect([lazy.includes('b'), lazy.includes({}), lazy.includes(1n)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('finds its own members that are containers', () => {
    const lazy = list<unknown>([[1], [2], [1]]);
    expect(lazy.indexOf(lazy.at(2))).toBe(2);
  });

  it('changes as an array', () => {
    const lazy = list<unknown>(numbers(1000));
    lazy[3] = 'three';
    lazy.set(-1, { last: true });
    lazy[1000] = 'added';
    expect([lazy[3], lazy.length, lazy.at(-1)]).toEqual(['three', 1001, 'added']);
    expect(lazy.pop()).toBe('added');
    expect(lazy.pop()).toEqual({ last: true });
    expect(lazy.splice(5, 990, 'x', 'y')).toEqual(numbers(1000).slice(5, 995));
    expect(lazy.eager()).toEqual([0, 1, 2, 'three', 4, 'x', 'y', 995, 996, 997, 998]);
    expect(() => lazy.set(50, 1)).toThrow(RangeError);
    expect(() => lazy.set(0.5, 1)).toThrow(RangeError);
    expect(lazy.splice(0)).toHaveLength(11);
    expect([lazy.pop(), lazy.length]).toEqual([undefined, 0]);
  });

  it('sees changes while it is iterated', async () => {
    const lazy = list(numbers(600));
    const seen: number[] = [];
    for (const value of lazy) {
      seen.push(value);
      if (value === 5) lazy.splice(6, 500);
      if (value === 510) lazy.push(1000);
      if (value % 100 === 0) await new Promise(setImmediate);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, ...numbers(600).slice(506), 1000]);
  });

  it('grows at its beginning and in its middle without a page for each member', async () => {
    const map = place.open();
    map.set('list', []);
    const lazy = map.get('list') as LazyList<number>;
    map.transaction(() => {
      for (let i = 0; i < 5000; i++) lazy.splice(i % 2 ? 0 : lazy.length >> 1, 0, i);
    });
    expect(lazy.length).toBe(5000);
    expect(new Set(lazy).size).toBe(5000);
    const { liveBytes } = map.stats();
    expect(liveBytes).toBeLessThan(300_000);
  });

  it('makes JSON and a preview', () => {
    const lazy = list<unknown>([1, 'a', { b: [2] }, null, 5, 6, 7]);
    expect(JSON.stringify({ lazy })).toBe('{"lazy":[1,"a",{"b":[2]},null,5,6,7]}');
    expect(inspect(lazy)).toBe(
      "LazyList(7) [ 1, 'a', LazyDict(1) { 'b' => LazyList(1) [ 2 ] }, null, 5, … 2 more ]",
    );
  });
});

describe('a LazyDict', () => {
  const place = usePlace();

  it('reads and changes as a Map, in the order of its keys', () => {
    const map = place.open();
    map.set(
      'dict',
      new Map<unknown, unknown>([
        ['b', 1],
        [2, 'two'],
        [[1, 'x'], null],
        [null, undefined],
      ]),
    );
    const dict = map.get('dict') as LazyDict<unknown, unknown>;
    expect([...dict.keys()]).toEqual([null, 2, 'b', [1, 'x']]);
    expect([...dict.values()]).toEqual([undefined, 'two', 1, null]);
    expect([
      dict.get(2),
      dict.get('2'),
      dict.get(null),
      dict.has(null),
      dict.get([1, 'x']),
    ]).toEqual(['two', undefined, undefined, true, null]);
    expect([dict.delete(2), dict.delete(2), dict.size]).toEqual([true, false, 3]);
    dict.set('b', [1]).set('a', 0);
    expect([...dict]).toHaveLength(4);
    expect(JSON.stringify(dict)).toBe('[[null,null],["a",0],["b",[1]],[[1,"x"],null]]');
    dict.clear();
    expect([...dict.entries(), dict.size]).toEqual([0]);
  });

  it('of an object makes an object', () => {
    const map = place.open();
    map.set('object', { b: 1, a: [2] });
    const dict = map.get('object') as LazyDict<string, unknown>;
    expect(dict.isObject).toBe(true);
    dict.set('c', 3);
    dict.delete('b');
    expect(dict.eager()).toStrictEqual({ a: [2], c: 3 });
    expect(JSON.stringify(dict)).toBe('{"a":[2],"c":3}');
    expect(inspect(dict)).toBe("LazyDict(2) { 'a' => LazyList(1) [ 2 ], 'c' => 3 }");
  });

  it('sees changes further on while it is iterated', () => {
    const map = place.open();
    for (let i = 0; i < 1000; i++) map.set(i, i);
    const seen: unknown[] = [];
    for (const [key] of map) {
      seen.push(key);
      if (key === 10) for (let i = 0; i < 900; i++) map.delete(i);
      if (key === 950) map.set(5000, 1);
    }
    expect(seen).toEqual([
      ...Array(11).keys(),
      ...Array.from({ length: 100 }, (_, i) => 900 + i),
      5000,
    ]);
  });
});

describe('a LazySet', () => {
  const place = usePlace();

  it('reads and changes as a Set of keys', () => {
    const map = place.open();
    map.set('set', new Set([3, 'a', [1, 2]]));
    const set = map.get('set') as LazySet<unknown>;
    expect([set.has([1, 2]), set.has('b'), set.size]).toEqual([true, false, 3]);
    set.add('b').add('a');
    expect([...set]).toEqual([3, 'a', 'b', [1, 2]]);
    expect(inspect(set)).toBe("LazySet(4) { 3, 'a', 'b', [ 1, 2 ] }");
    expect(JSON.stringify(set)).toBe('[3,"a","b",[1,2]]');
    for (let i = 0; i < 2000; i++) set.add(i);
    expect([set.size, set.delete(7), set.delete(7), set.size]).toEqual([2003, true, false, 2002]);
    set.clear();
    expect([...set, set.size]).toEqual([0]);
  });
});

describe('a lazy object whose container is gone', () => {
  const place = usePlace();

  it.each([
    { name: 'deleted', remove: (map: LazyDict<unknown, unknown>) => map.delete('x') },
    { name: 'replaced', remove: (map: LazyDict<unknown, unknown>) => map.set('x', { inner: [1] }) },
    { name: 'cleared away', remove: (map: LazyDict<unknown, unknown>) => map.clear() },
  ])('$name fails clearly, and shows nothing else', async ({ remove }) => {
    const map = place.open();
    map.set('x', { inner: [1], large: Array(3000).fill('x'), set: new Set([1]) });
    const outer = map.get('x') as LazyDict<string, unknown>;
    const inner = outer.get('inner') as LazyList<number>;
    const large = outer.get('large') as LazyList<string>;
    const set = outer.get('set') as LazySet<number>;
    remove(map);
    for (let round = 0; round < 2; round++) {
      map.set(round, { new: [Array(3000).fill('y')] });
      const uses = [
        () => outer.get('inner'),
        () => outer.size,
        () => inner[0],
        () => inner.push(1),
        () => inner.eager(),
        () => [...large],
        () => large.at(-1),
        () => set.has(1),
        () => set.add(2),
      ];
      for (const use of uses) expect(use).toThrow(ClosedError);
      expect(() => inner.length).toThrow(
        /this LazyList was deleted from the OOCMap at .*: get it anew/,
      );
      await map.flushed;
    }
  });

  it('with its transaction', () => {
    const map = place.open();
    let lost: LazyList<number> | undefined;
    expect(() =>
      map.transaction(() => {
        map.set('x', [1]);
        lost = map.get('x') as LazyList<number>;
        throw new Error('no');
      }),
    ).toThrow('no');
    map.set('y', [2]).set('z', [3]);
    expect(() => lost?.at(0)).toThrow(ClosedError);
  });
});
