import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { createBugLog } from '../../src/demo/bug-log.ts';

describe('the log of the demo', () => {
  it('holds bugs back until they are released, and passes over what is part of the show', () => {
    const written: { level: number; msg: string; err?: { message: string } }[] = [];
    const target = pino({ level: 'debug' }, { write: (line: string) => written.push(JSON.parse(line)) });
    const { logger, release } = createBugLog(target);
    logger.debug('d');
    logger.info({ router: 'isp' }, 'i');
    logger.warn({ router: 'isp' }, 'w');
    logger.error({ err: new Error('broken') }, 'bug');
    assert.equal(written.length, 0);
    assert.equal(release(), 1);
    assert.equal(release(), 0);
    assert.equal(written.length, 1);
    assert.equal(written[0]?.msg, 'bug');
    assert.equal(written[0]?.err?.message, 'broken');
  });
});
