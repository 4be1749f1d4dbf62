import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import fastify from 'fastify';
import { goneOf } from '../../src/platform/http/gone.ts';

describe('a client that waits for an answer', { timeout: 60_000 }, () => {
  it('is known to be gone when it hangs up, and not before', async (t) => {
    const { promise, resolve } = Promise.withResolvers<AbortSignal>();
    const server = fastify();
    server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    server.post('/', async (_request, reply) => {
      const gone = goneOf(reply);
      resolve(gone);
      await once(gone, 'abort');
      return '';
    });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    t.after(() => server.close());
    const client = new AbortController();
    const asked = fetch(url, { method: 'POST', body: 'name=ann', signal: client.signal });
    const gone = await promise;
    const other = await fetch(`${url}/nothing`);
    assert.deepEqual([other.status, gone.aborted], [404, false]);
    client.abort();
    await assert.rejects(asked, { name: 'AbortError' });
    if (!gone.aborted) await once(gone, 'abort');
    assert.equal(gone.aborted, true);
  });
});
