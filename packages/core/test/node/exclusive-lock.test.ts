import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ExclusiveLock } from '../../src/node/index.js';

/** Other processes run what is built. */
const DIST = new URL('../../dist/node/index.js', import.meta.url).href;

describe('ExclusiveLock', () => {
  let directory: string;
  let folder: string;
  let children: ChildProcess[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'spillway-test-'));
    folder = join(directory, 'lock');
    children = [];
  });

  afterEach(async () => {
    await Promise.all(children.map(kill));
    rmSync(directory, { recursive: true });
  });

  const kill = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };

  /** A process that runs `script` with a `lock` on the folder. */
  const start = (script: string) => {
    const program = `
      import { readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      import { ExclusiveLock } from '${DIST}';
      const directory = ${JSON.stringify(directory)};
      const lock = new ExclusiveLock(${JSON.stringify(folder)});
      const say = (line) => writeSync(1, line + '\\n');
      ${script}`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };

  const said = async (child: ChildProcess) => {
    const [text] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    return String(text);
  };

  it('is held by one at a time, and leaves nothing behind', async () => {
    let inside = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const lock = new ExclusiveLock(folder);
        expect(await lock.acquire(10_000)).toBeUndefined();
        expect(++inside).toBe(1);
        await sleep(3);
        inside--;
        expect(lock.release()).toBe(true);
      }),
    );
    expect(existsSync(folder)).toBe(false);
  });

  it('says who has it when waiting has not helped, and whoever waited leaves', async () => {
    const child = start(`await lock.acquire(0); say('taken'); await sleep(1e6);`);
    await said(child);
    const lock = new ExclusiveLock(folder);
    expect(await lock.acquire(30)).toMatch(new RegExp(`^process ${child.pid} on `));
    expect(ExclusiveLock.holder(folder)).toMatch(new RegExp(`^process ${child.pid} on `));
    expect(lock.held).toBe(false);
    await kill(child);
    expect(ExclusiveLock.holder(folder)).toBeUndefined();
    expect(await lock.acquire(0)).toBeUndefined();
    lock.release();
    expect(existsSync(folder)).toBe(false);
  });

  it('goes to whoever waits longest', async () => {
    const first = new ExclusiveLock(folder);
    await first.acquire(0);
    const order: number[] = [];
    const waiting = [];
    for (let i = 0; i < 5; i++) {
      const lock = new ExclusiveLock(folder);
      waiting.push(lock.acquire(10_000).then(() => order.push(i) && lock.release()));
      await sleep(15);
    }
    first.release();
    await Promise.all(waiting);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it('is free again when its process ends, in whatever way', async () => {
    for (const end of ['process.exit()', 'process.kill(process.pid, "SIGKILL")']) {
      const child = start(`await lock.acquire(0); ${end};`);
      await once(child, 'exit');
      const lock = new ExclusiveLock(folder);
      expect(await lock.acquire(0)).toBeUndefined();
      expect(lock.release()).toBe(true);
      expect(existsSync(folder)).toBe(false);
    }
  });

  it('is lost by whoever was taken for gone, who is told', async () => {
    const lock = new ExclusiveLock(folder);
    await lock.acquire(0);
    expect(lock.held).toBe(true);
    rmSync(folder, { recursive: true });
    expect(lock.held).toBe(false);
    expect(lock.release()).toBe(false);
  });

  it('is never held by two, however often its holder is killed', async () => {
    writeFileSync(join(directory, 'count'), '0');
    // Each adds one, slowly enough that another one inside would overwrite it, and says so afterwards.
    const worker = () => {
      const child = start(`
        for (;;) {
          await lock.acquire(1e6);
          const count = Number(readFileSync(directory + '/count', 'utf8'));
          writeFileSync(directory + '/holder', String(process.pid));
          await sleep(Math.random() * 6);
          const untouched = readFileSync(directory + '/holder', 'utf8') === String(process.pid);
          writeFileSync(directory + '/next' + process.pid, String(count + 1));
          renameSync(directory + '/next' + process.pid, directory + '/count');
          say(untouched ? '+' : 'not alone');
          lock.release();
        }`);
      child.stdout?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    };
    const lines: string[] = [];
    const inside = async (): Promise<ChildProcess> => {
      const holder = Number(readFileSync(join(directory, 'holder'), 'utf8'));
      const child = children.find(({ pid }) => pid === holder);
      // Just being written.
      return child ?? sleep(1).then(inside);
    };
    for (let i = 0; i < 6; i++) worker();
    while (lines.length < 20) await sleep(5);
    const kills = 25;
    for (let i = 0; i < kills; i++) {
      const before = lines.length;
      await kill(await inside());
      worker();
      while (lines.length < before + 4) await sleep(2);
    }
    await Promise.all(children.map(kill));
    const text = lines.join('');
    const acknowledged = text.split('+').length - 1;
    const counted = Number(readFileSync(join(directory, 'count'), 'utf8'));
    expect(text).not.toContain('not alone');
    expect(acknowledged).toBeGreaterThan(4 * kills);
    // A process killed between its addition and its word has added one nobody heard of; so have the last six.
    expect(counted).toBeGreaterThanOrEqual(acknowledged);
    expect(counted).toBeLessThanOrEqual(acknowledged + kills + 6);
  });
});
