import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzzArguments } from './arguments.ts';
import { fuzzConfiguration } from './configuration.ts';
import { fuzzDatabaseRows } from './database-rows.ts';
import { fuzzHttpPages } from './http-pages.ts';
import { fuzzHttpRequests } from './http-requests.ts';
import { fuzzQueueRows } from './queue-rows.ts';
import { fuzzSentences } from './sentences.ts';

// The short form; `npm run fuzz` goes on for longer and with any seed.
const seed = 7;

describe('bad input', () => {
  it('at the sentence parser is handed over or refused, within bounds of time and memory', () => {
    const { sentences, refused } = fuzzSentences({ seed, bytes: 1_000_000 });
    assert.ok(sentences > 0 && refused > 0);
  });

  it('in queue rows is never booked', () => {
    const { rows, parsed } = fuzzQueueRows({ seed, rounds: 2_000 });
    assert.ok(parsed > 0 && parsed < rows);
  });

  it('in the configuration is a list of problems without secrets', () => {
    const { rounds, accepted } = fuzzConfiguration({ seed, rounds: 500 });
    assert.ok(accepted > 0 && accepted < rounds);
  });

  it('in rows of the database is said with its column', async () => {
    const { refused } = await fuzzDatabaseRows({ seed, rounds: 40 });
    assert.ok(refused > 0);
  });

  it('in HTTP requests is answered below 500', async () => {
    const { answers } = await fuzzHttpRequests({ seed, rounds: 60 });
    assert.ok(Object.keys(answers).length > 2);
  });

  it('at the pages and the API is answered below 500, safely, and shows usage only to those with a right to it', async () => {
    const { answers } = await fuzzHttpPages({ seed, rounds: 500 });
    for (const status of [200, 303, 400, 401, 403, 404, 405]) assert.ok((answers[status] ?? 0) > 0, String(status));
  });

  it('on the command line ends with exit code 0, 1 or 2', async () => {
    const { codes } = await fuzzArguments({ seed, rounds: 300 });
    assert.ok((codes[0] ?? 0) > 0 && (codes[2] ?? 0) > 0);
  });
});
