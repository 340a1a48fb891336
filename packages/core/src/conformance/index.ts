export {
  Chaos,
  type ChaosOptions,
  type ChaosStore,
  type Fault,
  type Harm,
  type Operation,
} from './chaos.js';
export { compressorSuite } from './compressor.js';
export { type BrowserRoad, browserRoad } from './compressor-browser.js';
export type { CompressorSubject } from './compressor-subject.js';
export { type ConformanceCase, conformance, conformanceCases } from './conformance.js';
export { collectGarbage, LiveMemory } from './garbage.js';
export { anyKey, badKeys, hostileKeys } from './hostile-keys.js';
export { type Census, leakFixture, leaksBetween, leaksSince, takeCensus } from './leaks.js';
export type { ConformanceOptions, Factory, PersistentSettings, Place } from './options.js';
export { checkProperty } from './property.js';
export { itWithPython, type Python } from './python.js';
export { Reference, ReferenceStore } from './reference.js';
export { mountSmallDisk } from './small-disk.js';
export { turnsDuring } from './turns.js';
export { byteValues, pseudoRandomBytes, type Values } from './values.js';
