import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerMay, callerOf } from '../../platform/http/caller.ts';
import { type Found, formField, formOf, readForm, seeOther, sentence } from '../../platform/http/forms.ts';
import { sendMessage, sendPage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { statusOf } from '../api/refusals.ts';
import { type ScheduleRoutesDeps, scheduleIdOf } from '../api/schedules.ts';
import {
  NOTHING_TYPED,
  SCHEDULE_FIELDS,
  type SchedulesView,
  type TypedSchedule,
  viewSchedules,
} from '../pages/schedules.ts';
import { ruleBody } from '../schedule-rule.ts';

export interface SchedulePagesDeps extends ScheduleRoutesDeps {
  readonly frame: PageFrame;
  readonly timeZone: string;
  /** Without a key nothing is backed up. */
  readonly hasKey: boolean;
}

const NO_KEY: SchedulesView['trouble'] = {
  text: 'Nothing is backed up: there is no key to encrypt configurations with.',
  advice: 'Make one with the command key new, and set it as key in the configuration.',
};
const PAGE = '/backups/schedules';

/** The page of schedules and its forms. */
export function createSchedulePages(deps: SchedulePagesDeps): Route[] {
  const { schedules, noteOf, frame, timeZone, hasKey } = deps;
  const page = frame.page<SchedulesView>(new URL('../pages/schedules.hbs', import.meta.url));

  async function show(request: FastifyRequest, reply: FastifyReply, typed = NOTHING_TYPED, found: Found = {}) {
    const mayEdit = callerOf(request).kind === 'user' && callerMay(request, 'operate');
    const state = { mayEdit, typed, found, trouble: hasKey ? null : NO_KEY };
    return sendPage(reply, page(viewSchedules(await schedules.list(), state, timeZone)));
  }

  async function add(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const typed = Object.fromEntries(
      SCHEDULE_FIELDS.map((name) => [name, formField(form, name).trim()]),
    ) as TypedSchedule;
    const read = readForm(ruleBody, writtenOf(typed));
    if (!read.isGood) return await show(request, reply.code(400), typed, read.problems);
    try {
      await schedules.add(noteOf(request), read.data);
    } catch (error) {
      const status = statusOf(error);
      if (status === null || !(error instanceof TroubleError)) throw error;
      const { message, advice } = error;
      return await show(request, reply.code(status), typed, { form: `${sentence(message)} ${advice}` });
    }
    return seeOther(reply, PAGE);
  }

  /** Does it to the schedule in the path. */
  function changing(work: (request: FastifyRequest, id: number) => Promise<unknown>): Route['handler'] {
    return async (request, reply) => {
      try {
        await work(request, scheduleIdOf(request));
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        const advice = 'Somebody else may have removed it.';
        return sendMessage(frame, reply, 404, { title: 'Not found', text: 'There is no such schedule.', advice });
      }
      return seeOther(reply, PAGE);
    };
  }

  const setPaused = (isPaused: boolean) =>
    changing((request, id) => schedules.setPaused(noteOf(request), id, isPaused));
  const remove = changing((request, id) => schedules.remove(noteOf(request), id));
  return [
    { method: 'GET', path: PAGE, right: 'view', handler: (request, reply) => show(request, reply) },
    { method: 'POST', path: PAGE, right: 'operate', handler: add },
    { method: 'POST', path: `${PAGE}/:id/pause`, right: 'operate', handler: setPaused(true) },
    { method: 'POST', path: `${PAGE}/:id/resume`, right: 'operate', handler: setPaused(false) },
    { method: 'POST', path: `${PAGE}/:id/remove`, right: 'operate', handler: remove },
  ];
}

/** What is empty is not given. */
function writtenOf({ tags, ...others }: TypedSchedule): object {
  const listed = tags
    .split(';')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return { ...Object.fromEntries(Object.entries(others).filter(([, text]) => text !== '')), tags: listed };
}
