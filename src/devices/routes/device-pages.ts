import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerMay } from '../../platform/http/caller.ts';
import { formField, formOf, seeOther } from '../../platform/http/forms.ts';
import { goneOf } from '../../platform/http/gone.ts';
import { sendPage } from '../../platform/http/page-answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { type DeviceForm, EMPTY_FORM, fieldsOfForm, formFieldOf, formOfEntry, typedForm } from '../device-form.ts';
import type { DeviceTestStep } from '../device-tests.ts';
import { type DeviceFields, entryName } from '../fields.ts';
import { invalid, type Problem } from '../inventory.ts';
import { type ListedEntry, withStates } from '../inventory-query.ts';
import {
  type DevicePageView,
  type FormState,
  type NewDeviceView,
  viewDevicePage,
  viewNewDevice,
} from '../pages/device-form.ts';
import { deviceLink } from '../pages/inventory-links.ts';
import { atBoth, byField, formChoices, type InventoryPagesDeps, nameOf, sendNoSuch, tryWork } from './page-tools.ts';

/** What was typed, with the password, which no page shows. */
interface Typed {
  readonly form: DeviceForm;
  readonly password: string;
  readonly version: number | null;
}

const CHANGED = 'Somebody else changed this device meanwhile. What you typed is below, nothing of it is saved.';

/** The pages on which a device is added, tried, changed and removed. */
export function createDevicePages(deps: InventoryPagesDeps): Route[] {
  const { desk, deskOf, noteOf, tests, conditions, frame } = deps;
  const newPage = frame.page<NewDeviceView>(new URL('../pages/device-new.hbs', import.meta.url));
  const devicePage = frame.page<DevicePageView>(new URL('../pages/inventory-device.hbs', import.meta.url));

  const testing = (request: FastifyRequest, reply: FastifyReply) => ({ signal: goneOf(reply), note: noteOf(request) });

  async function showNew(reply: FastifyReply, state: Partial<FormState> = {}): Promise<FastifyReply> {
    const whole = { form: EMPTY_FORM, problems: {}, tested: null, note: null, ...state };
    return sendPage(reply, newPage(viewNewDevice(whole, await formChoices(deps))));
  }

  /** The one of the inventory, where there is one: it is what can be changed. */
  async function find(name: string): Promise<ListedEntry | null> {
    const entries = withStates(await desk.devices(), conditions()).filter((entry) => entry.name === name);
    return entries.find(({ source }) => source === 'inventory') ?? entries[0] ?? null;
  }

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    state: Partial<FormState> = {},
  ): Promise<FastifyReply> {
    const entry = await find(name);
    if (entry === null) return sendNoSuch(frame, reply, 'device');
    const rights = { edit: callerMay(request, 'administer'), test: callerMay(request, 'operate') };
    const whole = { form: formOfEntry(entry), problems: {}, tested: null, note: null, ...state };
    const known = await formChoices(deps);
    return sendPage(reply, devicePage(viewDevicePage({ entry, may: rights, known, state: whole })));
  }

  async function add(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { form, password } = typedOf(request);
    const isTest = formField(formOf(request), 'do') === 'test';
    const again = (status: number, problems: readonly Problem[]) =>
      showNew(reply.code(status), { form, problems: byField(problems, (problem) => formFieldOf(problem, form)) });
    const read = fieldsOfForm(form, password);
    // To try a device it needs no name yet.
    const wrongName = isTest && form.name.trim() === '' ? [] : nameProblems(form.name);
    if ('problems' in read || wrongName.length > 0) {
      return await again(400, [...wrongName, ...('problems' in read ? read.problems : [])]);
    }
    const name = form.name.trim();
    if (isTest) {
      const tried = await tryWork(() => tests.draft(name, read.fields, testing(request, reply)));
      return tried.isDone
        ? await showNew(reply, { form, tested: tried.result })
        : await again(tried.status, tried.problems);
    }
    const added = await tryWork(() => deskOf(request).addDevice(name, read.fields));
    return added.isDone ? seeOther(reply, '/inventory') : await again(added.status, added.problems);
  }

  async function change(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const name = nameOf(request);
    const what = formField(formOf(request), 'do');
    if (what === 'remove') return await remove(request, reply, name);
    if (what === 'pause' || what === 'resume') return await pause(request, reply, name, what === 'pause');
    const { form, password, version } = typedOf(request);
    const again = (status: number, problems: readonly Problem[]) =>
      sendAgain(request, reply.code(status), name, form, problems);
    const read = fieldsOfForm(form, password);
    if ('problems' in read) return await again(400, read.problems);
    if (what === 'test') {
      const tried = await tryWork(() => tests.draft(name, read.fields, testing(request, reply)));
      if (!tried.isDone) return await again(tried.status, tried.problems);
      return await show(request, reply, name, { form, tested: tried.result });
    }
    const changed = await tryWork(() => deskOf(request).setDevice(name, read.fields, version ?? 0));
    return changed.isDone ? seeOther(reply, deviceLink(name)) : await again(changed.status, changed.problems);
  }

  /** The form as it was typed, with what is wrong. Where somebody else was faster, also what is stored now. */
  async function sendAgain(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    form: DeviceForm,
    problems: readonly Problem[],
  ): Promise<FastifyReply> {
    const isLate = problems.some(({ field }) => field === 'version');
    const others = problems.filter(({ field }) => field !== 'version');
    const found = byField(others, (problem) => formFieldOf(problem, form));
    const entry = isLate ? await find(name) : null;
    if (entry === null) return await show(request, reply, name, { form, problems: found });
    const stored = formOfEntry(entry);
    const theirs = DIFFERING.filter(([field]) => stored[field] !== form[field]).map(
      ([field, label]) => `${label} ${stored[field] === '' ? 'is empty' : stored[field]}`,
    );
    const now = theirs.length === 0 ? '' : ` Stored now: ${theirs.join(', ')}.`;
    return await show(request, reply, name, {
      form,
      problems: found,
      note: `${CHANGED}${now} Save again to overwrite it.`,
    });
  }

  async function pause(request: FastifyRequest, reply: FastifyReply, name: string, paused: boolean) {
    const fields: DeviceFields = { paused };
    const changed = await tryWork(() => deskOf(request).setDevice(name, fields));
    if (changed.isDone) return seeOther(reply, deviceLink(name));
    return await show(request, reply.code(changed.status), name, { problems: byField(changed.problems, () => 'form') });
  }

  async function remove(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    const removed = await tryWork(() => deskOf(request).removeDevice(name));
    if (removed.isDone) return seeOther(reply, '/inventory');
    return await show(request, reply.code(removed.status), name, {
      problems: byField(removed.problems, () => 'remove'),
    });
  }

  async function test(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const name = nameOf(request);
    const tried = await tryWork(() => tests.stored(name, goneOf(reply)));
    const tested: readonly DeviceTestStep[] | null = tried.isDone ? tried.result : null;
    const note = tried.isDone ? null : Object.values(byField(tried.problems, () => 'form')).join(' ');
    return await show(request, reply, name, { tested, note });
  }

  return [
    { method: 'GET', path: '/inventory/new', right: 'administer', handler: async (_request, reply) => showNew(reply) },
    { method: 'POST', path: '/inventory/new', right: 'administer', handler: add },
    ...atBoth('/inventory', 'device', {
      ...{ method: 'GET', right: 'view', handler: async (request, reply) => show(request, reply, nameOf(request)) },
    }),
    ...atBoth('/inventory', 'device', { method: 'POST', right: 'administer', handler: change }),
    // It logs in wherever the form says, with shared credentials too; as it is stored, an operator may try it.
    ...atBoth('/inventory', 'device', { method: 'POST', right: 'operate', end: '/test', handler: test }),
  ];
}

function typedOf(request: FastifyRequest): Typed {
  const form = formOf(request);
  const version = /^\d{1,15}$/.exec(formField(form, 'version'));
  return {
    form: typedForm((name) => formField(form, name)),
    password: formField(form, 'password'),
    version: version === null ? null : Number(version[0]),
  };
}

function nameProblems(name: string): Problem[] {
  if (name.trim() === '') return [invalid('name', 'is missing')];
  const result = entryName.safeParse(name);
  return (result.error?.issues ?? []).map(({ message }) => invalid('name', message));
}

/** Fields of the form in words, to say what somebody else made of them. */
const DIFFERING = [
  ...([
    ['host', 'host'],
    ['model', 'model'],
    ['tls', 'TLS'],
    ['fingerprint', 'fingerprint'],
    ['apiPort', 'API port'],
  ] as const),
  ...([
    ['login', 'login'],
    ['username', 'user name'],
    ['sshPort', 'SSH port'],
  ] as const),
  ...([
    ['sshCredential', 'SSH credential'],
    ['terminalCredential', 'terminal credential'],
  ] as const),
  ...([
    ['parent', 'parent'],
    ['tags', 'tags'],
    ['usage', 'usage'],
    ['backup', 'backup'],
  ] as const),
] as const;
