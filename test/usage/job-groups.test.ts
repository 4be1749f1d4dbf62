import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createJobGroups } from '../../src/usage/store/job-groups.ts';

/** Groups of words that weigh as much as they are long; the work ends when the test says so. */
function openGroups({ places = 1, mostWeight = 10 } = {}) {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const add = createJobGroups<string>({
    ...{ places, mostWeight, weightOf: (job) => job.length, keyOf: (job) => job.slice(0, 1) },
    concernsAll: (error) => error instanceof RangeError,
    work(jobs) {
      const name = jobs.join('+');
      begun.push(name);
      const end = Promise.withResolvers<void>();
      ends.set(name, end);
      return end.promise;
    },
  });
  const settle = async (how: () => void) => {
    how();
    await turn();
  };
  return {
    begun,
    add,
    end: (name: string) => settle(() => ends.get(name)?.resolve()),
    fail: (name: string, error: Error) => settle(() => ends.get(name)?.reject(error)),
  };
}

describe('jobs in groups', () => {
  it('begin at once and alone while there are places', () => {
    const { begun, add } = openGroups({ places: 2 });
    for (const job of ['a', 'b', 'c']) void add(job);
    assert.deepEqual(begun, ['a', 'b']);
  });

  it('are done together, in order, where they had to wait', async () => {
    const { begun, add, end } = openGroups();
    const jobs = ['a', 'b', 'c', 'd'].map(add);
    await end('a');
    assert.deepEqual(begun, ['a', 'b+c+d']);
    await end('b+c+d');
    await Promise.all(jobs);
  });

  it('weigh no more than a group may, a heavy one is alone', async () => {
    const { begun, add, end } = openGroups();
    for (const job of ['a', 'bbbb', 'cccccc', 'd', 'eleven-long', 'f']) void add(job);
    for (const name of ['a', 'bbbb+cccccc', 'd', 'eleven-long']) await end(name);
    assert.deepEqual(begun, ['a', 'bbbb+cccccc', 'd', 'eleven-long', 'f']);
  });

  it('are never in one group where they are about the same, and are done in order', async () => {
    const { begun, add, end } = openGroups();
    for (const job of ['a', 'b1', 'c', 'b2', 'd']) void add(job);
    for (const name of ['a', 'b1+c', 'b2+d']) await end(name);
    assert.deepEqual(begun, ['a', 'b1+c', 'b2+d']);
  });

  it('are tried again in halves where their group failed, and only what fails alone is refused', async () => {
    const { begun, add, end, fail } = openGroups();
    void add('a');
    const [b, c, d] = ['b', 'c', 'd'].map(add);
    await end('a');
    await fail('b+c+d', new Error('of the group'));
    await fail('b+c', new Error('of the half'));
    await end('b');
    await b;
    const refused = assert.rejects(c ?? Promise.resolve(), /of its own/);
    await fail('c', new Error('of its own'));
    await refused;
    const next = add('e');
    await end('d');
    await d;
    await end('e');
    await next;
    assert.deepEqual(begun, ['a', 'b+c+d', 'b+c', 'b', 'c', 'd', 'e']);
  });

  it('all fail with an error that concerns all', async () => {
    const { begun, add, end, fail } = openGroups();
    void add('a');
    const jobs = ['b', 'c'].map(add);
    await end('a');
    const refused = jobs.map((job) => assert.rejects(job, RangeError));
    await fail('b+c', new RangeError('away'));
    await Promise.all(refused);
    assert.deepEqual(begun, ['a', 'b+c']);
  });

  it('that fail alone are not tried again', async () => {
    const { begun, add, fail } = openGroups();
    const refused = assert.rejects(add('a'), /once/);
    await fail('a', new Error('once'));
    await refused;
    assert.deepEqual(begun, ['a']);
  });
});
