/**
 * @jest-environment-options {"customExportConditions": ["source", "browser"]}
 */
import { browserRoad, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import * as engine from '#engine';
import * as browser from '../src/engine-browser.js';
import { BZ2 } from '../src/index.js';
import { subject } from './subject.js';

// Small blocks, as in bzip2.test.ts.
conformance('BZ2(Dict()) by the browser condition', () => BZ2(Dict(), { level: 1 }), {
  layer: BZ2,
  framed: true,
});

browserRoad(subject, {
  specifier: '#engine',
  chosen: engine.decompress,
  browser: browser.decompress,
  files: { browser: 'dist/engine-browser.js', node: 'dist/engine-node.js' },
});
