import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { itWithPython } from '@spillway/core/conformance';
import { directory, filesIn, namesOf, open } from './place.js';

/** Other processes run what is built. */
const PRELUDE = `
  import { DirDB } from '${new URL('../dist/index.js', import.meta.url).href}';
  import { writeSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  const [path, me] = [process.argv[1], Number(process.argv[2])];
  const db = DirDB(path);
  const say = (line) => writeSync(1, line + '\\n');
  // Of each write, data and metadata say the number; every third is of another format.
  const dataOf = (n) => n % 3 === 0 ? [n, 'text'] : new Float64Array(20_000).fill(n);
`;

interface Worker {
  readonly process: ChildProcess;
  lines(): string[];
  readonly exit: Promise<number | null>;
}

describe('processes', () => {
  let path: string;
  let workers: Worker[];

  beforeEach(() => {
    path = directory();
    workers = [];
  });

  afterEach(() => Promise.all(workers.map(kill)));

  const start = (me: number, script: string): Worker => {
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', PRELUDE + script, path, String(me)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const worker = {
      process: child,
      lines: () => said.split('\n').filter(Boolean),
      exit: once(child, 'close').then(([code]) => code as number | null),
    };
    workers.push(worker);
    return worker;
  };

  const kill = async ({ process, exit }: Worker) => {
    process.kill('SIGKILL');
    await exit;
  };

  const spoken = async (worker: Worker, lines: number) => {
    while (worker.lines().length < lines) await sleep(2);
  };

  it('that change the metadata of one entry lose no change', async () => {
    const rounds = 25;
    const all = [1, 2, 3, 4].map((me) =>
      start(
        me,
        `for (let i = 0; i < ${rounds}; i++) {
           const entry = await db.lock('count');
           entry.meta.list = [...(entry.meta.list ?? []), me];
           await entry.unlock();
         }
         await db.close();`,
      ),
    );
    expect(await Promise.all(all.map(({ exit }) => exit))).toEqual([0, 0, 0, 0]);
    const meta = await open<unknown, { list: number[] }>(path).entry('count').readMeta();
    for (const me of [1, 2, 3, 4]) {
      expect(meta?.list.filter((each) => each === me)).toHaveLength(rounds);
    }
    expect(filesIn(path)).toEqual(['count.json']);
  });

  it('that read see data and metadata whole, while others put them', async () => {
    const writers = [1, 2].map((me) =>
      start(
        me,
        `for (let n = me; ; n += 2) {
           await db.entry('foo').putData(dataOf(n), { meta: { n } });
           say(n);
         }`,
      ),
    );
    const db = open<ArrayLike<number>, { n: number }>(path);
    for (const writer of writers) await spoken(writer, 1);
    for (let i = 0; i < 60; i++) {
      const data = (await db.entry('foo').getData()) as ArrayLike<number>;
      expect(data[data.length === 2 ? 0 : 19_999]).toBe(data[0]);
      const entry = await db.lock('foo');
      expect(((await entry.getData()) as ArrayLike<number>)[0]).toBe(entry.meta.n);
      await entry.unlock();
    }
    await Promise.all(writers.map(kill));
  });

  it('that are killed at any moment leave the old or the new, and nothing in the way', async () => {
    const names = ['a', 'deep/b', 'c'];
    const script = `
      for (let n = 1; ; n++) {
        const name = ${JSON.stringify(names)}[n % 3];
        if (n % 7 === 0) await db.delete(name);
        else if (n % 5 === 0) {
          const entry = await db.lock(name);
          await entry.putData(dataOf(n), { meta: { n } });
          await entry.unlock();
        } else await db.entry(name).putData(dataOf(n), { meta: { n } });
        say(n);
      }`;
    for (let round = 0; round < 14; round++) {
      const worker = start(round, script);
      await spoken(worker, 2 + round);
      await sleep((round * 7) % 23);
      await kill(worker);
      const db = open<ArrayLike<number>, { n: number }>(path, { lockTimeout: 10_000 });
      for (const name of names) {
        const entry = await db.lock(name);
        const data = await entry.getData();
        expect(data?.[0]).toBe(entry.meta.n);
        await entry.unlock();
      }
      expect(filesIn(path).filter((file) => file.startsWith('%'))).toEqual([]);
      await db.close();
    }
  });

  it('that are killed while they hold a lock are followed at once', async () => {
    const holder = start(1, `await db.lock('foo'); say('locked'); await sleep(1e6);`);
    await spoken(holder, 1);
    const db = open(path, { lockTimeout: 100 });
    await expect(db.lock('foo')).rejects.toMatchObject({
      code: 'SPILLWAY_LOCK',
      holder: expect.stringMatching(new RegExp(`^process ${holder.process.pid} on `)),
    });
    expect((await db.entry('foo').stat()).lockedBy).toMatch(`process ${holder.process.pid} on `);
    await (await db.lock('bar')).unlock();
    await kill(holder);
    const entry = await db.lock('foo');
    await entry.unlock();
    expect((await db.entry('foo').stat()).lockedBy).toBeUndefined();
  });

  it('of which one holds many locks, the others take all of them when it is killed', async () => {
    const holder = start(
      1,
      `for (let i = 0; i < 300; i++) await db.lock('entry ' + i);
       say('locked');
       await sleep(1e6);`,
    );
    await spoken(holder, 1);
    await kill(holder);
    const db = open(path, { lockTimeout: 0 });
    const entries = await Promise.all(Array.from({ length: 300 }, (_, i) => db.lock(`entry ${i}`)));
    await Promise.all(entries.map((entry) => entry.unlock()));
    expect(filesIn(path)).toEqual([]);
  });

  it('of which one is stopped, not dead, keep away from its lock', async () => {
    const holder = start(1, `await db.lock('foo'); say('locked'); await sleep(1e6);`);
    await spoken(holder, 1);
    holder.process.kill('SIGSTOP');
    await expect(open(path, { lockTimeout: 300 }).lock('foo')).rejects.toThrow(/process \d+ on/);
    await expect(open(path).entry('foo').readMeta()).resolves.toBeNull();
  });

  it('that end without unlocking leave nothing in the way', async () => {
    const worker = start(
      1,
      `await db.lock('foo'); await db.entry('bar').putData(1); process.exit(0);`,
    );
    expect(await worker.exit).toBe(0);
    const db = open(path, { lockTimeout: 0 });
    await (await db.lock('foo')).unlock();
    expect(await namesOf(db)).toEqual(['bar']);
  });

  it('that watch are told of what others do', async () => {
    const watcher = start(
      1,
      `const changes = db.watch();
       say('watching');
       for await (const { type, entry } of changes) {
         say(type + ' ' + entry.name);
         if (entry.name === 'last') break;
       }
       await db.close();`,
    );
    await spoken(watcher, 1);
    const db = open(path);
    await db.entry('one').putData(1);
    await spoken(watcher, 2);
    await db.entry('deep/last').putData(1);
    await db.entry('last').putData(1);
    expect(await watcher.exit).toBe(0);
    expect(watcher.lines().slice(0, 2)).toEqual(['watching', 'added one']);
    expect(watcher.lines()).toContain('added last');
  });

  itWithPython(['numpy'], 'in Python can read while ours write', async (python) => {
    const writer = start(
      1,
      `for (let n = 1; ; n++) { await db.entry('foo').putData(new Float64Array(50_000).fill(n)); say(n); }`,
    );
    await spoken(writer, 1);
    const program = `
import numpy, sys
for _ in range(100):
    array = numpy.load(sys.argv[1] + '/foo.npy')
    assert len(array) == 50000 and array[0] == array[-1]
print('whole')`;
    expect(python(program, path).trim()).toBe('whole');
  });
});
