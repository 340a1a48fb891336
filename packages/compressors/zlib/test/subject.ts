import { fileURLToPath } from 'node:url';
import type { CompressorSubject } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { ZLib } from '../src/index.js';
import { wrongPayloads } from './wrong-payloads.js';

/** What the suites of compressors need to know. */
export const subject = {
  name: 'ZLib',
  make: ZLib,
  memory: Dict,
  pooled: true,
  checksum: true,
  wrong: wrongPayloads,
  built: { folder: fileURLToPath(new URL('..', import.meta.url)), memory: '@spillway/dict' },
  python: { module: 'zlib', compress: 'zlib.compress', decompress: 'zlib.decompress' },
  partd: 'ZLib',
} satisfies CompressorSubject;
