import fc from 'fast-check';
import { propertySeed } from '../packages/core/src/conformance/property-seed.js';

fc.configureGlobal(propertySeed());
