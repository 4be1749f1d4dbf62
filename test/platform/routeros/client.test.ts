import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { connectRouter, type RouterClient, type RouterClientOptions } from '../../../src/platform/routeros/client.ts';
import { RouterTrapError } from '../../../src/platform/routeros/errors.ts';
import { answerChallenge } from '../../../src/platform/routeros/login.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { type CountingClock, createCountingClock } from '../../support/counting-clock.ts';
import {
  type ScriptedConnection,
  type ScriptedRouter,
  startScriptedRouter,
  tagWord,
  wireSentence,
} from '../../support/scripted-router.ts';

const PASSWORD = 'hunter2-s3cret';
/** Long enough never to end in a test that is not about it. */
const PLENTY_MS = 5_000;
const SHORT_MS = 120;
/** A deadline may be late on a busy machine, but not by this. */
const SLACK_MS = 2_000;

let router: ScriptedRouter | undefined;
let client: RouterClient | undefined;
let clock: CountingClock;
const uncaught: unknown[] = [];
const noteUncaught = (error: unknown): void => {
  uncaught.push(error);
};
process.on('uncaughtException', noteUncaught);
process.on('unhandledRejection', noteUncaught);
after(() => {
  process.off('uncaughtException', noteUncaught);
  process.off('unhandledRejection', noteUncaught);
});

beforeEach(() => {
  clock = createCountingClock();
});

/** Every test also proves that nothing is left: no timer, no socket, no stray error. */
afterEach(async () => {
  client?.close();
  client = undefined;
  await router?.allClosed();
  await router?.close();
  router = undefined;
  assert.equal(clock.pending(), 0, 'timers are left');
  assert.deepEqual(uncaught.splice(0), []);
});

async function connectTo(options: Partial<RouterClientOptions> & { port: number }): Promise<RouterClient> {
  client = await connectRouter({
    host: '127.0.0.1',
    tls: false,
    username: 'netsentinel',
    password: PASSWORD,
    clock,
    connectTimeoutMs: PLENTY_MS,
    idleTimeoutMs: PLENTY_MS,
    ...options,
  });
  return client;
}

/** A session with a router that accepts the login and then does what `script` says. */
async function openSession(
  script: (connection: ScriptedConnection) => Promise<void> | void,
  options: Partial<RouterClientOptions> = {},
): Promise<RouterClient> {
  router = await startScriptedRouter(async (connection) => {
    await connection.acceptLogin();
    await script(connection);
  });
  return await connectTo({ port: router.port, ...options });
}

function names(
  from: RouterClient,
  menu = '/queue/simple',
  totalTimeoutMs = PLENTY_MS,
): Promise<(string | undefined)[]> {
  return from.print(menu, ['name'], { toResult: (row) => row.get('name'), totalTimeoutMs });
}

/** The trouble must have the code, come in time, carry advice and never the password. */
async function rejectsWith(
  promise: Promise<unknown>,
  code: string,
  text = /./,
  withinMs = SLACK_MS,
): Promise<TroubleError> {
  const startedMs = performance.now();
  const error: unknown = await promise.then(
    () => assert.fail(`expected ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(performance.now() - startedMs < withinMs, 'the rejection came too late');
  assert.ok(error instanceof TroubleError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, text);
  assert.notEqual(error.advice, '');
  assert.doesNotMatch(`${error.message} ${error.advice} ${JSON.stringify(error)} ${error.cause}`, new RegExp(PASSWORD));
  return error;
}

/** One byte a write, each in a packet of its own as far as the system allows. */
async function sendByteByByte(connection: ScriptedConnection, bytes: Buffer): Promise<void> {
  connection.socket.setNoDelay(true);
  for (const byte of bytes) {
    connection.sendRaw(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('commands', () => {
  it('asks for the properties wanted, with a tag, in one sentence', async () => {
    let asked: string[] = [];
    const session = await openSession(async (connection) => {
      asked = await connection.nextSentence();
      connection.send(['!done', tagWord(asked)]);
    });
    await session.print('/queue/simple', ['.id', 'name'], { toResult: () => null, totalTimeoutMs: PLENTY_MS });
    assert.deepEqual(asked.slice(0, 2), ['/queue/simple/print', '=.proplist=.id,name']);
    assert.match(asked[2] ?? '', /^\.tag=\d+$/);
    assert.equal(asked.length, 3);
  });

  it('gives the rows once the router says !done, wherever the tag stands', async () => {
    const session = await openSession(async (connection) => {
      const tag = tagWord(await connection.nextSentence());
      connection.send(['!re', tag, '=name=a'], ['!re', '=name=b=c', '=x=', tag], ['!re', '=x=1', tag], ['!done', tag]);
    });
    assert.deepEqual(await names(session), ['a', 'b=c', undefined]);
  });

  it('gives the =ret= that comes with !done', async () => {
    const session = await openSession(async (connection) => {
      connection.send(['!done', '=ret=*7', tagWord(await connection.nextSentence())]);
    });
    const reply = await session.command(['/x/add'], { toResult: () => null, totalTimeoutMs: PLENTY_MS });
    assert.equal(reply.ret, '*7');
  });

  it('takes !empty for no rows', async () => {
    const session = await openSession(async (connection) => {
      const tag = tagWord(await connection.nextSentence());
      connection.send(['!empty', tag], ['!done', tag]);
    });
    assert.deepEqual(await names(session), []);
  });

  it('keeps interleaved replies apart', async () => {
    const session = await openSession(async (connection) => {
      const first = tagWord(await connection.nextSentence());
      const second = tagWord(await connection.nextSentence());
      connection.send(['!re', second, '=name=2a'], ['!re', first, '=name=1a'], ['!re', second, '=name=2b']);
      connection.send(['!done', second], ['!re', first, '=name=1b'], ['!done', first]);
    });
    assert.deepEqual(await Promise.all([names(session), names(session, '/other')]), [
      ['1a', '1b'],
      ['2a', '2b'],
    ]);
  });

  it('understands a reply that comes byte by byte', async () => {
    const session = await openSession(async (connection) => {
      const tag = tagWord(await connection.nextSentence());
      const comment = `=comment=${'c'.repeat(300)}`;
      await sendByteByByte(
        connection,
        Buffer.concat(
          [
            ['!re', '=name=a', comment, tag],
            ['!done', tag],
          ].map(wireSentence),
        ),
      );
    });
    assert.deepEqual(await names(session), ['a']);
  });

  it('waits for the last zero byte when it comes alone', async () => {
    let isLastSent = false;
    const session = await openSession(async (connection) => {
      const done = wireSentence(['!done', tagWord(await connection.nextSentence())]);
      connection.sendRaw(done.subarray(0, -1));
      await new Promise((resolve) => setTimeout(resolve, 30));
      isLastSent = true;
      connection.sendRaw(done.subarray(-1));
    });
    assert.deepEqual(await names(session), []);
    assert.ok(isLastSent);
  });

  for (const length of [300, 3_000_000]) {
    it(`takes a word of ${length} bytes`, async () => {
      const session = await openSession(async (connection) => {
        const tag = tagWord(await connection.nextSentence());
        connection.send(['!re', tag, `=name=${'n'.repeat(length - 6)}`], ['!done', tag]);
      });
      const [name] = await names(session);
      assert.equal(name, 'n'.repeat(length - 6));
    });
  }

  it('reads all names in the code page of the router, those too that could be UTF-8', async () => {
    const session = await openSession(
      async (connection) => {
        const tag = tagWord(await connection.nextSentence());
        const utf8 = Buffer.from('=name=\xd7\xb8', 'latin1');
        const windows1251 = Buffer.from('=name=\xc8\xe2\xe0\xed', 'latin1');
        connection.send(['!re', tag, utf8], ['!re', windows1251, tag], ['!done', tag]);
      },
      { encoding: 'windows-1251' },
    );
    assert.deepEqual(await names(session), ['Чё', 'Иван']);
  });
});

describe('a refused command', () => {
  it('rejects at !done with message and category, drops its rows and leaves the session usable', async () => {
    const session = await openSession(async (connection) => {
      const tag = tagWord(await connection.nextSentence());
      connection.send(['!re', tag, '=name=a'], ['!trap', '=category=2', tag, '=message=interrupted'], ['!done', tag]);
      connection.send(['!done', tagWord(await connection.nextSentence())]);
    });
    const error = await rejectsWith(names(session), 'ROUTER_TRAP', /\/queue\/simple\/print: interrupted/);
    assert.ok(error instanceof RouterTrapError);
    assert.deepEqual(error.trap, { message: 'interrupted', category: 2 });
    assert.equal(session.failure, null);
    assert.deepEqual(await names(session), []);
  });

  it('does not reject before !done', async () => {
    const trapped = Promise.withResolvers<void>();
    let isDone = false;
    const session = await openSession(async (connection) => {
      const tag = tagWord(await connection.nextSentence());
      connection.send(['!trap', tag, '=message=no such command prefix']);
      await trapped.promise;
      isDone = true;
      connection.send(['!done', tag]);
    });
    const refused = names(session);
    setTimeout(trapped.resolve, 30);
    const error = await rejectsWith(refused, 'ROUTER_TRAP', /no such command prefix/);
    assert.ok(isDone);
    assert.equal(error instanceof RouterTrapError && error.trap.category, null);
  });

  it('names missing rights as such', async () => {
    const session = await openSession(async (connection) => {
      const tag = tagWord(await connection.nextSentence());
      connection.send(['!trap', tag, '=message=not enough permissions (9)'], ['!done', tag]);
    });
    await rejectsWith(names(session), 'ROUTER_FORBIDDEN', /not enough permissions/);
  });

  it('shows what the router says without control characters, the password or undue length', async () => {
    const session = await openSession(async (connection) => {
      const tag = tagWord(await connection.nextSentence());
      connection.send(['!trap', tag, `=message=\u001b[2Jbad ${PASSWORD}\n${'x'.repeat(9_000)}`], ['!done', tag]);
    });
    const error = await rejectsWith(names(session), 'ROUTER_TRAP', /: {2}\[2Jbad \*\*\* x/);
    assert.ok(error.message.length < 400);
  });
});

describe('a session ends at once', () => {
  const table: [string, (connection: ScriptedConnection, tag: string) => void, string, RegExp][] = [
    ['at !fatal, with its reason', (c) => c.send(['!fatal', 'going down']), 'ROUTER_CLOSED', /going down/],
    ['at an unknown reply', (c, tag) => c.send(['!what', tag]), 'ROUTER_PROTOCOL', /!what/],
    ['at a word that is no reply', (c, tag) => c.send(['HTTP/1.1 400', tag]), 'ROUTER_PROTOCOL', /HTTP/],
    ['at an unknown tag', (c) => c.send(['!re', '.tag=999', '=name=a']), 'ROUTER_PROTOCOL', /unknown command tag/],
    ['at a reply without a tag', (c) => c.send(['!done']), 'ROUTER_PROTOCOL', /unknown command tag/],
    ['at a control byte', (c) => c.sendRaw(Buffer.from([0xf8])), 'ROUTER_PROTOCOL', /control byte/],
    ['at a word too long', (c) => c.sendRaw(Buffer.from('e1000001', 'hex')), 'ROUTER_PROTOCOL', /16 MiB/],
    [
      'at a FIN inside a sentence',
      (c, tag) => c.socket.end(wireSentence(['!re', tag, '=name=a']).subarray(0, 9)),
      'ROUTER_CLOSED',
      /closed the connection/,
    ],
    [
      'at an RST inside a sentence',
      (c, tag) => {
        c.sendRaw(wireSentence(['!re', tag, '=name=a']).subarray(0, 9));
        setTimeout(() => c.socket.resetAndDestroy(), 20);
      },
      'ROUTER_CLOSED',
      /reset the connection/,
    ],
  ];
  for (const [when, act, code, text] of table) {
    it(`${when}; everything pending rejects, and so does what comes later`, async () => {
      const session = await openSession(async (connection) => {
        const tag = tagWord(await connection.nextSentence());
        await connection.nextSentence();
        act(connection, tag);
      });
      await Promise.all([rejectsWith(names(session), code, text), rejectsWith(names(session, '/other'), code, text)]);
      assert.ok(session.failure instanceof TroubleError);
      await rejectsWith(names(session), code, text, 50);
      await router?.allClosed();
    });
  }

  it('when the handling of a row has a bug: the bug is thrown to the caller, not into the event loop', async () => {
    const session = await openSession(async (connection) => {
      connection.send(['!re', tagWord(await connection.nextSentence())]);
    });
    const bug = new RangeError('a bug');
    const reply = session.print('/x', [], {
      toResult() {
        throw bug;
      },
      totalTimeoutMs: PLENTY_MS,
    });
    await assert.rejects(reply, bug);
    assert.equal(session.failure, bug);
  });
});

describe('deadlines', () => {
  it('ends a session whose router is silent before a reply', async () => {
    const session = await openSession(() => {}, { idleTimeoutMs: SHORT_MS });
    await rejectsWith(names(session), 'ROUTER_TIMEOUT', /\/queue\/simple\/print within 120 ms/);
    await router?.allClosed();
  });

  it('ends a session whose router falls silent inside a reply', async () => {
    const session = await openSession(
      async (connection) => {
        const bytes = wireSentence(['!re', tagWord(await connection.nextSentence()), '=name=a']);
        connection.sendRaw(bytes.subarray(0, bytes.length - 3));
      },
      { idleTimeoutMs: SHORT_MS },
    );
    await rejectsWith(names(session), 'ROUTER_TIMEOUT');
  });

  it('ends a reply that trickles on without end', async () => {
    const session = await openSession(async (connection) => {
      const row = wireSentence(['!re', tagWord(await connection.nextSentence()), '=name=a']);
      const trickle = setInterval(() => connection.sendRaw(row), 10);
      connection.socket.on('close', () => clearInterval(trickle));
    });
    await rejectsWith(names(session, '/queue/simple', SHORT_MS), 'ROUTER_TIMEOUT', /within 120 ms/);
  });

  it('lets a router be silent while nothing is asked', async () => {
    const session = await openSession(
      async (connection) => {
        connection.send(['!done', tagWord(await connection.nextSentence())]);
        connection.send(['!done', tagWord(await connection.nextSentence())]);
      },
      { idleTimeoutMs: SHORT_MS },
    );
    await names(session);
    await new Promise((resolve) => setTimeout(resolve, 3 * SHORT_MS));
    assert.deepEqual(await names(session), []);
  });

  it('gives up a login that is never answered', async () => {
    router = await startScriptedRouter(() => {});
    await rejectsWith(
      connectTo({ port: router.port, connectTimeoutMs: SHORT_MS }),
      'ROUTER_TIMEOUT',
      /the login within 120 ms/,
    );
    await router.allClosed();
  });
});

describe('connecting', () => {
  it('rejects when the port refuses', async () => {
    const closed = await startScriptedRouter(() => {});
    await closed.close();
    await rejectsWith(connectTo({ port: closed.port }), 'ROUTER_REFUSED');
  });

  it('rejects when the name does not resolve', async () => {
    const error = await rejectsWith(
      connectTo({ host: 'router.invalid', port: 8728, connectTimeoutMs: PLENTY_MS }),
      'ROUTER_NAME_UNRESOLVED',
      /router\.invalid:8728/,
      PLENTY_MS,
    );
    assert.ok(error.cause instanceof Error);
  });

  it('rejects when the router hangs up at once, as it does to an address that it does not serve', async () => {
    router = await startScriptedRouter(({ socket }) => void socket.end());
    await rejectsWith(connectTo({ port: router.port }), 'ROUTER_CLOSED');
  });

  it('stops at once when the caller wants no more, and leaves no listener behind', async () => {
    router = await startScriptedRouter(() => {});
    const stopper = new AbortController();
    const connecting = connectTo({ port: router.port, signal: stopper.signal });
    setTimeout(() => stopper.abort(), 30);
    await rejectsWith(connecting, 'ROUTER_ABORTED', /./, 1_000);
    assert.equal(getEventListeners(stopper.signal, 'abort').length, 0);
    await rejectsWith(connectTo({ port: router.port, signal: stopper.signal }), 'ROUTER_ABORTED');
    assert.equal(router.accepted, 1);
  });

  it('works two hundred times in a row and leaves nothing open', async () => {
    router = await startScriptedRouter(async (connection) => {
      await connection.acceptLogin();
      connection.send(['!done', tagWord(await connection.nextSentence())]);
    });
    for (let round = 0; round < 200; round += 1) {
      const session = await connectTo({ port: router.port });
      await names(session);
      session.close();
    }
    assert.equal(router.accepted, 200);
    await router.allClosed();
    assert.equal(process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length, 0);
  });
});

describe('login', () => {
  it('sends name and password', async () => {
    let words: string[] = [];
    router = await startScriptedRouter(async (connection) => {
      words = await connection.nextSentence();
      connection.send(['!done']);
    });
    await connectTo({ port: router.port });
    assert.deepEqual(words, ['/login', '=name=netsentinel', `=password=${PASSWORD}`]);
  });

  it('answers the challenge of RouterOS before 6.43 with the known vector', async () => {
    assert.equal(answerChallenge('passTest', 'abc123'), '0021277bff9ac7caf06aa608e46616d47f');
    let words: string[] = [];
    router = await startScriptedRouter(async (connection) => {
      await connection.nextSentence();
      connection.send(['!done', '=ret=abc123']);
      words = await connection.nextSentence();
      connection.send(['!done']);
    });
    await connectTo({ port: router.port, username: 'userTest', password: 'passTest' });
    assert.deepEqual(words, ['/login', '=name=userTest', '=response=0021277bff9ac7caf06aa608e46616d47f']);
  });

  const refusals: [string, (string | Buffer)[][][], string, RegExp][] = [
    [
      'a wrong password',
      [[['!trap', '=message=invalid user name or password (6)'], ['!done']]],
      'ROUTER_LOGIN_FAILED',
      /invalid user name or password/,
    ],
    [
      'a wrong password before 6.43',
      [[['!done', '=ret=00ff']], [['!trap', '=message=cannot log in'], ['!done']]],
      'ROUTER_LOGIN_FAILED',
      /cannot log in/,
    ],
    [
      'a second challenge, which is no success',
      [[['!done', '=ret=00ff']], [['!done', '=ret=00ff']]],
      'ROUTER_PROTOCOL',
      /./,
    ],
    ['a challenge that is none', [[['!done', '=ret=xyz']]], 'ROUTER_PROTOCOL', /hexadecimal/],
    ['!fatal', [[['!fatal', 'too many sessions']]], 'ROUTER_CLOSED', /too many sessions/],
    ['the password thrown back', [[['!fatal', `bad =password=${PASSWORD}`]]], 'ROUTER_CLOSED', /=password=\*\*\*/],
  ];
  for (const [what, replies, code, text] of refusals) {
    it(`rejects at ${what} and hangs up`, async () => {
      router = await startScriptedRouter(async (connection) => {
        for (const sentences of replies) {
          await connection.nextSentence();
          connection.send(...sentences);
        }
      });
      await rejectsWith(connectTo({ port: router.port }), code, text);
      await router.allClosed();
    });
  }
});

describe('close', () => {
  it('rejects what is pending and what comes later, at once', async () => {
    const session = await openSession(() => {});
    const pending = rejectsWith(names(session), 'ROUTER_CLOSED', /by this side/, 100);
    session.close();
    await pending;
    await rejectsWith(names(session), 'ROUTER_CLOSED', /by this side/, 50);
    session.close();
  });

  it('does not wait for a peer that neither reads nor hangs up', async () => {
    const session = await openSession((connection) => void connection.socket.pause());
    const startedMs = performance.now();
    const pending = rejectsWith(names(session), 'ROUTER_CLOSED');
    session.close();
    await pending;
    assert.ok(performance.now() - startedMs < 200);
    assert.ok(!process.getActiveResourcesInfo().includes('TCPConnectWrap'));
    // A paused socket does not see that the client is gone; the test has to end it.
    await router?.close();
  });

  it('does not wait for a connection that is still being made', async () => {
    const deaf = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => heard.push(socket));
    const heard: Socket[] = [];
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const address = deaf.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await rejectsWith(connectTo({ port, connectTimeoutMs: SHORT_MS }), 'ROUTER_TIMEOUT', /./, 1_000);
    for (const socket of heard) {
      socket.destroy();
    }
    await new Promise((resolve) => deaf.close(resolve));
  });
});
