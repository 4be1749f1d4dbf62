import type { Actor, RecordChange } from '../incidents/ports.ts';
import { type Clock, pause } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type Change, noteKey, refusalOf, type Standing, started, UNKNOWN_REASON } from './advance.ts';
import type { Attempt } from './attempt.ts';
import { type Decision, decide } from './decide.ts';
import { type RuleEntry, ruleEntry } from './entries.ts';
import type { Healer } from './healer.ts';
import type { HealingBook } from './ports.ts';
import { concerns, type Placed, type Rule, viaOf } from './rule.ts';
import { ailingOf, type Seen } from './sight.ts';

/** What people may do with healing. Everything rejects with a `TroubleError` when the database is away. */
export interface HealingDesk {
  rules(): Promise<RuleEntry[]>;
  log(asked: { readonly most: number; readonly device?: string | undefined }): Promise<Attempt[]>;
  find: HealingBook['find'];
  /**
   * Approves what is proposed; a worker does it then. Gives the attempt: `refused` where a guard says no now. Rejects with
   * `HEALING_UNKNOWN`, or with `HEALING_NOT_PROPOSED` where it is decided already or belongs to a dry run.
   */
  approve(actor: Actor, id: number): Promise<Attempt>;
  /** Likewise. */
  decline(actor: Actor, id: number): Promise<Attempt>;
  /** Says what `run` would do now; writes and sends nothing. Rejects with `HEALING_RULE_UNKNOWN` or `HEALING_DEVICE_UNKNOWN`. */
  wouldRun(rule: string, device: string): Promise<Decision>;
  /** Applies a rule to a device now and gives the attempt when there is a verdict; the guards hold. Rejects likewise. */
  run(actor: Actor, rule: string, device: string, signal: AbortSignal): Promise<Attempt>;
}

export interface HealingDeskDeps {
  readonly rules: readonly Rule[];
  readonly book: HealingBook;
  readonly healer: Healer;
  /** With all devices of every source as they are now. */
  readonly look: () => Promise<Seen>;
  readonly record: RecordChange;
  readonly clock: Clock;
}

const NOTHING: Change = { add: [], set: [], notes: [] };
const ASK_EVERY_MS = 1_000;
const FINAL = new Set(['worked', 'failed', 'refused', 'declined']);
/** Whoever does it sees what becomes of it. */
const TELL_NOBODY = () => [];

export function createHealingDesk(deps: HealingDeskDeps): HealingDesk {
  const { rules, book, healer, look, record, clock } = deps;

  function caseOf(name: string, device: string, seen: Seen) {
    const rule = rules.find((each) => each.name === name);
    if (rule === undefined) {
      throw new TroubleError('HEALING_RULE_UNKNOWN', 'no rule has this name', 'See healing list.');
    }
    const placed = seen.devices.find((each) => each.name === device);
    if (placed === undefined) {
      throw new TroubleError('HEALING_DEVICE_UNKNOWN', 'no device has this name', 'See device list and status.');
    }
    return { rule, device: placed };
  }

  function decideFor(rule: Rule, device: Placed, seen: Seen, { attempts, notes }: Standing, now: number): Decision {
    const noted = notes.get(noteKey(rule.name, device.name)) ?? null;
    const ailing = ailingOf(rule.condition, seen.sights.get(device.name) ?? null, noted);
    return decide({ rule, device, ailing, seen, attempts, now, wish: 'person' });
  }

  /** Changes one proposal; what `into` gives is written. */
  async function change(
    actor: Actor,
    id: number,
    action: 'healing.approve' | 'healing.decline',
    into: (attempt: Attempt, standing: Standing, now: number) => Attempt,
  ): Promise<Attempt> {
    /** Of the last call: it may be called again. */
    const made: { was: Attempt; is: Attempt }[] = [];
    await book.change((standing, now) => {
      const was = standing.attempts.find((each) => each.id === id);
      made.length = 0;
      if (was?.state === 'proposed' && was.mode !== 'dryRun') made.push({ was, is: into(was, standing, now) });
      return { ...NOTHING, set: [...made] };
    }, TELL_NOBODY);
    const [changed = null] = made;
    const known = changed === null ? ((await book.find(id))?.attempt ?? null) : null;
    const outcome = changed === null ? (known === null ? 'HEALING_UNKNOWN' : 'HEALING_NOT_PROPOSED') : 'ok';
    const subject = changed ?? { is: known };
    await record({ ...actor, action, subject: subjectOf(id, subject.is), outcome });
    if (changed !== null) return changed.is;
    throw known === null ? unknownAttempt() : notProposed(known);
  }

  return {
    async rules() {
      const { devices } = await look();
      const attempts = await book.list({ most: 1000 });
      return rules.map((rule) => {
        const last = attempts.find((each) => each.rule === rule.name) ?? null;
        return ruleEntry(rule, devices.filter((device) => concerns(rule, device)).length, last);
      });
    },
    log: book.list,
    find: book.find,
    async approve(actor, id) {
      const seen = await look();
      return await change(actor, id, 'healing.approve', (attempt, standing, now) => {
        const rule = rules.find(({ name }) => name === attempt.rule);
        const device = seen.devices.find(({ name }) => name === attempt.device);
        const others = { ...standing, attempts: standing.attempts.filter((each) => each.id !== id) };
        const refusal =
          rule === undefined || device === undefined
            ? UNKNOWN_REASON
            : refusalOf(attempt, rule, decideFor(rule, device, seen, others, now));
        const said = { ...attempt, decidedAt: now, by: actor.who };
        if (refusal === null) return { ...said, state: 'approved' };
        return { ...said, state: 'refused', reason: refusal, finishedAt: now };
      });
    },
    decline: (actor, id) =>
      change(actor, id, 'healing.decline', (attempt, _standing, now) => {
        return { ...attempt, state: 'declined', decidedAt: now, finishedAt: now, by: actor.who };
      }),
    async wouldRun(name, device) {
      const seen = await look();
      const asked = caseOf(name, device, seen);
      const { standing, now } = await book.read();
      return decideFor(asked.rule, asked.device, seen, standing, now);
    },
    async run(actor, name, device, signal) {
      const seen = await look();
      const asked = caseOf(name, device, seen);
      const before = new Set<number>();
      const { attempts } = await book.change((standing, now) => {
        for (const { id } of standing.attempts) before.add(id);
        const decision = decideFor(asked.rule, asked.device, seen, standing, now);
        const via = viaOf(asked.rule, asked.device) ?? '';
        const given = { now, worker: healer.worker, by: actor.who, attempts: standing.attempts };
        return { ...NOTHING, add: started(asked.rule, asked.device, firm(decision, via), given) };
      }, TELL_NOBODY);
      const mine = attempts.find((each) => !before.has(each.id) && isOf(each, actor, name, device));
      // Its commit was acknowledged late: whether it is there the log says.
      if (mine === undefined) throw lostTrack();
      await record({ ...actor, action: 'healing.run', subject: subjectOf(mine.id, mine), outcome: 'ok' });
      if (mine.state === 'running') await healer.perform(mine);
      for (;;) {
        const now = (await book.find(mine.id))?.attempt;
        if (now === undefined) throw unknownAttempt();
        if (FINAL.has(now.state)) return now;
        await pause(clock, ASK_EVERY_MS, signal);
        signal.throwIfAborted();
        await healer.pass('verdicts');
      }
    },
  };
}

/** By hand it is now or not at all. */
function firm(decision: Decision, via: string): Exclude<Decision, { do: 'wait' }> {
  return decision.do === 'wait' ? { do: 'refuse', reason: decision.reason, via, outageAt: 0 } : decision;
}

function isOf(attempt: Attempt, actor: Actor, rule: string, device: string): boolean {
  return attempt.rule === rule && attempt.device === device && attempt.by === actor.who;
}

function subjectOf(id: number, attempt: Attempt | null): string {
  return attempt === null ? String(id) : `${id} ${attempt.rule} ${attempt.device}`;
}

function unknownAttempt(): TroubleError {
  return new TroubleError('HEALING_UNKNOWN', 'there is no healing attempt of this number', 'See healing log.');
}

function notProposed({ state, mode, by }: Attempt): TroubleError {
  if (state === 'proposed' && mode === 'dryRun') {
    return new TroubleError(
      'HEALING_NOT_PROPOSED',
      'its rule is a dry run, which does nothing',
      "Set mode: 'ask' or 'auto' in the configuration, or use healing run.",
    );
  }
  const who = by === null ? '' : ` (${by})`;
  return new TroubleError('HEALING_NOT_PROPOSED', `it is ${state} already${who}`, 'See healing log.');
}

function lostTrack(): TroubleError {
  return new TroubleError(
    'HEALING_NOT_CONFIRMED',
    'the database did not confirm the attempt; nothing was sent to the device',
    'See with healing log whether it is there, then run it again.',
  );
}
