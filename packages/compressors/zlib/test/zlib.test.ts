import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { ZLib } from '../src/index.js';
import { wrongPayloads } from './wrong-payloads.js';

conformance('ZLib(Dict())', () => ZLib(Dict()), { layer: ZLib, framed: true });

describe('ZLib', () => {
  compressorSuite({
    name: 'ZLib',
    make: ZLib,
    memory: Dict,
    pooled: true,
    checksum: true,
    wrong: wrongPayloads,
    built: { folder: fileURLToPath(new URL('..', import.meta.url)), memory: '@spillway/dict' },
    python: { module: 'zlib', compress: 'zlib.compress', decompress: 'zlib.decompress' },
    partd: 'ZLib',
  });
});
