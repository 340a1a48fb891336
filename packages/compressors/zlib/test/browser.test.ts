/**
 * @jest-environment-options {"customExportConditions": ["source", "browser"]}
 */
import { browserRoad, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import * as engine from '#engine';
import * as browser from '../src/engine-browser.js';
import { ZLib } from '../src/index.js';
import { subject } from './subject.js';

conformance('ZLib(Dict()) by the browser condition', () => ZLib(Dict()), {
  layer: ZLib,
  framed: true,
});

browserRoad(subject, {
  specifier: '#engine',
  chosen: engine.inflate,
  browser: browser.inflate,
  files: { browser: 'dist/engine-browser.js', node: 'dist/engine-node.js' },
});
