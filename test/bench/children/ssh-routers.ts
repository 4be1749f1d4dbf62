import { createSshServer, newHostKey } from '../../../src/demo/ssh-server.ts';
import { BARE_END, configurationOf } from '../configurations.ts';

/**
 * Routers that are backed up, all at one address: `ssh-routers.ts BYTES ROUTERS`. In the third night each tenth of them has changed; exports
 * that end with `BARE_END` are of no night. Tells its port to the parent process.
 */
const [bytes = 0, routers = 0] = process.argv.slice(2).map(Number);
const [usual, changed] = [configurationOf(bytes, 0), configurationOf(bytes, 1)];
let exports = 0;
const server = createSshServer({
  ...{ username: 'u', password: 'p', isOld: false, hostKey: newHostKey(), methods: ['password'] },
  run(line, channel) {
    const [, end] = /^\/export.*"(ns-end-\w+)"$/.exec(line) ?? [];
    if (end !== undefined && end !== BARE_END) exports += 1;
    const text = end !== BARE_END && exports > 2 * routers && exports % 10 === 0 ? changed : usual;
    const other = line.startsWith('/system history') ? '' : '7.20.8 (stable)\r\n';
    channel.write(Buffer.from(end === undefined ? other : `${text}${end}\r\n`, 'latin1'), () => {
      channel.exit(0);
      channel.end();
    });
  },
});
const { port } = await server.listen(0);
process.send?.({ port });
process.on('disconnect', () => process.exit());
