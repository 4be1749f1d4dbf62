import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PoolConnection } from 'mysql2';
import { databaseTrouble } from '../../../src/platform/store/errors.ts';
import { ASK_AFTER_MS, createMysqlSession, STATEMENT_TIMEOUT_MS } from '../../../src/platform/store/mysql-session.ts';
import { createManualClock } from '../../support/manual-clock.ts';

type Answer = Error | null | 'none';

/** A session on a connection that gives these answers, one a statement, and then only good ones. */
function sessionThatHears(...answers: readonly Answer[]) {
  return sessionOf(null, answers);
}

function sessionOf(isAlive: (() => Promise<boolean>) | null, answers: readonly Answer[]) {
  const left = [...answers];
  const sent: string[] = [];
  let abandoned = 0;
  const clock = createManualClock(0);
  const raw = {
    query(sql: string, _parameters: unknown[], done: (error: Error | null, result: unknown) => void) {
      sent.push(sql);
      const answer = left.shift() ?? null;
      if (answer !== 'none') done(answer, []);
    },
    release() {},
  };
  const session = createMysqlSession({
    raw: raw as unknown as PoolConnection,
    clock,
    isAlive,
    abandon() {
      abandoned += 1;
    },
  });
  return {
    clock,
    sent,
    abandoned: () => abandoned,
    /** The error that the statement ends with; `undefined` before it ends. */
    ask(sql: string): () => unknown {
      let outcome: unknown;
      session.query(sql, [], (error: unknown) => {
        outcome = error;
      });
      return () => outcome;
    },
    prepare(): () => unknown {
      let outcome: unknown;
      session.prepare((error) => {
        outcome = error;
      });
      return () => outcome;
    },
  };
}

function serverError(errno: number): Error {
  return Object.assign(new Error(`error ${errno}`), { errno, sqlState: 'HY000', code: `ER_${errno}` });
}

describe('a session of MySQL', () => {
  const leaving: [number, string][] = [
    [1047, 'the node has no majority'],
    [1180, 'the commit failed'],
    [1820, 'the password has expired'],
  ];
  for (const [errno, what] of leaving) {
    it(`is destroyed once after error ${errno}: ${what}`, () => {
      const error = serverError(errno);
      const session = sessionThatHears(null, error, error);
      session.ask('begin');
      assert.equal(session.abandoned(), 0);
      assert.equal(session.ask('commit')(), error);
      assert.equal(session.abandoned(), 1);
      session.ask('another');
      assert.equal(session.abandoned(), 1);
    });

    it(`sends no rollback after ${errno}, and the rollback is well`, () => {
      const session = sessionThatHears(null, serverError(errno));
      session.ask('begin');
      session.ask('commit');
      assert.equal(session.ask('rollback')(), null);
      assert.deepEqual(session.sent, ['begin', 'commit']);
    });

    it(`is destroyed by ${errno} while it is set up`, () => {
      const error = serverError(errno);
      const session = sessionThatHears(error);
      assert.equal(session.prepare()(), error);
      assert.equal(session.abandoned(), 1);
      assert.equal(session.sent.length, 1);
    });
  }

  const staying: [number, string][] = [
    [1205, 'a lock was not to be had'],
    [1213, 'a deadlock'],
    [1064, 'a syntax error'],
    [1062, 'a duplicate key'],
    [1317, 'the statement was killed'],
    [1040, 'too many connections'],
  ];
  for (const [errno, what] of staying) {
    it(`stays after error ${errno}, ${what}, and is rolled back`, () => {
      const error = serverError(errno);
      const session = sessionThatHears(null, error);
      session.ask('begin');
      assert.equal(session.ask('update')(), error);
      assert.equal(session.abandoned(), 0);
      assert.equal(session.ask('rollback')(), null);
      assert.deepEqual(session.sent, ['begin', 'update', 'rollback']);
    });
  }

  it('is destroyed when a statement gets no answer, and not before its time', () => {
    const session = sessionThatHears('none');
    const outcome = session.ask('select');
    session.clock.advance(STATEMENT_TIMEOUT_MS - 1);
    assert.deepEqual([session.abandoned(), outcome()], [0, undefined]);
    session.clock.advance(1);
    assert.equal(session.abandoned(), 1);
    assert.equal((outcome() as { code?: unknown }).code, 'ETIMEDOUT');
  });

  it('leaves no timer behind', () => {
    for (const isAlive of [null, async () => true]) {
      const session = sessionOf(isAlive, [null, serverError(1205), serverError(1047)]);
      for (const sql of ['begin', 'update', 'commit', 'rollback']) session.ask(sql);
      assert.equal(session.clock.pending(), 0);
    }
  });

  it('waits for a slow statement while its server answers, and gives it up as a lost connection once it does not', async () => {
    let lives = true;
    const asked: number[] = [];
    const session = sessionOf(async () => {
      asked.push(session.clock.monotonicMs());
      return lives;
    }, ['none']);
    const begunMs = session.clock.monotonicMs();
    const outcome = session.ask('select');
    for (let round = 1; round <= 3; round += 1) {
      session.clock.advance(ASK_AFTER_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(
      asked.map((atMs) => atMs - begunMs),
      [1, 2, 3].map((round) => round * ASK_AFTER_MS),
    );
    assert.deepEqual([session.abandoned(), outcome()], [0, undefined]);
    lives = false;
    session.clock.advance(ASK_AFTER_MS);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(session.abandoned(), 1);
    assert.equal(databaseTrouble(outcome(), 'x')?.remedy, 'reconnect');
    assert.equal(session.clock.pending(), 0);
  });

  it('takes an answer that comes while its server is being asked', async () => {
    const answer = Promise.withResolvers<boolean>();
    const late = Promise.withResolvers<void>();
    const clock = createManualClock(0);
    let abandoned = 0;
    const raw = {
      query: (_sql: string, _parameters: unknown[], done: (error: null, result: unknown) => void) =>
        void late.promise.then(() => done(null, [])),
    };
    const session = createMysqlSession({
      raw: raw as unknown as PoolConnection,
      clock,
      isAlive: () => answer.promise,
      abandon() {
        abandoned += 1;
      },
    });
    let outcome: unknown;
    session.query('select', [], (error: unknown) => {
      outcome = error;
    });
    clock.advance(ASK_AFTER_MS);
    late.resolve();
    await late.promise;
    answer.resolve(false);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([outcome, abandoned, clock.pending()], [null, 0, 0]);
  });
});
