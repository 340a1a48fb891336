/** The package `bzip2-wasm`, which has no types of its own. */
declare module 'bzip2-wasm' {
  export default class BZip2 {
    init(): Promise<void>;
    readonly wasmModule: {
      readonly HEAPU8: Uint8Array;
      readonly _malloc: (bytes: number) => number;
      readonly _free: (pointer: number) => void;
      readonly _BZ2_bzBuffToBuffCompress: (...args: number[]) => number;
      readonly _BZ2_bzBuffToBuffDecompress: (...args: number[]) => number;
    };
  }
}
