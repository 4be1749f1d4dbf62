import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseBody, sendEntries, sendEntry } from '../../platform/http/answer.ts';
import { countField, instantField } from '../../platform/http/contract.ts';
import { pathPart } from '../../platform/http/forms.ts';
import type { Route } from '../../platform/http/route.ts';
import type { NoteSchedule, ScheduleDesk, ScheduleEntry } from '../schedule-desk.ts';
import { ruleBody } from '../schedule-rule.ts';
import { answering } from './refusals.ts';

const scheduleAnswer = z
  .strictObject({
    id: z.int().positive().nullable(),
    source: z.enum(['config', 'database']),
    every: z.string(),
    on: z.string().nullable(),
    at: z.string().nullable(),
    device: z.string().nullable(),
    tags: z.array(z.string()).readonly(),
    paused: z.boolean(),
    devices: countField,
    next: z.array(instantField).readonly(),
  })
  .meta({ id: 'BackupSchedule' }) satisfies z.ZodType<ScheduleEntry>;

const pauseBody = z.strictObject({ paused: z.boolean() });

export interface ScheduleRoutesDeps {
  readonly schedules: ScheduleDesk;
  /** Puts on record what the caller of a request does. */
  readonly noteOf: (request: FastifyRequest) => NoteSchedule;
}

/** The id in the path; one that cannot be is that of no schedule. */
export function scheduleIdOf(request: FastifyRequest): number {
  const text = pathPart(request, 'id');
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0;
}

/** Schedules of backups as JSON. Not below `/api/v1/backups/`, where each word may be the name of a device. */
export function scheduleRoutes({ schedules, noteOf }: ScheduleRoutesDeps): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/backup-schedules',
      right: 'view',
      contract: {
        summary: 'When backups are made: all schedules with their next times, those of the configuration first',
        answers: { 200: z.array(scheduleAnswer) },
      },
      handler: async (_request, reply) => sendEntries(reply, await schedules.list()),
    },
    {
      method: 'POST',
      path: '/api/v1/backup-schedules',
      right: 'operate',
      contract: {
        summary: "Add a schedule: every 'day', 'week', 'month', 'year' or like '6 hours'",
        body: ruleBody,
        answers: { 201: scheduleAnswer },
        refuses: [409],
      },
      handler: answering(async (request, reply) => {
        const rule = parseBody(ruleBody, reply, request.body);
        return rule === null ? reply : sendEntry(reply.code(201), await schedules.add(noteOf(request), rule));
      }),
    },
    {
      method: 'PATCH',
      path: '/api/v1/backup-schedules/:id',
      right: 'operate',
      contract: {
        summary: 'Pause or resume a schedule',
        body: pauseBody,
        answers: { 200: scheduleAnswer },
        refuses: [404],
      },
      handler: answering(async (request, reply) => {
        const asked = parseBody(pauseBody, reply, request.body);
        if (asked === null) return reply;
        return sendEntry(reply, await schedules.setPaused(noteOf(request), scheduleIdOf(request), asked.paused));
      }),
    },
    {
      method: 'DELETE',
      path: '/api/v1/backup-schedules/:id',
      right: 'operate',
      contract: { summary: 'Remove a schedule', answers: { 204: null }, refuses: [404] },
      handler: answering(async (request, reply) => {
        await schedules.remove(noteOf(request), scheduleIdOf(request));
        return reply.code(204).send();
      }),
    },
  ];
}
