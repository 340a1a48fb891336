/**
 * @jest-environment-options {"customExportConditions": ["source", "browser"]}
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import * as engine from '#engine';
import * as browser from '../src/engine-browser.js';
import * as node from '../src/engine-node.js';
import { BZ2 } from '../src/index.js';
import { wrongPayloads } from './wrong-payloads.js';

conformance('BZ2(Dict()) by the browser condition', () => BZ2(Dict(), { level: 1 }), {
  layer: BZ2,
  framed: true,
});

describe('BZ2 by the browser condition', () => {
  it('is made of the engine without Node', () => {
    expect(engine.decompress).toBe(browser.decompress);
    expect(engine.decompress).not.toBe(node.decompress);
  });

  it.each([
    [['--conditions=browser'], 'dist/engine-browser.js'],
    [[], 'dist/engine-node.js'],
  ])('is chosen in the published package: node %j', (conditions, expected) => {
    const code = `
      import { Dict } from '@spillway/dict';
      import { BZ2 } from '@spillway/bzip2';
      const store = BZ2(Dict());
      await store.append({ a: Uint8Array.of(1, 2, 3) });
      console.log((await store.get('a')).join(), import.meta.resolve('#engine'));`;
    const printed = execFileSync(
      process.execPath,
      [...conditions, '--input-type=module', '-e', code],
      {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        encoding: 'utf8',
      },
    );
    expect(printed).toMatch(/^1,2,3 file:/);
    expect(printed.trim().endsWith(expected)).toBe(true);
  });

  compressorSuite({
    name: 'BZ2',
    make: BZ2,
    memory: Dict,
    pooled: false,
    checksum: true,
    wrong: wrongPayloads,
    python: { module: 'bz2', compress: 'bz2.compress', decompress: 'bz2.decompress' },
    partd: 'BZ2',
  });

  it('reads what the engine for Node writes, and the other way round', async () => {
    const bytes = new TextEncoder().encode('a value that both engines know, '.repeat(9000));
    const there = await browser.decompress(await node.compress(bytes, 6, 1), bytes.length);
    const back = await node.decompress(await browser.compress(bytes, 6), bytes.length, 1);
    expect([Buffer.compare(there, bytes), Buffer.compare(back, bytes)]).toEqual([0, 0]);
  });
});
