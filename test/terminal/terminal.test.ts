import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startRouterConsole } from '../support/router-console.ts';
import { answerQuestions, consoleDevice, openSocket, serveTerminals } from '../support/terminal-site.ts';
import { addUser, sessionOf } from '../support/users.ts';

describe('a terminal in the browser', () => {
  it('joins a browser and the shell of a router, at the size of the window', async (t) => {
    const router = await startRouterConsole();
    t.after(() => router.close());
    const site = await serveTerminals(t, { devices: [consoleDevice(router)] });
    await addUser(site.database, 'ann', 'admin');
    const socket = await openSocket(site, await sessionOf(site.database, 'ann'));
    answerQuestions(socket);
    await socket.seen('[admin@edge-1] > ');
    socket.type('/size\r');
    await socket.seen('100x30\r\n');
    socket.say({ type: 'resize', columns: 132, rows: 50 });
    socket.type('/size\r');
    await socket.seen('132x50\r\n');
    socket.type('/quit\r');
    assert.deepEqual(await socket.closed, [1000, 'the shell ended']);
  });
});
