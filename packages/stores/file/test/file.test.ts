import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StorageError, type Store, TooLargeError } from '@spillway/core';
import { conformance, itWithPython, pseudoRandomBytes } from '@spillway/core/conformance';
import { File } from '../src/index.js';

conformance('File(path)', async (place) => File(await place.directory()), {
  persistent: (path, _place, settings) => File(path, settings),
  beside: (store) => File((store as ReturnType<typeof File>).path),
  temporary: () => File(),
  disk: true,
  processes: new URL('../dist/index.js', import.meta.url),
});

describe('File', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spillway-test-'));
  });

  afterEach(() => rm(directory, { recursive: true }));

  const bytes = (text: string) => Buffer.from(text);
  const text = async (store: Store, key: string) => Buffer.from(await store.get(key)).toString();
  const keys = async (store: Store, prefix?: string) => {
    const all: string[] = [];
    for await (const key of store.keys(prefix)) all.push(key);
    return all.sort();
  };

  /** The files of a directory by their paths in it, without the store's own. */
  const files = async () =>
    (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('%lock'))
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
      .sort();

  it('keeps raw bytes in one file a key, the parts of a key as folders', async () => {
    await using store = File(directory);
    await store.append({ plain: bytes('1'), 'orders/2024/a b': bytes('2'), 'é/..': bytes('3') });
    await store.append({ plain: bytes('4') });
    expect(await files()).toEqual(['%C3%A9/%2E.', 'orders/2024/a b', 'plain']);
    expect(await readFile(join(directory, 'plain'), 'utf8')).toBe('14');
  });

  it('finds room for a key beside longer ones, whoever came first', async () => {
    await using store = File(directory);
    await store.append({ a: bytes('a') });
    await store.append({ 'a/b': bytes('ab'), 'a/b/c': bytes('abc'), 'a/d/e': bytes('ade') });
    await store.append({ 'x/y': bytes('xy') });
    await store.append({ x: bytes('x'), 'x/y/z': bytes('xyz') });
    const all = ['a', 'a/b', 'a/b/c', 'a/d/e', 'x', 'x/y', 'x/y/z'];
    expect(await files()).toEqual([
      '%folders/a/%folders/b/c',
      '%folders/a/b',
      '%folders/a/d/e',
      'a',
      'x/%folders/y/z',
      'x/%self',
      'x/y',
    ]);
    const check = async (present: string[]) => {
      expect(await keys(store)).toEqual(present);
      for (const key of all) {
        expect(await store.has(key)).toBe(present.includes(key));
        expect(await text(store, key)).toBe(present.includes(key) ? key.replaceAll('/', '') : '');
      }
    };
    await check(all);
    expect(await keys(store, 'a/')).toEqual(['a/b', 'a/b/c', 'a/d/e']);
    expect(await keys(store, 'x')).toEqual(['x', 'x/y', 'x/y/z']);
    await store.delete(['a', 'x']);
    await check(['a/b', 'a/b/c', 'a/d/e', 'x/y', 'x/y/z']);
    await store.set({ a: bytes('a'), x: bytes('x') });
    await check(all);
    await store.delete(['a/b', 'a/d/e', 'x/y/z', 'x/y']);
    await check(['a', 'a/b/c', 'x']);
    await store.delete(['a/b/c', 'a', 'x']);
    expect(await readdir(directory)).toEqual(['%lock']);
  });

  it('removes folders that became empty, and keeps what is not its own', async () => {
    await using store = File(directory);
    await store.append({ 'a/b/c': bytes('1'), 'a/b/d': bytes('2'), 'f/g': bytes('3') });
    await writeFile(join(directory, 'f', 'note: to self'), 'mine');
    await writeFile(join(directory, '.lock'), '');
    await symlink('/etc/hosts', join(directory, 'link'));
    await mkdir(join(directory, 'empty'));
    expect(await keys(store)).toEqual(['a/b/c', 'a/b/d', 'f/g']);
    await store.delete('a/b/c');
    expect(await keys(store)).toEqual(['a/b/d', 'f/g']);
    await store.delete('a/b/d');
    expect(readdirSync(directory)).not.toContain('a');
    await store.drop();
    expect(await files()).toEqual(['.lock', 'f/note: to self']);
    expect(readdirSync(directory).sort()).toEqual(['%lock', '.lock', 'f', 'link']);
  });

  it('keeps a bounded number of files open, with ten thousand keys', async () => {
    await using store = File(directory);
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    const entries = Array.from({ length: 10_000 }, (_, i) => [`k${i}`, bytes(`${i};`)] as const);
    await store.append(entries);
    expect(open() - before).toBeLessThanOrEqual(1030);
    await store.append(entries.toReversed());
    expect(open() - before).toBeLessThanOrEqual(1030);
    const values = await store.get(entries.map(([key]) => key));
    expect(values.map((value) => Buffer.from(value).toString())).toEqual(
      entries.map(([, value]) => String(value).repeat(2)),
    );
    expect(open() - before).toBeLessThanOrEqual(1030);
    await store.drop();
    expect(open() - before).toBeLessThanOrEqual(10);
  }, 60_000);

  it('makes do with few descriptors', () => {
    const script = `
      import { File } from '${new URL('../dist/index.js', import.meta.url).href}';
      const store = File('${directory}');
      const entries = Array.from({ length: 300 }, (_, i) => ['k' + i, Buffer.from(i + ';')]);
      await store.append(entries);
      await store.append(entries);
      const values = await store.get(entries.map(([key]) => key));
      console.log(Buffer.concat(values).toString());
      await store.close();`;
    const command = `ulimit -n 60 && exec "$0" --input-type=module -e "$1"`;
    const printed = execFileSync('sh', ['-c', command, process.execPath, script], {
      encoding: 'utf8',
    });
    expect(printed.trim()).toBe(Array.from({ length: 300 }, (_, i) => `${i};${i};`).join(''));
  });

  it('joins the values of one key in a batch, however many and large', async () => {
    await using store = File(directory);
    const small = Array.from(
      { length: 5000 },
      (_, i) => [i % 2 ? 'a' : 'b', bytes(`${i},`)] as const,
    );
    await store.append(small);
    const large = Array.from(
      { length: 1500 },
      (_, i) => ['c', pseudoRandomBytes(i, 1000)] as const,
    );
    await store.append(large);
    await store.append({ c: pseudoRandomBytes(7, 3_000_000) });
    expect(await text(store, 'a')).toBe(
      small
        .filter(([key]) => key === 'a')
        .map(([, v]) => v)
        .join(''),
    );
    expect(
      Buffer.compare(
        await store.get('c'),
        Buffer.concat([...large.map(([, value]) => value), pseudoRandomBytes(7, 3_000_000)]),
      ),
    ).toBe(0);
  });

  it('refuses a value that no write can take, before it writes', async () => {
    await using store = File(directory);
    const huge = new Uint8Array(2 ** 31);
    const error = await store.append({ a: bytes('1'), b: huge }).catch((caught) => caught);
    expect(error).toBeInstanceOf(TooLargeError);
    expect(error).toMatchObject({ key: 'b', wanted: 2 ** 31 });
    expect(await keys(store)).toEqual([]);
  });

  it('leaves the event loop a chance', async () => {
    await using store = File(directory);
    const names = Array.from({ length: 2000 }, (_, i) => `${i % 50}/${i}`);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await store.append(names.map((name) => [name, bytes('x')] as const));
    await store.get(names);
    for await (const _ of store.keys());
    await store.drop();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  }, 60_000);

  it('replaces what others renamed or left behind in its staging folder', async () => {
    await using store = File(directory);
    await mkdir(join(directory, '%new'));
    await writeFile(join(directory, '%new', '0'), 'of somebody killed');
    expect(await keys(store)).toEqual([]);
    await store.set({ a: bytes('new') });
    expect(await files()).toEqual(['a']);
    const { ino } = statSync(join(directory, 'a'));
    await store.set({ a: bytes('newer'), b: new Uint8Array(0) });
    expect(statSync(join(directory, 'a')).ino).not.toBe(ino);
    await store.append({ a: bytes('!') });
    expect(await text(store, 'a')).toBe('newer!');
    expect(await keys(store)).toEqual(['a', 'b']);
  });

  it('shows no one half an append', async () => {
    await using writer = File(directory);
    await using reader = File(directory);
    const length = 3_000_000;
    const piece = pseudoRandomBytes(1, length);
    let reads = 0;
    const writing = (async () => {
      for (let i = 0; i < 20; i++) await writer.append({ a: piece });
    })();
    let done = false;
    writing.finally(() => {
      done = true;
    });
    while (!done) {
      const sizes = [(await reader.get('a')).length];
      let streamed = 0;
      for await (const part of reader.stream('a')) streamed += part.length;
      sizes.push(streamed);
      expect(sizes.map((size) => size % length)).toEqual([0, 0]);
      reads++;
    }
    expect(reads).toBeGreaterThan(0);
  }, 60_000);

  it('refuses what is no directory, and options that make no sense', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    for (const path of [file, join(file, 'below')]) {
      expect(() => File(path)).toThrow(StorageError);
      expect(() => File(path)).toThrow(path);
    }
    expect(() => File('')).toThrow(TypeError);
    expect(() => File(directory, { lockTimeout: Number.NaN })).toThrow(TypeError);
    expect(String(File(directory, { lockTimeout: 5 }))).toBe(
      `File("${directory}", {"lockTimeout":5})`,
    );
  });

  it('says so when its directory is gone, and does not make it again', async () => {
    await using store = File(join(directory, 'store'));
    await store.append({ a: bytes('1') });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await rm(join(directory, 'store'), { recursive: true });
    await expect(store.append({ b: bytes('2') })).rejects.toThrow(StorageError);
    expect(await readdir(directory)).toEqual([]);
  });

  it('passes on errors of the system, and takes none for an absent key', async () => {
    await using store = File(directory);
    await mkdir(join(directory, 'loop'));
    await symlink('b', join(directory, 'a'));
    await symlink('a', join(directory, 'b'));
    for (const call of [
      () => store.get('a'),
      () => store.has('a'),
      () => store.append({ a: bytes('1') }),
      () => store.delete('a'),
      () => store.stream('a').next(),
    ]) {
      const error = await call().catch((caught) => caught);
      expect(error).toBeInstanceOf(StorageError);
      expect(error).toMatchObject({ code: 'ELOOP', path: join(directory, 'a') });
    }
  });

  itWithPython(['partd'], 'shares a directory with Python’s partd.File', async (python) => {
    await using store = File(directory);
    await store.append({ ours: bytes('o1'), 'folder/ours': bytes('o2'), both: bytes('o3') });
    const printed = python(
      `
import sys, partd
p = partd.File(sys.argv[1])
p.append({'theirs': b't1', ('folder', 'theirs'): b't2', 'both': b't3'})
print(p.get(['ours', ('folder', 'ours'), 'both', 'absent']))
`,
      directory,
    );
    expect(printed.trim()).toBe("[b'o1', b'o2', b'o3t3', b'']");
    expect(await keys(store)).toEqual(['both', 'folder/ours', 'folder/theirs', 'ours', 'theirs']);
    expect(await text(store, 'theirs')).toBe('t1');
    expect(await text(store, 'folder/theirs')).toBe('t2');
    expect(await text(store, 'both')).toBe('o3t3');
  });
});
