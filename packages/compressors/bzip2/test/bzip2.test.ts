import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { BZ2 } from '../src/index.js';
import { subject } from './subject.js';

// Small blocks: a large one costs a millisecond to begin, and the suite is about small values.
conformance('BZ2(Dict())', () => BZ2(Dict(), { level: 1 }), { layer: BZ2, framed: true });

compressorSuite(subject);
