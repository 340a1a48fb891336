import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Snappy } from '../src/index.js';

const bytes = (...values: number[]) => Uint8Array.from(values);

conformance('Snappy(Dict())', () => Snappy(Dict()), { layer: Snappy, framed: true });

describe('Snappy', () => {
  compressorSuite({
    name: 'Snappy',
    make: Snappy,
    memory: Dict,
    pooled: true,
    checksum: false,
    wrong: {
      'nothing in it': bytes(),
      'a size of 4 GB in 20 bytes': bytes(0xff, 0xff, 0xff, 0xff, 0x0f, ...new Array(15).fill(0)),
      'a size that is cut off': bytes(0x80, 0x80),
      'a size of six bytes': bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00, 0x00),
      'a size that is too small': bytes(0x01, 0x04, 0x61, 0x62),
      'a size that is too large': bytes(0x03, 0x04, 0x61, 0x62),
      'a copy from before its start': bytes(0x05, 0x00, 0x61, 0x01, 0x02),
      'a stream of frames': bytes(0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59),
    },
    built: { folder: fileURLToPath(new URL('..', import.meta.url)), memory: '@spillway/dict' },
    python: { module: 'snappy', compress: 'snappy.compress', decompress: 'snappy.decompress' },
    partd: 'Snappy',
  });
});
