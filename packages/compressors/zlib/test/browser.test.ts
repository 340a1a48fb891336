/**
 * @jest-environment-options {"customExportConditions": ["source", "browser"]}
 */
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

  compressorSuite({
    name: 'ZLib',
    make: ZLib,
    memory: Dict,
    checksum: true,
    wrong: wrongPayloads,
    python: { module: 'zlib', compress: 'zlib.compress', decompress: 'zlib.decompress' },
    partd: 'ZLib',
  });

  it('reads what the engine for Node writes, and the other way round', () => {
    const bytes = new TextEncoder().encode('a value that both engines know, '.repeat(9000));
    expect(browser.inflate(node.deflate(bytes, 6), bytes.length)).toEqual(bytes);
    expect(Uint8Array.from(node.inflate(browser.deflate(bytes, 6), bytes.length))).toEqual(bytes);
  });
});
