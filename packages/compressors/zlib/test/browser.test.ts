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
import { ZLib } from '../src/index.js';
import { wrongPayloads } from './wrong-payloads.js';

conformance('ZLib(Dict()) by the browser condition', () => ZLib(Dict()), {
  layer: ZLib,
  framed: true,
});

describe('ZLib by the browser condition', () => {
  it('is made of the engine without Node', () => {
    expect(engine.inflate).toBe(browser.inflate);
    expect(engine.inflate).not.toBe(node.inflate);
  });

  it.each([
    [['--conditions=browser'], 'dist/engine-browser.js'],
    [[], 'dist/engine-node.js'],
  ])('is chosen in the published package: node %j', (conditions, expected) => {
    const code = `
      import { Dict } from '@spillway/dict';
      import { ZLib } from '@spillway/zlib';
      const store = ZLib(Dict());
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
    name: 'ZLib',
    make: ZLib,
    memory: Dict,
    pooled: false,
    checksum: true,
    wrong: wrongPayloads,
    python: { module: 'zlib', compress: 'zlib.compress', decompress: 'zlib.decompress' },
    partd: 'ZLib',
  });

  it('reads what the engine for Node writes, and the other way round', async () => {
    const bytes = new TextEncoder().encode('a value that both engines know, '.repeat(9000));
    const there = browser.inflate(await node.deflate(bytes, 6, 1), bytes.length);
    const back = await node.inflate(browser.deflate(bytes, 6), bytes.length, 1);
    expect([Buffer.compare(there, bytes), Buffer.compare(back, bytes)]).toEqual([0, 0]);
  });
});
