import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBackupsExamine, type ExaminedDevice } from '../../src/backups/examine.ts';
import type { Examination } from '../../src/runtime/examination.ts';
import { createRouterShell, type ShellAnswers } from '../support/shells.ts';

const { signal } = new AbortController();

async function examine(devices: readonly ExaminedDevice[], given: Partial<Examination> = {}): Promise<string[]> {
  const examination: Examination = {
    ...{ signal, sendsTestMail: false, database: Promise.resolve(true), routers: async () => ['edge-1'] },
    ...{ read: (work) => work(), ...given },
  };
  const found = await createBackupsExamine({ devices: () => devices, refresh: async () => {}, places: 2 })(examination);
  return found.map(({ subject, part, status }) => `${subject}, ${part}: ${status}`);
}

const aDevice = (name: string, answers: ShellAnswers = {}, isLegacy = false) => {
  const shell = createRouterShell(answers);
  return { name, username: 'backup', isLegacy, shell };
};

describe('a check of backups', () => {
  it('logs in to each device, a router or not, and out again', async () => {
    const devices = [aDevice('edge-1'), aDevice('switch', {}, true)];
    assert.deepEqual(await examine(devices), [
      ...['router edge-1, ssh: ok', 'router edge-1, host key: ok', 'router edge-1, ssh login: ok'],
      ...['device switch, ssh: ok', 'device switch, host key: ok', 'device switch, ssh login: ok'],
      'device switch, ssh: warning',
    ]);
    assert.ok(devices.every(({ shell }) => !shell.isOpen() && shell.commands.length === 0));
  });

  for (const [code, expected] of [
    ['SSH_UNREACHABLE', ['ssh: failure']],
    ['SSH_NO_COMMON_ALGORITHM', ['ssh: failure']],
    ['SSH_HOST_KEY_CHANGED', ['ssh: ok', 'host key: failure']],
    ['SSH_LOGIN_FAILED', ['ssh: ok', 'host key: ok', 'ssh login: failure']],
  ] as const) {
    it(`says how far it came with ${code}`, async () => {
      const found = await examine([aDevice('edge-1', { refuse: () => code })]);
      assert.deepEqual(
        found,
        expected.map((each) => `router edge-1, ${each}`),
      );
    });
  }

  it('sends no password where host keys cannot be compared, and says so', async () => {
    let logins = 0;
    const onOpen = async () => {
      logins += 1;
    };
    assert.deepEqual(await examine([aDevice('edge-1', { onOpen })], { read: async () => null }), [
      'router edge-1, ssh: warning',
    ]);
    assert.equal(logins, 0);
  });

  it('is loud about a bug', async () => {
    const shell = { open: () => Promise.reject(new RangeError('a bug')) };
    await assert.rejects(examine([{ ...aDevice('edge-1'), shell }]), RangeError);
  });
});
