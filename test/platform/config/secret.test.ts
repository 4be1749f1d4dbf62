import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { format, inspect } from 'node:util';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import { readSecret, Secret, secretsIn } from '../../../src/platform/config/secret.ts';

const TEXT = 'hunter2';
const OWN_UID = process.geteuid?.();
const NOBODY = 65_534;

function collect(): { readonly stream: Writable; text(): string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

function printed(print: (target: Console) => void): string {
  const out = collect();
  print(new console.Console(out.stream, out.stream));
  return out.text();
}

function logged(log: (logger: pino.Logger) => void): string {
  const out = collect();
  log(pino(out.stream));
  return out.text();
}

function prettyLogged(log: (logger: pino.Logger) => void): string {
  const out = collect();
  log(pino(pretty({ destination: out.stream, sync: true })));
  return out.text();
}

describe('Secret', () => {
  const secret = new Secret(TEXT);
  const router = { name: 'edge-1', password: secret };
  const error = Object.assign(new Error(`login with ${secret} failed`, { cause: router }), { secret });

  const ways: Record<string, () => string> = {
    'String()': () => String(secret),
    'a template string': () => `${secret}`,
    'JSON.stringify': () => JSON.stringify(secret),
    'JSON.stringify of what holds it': () => JSON.stringify({ routers: [router] }),
    'console.log': () => printed((target) => target.log(secret)),
    'console.log of what holds it': () =>
      printed((target) => target.log('%s %o %O %j', secret, router, router, router)),
    'console.table': () => printed((target) => target.table([router])),
    'util.inspect': () => inspect(secret),
    'util.format': () => format('%s %s', secret, router.password),
    'pino, as a field': () => logged((logger) => logger.warn({ password: secret, router }, 'x')),
    'pino, in an error': () => logged((logger) => logger.error({ err: error }, 'x')),
    'pino, pretty': () => prettyLogged((logger) => logger.warn({ password: secret, router, err: error }, 'x')),
    'the message of an error': () => error.message,
    'an error that carries it': () => inspect(error),
    'the join of a list': () => [secret].join(),
  };

  for (const [way, show] of Object.entries(ways)) {
    it(`shows [secret] by ${way}`, () => {
      const text = show();
      assert.ok(text.includes('[secret]'), text);
      assert.ok(!text.includes(TEXT), text);
    });
  }

  it('shows nothing where its own printing is passed over', () => {
    assert.ok(!inspect(secret, { customInspect: false, showHidden: true }).includes(TEXT));
    assert.ok(!printed((target) => target.dir(router, { showHidden: true })).includes(TEXT));
    assert.ok(!inspect({ ...secret }).includes(TEXT));
    assert.ok(!JSON.stringify(structuredClone({ ...router, password: { ...secret } })).includes(TEXT));
    assert.deepEqual(Object.keys(secret), []);
  });

  it('gives its text where it is asked for', () => {
    assert.equal(secret.reveal(), TEXT);
  });
});

describe('readSecret', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-'));
    chmodSync(folder, 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }

  function found(env: Record<string, string>): string {
    const lookup = readSecret('KEY', env);
    assert.ok('secret' in lookup);
    return lookup.secret.reveal();
  }

  function problem(env: Record<string, string>): string {
    const lookup = readSecret('KEY', env);
    assert.ok('problem' in lookup);
    return lookup.problem;
  }

  it('reads the environment', () => {
    assert.equal(found({ KEY: ' a b\n' }), ' a b\n');
  });

  it('reads the file that X_FILE names, without its last line break', () => {
    assert.equal(found({ KEY_FILE: file('unix', 'a b \n') }), 'a b ');
    assert.equal(found({ KEY_FILE: file('windows', 'ab\r\n') }), 'ab');
    assert.equal(found({ KEY_FILE: file('two', 'ab\n\n') }), 'ab\n');
    assert.equal(found({ KEY_FILE: file('none', 'ab') }), 'ab');
  });

  it('takes an empty variable for one that is not set', () => {
    assert.equal(found({ KEY: '', KEY_FILE: file('given', 'x') }), 'x');
    assert.match(problem({ KEY: '' }), /KEY is empty; set KEY, or KEY_FILE/);
  });

  it('says what to set when there is neither', () => {
    assert.match(problem({}), /KEY is not set; set KEY, or KEY_FILE/);
  });

  it('says of a file that it is not there, empty or a folder', () => {
    assert.match(problem({ KEY_FILE: join(folder, 'nowhere') }), /nowhere does not exist \(set by KEY_FILE\)/);
    assert.match(problem({ KEY_FILE: file('empty', '\n') }), /empty \(set by KEY_FILE\) is empty/);
    assert.match(problem({ KEY_FILE: folder }), /is a folder, not a file/);
  });

  it('names the file, its owner and our uid when it may not be read', () => {
    const path = file('locked', 'x');
    chmodSync(path, 0o000);
    const text = withoutRootsRights((uid) => {
      const message = problem({ KEY_FILE: path });
      assert.ok(message.includes(`NetSentinel runs as uid ${uid}; change the owner (chown ${uid})`), message);
      return message;
    });
    assert.ok(text.includes(`file ${path} cannot be read (EACCES): it belongs to uid ${OWN_UID} with mode 0000`), text);
  });

  it('says so when not even the owner can be seen', () => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    writeFileSync(join(inner, 'key'), 'x');
    chmodSync(inner, 0o000);
    const text = withoutRootsRights(() => problem({ KEY_FILE: join(inner, 'key') }));
    assert.match(text, /is in .*inner, which cannot be opened/);
    chmodSync(inner, 0o700);
  });
});

describe('secretsIn', () => {
  it('finds every secret, however deep', () => {
    const [one, other] = [new Secret('a'), new Secret('b')];
    assert.deepEqual(secretsIn({ list: [{ one }], text: 'x', none: null, other }), [one, other]);
  });
});

/** Root may read everything, so as root the work is done in the name of `nobody`. */
function withoutRootsRights<T>(work: (uid: number | undefined) => T): T {
  if (OWN_UID !== 0) return work(OWN_UID);
  process.seteuid?.(NOBODY);
  try {
    return work(NOBODY);
  } finally {
    process.seteuid?.(0);
  }
}
