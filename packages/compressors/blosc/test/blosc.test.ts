import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Blosc } from '../src/index.js';
import { subject } from './subject.js';

conformance('Blosc(Dict())', () => Blosc(Dict()), { layer: Blosc, framed: true });

compressorSuite(subject);
