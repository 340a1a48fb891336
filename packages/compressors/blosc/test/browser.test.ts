/**
 * @jest-environment-options {"customExportConditions": ["source", "browser"]}
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { lz4 } from '#lz4';
import { Blosc } from '../src/index.js';
import { lz4 as browser } from '../src/lz4-browser.js';
import { wrongPayloads } from './wrong-payloads.js';

conformance('Blosc(Dict()) by the browser condition', () => Blosc(Dict()), {
  layer: Blosc,
  framed: true,
});

describe('Blosc by the browser condition', () => {
  it('is made of the engine without Node', () => {
    expect(lz4).toBe(browser);
  });

  it.each([
    [['--conditions=browser'], 'dist/lz4-browser.js'],
    [[], 'dist/lz4-node.js'],
  ])('is chosen in the published package: node %j', (conditions, expected) => {
    const code = `
      import { Dict } from '@spillway/dict';
      import { Blosc } from '@spillway/blosc';
      const store = Blosc(Dict());
      await store.append({ a: Uint8Array.of(1, 2, 3) });
      console.log((await store.get('a')).join(), import.meta.resolve('#lz4'));`;
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
    name: 'Blosc',
    make: Blosc,
    memory: Dict,
    pooled: false,
    checksum: false,
    wrong: wrongPayloads,
    python: { module: 'blosc', compress: 'blosc.compress', decompress: 'blosc.decompress' },
    partd: 'Blosc',
  });
});
