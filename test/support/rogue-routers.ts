import { startScriptedRouter, tagWord, wireSentence } from './scripted-router.ts';

/**
 * A process of its own: routers that answer everything as they should but the list of queues, which has no end and comes as fast as the
 * connection takes it. One port for each of `KINDS`, told by message; ends with its parent.
 */

const MIB = 1024 * 1024;

/** What comes again and again in place of a row. */
const KINDS: Readonly<Record<string, (tag: string) => Buffer>> = {
  comments: (tag) => wireSentence([...row(tag), `=comment=${'ç'.repeat(MIB / 2)}`]),
  rows: (tag) => wireSentence([...row(tag), `=comment=${'c'.repeat(100)}`]),
  bare: (tag) => wireSentence(['!re', tag]),
  empty: () => Buffer.alloc(1),
  words: () => wireSentence(['=x=1']).subarray(0, -1),
};

function row(tag: string): string[] {
  return ['!re', tag, '=.id=*1', '=name=bob', '=target=10.0.0.1/32', '=parent=none', '=bytes=1/2', '=dynamic=false'];
}

async function startRogue(flood: (tag: string) => Buffer): Promise<number> {
  const { port } = await startScriptedRouter(async (connection) => {
    await connection.acceptLogin();
    for (;;) {
      const words = await connection.nextSentence();
      const tag = tagWord(words);
      if (words[0] === '/system/resource/print') {
        connection.send(['!re', tag, '=uptime=1h', '=version=7.20'], ['!done', tag]);
      } else if (words[0] === '/queue/simple/print') {
        const once = flood(tag);
        const piece = Buffer.concat(Array(Math.ceil(MIB / once.length)).fill(once));
        const pour = (): void => {
          while (!connection.socket.destroyed && connection.socket.write(piece)) {
            // As much as it takes.
          }
        };
        connection.socket.on('drain', pour);
        pour();
      } else {
        connection.send(['!done', tag]);
      }
    }
  });
  return port;
}

const ports: Record<string, number> = {};
for (const [kind, flood] of Object.entries(KINDS)) ports[kind] = await startRogue(flood);
process.send?.(ports);
process.on('disconnect', () => process.exit());
