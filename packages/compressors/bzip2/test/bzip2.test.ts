import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { BZ2 } from '../src/index.js';
import { wrongPayloads } from './wrong-payloads.js';

// Small blocks: a large one costs a millisecond to begin, and the suite is about small values.
conformance('BZ2(Dict())', () => BZ2(Dict(), { level: 1 }), { layer: BZ2, framed: true });

describe('BZ2', () => {
  compressorSuite({
    name: 'BZ2',
    make: BZ2,
    memory: Dict,
    checksum: true,
    pooled: true,
    wrong: wrongPayloads,
    built: { folder: fileURLToPath(new URL('..', import.meta.url)), memory: '@spillway/dict' },
    python: { module: 'bz2', compress: 'bz2.compress', decompress: 'bz2.decompress' },
    partd: 'BZ2',
  });
});
