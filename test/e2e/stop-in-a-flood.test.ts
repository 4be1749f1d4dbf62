import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startCli } from '../support/cli.ts';
import { type ScriptedConnection, startScriptedRouter, tagWord, wireSentence } from '../support/scripted-router.ts';

const MIB = 1024 * 1024;
/** By then the worker is in the middle of it. */
const SIGNAL_AT_BYTES = 8 * MIB;
/** After the signal so little that no bound on a reply, 128 MiB, ends the flood in place of the signal. */
const SLOW_PIECE_BYTES = 64 * 1024;
const SLOW_EVERY_MS = 20;

const ROW = ['=.id=*1', '=name=bob', '=target=10.0.0.1/32', '=parent=none', '=bytes=1/2', '=dynamic=false'];

/** Answers as it should but the list of queues, which has no end: as fast as the connection takes it until `onMidst`, slower then. */
async function flood(connection: ScriptedConnection, onMidst: () => void): Promise<void> {
  const { socket } = connection;
  function pour(tag: string): void {
    const row = wireSentence(['!re', tag, ...ROW, `=comment=${'c'.repeat(1_000)}`]);
    const rows = (bytes: number): Buffer => Buffer.concat(Array(Math.ceil(bytes / row.length)).fill(row));
    const [fast, slow] = [rows(MIB), rows(SLOW_PIECE_BYTES)];
    let sent = 0;
    const next = (): void => {
      if (sent < SIGNAL_AT_BYTES) {
        socket.write(fast, (error) => {
          if (error) return;
          sent += fast.length;
          if (sent >= SIGNAL_AT_BYTES) onMidst();
          next();
        });
        return;
      }
      const timer = setInterval(() => socket.write(slow), SLOW_EVERY_MS);
      socket.once('close', () => clearInterval(timer));
    };
    next();
  }
  await connection.acceptLogin();
  for (;;) {
    const words = await connection.nextSentence();
    const tag = tagWord(words);
    if (words[0] === '/system/resource/print') {
      connection.send(['!re', tag, '=uptime=1h', '=version=7.20'], ['!done', tag]);
    } else if (words[0] === '/queue/simple/print') {
      pour(tag);
    } else {
      connection.send(['!done', tag]);
    }
  }
}

it('stops by SIGTERM while a router sends rows without end, and not because they end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-stop-'));
  const midst = Promise.withResolvers<void>();
  const router = await startScriptedRouter((connection) => flood(connection, midst.resolve));
  const { host, port } = router;
  const routers = [{ name: 'edge-1', host, port, username: 'librenms_api', password: 'secret' }];
  const collect = { everySeconds: 1, timeoutSeconds: 600 };
  const config = { timeZone: 'Asia/Karachi', database: 'sqlite:./books.db', collect, routers };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const worker = startCli(['run', '--config', 'config.json'], { cwd: folder });
  try {
    await Promise.race([midst.promise, worker.result]);
    assert.equal(router.open, 1, 'the router is not being read');
    worker.kill('SIGTERM');
    const { code, stderr } = await worker.result;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /worker stopped/);
    // A bound on the reply or a timeout would have been told as a trouble of the router.
    assert.doesNotMatch(stderr, /"level":(40|50)/);
    assert.equal(router.accepted, 1);
  } finally {
    worker.kill('SIGKILL');
    await router.close();
    rmSync(folder, { recursive: true });
  }
});
