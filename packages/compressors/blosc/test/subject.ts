import { fileURLToPath } from 'node:url';
import type { CompressorSubject } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Blosc } from '../src/index.js';
import { wrongPayloads } from './wrong-payloads.js';

/** What the suites of compressors need to know. */
export const subject = {
  name: 'Blosc',
  make: Blosc,
  memory: Dict,
  pooled: true,
  checksum: false,
  wrong: wrongPayloads,
  built: { folder: fileURLToPath(new URL('..', import.meta.url)), memory: '@spillway/dict' },
  python: { module: 'blosc', compress: 'blosc.compress', decompress: 'blosc.decompress' },
  partd: 'Blosc',
} satisfies CompressorSubject;
