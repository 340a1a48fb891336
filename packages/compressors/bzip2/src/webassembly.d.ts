/** The part of WebAssembly that is used here: neither ECMAScript's nor Node's types have it. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(
      module: Module,
      imports: { [module: string]: { [name: string]: (...args: number[]) => number | undefined } },
    );
    readonly exports: object;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
}
