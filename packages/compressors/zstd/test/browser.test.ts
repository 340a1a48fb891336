/**
 * @jest-environment-options {"customExportConditions": ["source", "browser"]}
 */
import { browserRoad, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import * as engine from '#engine';
import * as browser from '../src/engine-wasm.js';
import { Zstd } from '../src/index.js';
import { subject } from './subject.js';

conformance('Zstd(Dict()) by the browser condition', () => Zstd(Dict()), {
  layer: Zstd,
  framed: true,
});

browserRoad(subject, {
  specifier: '#engine',
  chosen: engine.decompress,
  browser: browser.decompress,
  files: { browser: 'dist/engine-wasm.js', node: 'dist/engine-node.js' },
});
