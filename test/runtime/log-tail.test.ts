import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLogTail, MOST_LINES } from '../../src/runtime/log-tail.ts';

function setUp() {
  const tail = createLogTail({ startedAt: 5 });
  tail.use(true);
  const texts = () => tail.lines().map(({ text }) => text);
  return { tail, texts };
}

describe('the last lines of the log', () => {
  it('are kept in order, with numbers that grow by one', () => {
    const { tail, texts } = setUp();
    tail.write('{"msg":"one"}\n');
    tail.write('{"msg":"two"}\n');
    assert.deepEqual(texts(), ['{"msg":"one"}', '{"msg":"two"}']);
    assert.deepEqual(
      tail.lines().map(({ id }) => id),
      [5_001, 5_002],
    );
  });

  it('have larger numbers in a process that starts later', () => {
    const { tail } = setUp();
    tail.write('{}\n');
    const later = createLogTail({ startedAt: 6 });
    later.use(true);
    later.write('{}\n');
    assert.ok((later.lines()[0]?.id ?? 0) > (tail.lines()[0]?.id ?? 0));
  });

  it('are 2,000', () => {
    const { tail, texts } = setUp();
    for (let line = 0; line < MOST_LINES + 5; line += 1) tail.write(`{"n":${line}}\n`);
    assert.equal(texts().length, 2_000);
    assert.equal(texts()[0], '{"n":5}');
  });

  it('take 2 MB at most, however long they are', () => {
    const { tail, texts } = setUp();
    for (let line = 0; line < 200; line += 1) tail.write(`{"msg":"${'x'.repeat(30_000)}"}\n`);
    const characters = texts().join('').length;
    assert.ok(characters > 1_900_000 && characters <= 2_097_152, String(characters));
  });

  it('keep the message alone of a line that is very long', () => {
    const { tail, texts } = setUp();
    tail.write(`${JSON.stringify({ level: 40, time: 't', more: 'x'.repeat(50_000), msg: 'long' })}\n`);
    assert.deepEqual(texts(), ['{"level":40,"time":"t","note":"too long to be shown here","msg":"long"}']);
  });

  it('are not kept where nobody can look, and are forgotten then', () => {
    const { tail, texts } = setUp();
    tail.write('{}\n');
    tail.use(false);
    assert.deepEqual(texts(), []);
    tail.write('{}\n');
    assert.deepEqual(texts(), []);
    tail.use(true);
    tail.write('{}\n');
    assert.equal(texts().length, 1);
  });

  it('are told of as they come, until nobody listens', () => {
    const { tail } = setUp();
    let heard = 0;
    const unfollow = tail.follow(() => {
      heard += 1;
    });
    tail.write('{}\n');
    tail.write('{}\n');
    unfollow();
    tail.write('{}\n');
    assert.equal(heard, 2);
  });
});
