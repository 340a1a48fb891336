import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { ZLib } from '../src/index.js';
import { subject } from './subject.js';

conformance('ZLib(Dict())', () => ZLib(Dict()), { layer: ZLib, framed: true });

compressorSuite(subject);
