import { fileURLToPath } from 'node:url';
import type { CompressorSubject } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { BZ2 } from '../src/index.js';
import { wrongPayloads } from './wrong-payloads.js';

/** What the suites of compressors need to know. */
export const subject = {
  name: 'BZ2',
  make: BZ2,
  memory: Dict,
  pooled: true,
  checksum: true,
  wrong: wrongPayloads,
  built: { folder: fileURLToPath(new URL('..', import.meta.url)), memory: '@spillway/dict' },
  python: { module: 'bz2', compress: 'bz2.compress', decompress: 'bz2.decompress' },
  partd: 'BZ2',
} satisfies CompressorSubject;
