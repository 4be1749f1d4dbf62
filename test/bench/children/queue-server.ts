import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { tagWord, wireSentence } from '../../support/scripted-router.ts';

/**
 * A router with many queues, in a process of its own: `queue-server.ts QUEUES LATENCY_MS [moving] [tls]`. Tells its port to the parent
 * process. Its lists are made beforehand, since it is the reader that is measured; only the tags are filled in. With `moving` every
 * counter grows by 1 from list to list. With `tls` it shows the tests' certificate for 127.0.0.1.
 */
const [queueCount = 0, latencyMs = 0] = process.argv.slice(2, 4).map(Number);
const isMoving = process.argv.includes('moving');
const hasTls = process.argv.includes('tls');

let listsMade = 0;

interface Template {
  readonly bytes: Buffer;
  /** By how much the counters in `bytes` have grown. */
  grownBy: number;
  /** Where the value of each tag lies in `bytes`. */
  readonly tagOffsets: readonly number[];
  /** Where the last digit of each counter lies. */
  readonly digitOffsets: readonly number[];
}

const ZERO = 0x30;
const templates = new Map<number, Template>();

function queueWords(index: number): string[] {
  return [
    `=.id=*${(index + 1).toString(16).toUpperCase()}`,
    `=name=customer-${String(index).padStart(6, '0')}`,
    `=target=10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`,
    '=parent=none',
    `=bytes=${6_520_205_850 + index * 7919}/${123_042_156_517 + index * 104_729}`,
    '=dynamic=false',
    ...(index % 4 === 0 ? [`=comment=contract ${index}`] : []),
  ];
}

function templateFor(tagLength: number): Template {
  const known = templates.get(tagLength);
  if (known !== undefined) return known;
  const tag = `.tag=${'x'.repeat(tagLength)}`;
  const parts: Buffer[] = [];
  const tagOffsets: number[] = [];
  const digitOffsets: number[] = [];
  let length = 0;
  for (let index = 0; index <= queueCount; index += 1) {
    const head = index < queueCount ? '!re' : '!done';
    const sentence = wireSentence([head, tag, ...(index < queueCount ? queueWords(index) : [])]);
    tagOffsets.push(length + 1 + head.length + 1 + '.tag='.length);
    const [counters] = /(?<==bytes=)\d+\/\d+/.exec(sentence.toString('latin1')) ?? [];
    if (counters !== undefined) {
      const start = length + sentence.indexOf(counters);
      digitOffsets.push(start + counters.indexOf('/') - 1, start + counters.length - 1);
    }
    parts.push(sentence);
    length += sentence.length;
  }
  const template = { bytes: Buffer.concat(parts), grownBy: 0, tagOffsets, digitOffsets };
  templates.set(tagLength, template);
  return template;
}

/** No counter gets another digit by this. */
function grow(template: Template, by: number): void {
  for (const lastDigit of template.digitOffsets) {
    let carry = by;
    for (let offset = lastDigit; carry > 0; offset -= 1) {
      const sum = (template.bytes[offset] ?? 0) - ZERO + carry;
      template.bytes[offset] = ZERO + (sum % 10);
      carry = Math.floor(sum / 10);
    }
  }
  template.grownBy += by;
}

function queueList(tag: string): Buffer {
  const template = templateFor(tag.length);
  if (isMoving) {
    // Lists of another length of tag have counted, too: no router's counters may fall.
    listsMade += 1;
    grow(template, listsMade - template.grownBy);
  }
  const bytes = Buffer.from(template.bytes);
  const tagBytes = Buffer.from(tag);
  for (const offset of template.tagOffsets) {
    tagBytes.copy(bytes, offset);
  }
  return bytes;
}

/** It grows as time goes: where it stood still, each round of more than 5 s would look like a step of the clock. */
function uptime(): string {
  return `1w2d${Math.floor(process.uptime())}s`;
}

function answer(sentence: readonly string[]): Buffer {
  const tag = tagWord(sentence);
  const tagged = tag === '' ? [] : [tag];
  const done = wireSentence(['!done', ...tagged]);
  switch (sentence[0]) {
    case '/queue/simple/print':
      return queueList(tag.slice('.tag='.length));
    case '/system/resource/print':
      return Buffer.concat([
        wireSentence(['!re', ...tagged, `=uptime=${uptime()}`, '=version=7.20 (stable)', '=board-name=CCR2004']),
        done,
      ]);
    case '/login':
      return done;
    default:
      return Buffer.concat([wireSentence(['!re', ...tagged, '=name=bench', '=serial-number=HC107']), done]);
  }
}

function onConnection(socket: Socket): void {
  let rest = Buffer.alloc(0);
  let words: string[] = [];
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let length = rest[0]; length !== undefined && rest.length > length; length = rest[0]) {
      const word = rest.toString('utf8', 1, 1 + length);
      rest = rest.subarray(1 + length);
      if (length > 0) {
        words.push(word);
        continue;
      }
      const sentence = words;
      words = [];
      if (latencyMs === 0) {
        socket.write(answer(sentence));
      } else {
        setTimeout(() => socket.write(answer(sentence)), latencyMs);
      }
    }
  });
}

function certificate(file: string): Buffer {
  return readFileSync(join(import.meta.dirname, '../../fixtures/tls', file));
}

const server = hasTls
  ? createTlsServer({ noDelay: true, cert: certificate('router.crt'), key: certificate('router.key') }, onConnection)
  : createServer({ noDelay: true }, onConnection);
server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, () => process.send?.(server.address()));
process.on('disconnect', () => process.exit());
