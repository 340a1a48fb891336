import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Oracle } from './oracle.js';
import { randomFrom } from './pieces.js';
import { Rounds } from './rounds.js';
import { Service } from './service.js';
import { openServed, SUBJECTS } from './subject.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'Log' },
    seconds: { type: 'string', default: '60' },
    processes: { type: 'string', default: '4' },
    round: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() & 0xffff_ffff) },
  },
});

const name = SUBJECTS.find((subject) => subject === values.store);
if (!name) throw new TypeError(`--store is one of ${SUBJECTS.join(', ')}, not ${values.store}`);
const end = performance.now() + Number(values.seconds) * 1000;
const random = randomFrom(Number(values.seed));
const path = mkdtempSync(join(tmpdir(), 'spillway-torture-'));
const oracle = new Oracle(name);
const service = name === 'Server' ? new Service(path, random) : undefined;
await service?.start();
const rounds = new Rounds(
  {
    name,
    path,
    processes: Number(values.processes),
    roundTime: Number(values.round),
    random,
    service,
  },
  oracle,
);

console.log(`torturing ${name} in ${path}, seed ${values.seed}`);
let count = 0;
while (performance.now() < end && oracle.wrong.length === 0) {
  await rounds.run();
  if (++count % 5 === 0 && oracle.wrong.length === 0) await rounds.drop();
}
if (service) {
  await service.stop();
  await using log = openServed(path);
  await oracle.check(log);
}
const { kills: serverKills, cuts } = service ?? {};
const counts = { store: name, rounds: count, ...oracle.counts, serverKills, cuts };
console.log(JSON.stringify({ ...counts, wrong: oracle.wrong }));
if (oracle.wrong.length > 0) {
  console.error(`kept for a look: ${path}`);
  process.exitCode = 1;
} else {
  rmSync(path, { recursive: true, force: true });
}
