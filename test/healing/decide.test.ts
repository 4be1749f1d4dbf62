import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { APPROVAL_MS, advance, type Change, noteKey, type Standing } from '../../src/healing/advance.ts';
import type { Attempt, NewAttempt } from '../../src/healing/attempt.ts';
import { type Case, decide, FIRST_COOL_DOWN_MS } from '../../src/healing/decide.ts';
import { holdingIn } from '../../src/healing/forget.ts';
import { judge } from '../../src/healing/judge.ts';
import { letterOf } from '../../src/healing/letters.ts';
import { rehearse } from '../../src/healing/rehearse.ts';
import { digestOf, type Rule } from '../../src/healing/rule.ts';
import { ailingIn, ailingOf, type DeviceState, type Seen, type Sight } from '../../src/healing/sight.ts';
import { reasonOf, waits } from '../../src/healing/waiting.ts';
import { attemptOf, HOUR, MINUTE, NIGHT, placed, ruleOf, seenOf, sightOf } from '../support/healing.ts';

const TOWER = placed('tower', { tags: ['tower'], parent: 'core' });
const SWITCH = placed('tower-sw');
const CORE = placed('core');
const up = (device: string, change: Partial<Sight> = {}) => sightOf(device, 'up', NIGHT - HOUR, change);
const down = sightOf('tower', 'down', NIGHT);

let ids = 0;
const kept = (change: Partial<NewAttempt>): Attempt => ({ ...attemptOf(change), id: ++ids });

/** A tower that is down for ten minutes, and nothing against healing it; but for what is changed. */
function caseOf(change: Partial<Case> = {}): Case {
  const rule = change.rule ?? ruleOf();
  const seen = change.seen ?? seenOf([TOWER, SWITCH, CORE], [down, up('tower-sw'), up('core')]);
  const ailing = ailingOf(rule.condition, seen.sights.get('tower') ?? null, null);
  return { rule, device: TOWER, seen, ailing, attempts: [], now: NIGHT + 10 * MINUTE, wish: 'rule', ...change };
}

const withSight = (sight: Sight, ...others: readonly Sight[]) =>
  seenOf(
    [TOWER, SWITCH, CORE],
    [
      ...[up('tower-sw'), up('core')].filter(
        (each) => ![sight, ...others].some(({ device }) => device === each.device),
      ),
      sight,
      ...others,
    ],
  );

describe('whether a device is healed', () => {
  const failedAt = (minutes: number) =>
    kept({
      state: 'failed',
      startedAt: NIGHT + minutes * MINUTE,
      finishedAt: NIGHT + (minutes + 1) * MINUTE,
      outageAt: 1,
    });
  const table: readonly [string, Partial<Case>, string][] = [
    ['acts when it is down for long enough', {}, 'act'],
    ['waits until it is down for long enough', { now: NIGHT + 4 * MINUTE }, 'wait: it is not so for long enough'],
    ['lets a person act before', { now: NIGHT + MINUTE, wish: 'person' }, 'act'],
    [
      'never acts while we are blind',
      { seen: { ...caseOf().seen, isBlind: true } },
      'wait: no worker checks the devices now, or our own line is down',
    ],
    [
      'never acts in maintenance',
      { seen: withSight(sightOf('tower', 'maintenance', NIGHT)) },
      'wait: it is in maintenance',
    ],
    ['never acts on a paused device', { seen: withSight(sightOf('tower', 'paused', NIGHT)) }, 'wait: it is paused'],
    [
      'never acts on what nobody has looked at',
      { seen: seenOf([TOWER, SWITCH], []) },
      'wait: its state is not known now',
    ],
    [
      'never acts on a suspicion',
      { seen: withSight(sightOf('tower', 'suspect', NIGHT)) },
      'wait: its state is not known now',
    ],
    [
      'never acts on what is unreachable',
      { seen: withSight(sightOf('tower', 'unreachable', NIGHT)) },
      'wait: its state is not known now',
    ],
    [
      'never acts under a dead parent',
      { seen: withSight(down, sightOf('core', 'down', NIGHT)) },
      'wait: the device in front of it is down',
    ],
    [
      'never acts under a parent that is not seen',
      { seen: withSight(down, sightOf('core', 'unknown', NIGHT)) },
      'wait: the state of the device in front of it is not known now',
    ],
    [
      'never acts under a parent that is not known',
      { seen: seenOf([TOWER, SWITCH], [down, up('tower-sw')]) },
      'wait: the device in front of it is not known',
    ],
    [
      'waits for the device to act through',
      { seen: withSight(down, sightOf('tower-sw', 'down', NIGHT)) },
      'wait: the device to act through is not up',
    ],
    [
      'refuses a device to act through that there is not',
      { rule: ruleOf({ via: { device: 'gone' } }) },
      'refuse: the device to act through is not known',
    ],
    [
      'refuses to act through what is behind it',
      { seen: seenOf([TOWER, { ...SWITCH, parent: 'tower' }, CORE], [down, up('tower-sw'), up('core')]) },
      'refuse: the device to act through is behind it',
    ],
    [
      'refuses a parent that there is not',
      { rule: ruleOf({ via: 'parent' }), device: { ...TOWER, parent: null } },
      'refuse: it has no parent to act through',
    ],
    ['acts through the parent', { rule: ruleOf({ via: 'parent' }) }, 'act'],
    ['leaves what is well', { seen: withSight(up('tower')) }, 'wait: nothing is wrong with it'],
    ['leaves other devices', { device: CORE }, 'wait: the rule is not about this device'],
    [
      'refuses a port of one device for several',
      { rule: ruleOf({ tags: [] }) },
      'refuse: the rule is about 2 devices, but its port or address belongs to one: give the rule tags',
    ],
    ['waits for a person who was asked', { attempts: [kept({ state: 'proposed' })] }, 'wait: it waits for a person'],
    [
      'leaves an outage in which it was refused',
      { attempts: [kept({ state: 'refused' })] },
      'wait: it was refused in this outage',
    ],
    [
      'leaves an outage in which a person declined',
      { attempts: [kept({ state: 'declined' })] },
      'wait: it was refused in this outage',
    ],
    ['begins anew in the next outage', { attempts: [kept({ state: 'declined', outageAt: 1 })] }, 'act'],
    [
      'waits for the verdict of another rule',
      { attempts: [kept({ rule: 'other' })] },
      'wait: another action on it has no verdict yet',
    ],
    [
      'cools down for ten minutes from the verdict',
      { attempts: [failedAt(-1)], now: NIGHT + 9 * MINUTE },
      'wait: the last action on it was too recent',
    ],
    ['acts again after that', { attempts: [failedAt(-1)] }, 'act'],
    [
      'cools down as well after a verdict that came so late that the action is in no window any more',
      {
        attempts: [kept({ state: 'failed', outageAt: 1, startedAt: NIGHT - 7 * HOUR, finishedAt: NIGHT + MINUTE })],
      },
      'wait: the last action on it was too recent',
    ],
    [
      'cools down twice as long after the second',
      {
        rule: ruleOf({ limits: { ...ruleOf().limits, times: 9 } }),
        attempts: [failedAt(-60), failedAt(-8)],
        now: NIGHT + 12 * MINUTE,
      },
      'wait: the last action on it was too recent',
    ],
    [
      'refuses beyond the limit of the device, whatever recovered between',
      {
        attempts: [
          failedAt(-300),
          kept({ state: 'worked', startedAt: NIGHT - HOUR, finishedAt: NIGHT - HOUR, outageAt: 2 }),
        ],
      },
      'refuse: the limit is reached: 2 actions on it within 6 hours',
    ],
    [
      'counts actions of every rule',
      {
        attempts: [
          failedAt(-300),
          kept({ rule: 'other', state: 'worked', startedAt: NIGHT - HOUR, finishedAt: NIGHT - HOUR }),
        ],
      },
      'refuse: the limit is reached: 2 actions on it within 6 hours',
    ],
    [
      'refuses beyond the limit of the parent that it reboots, for whichever device behind it',
      {
        rule: ruleOf({ action: { kind: 'reboot' }, via: 'parent' }),
        attempts: [failedAt(-300), failedAt(-60)].map((each) => ({ ...each, device: 'other', via: 'core' })),
      },
      'refuse: the limit is reached: 2 actions on it within 6 hours',
    ],
    [
      'does not count what the same switch did on another port',
      { attempts: [failedAt(-300), failedAt(-90)].map((each) => ({ ...each, device: 'other' })) },
      'act',
    ],
    ['forgets what is out of the window', { attempts: [failedAt(-351), failedAt(-360)] }, 'act'],
    ['heals one at a time', { attempts: [kept({ device: 'core' })] }, 'wait: another device is being healed'],
    [
      'heals no more than so many an hour',
      {
        attempts: [1, 2, 3].map((minute) => kept({ device: `d${minute}`, state: 'failed', startedAt: NIGHT + minute })),
      },
      'wait: the limit of all devices is reached: 3 actions within an hour',
    ],
  ];
  for (const [name, change, wanted] of table) {
    it(name, () => {
      const decision = decide(caseOf(change));
      assert.equal(decision.do === 'act' ? 'act' : `${decision.do}: ${decision.reason}`, wanted);
    });
  }

  it('may see 1 % of a large fleet healed within an hour', () => {
    const many = Array.from({ length: 998 }, (_, index) => placed(`d${index}`));
    const seen = seenOf([TOWER, SWITCH, ...many], [down, up('tower-sw'), up('core')]);
    const rule = ruleOf({ limits: { ...ruleOf().limits, fleetPerHour: null } });
    const done = (count: number) =>
      Array.from({ length: count }, (_, index) => kept({ device: `d${index}`, state: 'failed', startedAt: NIGHT }));
    const device = { ...TOWER, parent: null };
    assert.equal(decide(caseOf({ rule, seen, device, attempts: done(9) })).do, 'act');
    assert.equal(decide(caseOf({ rule, seen, device, attempts: done(10) })).do, 'wait');
  });
});

describe('the verdict on an action', () => {
  const at = (seconds: number) => NIGHT + seconds * 1000;
  const attempt = kept({ beganAt: NIGHT, ranAt: at(0) });
  const judged = (sight: Sight, seconds: number, goodSince: number | null = null, change: Partial<Attempt> = {}) =>
    judge(
      { ...attempt, goodSince, ...change },
      ruleOf(),
      { ailing: ailingOf({ state: 'down' }, sight, null), sight, isBlind: false },
      at(seconds),
    );

  it('is that it worked once the device was good for long enough, counted from when it came back', () => {
    const back = (lookedAt: number) => sightOf('tower', 'up', at(60), { lookedAt: at(lookedAt) });
    assert.deepEqual(judged(back(60), 61), { is: 'open', goodSince: at(60) });
    assert.deepEqual(judged(back(179), 180, at(60)), { is: 'open', goodSince: at(60) });
    assert.deepEqual(judged(back(180), 181, at(60)), { is: 'worked' });
  });

  it('begins anew after each failure between', () => {
    const again = sightOf('tower', 'up', at(170), { lookedAt: at(185) });
    assert.deepEqual(judged(again, 186, at(60)), { is: 'open', goodSince: at(170) });
    assert.deepEqual(judged(sightOf('tower', 'suspect', at(100)), 101, at(60)), { is: 'open', goodSince: null });
  });

  it('is that it failed when the time is over, seen or not', () => {
    assert.equal(judged(sightOf('tower', 'down', at(0), { lookedAt: at(299) }), 300).is, 'open');
    const failed = judged(sightOf('tower', 'down', at(0), { lookedAt: at(301) }), 301);
    assert.deepEqual(failed, { is: 'failed', reason: 'the device did not become good, or not for long enough' });
    const unseen = judged(sightOf('tower', 'up', at(-60), { lookedAt: at(-1) }), 301);
    assert.deepEqual(unseen, {
      is: 'failed',
      reason: 'the device could not be checked: nobody knows whether the action helped',
    });
  });

  it('comes for a process that was killed as well, once its lease is over', () => {
    const orphan = { ranAt: null, startedAt: NIGHT, leaseUntil: at(120) };
    const back = sightOf('tower', 'up', at(60), { lookedAt: at(240) });
    assert.equal(judged(back, 120, null, orphan).is, 'open');
    assert.deepEqual(judged(back, 241, null, orphan), { is: 'worked' });
    const dead = judged(sightOf('tower', 'down', NIGHT, { lookedAt: at(302) }), 302, null, orphan);
    assert.equal(
      dead.is === 'failed' && dead.reason,
      'NetSentinel was stopped during the action; the device did not become good, or not for long enough',
    );
  });
});

const STATES: readonly DeviceState[] = ['up', 'suspect', 'down', 'unreachable', 'unknown', 'maintenance', 'paused'];
const NAMES = ['tower', 'tower-sw', 'core', 'far'] as const;
const DEVICES = [TOWER, SWITCH, CORE, placed('far', { parent: 'tower', tags: ['far'] })];

interface Tick {
  readonly afterMs: number;
  readonly states: readonly DeviceState[];
  readonly isBlind: boolean;
  /** Which of the workers passes, and whether it is killed before its commands, after them, or not at all. */
  readonly worker: number;
  readonly killed: 'no' | 'before' | 'after';
  /** A person approves what is proposed. */
  readonly approves: boolean;
}

/** What the clock of each worker is ahead of the database's, ms. */
type Skews = readonly number[];

const tick: fc.Arbitrary<Tick> = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 0, max: 10 * MINUTE }), fc.constantFrom(0, 5 * MINUTE, HOUR)),
  states: fc.array(fc.oneof(fc.constantFrom('up' as const, 'down' as const), fc.constantFrom(...STATES)), {
    minLength: 4,
    maxLength: 4,
  }),
  isBlind: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
  worker: fc.integer({ min: 0, max: 2 }),
  killed: fc.constantFrom('no', 'no', 'before', 'after'),
  approves: fc.boolean(),
});

const limits = fc.record({
  times: fc.integer({ min: 1, max: 3 }),
  windowMs: fc.constantFrom(HOUR, 6 * HOUR),
  fleetPerHour: fc.integer({ min: 1, max: 3 }),
  atOnce: fc.integer({ min: 1, max: 2 }),
});
const rules: fc.Arbitrary<readonly Rule[]> = fc
  .array(
    fc.record({
      limits,
      mode: fc.constantFrom('auto', 'auto', 'ask', 'dryRun'),
      forMs: fc.constantFrom(0, 5 * MINUTE),
      of: fc.constantFrom('tower', 'far'),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((given) => given.map(({ of, ...each }, index) => ruleOf({ ...each, name: `rule-${index}`, tags: [of] })));

/** All that workers did over a history: each command with when, and how the devices were seen. */
function live(given: readonly Rule[], ticks: readonly Tick[], skews: Skews = []) {
  let standing: Standing = { attempts: [], notes: new Map() };
  let now = NIGHT;
  const since = new Map<string, { state: DeviceState; since: number; downSince: number | null }>();
  /** In the order in which they were decided. */
  const started: Attempt[] = [];
  const deaths = [0, 0, 0];
  const begun: { readonly attempt: Attempt; readonly seen: Seen; readonly at: number }[] = [];
  const decided: { standing: Standing; step: Parameters<typeof advance>[1]; change: Change }[] = [];
  for (const { afterMs, states, isBlind, worker, killed, approves } of ticks) {
    now += afterMs;
    const sights = NAMES.map((name, index) => {
      const state = states[index] ?? 'unknown';
      const before = since.get(name);
      // Whoever looks dates it by its own clock; all else is dated by the database.
      const seenAt = now + (skews[worker] ?? 0);
      const downSince = state === 'up' ? null : (before?.downSince ?? (state === 'down' ? seenAt : null));
      since.set(name, before?.state === state ? before : { state, since: seenAt, downSince });
      return { ...sightOf(name, state, now), ...since.get(name), lookedAt: seenAt };
    });
    const seen = seenOf(DEVICES, sights, isBlind);
    const holder = `worker-${worker}-${deaths[worker] ?? 0}`;
    // Whoever begins after it was killed has another name.
    if (killed !== 'no') deaths[worker] = (deaths[worker] ?? 0) + 1;
    if (approves) {
      const attempts = standing.attempts.map(
        (each): Attempt =>
          each.state === 'proposed' && each.mode === 'ask' && each.finishedAt === null
            ? { ...each, state: 'approved', decidedAt: now, by: 'ann' }
            : each,
      );
      standing = { ...standing, attempts };
    }
    const step = { rules: given, seen, now, worker: { holder, leaseMs: 2 * MINUTE }, scope: 'all' } as const;
    const change = advance(standing, step);
    decided.push({ standing, step, change });
    const known = new Map(standing.attempts.map((each) => [each.id, each]));
    for (const { is } of change.set) known.set(is.id, is);
    for (const each of change.add) {
      const id = known.size + 1;
      known.set(id, { ...each, id });
    }
    const isNew = ({ id, state }: Attempt) => state === 'running' && !started.some((each) => each.id === id);
    started.push(...[...known.values()].filter(isNew));
    // As the healer does: what is ours and not begun.
    for (const each of known.values()) {
      if (each.state !== 'running' || each.holder !== holder || each.beganAt !== null || each.leaseUntil <= now)
        continue;
      if (killed === 'before') continue;
      begun.push({ attempt: each, seen, at: now });
      known.set(each.id, { ...each, beganAt: now, ranAt: killed === 'after' ? null : now });
    }
    standing = { ...standing, attempts: [...known.values()] };
  }
  return { begun, started, decided, attempts: standing.attempts };
}

describe('over any history, with workers that are killed at any time and whose clocks differ by up to half an hour', () => {
  const skew = fc.oneof(fc.constant(0), fc.integer({ min: -30 * MINUTE, max: 30 * MINUTE }));
  const histories = fc.tuple(rules, fc.array(tick, { minLength: 1, maxLength: 40 }), fc.tuple(skew, skew, skew));
  const holds = (check: (given: readonly Rule[], outcome: ReturnType<typeof live>) => void) =>
    fc.assert(fc.property(histories, ([given, ticks, skews]) => check(given, live(given, ticks, skews))));

  it('no limit is ever passed, in no window', () => {
    holds((given, { started }) => {
      for (const [index, last] of started.entries()) {
        const rule = given.find(({ name }) => name === last.rule);
        const at = last.startedAt ?? 0;
        const within = (ms: number) => started.slice(0, index + 1).filter((each) => (each.startedAt ?? 0) > at - ms);
        const ofDevice = within(rule?.limits.windowMs ?? 0).filter(({ device }) => device === last.device);
        assert.ok(ofDevice.length <= (rule?.limits.times ?? 0));
        assert.ok(within(HOUR).length <= (rule?.limits.fleetPerHour ?? 0));
      }
    });
  });

  it('each device is left alone for as long as it has to be after each action, whose ever the clock is', () => {
    holds((_given, { started, attempts }) => {
      for (const [index, next] of started.entries()) {
        const before = started.slice(0, index).filter(({ device }) => device === next.device);
        const finished = before.map(({ id }) => attempts.find((each) => each.id === id)?.finishedAt ?? Number.NaN);
        for (const at of finished) assert.ok((next.startedAt ?? 0) - at >= FIRST_COOL_DOWN_MS);
      }
    });
  });

  it('nothing is sent twice for one attempt', () => {
    holds((_given, { begun }) => {
      const ids = begun.map(({ attempt }) => attempt.id);
      assert.equal(new Set(ids).size, ids.length);
    });
  });

  it('nothing is decided while we are blind, in maintenance, or under a parent that is not up', () => {
    holds((given, { begun }) => {
      for (const { attempt, seen, at } of begun) {
        if (attempt.startedAt !== at) continue;
        assert.equal(seen.isBlind, false);
        assert.equal(seen.sights.get(attempt.device)?.state, 'down');
        assert.equal(seen.sights.get(attempt.via)?.state, 'up');
        const parent = DEVICES.find(({ name }) => name === attempt.device)?.parent ?? '';
        assert.ok(['up', 'maintenance', 'paused'].includes(seen.sights.get(parent)?.state ?? ''));
        assert.notEqual(given.find(({ name }) => name === attempt.rule)?.mode, 'dryRun');
        if (attempt.decidedAt !== null) assert.ok(at - attempt.decidedAt < APPROVAL_MS);
      }
    });
  });

  it('a dry run leaves at most one entry in an outage, and one refusal is enough', () => {
    holds((given, { attempts }) => {
      const perOutage = Map.groupBy(attempts, ({ rule, device, outageAt }) => JSON.stringify([rule, device, outageAt]));
      for (const some of perOutage.values()) {
        const rule = given.find(({ name }) => name === some[0]?.rule);
        if (rule?.mode === 'dryRun') assert.equal(some.length, 1);
        assert.ok(some.filter(({ state, by }) => state === 'refused' && by === null).length <= 1);
      }
    });
  });

  it('no proposal waits once its outage is known to be over, and one that does not wait is told once', () => {
    holds((_given, { decided }) => {
      for (const { step, change, standing } of decided) {
        if (step.seen.isBlind) continue;
        const after = new Map(standing.attempts.map((each) => [each.id, each]));
        for (const { is } of change.set) after.set(is.id, is);
        for (const { state, finishedAt, device, outageAt } of after.values()) {
          if (state !== 'proposed' || finishedAt !== null) continue;
          const sight = step.seen.sights.get(device);
          assert.notEqual(sight?.state, 'up');
          if (sight?.state === 'down') assert.equal(sight.downSince, outageAt);
        }
        for (const { was, is } of change.set) assert.ok(was.finishedAt === null, `${is.state} changes once it is over`);
      }
    });
  });

  it('what was proposed, refused or declined for devices that do not ail changes no decision', () => {
    holds((given, { decided }) => {
      const conditions = given.map(({ condition }) => condition);
      for (const { standing, step, change } of decided) {
        const ailing = ailingIn(step.seen, conditions);
        const attempts = standing.attempts.filter(
          ({ state, device, finishedAt }) =>
            !['proposed', 'declined', 'refused'].includes(state) ||
            ailing.includes(device) ||
            (state === 'proposed' && finishedAt === null),
        );
        assert.deepEqual(advance({ ...standing, attempts }, step), change);
      }
    });
  });
});

describe('what a person approved', () => {
  const approve = (rule: Rule, change: Partial<NewAttempt> = {}) => {
    const attempt = kept({ state: 'approved', mode: 'ask', startedAt: null, decidedAt: NIGHT, by: 'ann', ...change });
    const { set } = advance(
      { attempts: [attempt], notes: new Map() },
      {
        ...{ rules: [rule], seen: caseOf().seen, now: NIGHT + MINUTE, scope: 'all' },
        worker: { holder: 'worker-1', leaseMs: 1 },
      },
    );
    return set.map(({ is: { state, reason } }) => [state, reason]);
  };

  it('is done by a rule that asks', () => assert.deepEqual(approve(ruleOf({ mode: 'ask' })), [['running', null]]));

  it('is done within 15 minutes or not at all, also where no worker ran meanwhile', () => {
    const approvedAgo = (ms: number) => approve(ruleOf({ mode: 'ask' }), { decidedAt: NIGHT + MINUTE - ms });
    assert.deepEqual(approvedAgo(15 * MINUTE - 1), [['running', null]]);
    assert.deepEqual(approvedAgo(15 * MINUTE), [['refused', 'the approval is older than 15 minutes']]);
  });

  it('is refused where the rule was made a dry run meanwhile', () => {
    assert.deepEqual(approve(ruleOf({ mode: 'dryRun' })), [['refused', 'its rule is a dry run now']]);
  });
});

describe('an approval', () => {
  const asking = (change: Partial<Rule> = {}) => ruleOf({ mode: 'ask', ...change });
  const proposal = (change: Partial<NewAttempt> = {}) =>
    kept({ state: 'proposed', mode: 'ask', startedAt: null, holder: '', ...change });
  const step = (attempts: readonly Attempt[], rule: Rule, seen: Seen = caseOf().seen, minutes = 10) =>
    advance(
      { attempts, notes: new Map() },
      {
        ...{ rules: [rule], seen, now: NIGHT + minutes * MINUTE, scope: 'all' },
        worker: { holder: 'worker-1', leaseMs: 1 },
      },
    );
  const said = ({ set }: Change) =>
    set.map(({ is: { state, reason, finishedAt } }) => [state, reason, finishedAt !== null]);

  it('is for one action: a rule that was given another one does not do that instead', () => {
    const approved = proposal({ state: 'approved', decidedAt: NIGHT + 9 * MINUTE, by: 'ann' });
    assert.deepEqual(said(step([approved], asking())), [['running', null, false]]);
    for (const [change, via, reason] of [
      [{ action: { kind: 'poeCycle', port: 'ether4' } }, 'tower-sw', 'its rule has another action now'],
      [{ via: { device: 'core' } }, 'core', 'the device to act through is another one now'],
    ] as const) {
      const changed = step([approved], asking(change));
      assert.deepEqual(said(changed), [['refused', reason, true]]);
      // Then it is asked again, about what it would do now.
      const asked = changed.add.map((each) => [each.state, each.actionDigest, each.via]);
      assert.deepEqual(asked, [['proposed', digestOf(asking(change).action), via]]);
    }
  });

  it('is refused where an earlier version did not store what it would do, which is then asked anew', () => {
    const old = { action: null, actionDigest: null };
    const approved = proposal({ state: 'approved', decidedAt: NIGHT + 9 * MINUTE, by: 'ann', ...old });
    assert.deepEqual(said(step([approved], asking())), [
      ['refused', 'an earlier version of NetSentinel proposed it without storing what it would do', true],
    ]);
    assert.equal(step([proposal(old)], asking()).add.length, 1);
  });

  it('compares what an action is, not how it is written down', () => {
    const wake = { kind: 'wake', mac: '48:8F:5A:00:11:22', interface: null } as const;
    const { kind, mac, interface: name } = wake;
    assert.equal(digestOf(wake), digestOf({ interface: name, mac, kind }));
    const runs = [['/a b'], ['/a', 'b'], ['/a b', '']].map((lines) => digestOf({ kind: 'run', lines }));
    assert.equal(new Set(runs).size, runs.length);
  });
});

describe('a proposal', () => {
  const proposal = (change: Partial<NewAttempt> = {}) =>
    kept({ state: 'proposed', mode: 'ask', startedAt: null, holder: '', ...change });
  const step = (attempt: Attempt, seen: Seen, rules: readonly Rule[] = [ruleOf({ mode: 'ask' })], minutes = 10) =>
    advance(
      { attempts: [attempt], notes: new Map() },
      {
        ...{ rules, seen, now: NIGHT + minutes * MINUTE, scope: 'all' },
        worker: { holder: 'worker-1', leaseMs: 1 },
      },
    ).set.map(({ is: { state, reason, finishedAt } }) => [state, reason, finishedAt]);
  const at = NIGHT + 10 * MINUTE;
  const back = withSight(up('tower'));

  it('waits as long as its outage goes on, or nobody can tell', () => {
    assert.deepEqual(step(proposal(), caseOf().seen), []);
    assert.deepEqual(step(proposal(), { ...back, isBlind: true }), []);
    assert.deepEqual(step(proposal(), withSight(sightOf('tower', 'maintenance', NIGHT))), []);
    assert.deepEqual(step(proposal(), back, []), []);
  });

  it('expires with its outage, and is no notice then', () => {
    assert.deepEqual(step(proposal(), back), [['proposed', 'expired: it has recovered', at]]);
    assert.deepEqual(step(proposal({ outageAt: 1 }), caseOf().seen), [
      ['proposed', 'expired: it was proposed for an earlier outage', at],
    ]);
    assert.deepEqual(step(proposal({ mode: 'dryRun' }), back), [['proposed', null, at]]);
    assert.deepEqual(step(proposal({ finishedAt: NIGHT }), back), []);
    const rule = ruleOf({ mode: 'ask' });
    const letter = (finishedAt: number | null) => letterOf(proposal({ finishedAt }), rule, { timeZone: 'UTC' });
    assert.equal(letter(null)?.event, 'healing.proposed');
    assert.equal(letter(at), null);
  });

  it('expires after an hour where nobody knows its rule or its device any more', () => {
    assert.deepEqual(step(proposal(), caseOf().seen, [], 59), []);
    assert.deepEqual(step(proposal(), caseOf().seen, [], 60), [
      ['proposed', 'expired: its rule or its device is not known any more', NIGHT + HOUR],
    ]);
  });

  it('that expired without a rule is made anew once there is one again, in the same outage too', () => {
    const again = (change: Partial<NewAttempt>, mode: Rule['mode'] = 'ask') =>
      advance(
        { attempts: [proposal(change)], notes: new Map() },
        {
          ...{ rules: [ruleOf({ mode })], seen: caseOf().seen, now: at, scope: 'all' },
          worker: { holder: 'worker-1', leaseMs: 1 },
        },
      ).add.map(({ state }) => state);
    const expired = { finishedAt: NIGHT, reason: 'expired: its rule or its device is not known any more' };
    assert.deepEqual(again({}), []);
    assert.deepEqual(again(expired), ['proposed']);
    assert.deepEqual(again({ ...expired, mode: 'dryRun', reason: null }, 'dryRun'), []);
  });

  it('of a dry run keeps a rule that was made to ask or act from both in the same outage', () => {
    for (const mode of ['ask', 'auto'] as const) {
      const step = {
        ...{ rules: [ruleOf({ mode })], seen: caseOf().seen, now: at, scope: 'all' as const },
        worker: { holder: 'worker-1', leaseMs: 1 },
      };
      const none = { attempts: [], notes: new Map() };
      assert.equal(advance(none, step).add.length, 1);
      assert.equal(advance({ ...none, attempts: [proposal({ mode: 'dryRun' })] }, step).add.length, 0);
    }
  });

  it('waits only where the rule would still do it, and says why not', () => {
    const other = ruleOf({ mode: 'ask', action: { kind: 'poeCycle', port: 'ether4' } });
    for (const [rules, reason] of [
      [[ruleOf({ mode: 'ask' })], null],
      [[other], 'expired: its rule has another action now'],
      [[ruleOf({ mode: 'ask', via: { device: 'core' } })], 'expired: the device to act through is another one now'],
      [[ruleOf({ mode: 'ask', via: 'parent' })], null],
      [[ruleOf({ mode: 'dryRun' })], 'expired: its rule is a dry run now'],
      [[], 'expired: its rule is not in the configuration any more'],
    ] as const) {
      assert.equal(waits(proposal(), rules), reason === null);
      assert.equal(reasonOf(proposal(), rules), reason);
    }
    assert.equal(waits(proposal({ finishedAt: at }), [ruleOf({ mode: 'ask' })]), false);
    assert.equal(waits(proposal({ mode: 'dryRun' }), [ruleOf({ mode: 'ask' })]), false);
  });
});

describe('what was said and is older than it is to be kept', () => {
  const rule = ruleOf();
  const refused = (change: Partial<NewAttempt> = {}) => kept({ state: 'refused', startedAt: null, ...change });
  const heldOf = (seen: Seen, rules: readonly Rule[], ...attempts: readonly Attempt[]) =>
    attempts.map(holdingIn(rules, seen, new Map()));

  it('is kept as long as its outage may go on, so that nothing is said twice in it', () => {
    const [running, blind] = [caseOf().seen, { ...withSight(up('tower')), isBlind: true }];
    assert.deepEqual(heldOf(running, [rule], refused(), refused({ outageAt: 1 })), [true, false]);
    assert.deepEqual(heldOf(blind, [rule], refused()), [true]);
    assert.deepEqual(heldOf(withSight(sightOf('tower', 'unknown', NIGHT)), [rule], refused()), [true]);
  });

  it('is kept once for each outage, and not without a rule or a device', () => {
    assert.deepEqual(heldOf(caseOf().seen, [rule], refused(), refused(), refused({ via: 'core' })), [
      true,
      false,
      true,
    ]);
    assert.deepEqual(heldOf(caseOf().seen, [], refused()), [false]);
    assert.deepEqual(heldOf(caseOf().seen, [rule], refused({ device: 'gone' })), [false]);
    assert.deepEqual(heldOf(withSight(up('tower')), [rule], refused()), [false]);
    assert.deepEqual(heldOf(caseOf().seen, [rule], kept({ state: 'failed' })), [false]);
  });
});

describe('a rule about the internet line', () => {
  const rule = ruleOf({ condition: { wan: 'lost' }, via: 'self', action: { kind: 'renewDhcp', interface: 'ether1' } });
  const lost = up('tower', { isWanLost: true });

  it('counts from when it was first seen to be lost, and forgets that when it is back', () => {
    const at = (minutes: number, sight: Sight, standing: Standing) =>
      advance(standing, {
        ...{ rules: [rule], seen: withSight(sight), now: NIGHT + minutes * MINUTE, scope: 'all' },
        worker: { holder: 'worker-1', leaseMs: 1 },
      });
    assert.deepEqual(ailingIn(withSight(lost), [rule.condition]), ['tower']);
    const first = at(0, lost, { attempts: [], notes: new Map() });
    const key = noteKey(rule.name, 'tower');
    assert.deepEqual(first.notes, [{ key, since: NIGHT }]);
    const noted: Standing = { attempts: [], notes: new Map([[key, NIGHT]]) };
    assert.equal(at(4, lost, noted).add.length, 0);
    assert.deepEqual(
      at(5, lost, noted).add.map(({ state, outageAt }) => [state, outageAt]),
      [['running', NIGHT]],
    );
    assert.deepEqual(at(5, up('tower', { isWanLost: null }), noted).notes, []);
    assert.deepEqual(at(5, up('tower', { isWanLost: false }), noted).notes, [{ key, since: null }]);
  });
});

describe('a rehearsal', () => {
  const changes = (...list: readonly [number, DeviceState, DeviceState][]) =>
    list.map(([minutes, from, to]) => ({ device: 'tower', at: NIGHT + minutes * MINUTE, from, to }));
  const rehearsed = (list: ReturnType<typeof changes>, rule = ruleOf({ mode: 'dryRun' })) =>
    rehearse([rule], [TOWER, SWITCH, CORE], list, NIGHT + 48 * HOUR).map(({ at }) => (Date.parse(at) - NIGHT) / MINUTE);

  it('says what would have run when, within all limits', () => {
    const action = 'turn the power of port ether3 off and on';
    const at = new Date(NIGHT + 5 * MINUTE).toISOString();
    assert.deepEqual(
      rehearse([ruleOf()], [TOWER, SWITCH, CORE], changes([0, 'up', 'down'], [7, 'down', 'up']), NIGHT + HOUR),
      [{ rule: 'tower-power', device: 'tower', at, action }],
    );
    assert.deepEqual(rehearsed(changes([0, 'up', 'down'], [3, 'down', 'up'])), []);
    // The first verdict comes after 5 minutes, the device rests for 10; then the limit of 2 in 6 hours is reached.
    assert.equal(rehearsed(changes([0, 'up', 'down'])).length, 2);
  });

  it('counts from the first failure, as the rules do', () => {
    const fallen = changes([0, 'up', 'suspect'], [2, 'suspect', 'down'], [5.5, 'down', 'up']);
    assert.deepEqual(rehearsed(fallen), [5]);
    assert.deepEqual(rehearsed(changes([0, 'up', 'suspect'], [6, 'suspect', 'down'], [7, 'down', 'up'])), [6]);
  });

  it('has nothing to say without records', () => {
    assert.deepEqual(rehearsed([]), []);
  });
});
