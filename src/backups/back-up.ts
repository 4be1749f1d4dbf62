import { pause } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { MakeBinary } from './binary.ts';
import { decide } from './decide.ts';
import { type FetchDeps, type FetchedText, fetchText, StepTrouble } from './fetch-text.ts';
import type { Fault } from './judge.ts';
import type { FindModel } from './models/find.ts';
import type { DeviceModel } from './models/model.ts';
import type { Outcome, Step } from './outcome.ts';
import type { BackupDevice } from './ports.ts';
import { inTurns } from './steps.ts';
import type { BackupBook, Kept, TellKept } from './versions.ts';

export interface BackUpDeps extends FetchDeps {
  readonly findModel: FindModel;
  readonly book: Pick<BackupBook, 'keep' | 'quarantines'>;
  /** Makes the notices about a change or a quarantine. */
  readonly tell: (model: DeviceModel, device: string) => TellKept;
  readonly makeBinary: MakeBinary;
  /** 0 to 1. */
  readonly random: () => number;
}

const MOST_TRIES = 3;
const FIRST_PAUSE_MS = 5_000;
/** Another try may mend these; with a wrong login it would lock the user out, and another host key is not to be asked twice. */
const PASSING = new Set(['SSH_UNREACHABLE', 'BACKUP_INCOMPLETE']);

/** Backs up one device and gives how it went. Only an aborted signal and a bug reject. */
export async function backUp(
  device: BackupDevice,
  run: string,
  deps: BackUpDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const { clock } = deps;
  const startedMs = clock.monotonicMs();
  let step: Step = 'connect';
  let tries = 0;
  let fetched: FetchedText | null = null;
  try {
    const model = deps.findModel(device.model);
    for (tries = 1; fetched === null; tries += 1) fetched = await fetchOnce(device, model, deps, signal, tries);
    tries -= 1;
    step = 'keep';
    const outcome = await keep(device.name, model, run, fetched, deps, tries);
    // Only now: whatever becomes of it, the text is stored.
    const binary = await binaryOf(device, outcome, fetched, deps, signal);
    return { ...outcome, binary, durationMs: clock.monotonicMs() - startedMs };
  } catch (error) {
    const trouble = error instanceof StepTrouble ? error.trouble : error;
    if (!(trouble instanceof TroubleError)) throw error;
    return {
      ...{
        device: device.name,
        outcome: 'failed',
        code: trouble.code,
        step: error instanceof StepTrouble ? error.step : step,
      },
      ...{ tries, durationMs: clock.monotonicMs() - startedMs, bytes: fetched?.bytes ?? null, version: null },
      ...{ trouble: trouble.message, advice: trouble.advice, binary: null },
    };
  }
}

async function binaryOf(
  device: BackupDevice,
  { version }: Pick<Outcome, 'version'>,
  { version: osVersion, bytes }: FetchedText,
  { makeBinary }: Pick<BackUpDeps, 'makeBinary'>,
  signal: AbortSignal,
): Promise<Outcome['binary']> {
  return version === null ? null : await makeBinary(device, { version, osVersion, bytes }, signal);
}

/** `null`: it failed and another try may mend it; that one is to be made now. */
async function fetchOnce(
  device: BackupDevice,
  model: DeviceModel,
  deps: BackUpDeps,
  signal: AbortSignal,
  tries: number,
): Promise<FetchedText | null> {
  try {
    return await fetchText(device, model, deps, signal);
  } catch (error) {
    if (!(error instanceof StepTrouble) || !PASSING.has(error.trouble.code) || tries >= MOST_TRIES) throw error;
    const most = FIRST_PAUSE_MS * 4 ** (tries - 1);
    await pause(deps.clock, most / 2 + (deps.random() * most) / 2, signal);
    signal.throwIfAborted();
    return null;
  }
}

async function keep(
  device: string,
  model: DeviceModel,
  run: string,
  fetched: FetchedText,
  deps: BackUpDeps,
  tries: number,
): Promise<Omit<Outcome, 'durationMs' | 'binary'>> {
  let found: Fault | null = null;
  const kept = await deps.book.keep(
    device,
    run,
    async (known) => {
      const decision = await inTurns(decide(model, fetched, known));
      found = decision.kind === 'quarantine' ? { code: decision.code, message: decision.message } : null;
      return decision;
    },
    deps.tell(model, device),
  );
  const fault = kept.kind === 'quarantined' ? (found ?? (await faultBefore(device, deps))) : null;
  return { device, tries, bytes: fetched.bytes, ...resultOf(kept, fault, model, fetched) };
}

/** Why a text is in quarantine that the same run put there before it was cut off: nothing is decided again. */
async function faultBefore(device: string, { book }: Pick<BackUpDeps, 'book'>): Promise<Fault | null> {
  const [quarantine = null] = await book.quarantines(device);
  return quarantine;
}

function resultOf(
  kept: Kept,
  fault: Fault | null,
  model: DeviceModel,
  { text }: FetchedText,
): Pick<Outcome, 'outcome' | 'code' | 'step' | 'version' | 'trouble' | 'advice'> {
  if (kept.kind !== 'quarantined') {
    const advice = kept.kind === 'first' ? model.adviseFirst(text, model.normalLines(text)) : null;
    return { outcome: kept.kind, code: null, step: null, version: kept.version, trouble: null, advice };
  }
  const { code = null, message = null } = fault ?? {};
  const advice = 'The last good version stays the newest. Look at both; where this text is right, accept it.';
  return { outcome: 'quarantined', code, step: 'keep', version: null, trouble: message, advice };
}
