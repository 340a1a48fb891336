import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LockError, StorageError } from '../../src/index.js';
import { DirectoryGate, type DirectoryGateOptions } from '../../src/node/index.js';

/** Other processes run what is built. */
const DIST = new URL('../../dist/node/index.js', import.meta.url).href;

describe('DirectoryGate', () => {
  let directory: string;
  let gates: DirectoryGate[];
  let children: ChildProcess[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'spillway-test-'));
    gates = [];
    children = [];
  });

  afterEach(async () => {
    for (const gate of gates) gate.close();
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(directory, { recursive: true });
  });

  const open = (options?: DirectoryGateOptions) => {
    const gate = new DirectoryGate(directory, options);
    gates.push(gate);
    return gate;
  };

  /** A process with a gate on the directory that runs `script`; resolves when it has said "ready". */
  const start = async (script: string) => {
    const program = `
      import { DirectoryGate } from '${DIST}';
      import { appendFileSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      import { Worker } from 'node:worker_threads';
      const gate = new DirectoryGate(${JSON.stringify(directory)});
      const forever = () => sleep(1e6);
      const ready = () => process.stdout.write('ready');
      ${script}`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    return child;
  };

  const kill = async (child: ChildProcess) => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };

  const marks = () => readdirSync(join(directory, '%lock')).map((name) => name.split(',')[0]);

  it('lets shared operations run side by side, and one alone', async () => {
    const [a, b] = [open(), open()];
    const running = { shared: 0, alone: 0, mostShared: 0 };
    const shared = async () => {
      running.mostShared = Math.max(running.mostShared, ++running.shared);
      expect(running.alone).toBe(0);
      await sleep(1);
      running.shared--;
    };
    const alone = async () => {
      expect([running.shared, ++running.alone]).toEqual([0, 1]);
      await sleep(1);
      running.alone--;
    };
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        i % 5 ? (i % 2 ? a : b).run('shared', shared) : (i % 2 ? a : b).run('alone', alone),
      ),
    );
    expect(running.mostShared).toBeGreaterThan(1);
  });

  it('costs no promise while nobody else is there', async () => {
    const gate = open();
    expect(gate.run('shared', () => 1)).toBe(1);
    expect(gate.run('shared', () => 2)).toBe(2);
    expect(marks().sort()).toEqual(['lease', 'spare']);
  });

  it('gives up its lease when it is idle, and leaves nothing behind when it closes', async () => {
    const gate = open();
    gate.run('shared', () => {});
    while (marks().includes('lease')) await sleep(5);
    expect(marks().sort()).toEqual(['idle', 'spare']);
    gate.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('keeps its lease as long as something runs', async () => {
    const gate = open();
    const running = gate.run('shared', async () => {
      await sleep(100);
    });
    await sleep(60);
    expect(marks()).toContain('lease');
    await running;
  });

  it('tells who holds it when waiting takes too long, and can be used again', async () => {
    const child = await start(`gate.run('exclusive', async () => { ready(); await forever(); });`);
    const gate = open({ lockTimeout: 50 });
    for (const access of ['shared', 'alone'] as const) {
      const error = await Promise.resolve(gate.run(access, () => {})).catch((caught) => caught);
      expect(error).toBeInstanceOf(LockError);
      expect(error).toMatchObject({ path: directory, timeout: 50 });
      expect(error.holder).toMatch(new RegExp(`^process ${child.pid} on .+`));
      expect(error.message).toContain(directory);
      expect(error.message).toContain(error.holder);
    }
    await kill(child);
    expect(await gate.run('alone', () => 'mine')).toBe('mine');
    expect(gate.run('shared', () => 'ours')).toBe('ours');
  });

  it('takes over at once from those who were killed, whatever they did', async () => {
    const gate = open({ lockTimeout: 5000 });
    for (const script of [
      `gate.run('exclusive', async () => { ready(); await forever(); });`,
      `gate.run('shared', async () => { ready(); await forever(); });`,
      `gate.run('shared', () => gate.still(async () => { ready(); await forever(); }));`,
    ]) {
      const child = await start(script);
      const waiting = gate.run('alone', () => 'alone');
      await sleep(20);
      await kill(child);
      expect(await waiting).toBe('alone');
      expect(await gate.run('shared', () => 'shared')).toBe('shared');
    }
    const last = open();
    await last.run('shared', () => {});
    for (const one of [gate, last]) one.close();
    expect(marks()).toEqual(['generation']);
  });

  it('takes over from one who died between two steps of letting go or of taking over', async () => {
    const child = await start(`gate.run('exclusive', async () => { ready(); await forever(); });`);
    await kill(child);
    const folder = join(directory, '%lock');
    const claim = readdirSync(folder).find((name) => name.startsWith('claim,')) as string;
    const owner = claim.slice('claim,'.length);
    for (const left of [`lease,${owner}`, `buried,${owner}`, `mend,${owner}`]) {
      renameSync(join(folder, claim), join(folder, left));
      const gate = open({ lockTimeout: 1000 });
      expect(await gate.run('alone', () => left)).toBe(left);
      gate.close();
      // The same again: a file of that owner, under two names.
      writeFileSync(join(folder, claim), '');
      linkSync(join(folder, claim), join(folder, 'taken'));
    }
  });

  it('takes over from a thread that was terminated, after a while', async () => {
    const child = await start(`
      const worker = new Worker(\`
        import { DirectoryGate } from '${DIST}';
        import { parentPort } from 'node:worker_threads';
        setInterval(() => {}, 1000);
        new DirectoryGate('${directory}').run('exclusive', async () => {
          parentPort.postMessage('');
          await new Promise(() => {});
        });\`, { eval: true });
      worker.once('message', async () => { await worker.terminate(); ready(); });
      setInterval(() => {}, 1000);`);
    const gate = open({ lockTimeout: 60 });
    const error = await Promise.resolve(gate.run('shared', () => {})).catch((caught) => caught);
    expect(error.holder).toMatch(new RegExp(`^thread \\d+ of process ${child.pid} on `));
    const folder = join(directory, '%lock');
    const claim = readdirSync(folder).find((name) => name.startsWith('claim,')) as string;
    const clock = Date.now;
    Date.now = () => clock() + 21_000;
    try {
      expect(await gate.run('shared', () => 'on')).toBe('on');
    } finally {
      Date.now = clock;
    }
    expect(readdirSync(folder)).not.toContain(claim);
  });

  it('tells one who was taken for gone', async () => {
    const gate = open();
    const error = await Promise.resolve(
      gate.run('exclusive', () => {
        const folder = join(directory, '%lock');
        const claim = readdirSync(folder).find((name) => name.startsWith('claim,')) as string;
        renameSync(join(folder, claim), join(folder, 'somebody-buried-it'));
      }),
    ).catch((caught) => caught);
    expect(error).toBeInstanceOf(LockError);
    expect(error.path).toBe(directory);
    rmSync(join(directory, '%lock'), { recursive: true });
    expect(await gate.run('alone', () => 'again')).toBe('again');
  });

  it('says when others were alone, before the next operation, and not otherwise', async () => {
    let changes = 0;
    const a = open({ onForeignChange: () => changes++ });
    const b = open();
    await a.run('shared', () => {});
    await a.run('alone', () => {});
    await b.run('shared', () => {});
    await a.run('shared', () => {});
    expect(changes).toBe(0);
    await b.run('alone', () => {});
    await a.run('shared', () => expect(changes).toBe(1));
    await b.run('alone', () => {});
    await a.run('alone', () => expect(changes).toBe(2));
    await a.run('alone', () => expect(changes).toBe(2));
    await b.run('shared', () => b.still(() => {}));
    await a.run('shared', () => expect(changes).toBe(3));
  });

  it('keeps others still for a part of a shared operation, and many of those in turn', async () => {
    const [a, b, c] = [open(), open(), open()];
    let still = 0;
    let shared = 0;
    const stop = { now: false };
    const stream = async () => {
      while (!stop.now) {
        await c.run('shared', async () => {
          shared++;
          expect(still).toBe(0);
          await sleep(0);
        });
      }
    };
    const mend = (gate: DirectoryGate) =>
      gate.run('shared', () =>
        gate.still(async () => {
          expect(++still).toBe(1);
          await sleep(2);
          still--;
        }),
      );
    const streaming = stream();
    for (let i = 0; i < 5; i++) await Promise.all([mend(a), mend(b), b.run('alone', () => {})]);
    stop.now = true;
    await streaming;
    expect(shared).toBeGreaterThan(0);
    expect(await a.run('alone', () => a.still(() => 'nested'))).toBe('nested');
  });

  it('lets operations that come while it keeps others still wait, without a stop of the thread', async () => {
    const gate = open();
    const order: string[] = [];
    const mending = gate.run('shared', () =>
      gate.still(async () => {
        await sleep(5);
        order.push('mended');
      }),
    );
    const next = gate.run('shared', () => order.push('next'));
    await Promise.all([mending, next]);
    expect(order).toEqual(['mended', 'next']);
  });

  it('gives everyone a turn: alone against shared without end, and the other way', async () => {
    await start(`ready(); for (;;) await gate.run('shared', () => sleep(1));`);
    await start(`ready(); for (;;) await gate.run('shared', () => sleep(1));`);
    const gate = open({ lockTimeout: 10_000 });
    for (let i = 0; i < 5; i++) await gate.run('alone', () => {});
    for (const child of children) await kill(child);
    await start(`ready(); for (;;) await gate.run('alone', () => sleep(1));`);
    await start(`ready(); for (;;) await gate.run('alone', () => sleep(1));`);
    for (let i = 0; i < 5; i++) {
      await gate.run('shared', () => {});
      await sleep(30);
    }
    for (let i = 0; i < 5; i++) await gate.run('alone', () => {});
  });

  it('excludes between processes', async () => {
    const log = join(directory, 'log');
    const script = `
      ready();
      for (let i = 0; i < 30; i++) {
        await gate.run('alone', async () => {
          appendFileSync(${JSON.stringify(log)}, '(');
          await sleep(0);
          appendFileSync(${JSON.stringify(log)}, ')');
        });
      }
      gate.close();`;
    await Promise.all([start(script), start(script), start(script)]);
    await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')));
    expect(readFileSync(log, 'utf8')).toBe('()'.repeat(90));
  });

  it('keeps nothing alive, and a process that just ends leaves no lease', async () => {
    const child = await start(`gate.run('shared', () => {}); ready();`);
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('keeps its lease for what runs while others give up waiting for their turn', async () => {
    const gate = open({ lockTimeout: 40 });
    const other = open();
    let finish = () => {};
    const running = gate.run('shared', async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      expect(marks()).toContain('lease');
    });
    const alone = other.run('alone', () => 'alone');
    await sleep(5);
    await expect(gate.run('shared', () => {})).rejects.toThrow(LockError);
    finish();
    await running;
    expect(await alone).toBe('alone');
  });

  it('passes on what the system refuses', async () => {
    writeFileSync(join(directory, '%lock'), 'a file');
    const gate = open();
    for (const access of ['shared', 'alone'] as const) {
      const error = await Promise.resolve(gate.run(access, () => {})).catch((caught) => caught);
      expect(error).toBeInstanceOf(StorageError);
      expect(error.path).toBe(join(directory, '%lock'));
    }
    rmSync(join(directory, '%lock'));
    expect(await gate.run('alone', () => 'now')).toBe('now');
  });
});
