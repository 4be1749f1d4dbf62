import { propertiesOf } from './dialect.ts';
import { convert, isTrue, operate } from './operators.ts';
import { parseScript } from './parse.ts';
import {
  addRow,
  assign,
  changeRow,
  copyRouter,
  moveRow,
  type Router,
  type Row,
  removeRow,
  rowsOf,
  textIn,
} from './router.ts';
import { type Argument, type Expression, ScriptRuntimeError, ScriptSyntaxError, type Statement } from './syntax.ts';
import { Code, RowId, textOf, type Value } from './values.ts';

/** `:return`, on its way out of a function. */
class Return {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

interface Scope {
  readonly variables: Map<string, Value>;
  /** Names of the globals that it has declared. */
  readonly globals?: Set<string>;
  readonly parent?: Scope;
}

type Parsed = readonly Statement[] | ScriptSyntaxError;

/** Reading takes longer than running, and the same scripts run on many routers. */
const parsed = new WeakMap<Router['dialect'], Map<string, Parsed>>();

/** @throws ScriptSyntaxError */
function parseOnce(source: string, dialect: Router['dialect']): readonly Statement[] {
  const known = parsed.getOrInsertComputed(dialect, () => new Map<string, Parsed>());
  const found = known.getOrInsertComputed(source, () => parseOrRefuse(source, dialect));
  if (found instanceof ScriptSyntaxError) throw found;
  return found;
}

function parseOrRefuse(source: string, dialect: Router['dialect']): Parsed {
  try {
    return parseScript(source, dialect);
  } catch (error) {
    if (error instanceof ScriptSyntaxError) return error;
    throw error;
  }
}

/** Imports a script as `/import` does: read whole first, then run; what ran before a failure stays. */
export function importScript(router: Router, source: string): void {
  runBody(router, parseOnce(source, router.dialect), { variables: new Map(), globals: new Set() });
}

/**
 * The router as a power failure would leave it before the first change of a script, the second, … and as it is when the script was through.
 * At a power failure nothing runs on, no `on-error` either, and what was changed stays: so one import shows all of them.
 */
export function statesOfImport(router: Router, source: string): Router[] {
  const running = copyRouter(router);
  const states: Router[] = [];
  running.beforeChange = () => void states.push(copyRouter(running));
  importScript(running, source);
  return [...states, copyRouter(running)];
}

/** Fires what the scheduler would start within `minutes` of being added. Rows that are off never start. */
export function letMinutesPass(router: Router, minutes: number): void {
  for (const row of [...rowsOf(router, '/system/scheduler')]) {
    const interval = /^(\d+)m$/.exec(textIn(row, 'interval'))?.[1];
    if (row.values.get('disabled') === true || interval === undefined || Number(interval) > minutes) continue;
    importScript(router, textIn(row, 'on-event'));
  }
}

function fail(message: string): never {
  throw new ScriptRuntimeError(message);
}

function runBody(router: Router, body: readonly Statement[], scope: Scope): Value {
  let last: Value;
  for (const statement of body) last = runStatement(router, statement, scope);
  return last;
}

function runStatement(router: Router, statement: Statement, scope: Scope): Value {
  if (statement.kind === 'block') return runBody(router, statement.body, { variables: new Map(), parent: scope });
  if (statement.kind === 'call') {
    const target = evaluate(router, statement.target, scope);
    return target instanceof Code ? call(router, target, statement.arguments, scope) : target;
  }
  return statement.menu === '/' ? runBuiltIn(router, statement, scope) : runInMenu(router, statement, scope);
}

/** A function sees its arguments and the globals it names, not the caller's locals. */
function call(router: Router, code: Code, given: readonly Argument[], scope: Scope): Value {
  const variables = new Map<string, Value>();
  let position = 0;
  for (const { name, value } of given) {
    position += name === undefined ? 1 : 0;
    variables.set(name ?? String(position), evaluate(router, value, scope));
  }
  try {
    return runBody(router, code.body, { variables });
  } catch (thrown) {
    if (thrown instanceof Return) return thrown.value;
    throw thrown;
  }
}

function lookUp(router: Router, scope: Scope, name: string): Pick<Scope, 'variables'> | undefined {
  for (let one: Scope | undefined = scope; one !== undefined; one = one.parent) {
    if (one.variables.has(name)) return one;
    if (one.globals?.has(name)) return { variables: router.globals };
  }
  return undefined;
}

type Run = Extract<Statement, { kind: 'run' }>;

function runBuiltIn(router: Router, statement: Run, scope: Scope): Value {
  const given = new Map(statement.arguments.map((argument) => [argument.name, argument.value]));
  const argument = (name: string): Value => {
    const expression = given.get(name);
    return expression === undefined ? undefined : evaluate(router, expression, scope);
  };
  const body = (name: string): void => {
    const expression = given.get(name);
    if (expression?.kind === 'code') runBody(router, expression.body, { variables: new Map(), parent: scope });
    else if (expression !== undefined && expression.kind !== 'array') fail(`${name} is no code`);
  };
  switch (statement.command) {
    case 'local': {
      const code = given.get('do');
      const value = code?.kind === 'code' ? new Code(code.body) : argument('value');
      scope.variables.set(textOf(argument('name')), value);
      return undefined;
    }
    case 'global': {
      const name = textOf(argument('name'));
      scope.globals?.add(name);
      if (given.has('value')) router.globals.set(name, argument('value'));
      return undefined;
    }
    case 'set': {
      const name = textOf(argument('name'));
      const owner = lookUp(router, scope, name) ?? fail(`variable ${name} is not declared`);
      owner.variables.set(name, argument('value'));
      return undefined;
    }
    case 'if': {
      const condition = argument('condition');
      if (typeof condition !== 'boolean') fail('conditional not boolean');
      body(condition ? 'do' : 'else');
      return undefined;
    }
    case 'foreach': {
      const items = argument('in');
      for (const item of Array.isArray(items) ? [...items] : items === undefined || items === null ? [] : [items]) {
        const code = given.get('do');
        if (code?.kind !== 'code') return undefined;
        runBody(router, code.body, { variables: new Map([[textOf(argument('counter')), item]]), parent: scope });
      }
      return undefined;
    }
    case 'for': {
      // Counts down when the end lies before the beginning.
      const [from, to] = [Number(argument('from')), Number(argument('to'))];
      const code = given.get('do');
      for (let at = from; from <= to ? at <= to : at >= to; at += from <= to ? 1 : -1)
        if (code?.kind === 'code')
          runBody(router, code.body, { variables: new Map([[textOf(argument('counter')), at]]), parent: scope });
      return undefined;
    }
    case 'do':
      try {
        body('command');
      } catch (thrown) {
        if (!(thrown instanceof Error) || !/^Script(Runtime|Syntax)Error$/.test(thrown.name) || !given.has('on-error'))
          throw thrown;
        body('on-error');
      }
      return undefined;
    case 'error':
      return fail(textOf(argument('message')));
    case 'return':
      throw new Return(argument('value'));
    case 'put':
      router.printed.push(textOf(argument('message')));
      return undefined;
    case 'delay':
      return undefined;
    case 'parse':
      return new Code(parseOnce(textOf(argument('value')), router.dialect));
    default:
      return convert(statement.command, argument);
  }
}

function runInMenu(router: Router, statement: Run, scope: Scope): Value {
  const { menu, command } = statement;
  const given = new Map<string, Value>();
  for (const { name, value } of statement.arguments) given.set(name ?? '', evaluate(router, value, scope));
  if (menu === '/log') {
    router.logged.push(`${command}: ${textOf(given.get('message'))}`);
    return undefined;
  }
  const act = router.actions.get(`${menu} ${command}`);
  if (act !== undefined) return act(router, given);
  const single = router.singles.get(menu);
  if (single !== undefined) return runInSingle(router, menu, command, single, given);
  const rows = rowsOf(router, menu);
  const matching = () =>
    rows.filter(
      (row) => statement.where === undefined || isTrue(whereValue(router, menu, statement.where, row, scope)),
    );
  switch (command) {
    case 'find':
      return matching().map((row) => new RowId(row.id));
    case 'print':
      if (given.get('count-only') !== true) throw new Error('the interpreter knows print count-only only');
      return matching().length;
    case 'get': {
      const [id = fail('no such item')] = idsOf(rows, given.get('number'));
      const row = rows.find((one) => one.id === id) ?? fail('no such item');
      return propertyValue(router, menu, row, textOf(given.get('value-name')));
    }
    case 'add': {
      const before = given.get('place-before');
      given.delete('place-before');
      const [anchor] = before === undefined ? [undefined] : idsOf(rows, before);
      if (before !== undefined && anchor === undefined) fail('no such item');
      return new RowId(addRow(router, menu, Object.fromEntries(storedValues(given)), anchor).id);
    }
    case 'set': {
      const ids = idsOf(rows, given.get('numbers'));
      given.delete('numbers');
      for (const id of ids) changeRow(router, menu, id, storedValues(given));
      return undefined;
    }
    case 'enable':
    case 'disable':
      for (const id of idsOf(rows, given.get('numbers')))
        changeRow(router, menu, id, new Map([['disabled', command === 'disable']]));
      return undefined;
    case 'remove':
      for (const id of idsOf(rows, given.get('numbers'))) removeRow(router, menu, id);
      return undefined;
    case 'move': {
      const [anchor = fail('no such item')] = idsOf(rows, given.get('destination'));
      for (const id of idsOf(rows, given.get('numbers'))) moveRow(router, menu, id, anchor);
      return undefined;
    }
    default:
      throw new Error(`the interpreter does not know ${menu} ${command}`);
  }
}

function runInSingle(
  router: Router,
  menu: string,
  command: string,
  single: Map<string, string | boolean>,
  given: Map<string, Value>,
): Value {
  if (command === 'get') {
    const name = textOf(given.get('value-name'));
    if (!propertiesOf(menu, router.dialect).has(name)) fail(`unknown property ${name}`);
    return single.get(name) ?? '';
  }
  if (command !== 'set') throw new Error(`the interpreter does not know ${menu} ${command}`);
  router.beforeChange();
  assign(router, menu, { id: '', values: single }, storedValues(given));
  return undefined;
}

function storedValues(given: ReadonlyMap<string, Value>): Map<string, string | boolean> {
  return new Map(
    [...given].map(([name, value]) => [
      name,
      typeof value === 'boolean' ? value : Array.isArray(value) ? value.map(textOf).join(',') : textOf(value),
    ]),
  );
}

/** Rows by id, by name, or by place: the number `print` would have shown. */
function idsOf(rows: readonly Row[], numbers: Value): string[] {
  if (numbers === undefined || numbers === null) return fail('no such item');
  return (Array.isArray(numbers) ? numbers : [numbers]).map((one) => {
    if (one instanceof RowId) return one.text;
    if (typeof one === 'string' && one.startsWith('*')) return one;
    const row =
      typeof one === 'number'
        ? rows[one]
        : rows.find((each) => textIn(each, 'name') === textOf(one) && textOf(one) !== '');
    return row?.id ?? fail('no such item');
  });
}

function propertyValue(router: Router, menu: string, row: Row, name: string): Value {
  if (!propertiesOf(menu, router.dialect).has(name)) fail(`unknown property ${name}`);
  if (name === '.id') return new RowId(row.id);
  const value = row.values.get(name) ?? (name === 'dynamic' || name === 'disabled' ? false : '');
  if (name === 'policy' && menu === '/user/group') {
    const granted = String(value).split(',');
    return router.dialect.policies.map((policy) => (granted.includes(policy) ? policy : `!${policy}`));
  }
  if (name === 'address' && menu === '/ip/service' && router.dialect.serviceAddressIs === 'array')
    return value === '' ? [] : String(value).split(',');
  return value;
}

/** A condition over a row: names are the row's properties, also after a `$`. */
function whereValue(router: Router, menu: string, expression: Expression, row: Row, scope: Scope): Value {
  const inner = (one: Expression) => whereValue(router, menu, one, row, scope);
  switch (expression.kind) {
    case 'property':
      if (!propertiesOf(menu, router.dialect).has(expression.name)) return undefined;
      if (router.dialect.absentStaysUnmatched && expression.name === 'comment' && textIn(row, 'comment') === '')
        return undefined;
      return propertyValue(router, menu, row, expression.name);
    case 'not': {
      const operand = inner(expression.operand);
      return operand === undefined && router.dialect.absentStaysUnmatched ? undefined : !isTrue(operand);
    }
    case 'binary': {
      const left = inner(expression.left);
      if (left === undefined && router.dialect.absentStaysUnmatched && !['and', 'or'].includes(expression.operator))
        return undefined;
      return operate(expression.operator, left, () => inner(expression.right));
    }
    default:
      return evaluate(router, expression, scope);
  }
}

function evaluate(router: Router, expression: Expression, scope: Scope): Value {
  const inner = (one: Expression) => evaluate(router, one, scope);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'text':
      return expression.parts.map((part) => textOf(inner(part))).join('');
    case 'variable':
      return lookUp(router, scope, expression.name)?.variables.get(expression.name);
    case 'property':
      return expression.name;
    case 'command':
      return runStatement(router, expression.statement, scope);
    case 'array':
      return expression.items.map(inner);
    case 'code':
      return new Code(expression.body);
    case 'not': {
      const operand = inner(expression.operand);
      return typeof operand === 'boolean' ? !operand : fail('not of what is no bool');
    }
    case 'negate':
      return -Number(inner(expression.operand));
    case 'element': {
      const from = inner(expression.left);
      return Array.isArray(from) ? from[Number(inner(expression.right))] : undefined;
    }
    case 'binary':
      return operate(expression.operator, inner(expression.left), () => inner(expression.right));
  }
}
