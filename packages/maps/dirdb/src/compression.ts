import { type Batch, frame, type Spec, Store, splitFrames } from '@spillway/core';

/** What compresses: makes a layer over a byte store. */
type Layer = (store: Store) => Store;

/** The compressors, by the name of their package: the ending of files, and how the package is loaded. */
const COMPRESSORS = {
  blosc: { suffix: 'blosc', load: async () => (await import('@spillway/blosc')).Blosc },
  bzip2: { suffix: 'bz2', load: async () => (await import('@spillway/bzip2')).BZ2 },
  lz4: { suffix: 'lz4', load: async () => (await import('@spillway/lz4')).LZ4 },
  snappy: { suffix: 'snappy', load: async () => (await import('@spillway/snappy')).Snappy },
  zlib: { suffix: 'zz', load: async () => (await import('@spillway/zlib')).ZLib },
  zstd: { suffix: 'zst', load: async () => (await import('@spillway/zstd')).Zstd },
} satisfies { [name: string]: { readonly suffix: string; readonly load: () => Promise<Layer> } };

/** The compressors there are, each in a package of its own that must be installed: `@spillway/zstd`. */
export type CompressorName = keyof typeof COMPRESSORS;

export const compressorNames = Object.keys(COMPRESSORS) as readonly CompressorName[];

/** The ending of files that a compressor writes. */
export function suffixOf(compressor: CompressorName): string {
  return COMPRESSORS[compressor].suffix;
}

/** The compressor whose files have this ending. */
export function compressorOf(suffix: string): CompressorName | undefined {
  return compressorNames.find((name) => COMPRESSORS[name].suffix === suffix);
}

/** @throws {Error} saying what to install when the compressor's package isn't there. */
export async function compress(
  compressor: CompressorName,
  bytes: Uint8Array,
  name: string,
): Promise<Uint8Array> {
  const slot = new Slot();
  const layer = (await load(compressor))(slot);
  await layer.append([[name, bytes]]);
  return splitFrames(slot.bytes, name)[0] as Uint8Array;
}

/**
 * @throws {CorruptError} when the bytes are not the compressor's.
 * @throws {Error} saying what to install when the compressor's package isn't there.
 */
export async function decompress(
  compressor: CompressorName,
  bytes: Uint8Array,
  name: string,
): Promise<Uint8Array> {
  const slot = new Slot();
  slot.bytes = frame(bytes);
  return (await load(compressor))(slot).get(name);
}

async function load(compressor: CompressorName): Promise<Layer> {
  try {
    return await COMPRESSORS[compressor].load();
  } catch (cause) {
    throw new Error(`the package @spillway/${compressor} can't be loaded; install it`, { cause });
  }
}

/** A byte store of one value, for a layer to write to and read from. */
class Slot extends Store {
  bytes: Uint8Array = new Uint8Array(0);

  override spec(): Spec {
    return { name: 'Slot', args: [] };
  }

  protected override _append({ values }: Batch<Uint8Array>): void {
    // It is the appender's again, when this has ended.
    this.bytes = (values[0] as Uint8Array).slice();
  }

  protected override _get(): Uint8Array[] {
    return [this.bytes];
  }

  protected override _has(): boolean {
    return true;
  }

  protected override _keys(): string[] {
    return [];
  }

  protected override _delete(): void {}

  protected override _drop(): void {}
}
