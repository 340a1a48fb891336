import { Arrow } from '@spillway/arrow';
import { Buffer } from '@spillway/buffer';
import type { Layer } from '@spillway/core';
import { Dict } from '@spillway/dict';
import { Log } from '@spillway/log';
import { LZ4 } from '@spillway/lz4';
import { Msgpack } from '@spillway/msgpack';
import type { Kind } from './chunk.js';

/** A temporary store for partitions, with so many bytes of memory. */
export function defaultStore(kind: Kind, availableMemory: number): Layer<never> {
  const bytes = Buffer(Dict(), LZ4(Log()), { availableMemory });
  return (kind === 'tables' ? Arrow(bytes) : Msgpack(bytes)) as unknown as Layer<never>;
}
