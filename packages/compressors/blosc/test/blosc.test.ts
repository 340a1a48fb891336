import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Blosc } from '../src/index.js';
import { wrongPayloads } from './wrong-payloads.js';

conformance('Blosc(Dict())', () => Blosc(Dict()), { layer: Blosc, framed: true });

describe('Blosc', () => {
  compressorSuite({
    name: 'Blosc',
    make: Blosc,
    memory: Dict,
    pooled: true,
    checksum: false,
    wrong: wrongPayloads,
    built: { folder: fileURLToPath(new URL('..', import.meta.url)), memory: '@spillway/dict' },
    python: { module: 'blosc', compress: 'blosc.compress', decompress: 'blosc.decompress' },
    partd: 'Blosc',
  });
});
