import { describe, expect, it } from '@jest/globals';
import { type Access, Gate } from '@spillway/core';
import { checkProperty } from '@spillway/core/conformance';
import fc from 'fast-check';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A promise and what resolves it. */
function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Writes down what its hooks are asked, and is shut while it is told to be. */
class Watched extends Gate {
  readonly log: string[] = [];
  shut = false;
  fails: 'open' | 'lock' | 'unlock' | undefined;

  protected override openNow(): boolean {
    return !this.shut;
  }

  protected override async open(): Promise<void> {
    this.log.push('open');
    await turn();
    if (this.fails === 'open') throw new Error('cannot open');
    this.shut = false;
  }

  protected override async lock(access: Access): Promise<void> {
    this.log.push(`lock ${access}`);
    await turn();
    if (this.fails === 'lock') throw new Error('cannot lock');
  }

  protected override async unlock(access: Access): Promise<void> {
    this.log.push(`unlock ${access}`);
    await turn();
    if (this.fails === 'unlock') throw new Error('cannot unlock');
  }
}

describe('A gate', () => {
  it('runs shared work at once, without a promise, while nothing is in the way', () => {
    const gate = new Gate();
    expect(gate.run('shared', () => 'result')).toBe('result');
    const failure = new Error('no');
    const fail = () => {
      throw failure;
    };
    expect(() => gate.run('shared', fail)).toThrow(failure);
    expect(gate.run('shared', () => 'still open')).toBe('still open');
  });

  it('lets shared work run beside shared work', async () => {
    const gate = new Gate();
    const first = latch();
    const running = gate.run('shared', () => first.opened);
    expect(await gate.run('shared', async () => 'beside')).toBe('beside');
    first.open();
    await running;
  });

  it('is first come, first served: work that wants to be alone is not overtaken', async () => {
    const gate = new Gate();
    const order: string[] = [];
    const first = latch();
    const work = [
      gate.run('shared', () => first.opened.then(() => order.push('shared 1'))),
      gate.run('alone', async () => order.push('alone 1')),
      gate.run('shared', () => order.push('shared 2')),
      gate.run('shared', () => order.push('shared 3')),
      gate.run('exclusive', async () => order.push('exclusive')),
      gate.run('shared', () => order.push('shared 4')),
    ];
    await turn();
    expect(order).toEqual([]);
    first.open();
    await Promise.all(work);
    expect(order).toEqual(['shared 1', 'alone 1', 'shared 2', 'shared 3', 'exclusive', 'shared 4']);
  });

  it('goes on after work that fails', async () => {
    const gate = new Gate();
    const failure = new Error('no');
    for (const access of ['shared', 'alone', 'exclusive', 'closing'] as const) {
      const fails = Promise.resolve().then(() => gate.run(access, () => Promise.reject(failure)));
      await expect(fails).rejects.toBe(failure);
      const throws = async () =>
        gate.run(access, () => {
          throw failure;
        });
      await expect(throws()).rejects.toBe(failure);
      expect(gate.run('shared', () => access)).toBe(access);
    }
  });

  it('counts work that goes on in the background', async () => {
    const gate = new Gate();
    const background = latch();
    const order: string[] = [];
    gate.run('shared', () => {
      gate.extend(() => background.opened.then(() => order.push('background')));
    });
    const alone = gate.run('alone', () => order.push('alone'));
    await turn();
    background.open();
    await alone;
    expect(order).toEqual(['background', 'alone']);
  });

  it('waits for the background work of work that is alone, too', async () => {
    const gate = new Gate();
    const background = latch();
    const order: string[] = [];
    const alone = gate.run('exclusive', () => {
      gate.extend(() => background.opened.then(() => order.push('background')));
    });
    const after = gate.run('shared', () => order.push('after'));
    await turn();
    expect(order).toEqual([]);
    background.open();
    await Promise.all([alone, after]);
    expect(order).toEqual(['background', 'after']);
  });

  it('never runs work beside work that is alone', async () => {
    const accesses = fc.constantFrom<Access>('shared', 'shared', 'shared', 'alone', 'exclusive');
    const calls = fc.array(fc.tuple(accesses, fc.nat({ max: 3 })), { maxLength: 25 });
    await checkProperty(100, calls, async (all) => {
      const gate = new Gate();
      let running = 0;
      const started: number[] = [];
      const work = all.map(([access, turns], i) =>
        gate.run(access, async () => {
          started.push(i);
          if (access !== 'shared') expect(running).toBe(0);
          running++;
          for (let left = turns; left > 0; left--) await turn();
          if (access !== 'shared') expect(running).toBe(1);
          running--;
        }),
      );
      await Promise.all(work);
      expect(started).toEqual(all.map((_, i) => i));
    });
  });
});

describe('A gate with hooks', () => {
  it('locks before and unlocks after work that is alone, and only that', async () => {
    const gate = new Watched();
    expect(gate.run('shared', () => 1)).toBe(1);
    await gate.run('alone', () => gate.log.push('work'));
    await gate.run('exclusive', () => gate.log.push('work'));
    await expect(gate.run('alone', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(gate.log).toEqual([
      ...['lock alone', 'work', 'unlock alone'],
      ...['lock exclusive', 'work', 'unlock exclusive'],
      ...['lock alone', 'unlock alone'],
    ]);
  });

  it('opens once for all that wait, in their order', async () => {
    const gate = new Watched();
    gate.shut = true;
    const order: number[] = [];
    const work = [1, 2, 3].map((i) => gate.run('shared', () => order.push(i)));
    expect(order).toEqual([]);
    await Promise.all(work);
    expect(order).toEqual([1, 2, 3]);
    expect(gate.log).toEqual(['open']);
  });

  it('rejects what it cannot open for, and tries again for the next', async () => {
    const gate = new Watched();
    gate.shut = true;
    gate.fails = 'open';
    const work = [1, 2].map((i) => gate.run('shared', () => i));
    for (const one of work) await expect(one).rejects.toThrow('cannot open');
    gate.fails = undefined;
    expect(await gate.run('shared', () => 'open')).toBe('open');
    expect(gate.log).toEqual(['open', 'open', 'open']);
  });

  it('rejects without running when it cannot lock, and lets others go on', async () => {
    const gate = new Watched();
    gate.fails = 'lock';
    let ran = false;
    const alone = gate.run('alone', () => {
      ran = true;
    });
    const shared = gate.run('shared', () => 'shared');
    await expect(alone).rejects.toThrow('cannot lock');
    expect(await shared).toBe('shared');
    expect(ran).toBe(false);
    gate.fails = 'unlock';
    await expect(gate.run('alone', () => 1)).rejects.toThrow('cannot unlock');
    expect(gate.run('shared', () => 'open')).toBe('open');
  });
});
