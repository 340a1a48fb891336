export { type Compression, Compressor, type CompressorOptions } from './compressor.js';
export { type Codec, Encode, joinBytes } from './encode.js';
export { type Batch, checkBytes, type Entries, type ValueCheck } from './entries.js';
export * from './errors.js';
export {
  allocate,
  type Copyable,
  concatBytes,
  copyPieces,
  FRAME_HEADER_BYTES,
  FrameSplitter,
  frame,
  type Payload,
  splitFrames,
} from './frame.js';
export { type Access, type Awaitable, Gate } from './gate.js';
export { checkJson, type JsonValue, jsonFile } from './json-file.js';
export { checkKey, type Key, key, keyParts, MAX_KEY_BYTES, quote, typeName } from './key.js';
export { Layer, requireBytes, requireStore } from './layer.js';
export type { Ledger, Origin } from './ledger.js';
export { PackedBatch, type PackedValues } from './packed-batch.js';
export { inPool, isPooled, type PoolSizes } from './pool.js';
export type { FlushOptions, Primitives } from './primitives.js';
export { formatSpec, isSpec, parseSpec, type Spec, type SpecValue } from './spec.js';
export { Store } from './store.js';
export type { ValueCodec } from './value-codec.js';
