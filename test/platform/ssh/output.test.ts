import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createOutput } from '../../../src/platform/ssh/output.ts';

describe('the output of a command', () => {
  it('is what came, byte for byte, up to the most', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), fc.nat(300), (chunks, most) => {
        const output = createOutput(most);
        const taken: Uint8Array[] = [];
        let isFull = false;
        for (const chunk of chunks) {
          const size = taken.reduce((sum, { length }) => sum + length, chunk.length);
          isFull ||= size > most;
          assert.equal(output.add(chunk), !isFull);
          if (!isFull) taken.push(chunk);
        }
        assert.deepEqual(output.bytes(), Buffer.concat(taken));
      }),
    );
  });

  it('takes no more memory in packets of one byte than twice the most', () => {
    const most = 262_144;
    const output = createOutput(most);
    const backing = new Set<ArrayBufferLike>();
    const packet = Uint8Array.of(7);
    for (let at = 0; at < most; at += 1) {
      output.add(packet);
      if (at % 4096 === 0) backing.add(output.bytes().buffer);
    }
    const sizes = [...backing].map(({ byteLength }) => byteLength);
    assert.ok(sizes.length <= 3 && Math.max(...sizes) <= most, String(sizes));
    assert.equal(output.bytes().length, most);
    assert.equal(output.add(packet), false);
  });

  it('keeps a copy: the packet may be used again', () => {
    const output = createOutput(10);
    const packet = Buffer.from('one');
    output.add(packet);
    packet.fill(0);
    assert.equal(output.bytes().toString(), 'one');
  });
});
