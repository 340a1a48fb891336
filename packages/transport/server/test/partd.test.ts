import { describe, expect, it, jest } from '@jest/globals';
import { Encode, joinBytes } from '@spillway/core';
import { itWithPython, leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Server } from '../src/index.js';
import { Peer } from './peer.js';
import { python } from './python.js';

const MODULES = ['partd', 'partd.zmq', 'snappy', 'blosc'];

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe("Python's partd.Client", () => {
  leakFixture(async () => (await Server(Dict())).close());

  const withServer = (
    name: string,
    work: (store: ReturnType<typeof Dict>, address: string) => Promise<void>,
  ) => {
    itWithPython(MODULES, name, async () => {
      const store = Dict();
      await using server = await Server(store, { address: 'tcp://127.0.0.1:*' });
      await work(store, server.address);
    });
  };

  withServer('appends, gets and deletes', async (store, address) => {
    const printed = await python(
      `
import sys
from partd.zmq import Client
c = Client(sys.argv[1])
c.append({'x': b'Hello ', 'y': b'abc'})
c.append({'x': b'World!', ('a', 'b', 1): b'composite', 'a/b': b'slash'})
assert c.get(['y', 'x', 'absent']) == [b'abc', b'Hello World!', b''], c.get(['y', 'x', 'absent'])
assert c.get('x') == b'Hello World!'
assert c.get(('a', 'b', 1)) == b'composite'
assert c.get('a/b') == b'slash'
c.delete('y')
assert c.get('y') == b''
c.delete(['absent', 'other'])
for i in range(1000):
    c.append({'many': b'%d,' % i})
print(len(c.get('many')))
c.close()
`,
      address,
    );
    expect(printed.trim()).toBe('3890');
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    expect(keys.sort()).toEqual(['a%2Fb', 'a/b/1', 'many', 'x']);
    expect(text(await store.get('a/b/1'))).toBe('composite');
  });

  withServer('sets once and drops', async (store, address) => {
    await python(
      `
import sys
from partd.zmq import Client
c = Client(sys.argv[1])
c.iset('x', b'first')
c.iset('x', b'second')
assert c.iget('x') == b'first'
d = Client(sys.argv[1])
d.iset('x', b'third')
assert d.get('x') == b'first'
c.append({'y': b'1'})
c.drop()
assert c.get(['x', 'y']) == [b'', b'']
c.append({'y': b'2'})
# An append is sent, not waited for; a get is answered after it.
assert c.get('y') == b'2'
assert d.get('y') == b'2'
c.close()
d.close()
`,
      address,
    );
    expect(text(await store.get('y'))).toBe('2');
  });

  withServer('nests under codecs and compressors', async (store, address) => {
    await python(
      `
import sys, partd
from partd.zmq import Client
p = partd.Python(partd.Snappy(Client(sys.argv[1])))
p.append({'a': [1, 2], 'b': ['x']})
p.append({'a': [{'k': [3, 4]}]})
assert p.get('a') == [1, 2, {'k': [3, 4]}], p.get('a')
assert p.get(['b', 'a']) == [['x'], [1, 2, {'k': [3, 4]}]]
z = partd.Blosc(Client(sys.argv[1]))
z.append({'z': b'abc' * 1000})
z.append({'z': b'def'})
assert z.get('z') == b'abc' * 1000 + b'def'
`,
      address,
    );
    expect((await store.get('a')).length).toBeGreaterThan(0);
  });

  withServer('sends values of megabytes and batches of thousands', async (store, address) => {
    await python(
      `
import sys
from partd.zmq import Client
c = Client(sys.argv[1])
c.append({'big': bytes(range(256)) * 40000})
c.append({'key-%d' % i: b'v' * 100 for i in range(5000)})
assert c.get('big') == bytes(range(256)) * 40000
assert c.get(['key-%d' % i for i in range(5000)]) == [b'v' * 100] * 5000
c.close()
`,
      address,
    );
    expect((await store.get('big')).length).toBe(10_240_000);
  });

  withServer('shares the server with others like it', async (store, address) => {
    const program = `
import sys
from partd.zmq import Client
c = Client(sys.argv[1])
for i in range(200):
    c.append({'shared': b'0123456789', sys.argv[2]: b'x'})
assert c.get(sys.argv[2]) == b'x' * 200
c.close()
`;
    await Promise.all(['one', 'two', 'three'].map((name) => python(program, address, name)));
    expect(text(await store.get('shared'))).toBe('0123456789'.repeat(600));
  });

  itWithPython(MODULES, 'stops the server', async () => {
    const server = await Server(Dict(), { address: 'tcp://127.0.0.1:*' });
    await python(
      `
import sys
from partd.zmq import Client
c = Client(sys.argv[1])
c.append({'x': b'1'})
c.close_server()
assert c.socket.recv_multipart() == [b'ack']
c.close()
`,
      server.address,
    );
    await server.closed;
  });

  itWithPython(
    MODULES,
    'fails at its next command after one that failed, and others go on',
    async () => {
      const store = Dict();
      await using server = await Server(store, { address: 'tcp://127.0.0.1:*' });
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
      const printed = await python(
        `
import sys
from partd.zmq import Client
c = Client(sys.argv[1])
c.append({'k' * 2000: b'1'})
try:
    c.append({'x': b'1'})
except AssertionError:
    print('failed')
d = Client(sys.argv[1])
d.append({'x': b'2'})
print(d.get('x').decode())
`,
        server.address,
      );
      expect(printed.split('\n')).toEqual(['failed', '2', '']);
      expect(warn.mock.calls.map(([message]) => String(message))).toEqual([
        expect.stringMatching(/^a command of a partd client failed: KeyError: key "kkk/),
      ]);
      warn.mockRestore();
    },
  );

  itWithPython(
    [...MODULES, 'zmq'],
    'waits in vain for a value that could not be read, and others go on',
    async () => {
      const store = Dict();
      await store.append({ a: Buffer.from('1') });
      const failing = Encode(
        {
          name: 'Failing',
          encode: (value) => value,
          decode: () => {
            throw new Error('damaged');
          },
          join: joinBytes,
        },
        store,
      );
      await using server = await Server(failing, { address: 'tcp://127.0.0.1:*' });
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
      const printed = await python(
        `
import sys, zmq
from partd.zmq import Client
c = Client(sys.argv[1])
c.socket.setsockopt(zmq.RCVTIMEO, 2000)
try:
    c.get('a')
except zmq.Again:
    print('no answer')
d = Client(sys.argv[1])
d.append({'b': b'2'})
print(d.get('absent') == b'')
`,
        server.address,
      );
      expect(printed.split('\n')).toEqual(['no answer', 'True', '']);
      expect(warn.mock.calls.map(([message]) => String(message))).toEqual([
        expect.stringMatching(/^a command of a partd client failed: CorruptError: .*"a"/),
      ]);
      warn.mockRestore();
    },
  );
});

describe("partd's protocol", () => {
  it('is answered to the byte', async () => {
    await using server = await Server(Dict());
    await using peer = new Peer(server.address);
    const exchange = async (...words: string[]) => {
      await peer.send(...words);
      return (await peer.receive()).map(text);
    };
    expect(await exchange('syn')).toEqual(['ack']);
    expect(await exchange('append', 'a', '1', 'b-|-c', '2', 'a', '3')).toEqual(['ack']);
    expect(await exchange('get', 'a', 'absent', 'b-|-c')).toEqual(['13', '', '2']);
    expect((await peer.receive()).map(text)).toEqual(['ack']);
    expect(await exchange('iset', 'a', 'x')).toEqual(['ack']);
    expect(await exchange('delete', 'a', 'absent')).toEqual(['ack']);
    expect(await exchange('get', 'a')).toEqual(['']);
    expect((await peer.receive()).map(text)).toEqual(['ack']);
    expect(await exchange('drop')).toEqual(['ack']);
    expect(await exchange('close')).toEqual(['ack']);
    await server.closed;
  });

  it('is spoken also with clients that name a version nobody knows', async () => {
    await using server = await Server(Dict());
    await using peer = new Peer(server.address);
    await peer.send('syn', 'spillway/99', 'whatever');
    expect((await peer.receive()).map(text)).toEqual(['ack']);
  });
});
