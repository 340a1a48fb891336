/**
 * @jest-environment-options {"customExportConditions": ["source", "browser"]}
 */
import { browserRoad, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { lz4 } from '#lz4';
import { Blosc } from '../src/index.js';
import { lz4 as browser } from '../src/lz4-browser.js';
import { subject } from './subject.js';

conformance('Blosc(Dict()) by the browser condition', () => Blosc(Dict()), {
  layer: Blosc,
  framed: true,
});

browserRoad(subject, {
  specifier: '#lz4',
  chosen: lz4,
  browser: browser,
  files: { browser: 'dist/lz4-browser.js', node: 'dist/lz4-node.js' },
});
