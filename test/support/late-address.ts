import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface LateListenerData {
  readonly address: string;
  readonly targetPort: number;
  /** 1 from the moment it takes connections. */
  readonly isAwake: Int32Array;
}

/** An address that loses the first packet of a connection, as a busy line does; the system sends it again after a second. */
export interface LateAddress {
  readonly port: number;
  /** From now on packets arrive: what was sent before is lost. */
  wake(): void;
  stop(): Promise<void>;
}

/** Linux takes one more than the backlog of the listener. */
const FULL = 2;

/** Leads connections at `address` to the port of 127.0.0.1, beginning with `wake`. */
export async function startLateAddress(address: string, targetPort: number): Promise<LateAddress> {
  const isAwake = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: LateListenerData = { address, targetPort, isAwake };
  const thread = new Worker(new URL('./late-listener.ts', import.meta.url), { workerData });
  const [{ port }] = (await once(thread, 'message')) as [AddressInfo];
  const fillers: Socket[] = [];
  for (let count = 0; count < FULL; count += 1) {
    const filler = connect(port, address);
    filler.on('error', () => {});
    await once(filler, 'connect');
    fillers.push(filler);
  }

  function wake(): void {
    Atomics.store(isAwake, 0, 1);
    Atomics.notify(isAwake, 0);
    for (const filler of fillers) filler.destroy();
  }

  return {
    port,
    wake,
    async stop() {
      wake();
      await thread.terminate();
    },
  };
}
