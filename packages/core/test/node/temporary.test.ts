import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StorageError } from '../../src/index.js';
import { makeTemporary, removeTemporary, sweepTemporary } from '../../src/node/index.js';

describe('temporary directories', () => {
  let place: string;

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'spillway-test-'));
  });

  afterEach(() => rmSync(place, { recursive: true, force: true }));

  it('are where dir or SPILLWAY_TMPDIR says, private, each another', async () => {
    const before = process.env.SPILLWAY_TMPDIR;
    process.env.SPILLWAY_TMPDIR = join(place, 'by', 'environment');
    try {
      const [one, two] = [makeTemporary('test'), makeTemporary('test', { dir: place })];
      expect([dirname(one), dirname(two)]).toEqual([join(place, 'by', 'environment'), place]);
      expect(basename(one)).not.toBe(basename(makeTemporary('test')));
      expect(statSync(one).mode & 0o777).toBe(0o700);
    } finally {
      if (before === undefined) delete process.env.SPILLWAY_TMPDIR;
      else process.env.SPILLWAY_TMPDIR = before;
    }
  });

  it('are removed with all that is in them', async () => {
    const path = makeTemporary('test', { dir: place });
    mkdirSync(join(path, 'a', 'b'), { recursive: true });
    writeFileSync(join(path, 'a', 'b', 'c'), 'd');
    await removeTemporary(path);
    expect(existsSync(path)).toBe(false);
    await removeTemporary(path);
  });

  it('are swept when their process is gone, and only then', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT, place], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = (await once(child.stdout, 'data')) as [Buffer];
    const theirs = output.toString().trim();
    const ours = makeTemporary('test', { dir: place });
    writeFileSync(join(theirs, 'left'), 'bytes');
    mkdirSync(join(place, 'spillway-test-of-somebody'));
    expect(sweepTemporary(place)).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(sweepTemporary(place)).toEqual([theirs]);
    expect(readdirSync(place).sort()).toEqual([basename(ours), 'spillway-test-of-somebody'].sort());
  });

  it('are not taken for a process’s that has got the same number again, or lives elsewhere', () => {
    const path = makeTemporary('test', { dir: place });
    const [, kind, owner] = /^(spillway-test)-(.*)$/.exec(basename(path)) as unknown as string[];
    const [host, machine, boot, pid, , thread, random] = (owner as string).split(',');
    const name = (...fields: (string | undefined)[]) => join(place, `${kind}-${fields.join(',')}`);
    const earlier = name(host, machine, boot, pid, '1', thread, random);
    const lastBoot = name(host, machine, '0123456789', pid, '1', thread, random);
    const elsewhere = name(host, '0123456789', boot, pid, '1', thread, random);
    for (const made of [earlier, lastBoot, elsewhere]) mkdirSync(made);
    expect(sweepTemporary(place).sort()).toEqual([earlier, lastBoot].sort());
    expect([existsSync(path), existsSync(elsewhere)]).toEqual([true, true]);
  });

  it('that can’t be made are an error with the path', () => {
    const file = join(place, 'file');
    writeFileSync(file, '');
    expect(() => makeTemporary('test', { dir: file })).toThrow(StorageError);
    expect(() => makeTemporary('test', { dir: file })).toThrow(file);
  });
});

/** Makes a directory, names it, and stays. */
const SCRIPT = `
  import { makeTemporary } from '${new URL('../../dist/node/index.js', import.meta.url).href}';
  console.log(makeTemporary('test', { dir: process.argv[1] }));
  setInterval(() => {}, 1000);
`;
