import type { QueueReading, Sample } from '../../src/usage/accounting/counter.ts';

/** A machine's clock that never steps. */
interface Machine {
  bootId: string | null;
  /** Its monotonic time is the model's plus this. */
  monotonicOffsetMs: number;
}

/** A process that reads the router, with a wall clock of its own: in truth a machine has one, but it may step between two reads. */
export interface Process {
  reader: string;
  clockOffsetMs: number;
  readonly machine: Machine;
  /** Read and not yet committed, in order. */
  held: Read[];
  reading: {
    readonly askedAt: number;
    readonly uptimeMs: number;
    readonly readAt: number;
    readonly bootAt: number;
  } | null;
  /** When its last list was complete. */
  idleAt: number;
}

/** A sample and what was true when its list was made. */
export interface Read {
  readonly sample: Sample;
  readonly completeAt: number;
  /** All that was ever moved, by queue name. */
  readonly moved: ReadonlyMap<string, bigint>;
}

interface Row {
  readonly name: string;
  id: string;
  bytes: bigint;
}

/**
 * One router and the processes that read it, each through its own clocks. Reads take time and overlap; the model's own time is the
 * only true one.
 */
export class ClockModel {
  /** All that was ever moved, by queue name. */
  readonly moved = new Map<string, bigint>();
  private nowAt: number;
  private bootAt: number;
  private serial = 1;
  private nextId = 1;
  private nextName = 1;
  private readonly rows: Row[];
  private readonly machines: Machine[];
  private readonly processes: readonly Process[];
  private readonly knowsBoot: boolean;

  constructor(options: {
    readonly startAt: number;
    readonly uptimeMs: number;
    readonly machines: readonly number[];
    readonly knowsBoot: boolean;
    readonly clockOffsets: readonly number[];
  }) {
    this.nowAt = options.startAt;
    this.bootAt = options.startAt - options.uptimeMs;
    this.knowsBoot = options.knowsBoot;
    this.machines = options.machines.map(() => this.newMachine());
    this.rows = ['amy', 'bob', 'eve'].map((name) => ({ name, id: this.newId(), bytes: 700_000_000n }));
    this.processes = options.machines.map((machine, index): Process => {
      const found = this.machines[machine];
      if (found === undefined) throw new RangeError('no such machine');
      return {
        reader: `process-${this.nextName++}`,
        clockOffsetMs: options.clockOffsets[index] ?? 0,
        machine: found,
        held: [],
        reading: null,
        idleAt: options.startAt,
      };
    });
  }

  process(index: number): Process {
    const found = this.processes[index];
    if (found === undefined) throw new RangeError('no such process');
    return found;
  }

  names(): string[] {
    return this.rows.map(({ name }) => name);
  }

  wallOf(process: Process): number {
    return this.nowAt + process.clockOffsetMs;
  }

  monotonicOf(process: Process): number {
    return this.nowAt + process.machine.monotonicOffsetMs;
  }

  advance(ms: number): void {
    this.nowAt += ms;
  }

  waitUntil(at: number): void {
    this.nowAt = Math.max(this.nowAt, at);
  }

  move(index: number, bytes: number): void {
    const row = this.row(index);
    row.bytes += BigInt(bytes);
    this.moved.set(row.name, (this.moved.get(row.name) ?? 0n) + BigInt(bytes));
  }

  reset(index: number): void {
    this.row(index).bytes = 0n;
  }

  /** Removed and made again, under another `.id`. */
  recreate(index: number): void {
    const row = this.row(index);
    row.id = this.newId();
    row.bytes = 0n;
  }

  reboot(downMs: number): void {
    this.nowAt += downMs;
    this.bootAt = this.nowAt;
    for (const row of this.rows) row.bytes = 0n;
  }

  /** Another device with the same queues, and counters of a past that is not ours. */
  replaceDevice(bytes: number, uptimeMs: number): void {
    this.serial += 1;
    this.bootAt = this.nowAt - uptimeMs;
    for (const row of this.rows) row.bytes = BigInt(bytes);
  }

  /** The router says its uptime; the process asked for it a while ago. One process reads in order. */
  begin(process: Process, askMs: number): void {
    if (process.reading !== null) return;
    this.waitUntil(process.idleAt);
    process.reading = {
      askedAt: Math.max(process.idleAt, this.nowAt - askMs),
      uptimeMs: Math.floor((this.nowAt - this.bootAt) / 1000) * 1000,
      readAt: this.nowAt,
      bootAt: this.bootAt,
    };
  }

  /**
   * The list is made now, and arrives a while later; a router that rebooted meanwhile has lost the connection.
   *
   * @param answer at which share of the time until now the answer to the first question arrived
   */
  end(process: Process, { answer, backMs }: { readonly answer: number; readonly backMs: number }): void {
    const { reading } = process;
    process.reading = null;
    if (reading === null || reading.bootAt !== this.bootAt) return;
    const answeredAt = reading.readAt + Math.floor((this.nowAt - reading.readAt) * answer);
    const completeAt = this.nowAt + backMs;
    process.idleAt = completeAt;
    const { monotonicOffsetMs, bootId } = process.machine;
    process.held.push({
      sample: {
        sampledAt: answeredAt + process.clockOffsetMs,
        uptimeMs: reading.uptimeMs,
        endUptimeMs: reading.uptimeMs + (completeAt - reading.askedAt) + 1000,
        reader: process.reader,
        monotonicMs: answeredAt + monotonicOffsetMs,
        askedMs: reading.askedAt + monotonicOffsetMs,
        bootId,
        serial: `SERIAL-${this.serial}`,
        queues: this.rows.map(readingOf),
        unreadable: [],
      },
      completeAt,
      moved: new Map(this.moved),
    });
  }

  /** What it held is lost. */
  restart(process: Process): void {
    process.reader = `process-${this.nextName++}`;
    process.held = [];
    process.reading = null;
    process.idleAt = this.nowAt;
  }

  rebootMachine({ machine }: Process): void {
    Object.assign(machine, this.newMachine());
    for (const each of this.processes) if (each.machine === machine) this.restart(each);
  }

  /** The monotonic clock stands still, the wall clock is right afterwards. Processes hold nothing over it. */
  suspend({ machine }: Process, ms: number): void {
    this.nowAt += ms;
    machine.monotonicOffsetMs -= ms;
    for (const each of this.processes) {
      if (each.machine !== machine) continue;
      each.held = [];
      each.reading = null;
      each.idleAt = this.nowAt;
    }
  }

  private newMachine(): Machine {
    return {
      bootId: this.knowsBoot ? `boot-${this.nextName++}` : null,
      // The machine booted a day ago, or just now.
      monotonicOffsetMs: 86_400_000 - this.nowAt,
    };
  }

  private newId(): string {
    return `*${(this.nextId++).toString(16).toUpperCase()}`;
  }

  private row(index: number): Row {
    const row = this.rows[index];
    if (row === undefined) throw new RangeError('no such queue');
    return row;
  }
}

function readingOf({ id, name, bytes }: Row): QueueReading {
  const counter = { uploadBytes: 0n, downloadBytes: bytes };
  return { id, name, user: name, dynamic: false, isParent: false, comment: null, ...counter };
}
