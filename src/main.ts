#!/usr/bin/env node
import { listenForSignals } from './runtime/signals.ts';

/** Heard before all else: what is imported by name is loaded before the first line runs, long enough for a SIGTERM to fall into. */
const signals = listenForSignals();
const { start } = await import('./start.ts');

process.exitCode = await start(signals);
