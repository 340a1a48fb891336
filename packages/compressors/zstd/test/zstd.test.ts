import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Zstd } from '../src/index.js';
import { subject } from './subject.js';

conformance('Zstd(Dict())', () => Zstd(Dict()), { layer: Zstd, framed: true });

compressorSuite(subject);
