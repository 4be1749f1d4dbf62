import type { Registry } from 'prom-client';
import type { Device } from './devices/ports.ts';
import type { NavigationLink } from './platform/http/frame.ts';
import type { Gate } from './platform/http/gate.ts';
import type { PageFrame } from './platform/http/page-frame.ts';
import type { Panel } from './platform/http/panels.ts';
import type { Route } from './platform/http/route.ts';
import type { MetricsSource } from './platform/metrics/metrics.ts';
import type { SshClient } from './platform/ssh/client.ts';
import type { Database } from './platform/store/database.ts';
import type { SchemaGate } from './platform/store/schema-gate.ts';
import type { Clock } from './runtime/clock.ts';
import type { Examine } from './runtime/examination.ts';
import type { Forget } from './runtime/forget.ts';
import type { JobBook } from './runtime/jobs.ts';
import type { Part } from './runtime/lifecycle.ts';
import type { Logger } from './runtime/logger.ts';
import type { TroubleLog } from './runtime/trouble-log.ts';
import type { Calendar } from './usage/accounting/day.ts';
import type { PollListener } from './usage/ports.ts';

/** What every capability is made with; made once, by `app.ts`. */
export interface Base {
  readonly database: Database;
  /** Keeps the database closed until its schema is up to date. */
  readonly schema: Pick<SchemaGate, 'enter' | 'guard'>;
  readonly jobs: JobBook;
  readonly troubles: TroubleLog;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Logs in to devices and archives: one for all, so that each private key is opened once. */
  readonly ssh: SshClient;
  /** Where metrics are registered; `null`: nobody will read them. */
  readonly registry: Registry | null;
  /** Of a stop, what work in progress gets before it is aborted, ms. */
  readonly graceMs: number;
  readonly onBug: (error: unknown) => void;
}

/** What a capability gives to the whole; each field may be left out. */
export interface Capability {
  /** Parts that start before the database is there. */
  readonly early?: readonly Part[];
  /** Parts that start once the schema is up to date, in this order. */
  readonly parts?: readonly Part[];
  /** Hear of every poll. Asked for once all capabilities are made. */
  readonly listeners?: readonly PollListener[];
  /** What it measures beyond what it counts as it goes. */
  readonly metrics?: MetricsSource;
  /** Its pages and its API, loaded only where there are pages. Asked for once all capabilities are made. */
  readonly site?: () => Promise<SitePart>;
  /** Its lines in `check`. */
  readonly examine?: Examine;
  /** Its part of the purge. */
  readonly forget?: Forget;
  /** Called when the schema is up to date, before anything is written. Rejects with a `TroubleError`. */
  readonly opened?: () => Promise<void>;
  readonly close?: () => void | Promise<void>;
}

/** What people and programs see of a capability; each field may be left out. */
export interface SitePart {
  /** Links in the header of every page. */
  readonly navigation?: readonly NavigationLink[];
  /** Its parts of the page of a device, and of what the API answers about one. */
  readonly devicePanels?: readonly Panel<Device>[];
  /** Its pages and its API. */
  readonly routes?: (site: SiteBase) => readonly Route[];
}

/** What pages are made with. */
export interface SiteBase {
  readonly frame: PageFrame;
  /** Tells a stream when the session that opened it is over. */
  readonly gate: Pick<Gate, 'follow'>;
  /** Of all capabilities. */
  readonly devicePanels: readonly Panel<Device>[];
}
