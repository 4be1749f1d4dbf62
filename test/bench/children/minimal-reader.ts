import { costs } from '../harness.ts';
import { expectRows, openSocket, readMinimally } from '../read-queues.ts';

/**
 * The shortest program that reads a router's list, so many times: `minimal-reader.ts PORT QUEUES LISTS`. Tells the parent process what each
 * list but the first took.
 */
const [port = 0, queues = 0, lists = 0] = process.argv.slice(2).map(Number);

const socket = openSocket(port);
const rounds = await costs(lists, async () => expectRows(await readMinimally(socket), queues));
socket.destroy();
process.send?.({ rounds });
process.disconnect?.();
