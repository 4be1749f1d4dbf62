import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBackupsExamine, type ExaminedDevice } from '../../src/backups/examine.ts';
import type { Examination } from '../../src/runtime/examination.ts';
import { createRouterShell, type ShellAnswers, usualValue } from '../support/shells.ts';

const { signal } = new AbortController();

async function findings(devices: readonly ExaminedDevice[], given: Partial<Examination> = {}) {
  const examination: Examination = {
    ...{ signal, sendsTestMail: false, database: Promise.resolve(true), routers: async () => ['edge-1'] },
    ...{ read: (work) => work(), ...given },
  };
  return await createBackupsExamine({ devices: () => devices, refresh: async () => {}, places: 2 })(examination);
}

/** Which value a finding is about. */
function wordsOf(part: string): RegExp {
  return { 'ssh rights': /^\/user/, flash: /hdd/ }[part] ?? /strong-crypto/;
}

async function examine(devices: readonly ExaminedDevice[], given: Partial<Examination> = {}): Promise<string[]> {
  return (await findings(devices, given)).map(({ subject, part, status }) => `${subject}, ${part}: ${status}`);
}

const aDevice = (name: string, answers: ShellAnswers = {}, given: Partial<ExaminedDevice> = {}) => {
  const shell = createRouterShell(answers);
  return { name, model: 'routeros', username: 'backup', isLegacy: false, hasBinary: false, shell, ...given };
};

describe('a check of backups', () => {
  it('logs in to each device, a router or not, and out again', async () => {
    const shells = [createRouterShell(), createRouterShell()];
    const devices = [
      aDevice('edge-1', {}, shells[0] === undefined ? {} : { shell: shells[0] }),
      aDevice('switch', {}, { model: 'ios', isLegacy: true, ...(shells[1] === undefined ? {} : { shell: shells[1] }) }),
    ];
    assert.deepEqual(await examine(devices), [
      ...['router edge-1, ssh: ok', 'router edge-1, host key: ok', 'router edge-1, ssh login: ok'],
      ...['router edge-1, ssh rights: ok', 'router edge-1, flash: ok', 'router edge-1, ssh algorithms: ok'],
      ...['device switch, ssh: ok', 'device switch, host key: ok', 'device switch, ssh login: ok'],
      'device switch, ssh: warning',
    ]);
    assert.deepEqual(
      shells.map((shell) => [shell.isOpen(), shell.commands.length]),
      [
        [false, 3],
        [false, 0],
      ],
    );
  });

  const spoken: [string, (value: string) => string, string, RegExp][] = [
    ['a group without sensitive', () => 'ssh;read;!sensitive', 'ssh rights', /passwords and keys are missing/],
    ['a group without read', () => 'ssh,sensitive', 'ssh rights', /lacks the policy read/],
    ['a group with more', () => 'ssh;read;write;sensitive;policy', 'ssh rights', /also has the policies write, policy/],
    ['a user of RADIUS', () => 'no such item', 'ssh rights', /^not checked/],
    ['a full flash', () => '40960', 'flash', /^only 40 KB free/],
    ['a router that hides its flash', () => '', 'flash', /^not checked: the router does not show its free space$/],
    ['weak algorithms', () => 'false', 'ssh algorithms', /^strong-crypto is off/],
    ['no such setting', () => 'bad command, password=hunter2', 'ssh algorithms', /^not checked: .* strong-crypto$/],
  ];
  for (const [what, answer, part, expected] of spoken) {
    it(`warns of ${what}`, async () => {
      const values = (value: string) => (wordsOf(part).test(value) ? answer(value) : usualValue(value));
      const found = await findings([aDevice('edge-1', { values })]);
      const warnings = found.filter(({ status }) => status !== 'ok');
      assert.deepEqual(
        warnings.map((each) => [each.part, each.status]),
        [[part, 'warning']],
      );
      assert.match(warnings[0]?.found ?? '', expected);
    });
  }

  it('wants more rights where binary backups are asked for, and says what that means', async () => {
    const rightsOf = async (policies: string) => {
      const values = (value: string) => (value.startsWith('/user group') ? policies : usualValue(value));
      const found = await findings([aDevice('edge-1', { values }, { hasBinary: true })]);
      const { status, found: what } = found.find(({ part }) => part === 'ssh rights') ?? assert.fail('no finding');
      return `${status}: ${what}`;
    };
    assert.match(await rightsOf('ssh;ftp;read;write;sensitive;!policy'), /^ok: .*whoever has this login can change/);
    assert.match(await rightsOf('ssh;ftp;read;write;policy;test;sensitive'), /^ok: /);
    assert.match(
      await rightsOf('ssh;read;sensitive'),
      /^warning: .*lacks .* ftp and write: there are no binary backups/,
    );
    assert.match(await rightsOf('ssh;ftp;read;write'), /^warning: .*passwords and keys are missing/);
    assert.match(await rightsOf('ssh;ftp;read;write;sensitive;reboot'), /^warning: .*also has the policies reboot;/);
  });

  it('asks for the rights of a user whatever their name, which runs nothing', async () => {
    const shell = createRouterShell();
    await examine([aDevice('edge-1', {}, { username: 'a"]; /system reboot; :put ["$b', shell })]);
    assert.match(shell.commands[0] ?? '', /name="a\\"\]; \/system reboot; :put \[\\"\\\$b"\] group/);
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
