import { createSshServer, newHostKey } from '../../../src/demo/ssh-server.ts';
import { configurationOf } from '../configurations.ts';

/**
 * Routers that are backed up, all at one address: `ssh-routers.ts BYTES LOGINS`. After so many logins their configuration has changed. Tells
 * its port to the parent process.
 */
const [bytes = 0, most = 0] = process.argv.slice(2).map(Number);
const texts = [configurationOf(bytes, 0), configurationOf(bytes, 1)];
const server = createSshServer({
  ...{ username: 'u', password: 'p', isOld: false, hostKey: newHostKey(), methods: ['password'] },
  run(line, channel) {
    const [, nonce] = /^\/export.*"(ns-end-\w+)"$/.exec(line) ?? [];
    const text = texts[server.activity().logins > most ? 1 : 0];
    const other = line.startsWith('/system history') ? '' : '7.20.8 (stable)\r\n';
    channel.write(Buffer.from(nonce === undefined ? other : `${text}${nonce}\r\n`, 'latin1'), () => {
      channel.exit(0);
      channel.end();
    });
  },
});
const { port } = await server.listen(0);
process.send?.({ port });
process.on('disconnect', () => process.exit());
