import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Zstd } from '../src/index.js';
import { wrongPayloads } from './wrong-payloads.js';

conformance('Zstd(Dict())', () => Zstd(Dict()), { layer: Zstd, framed: true });

describe('Zstd', () => {
  compressorSuite({
    name: 'Zstd',
    make: Zstd,
    memory: Dict,
    checksum: false,
    pooled: true,
    wrong: wrongPayloads,
    built: { folder: fileURLToPath(new URL('..', import.meta.url)), memory: '@spillway/dict' },
    python: {
      module: 'zstandard',
      compress: 'zstandard.ZstdCompressor().compress',
      decompress: 'zstandard.ZstdDecompressor().decompress',
    },
  });
});
