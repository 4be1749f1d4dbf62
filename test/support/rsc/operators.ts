import { isIPv4, isIPv6 } from 'node:net';
import { type Operator, ScriptRuntimeError } from './syntax.ts';
import { Address, textOf, typeOf, type Value } from './values.ts';

function fail(message: string): never {
  throw new ScriptRuntimeError(message);
}

export function isTrue(value: Value): boolean {
  return value === true;
}

/** The built-in commands that only make one value of others: `:len`, `:find`, `:toarray` and so on. */
export function convert(command: string, argument: (name: string) => Value): Value {
  const value = argument('value');
  switch (command) {
    case 'len':
      return Array.isArray(value) ? value.length : textOf(value).length;
    case 'typeof':
      return typeOf(value);
    case 'tostr':
      return textOf(value);
    case 'tonum':
      return /^-?\d+$/.test(textOf(value)) ? Number(textOf(value)) : null;
    case 'toarray':
      if (Array.isArray(value)) return value;
      return textOf(value) === '' ? [] : textOf(value).split(',');
    case 'toip':
      return isIPv4(textOf(value)) ? new Address('ip', textOf(value)) : null;
    case 'toip6':
      return isIPv6(textOf(value)) ? new Address('ip6', textOf(value)) : null;
    case 'find': {
      const [within, key] = [argument('in'), argument('key')];
      const place = Array.isArray(within)
        ? within.findIndex((item) => textOf(item) === textOf(key))
        : textOf(within).indexOf(textOf(key));
      return place < 0 ? null : place;
    }
    case 'pick': {
      const [from, begin, end] = [argument('counter'), Number(argument('begin')), argument('end')];
      const last = end === undefined ? begin + 1 : Number(end);
      return Array.isArray(from)
        ? end === undefined
          ? (from[begin] ?? null)
          : from.slice(begin, last)
        : textOf(from).slice(begin, last);
    }
    default:
      throw new Error(`the interpreter does not know :${command}`);
  }
}

/** `rightOf` is asked for only where the operator needs it. */
export function operate(operator: Operator, left: Value, rightOf: () => Value): Value {
  if (operator === 'and') return isTrue(left) && isTrue(rightOf());
  if (operator === 'or') return isTrue(left) || isTrue(rightOf());
  const right = rightOf();
  switch (operator) {
    case '=':
      return isSame(left, right);
    case '!=':
      return !isSame(left, right);
    case '~':
      return new RegExp(textOf(right)).test(textOf(left));
    case ',':
      return [...(Array.isArray(left) ? left : [left]), ...(Array.isArray(right) ? right : [right])];
    case '.':
      return textOf(left) + textOf(right);
    case '<':
      return compare(left, right) < 0;
    case '>':
      return compare(left, right) > 0;
    case '<=':
      return compare(left, right) <= 0;
    case '>=':
      return compare(left, right) >= 0;
    case '+':
      return Number(left) + Number(right);
    case '-':
      return Number(left) - Number(right);
    case '*':
      return Number(left) * Number(right);
    case '/':
      return Math.trunc(Number(left) / Number(right));
  }
}

function isSame(left: Value, right: Value): boolean {
  if (typeOf(left) === 'nothing' || typeOf(left) === 'nil' || typeOf(right) === 'nothing' || typeOf(right) === 'nil')
    return typeOf(left) === typeOf(right);
  if (typeof left === 'boolean' || typeof right === 'boolean') return left === right;
  return textOf(left) === textOf(right);
}

function compare(left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return fail(`cannot compare ${typeOf(left)} and ${typeOf(right)}`);
}
