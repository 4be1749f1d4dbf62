const FIRST_BYTES = 65_536;

/** What a command sends, in one buffer that grows: however small the packets are, at most twice `mostBytes` of memory. */
export interface Output {
  /** Takes a copy of it; `false`, and nothing more is ever taken: it would be more than the most. */
  add(chunk: Uint8Array): boolean;
  bytes(): Buffer;
}

export function createOutput(mostBytes: number): Output {
  let buffer = Buffer.alloc(0);
  let size = 0;
  let isFull = false;
  return {
    add(chunk) {
      const wanted = size + chunk.length;
      isFull ||= wanted > mostBytes;
      if (isFull) return false;
      if (wanted > buffer.length) {
        // What is not written yet is never given.
        const grown = Buffer.allocUnsafe(Math.min(mostBytes, Math.max(wanted, buffer.length * 2, FIRST_BYTES)));
        buffer.copy(grown, 0, 0, size);
        buffer = grown;
      }
      buffer.set(chunk, size);
      size = wanted;
      return true;
    },
    bytes: () => buffer.subarray(0, size),
  };
}
