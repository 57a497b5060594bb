/**
 * Where an alarm goes, by area, class, priority and time: the first route that fits decides. Quiet hours hold back all
 * but critical alarms. It knows the clock on the plant's wall, and no channel.
 */
import type { AlertRules, Route } from './config.ts';
import type { Alarm } from './types.ts';

/** Without routes: the page of this machine. */
const HOME: Route = { to: 'web:operations', group: 'asset' };
const DAY_MIN = 24 * 60;

export interface Routing {
  routeOf(alarm: Alarm, now: Date): Route;
  /** Operators who watch now. */
  operators(now: Date): number;
  shift(now: Date): AlertRules['shifts'][number] | undefined;
  /** When a message about `alarm` may be sent; null: at once. */
  heldUntil(route: Route, alarm: Pick<Alarm, 'priority'>, now: Date): Date | null;
  /** Why the alarm is kept quiet by configuration, or null. */
  silencedBy(alarm: Alarm): Alarm['quieted'];
  /** Minutes since midnight, at the plant. */
  minuteOfDay(now: Date): number;
}

export function createRouting(rules: AlertRules): Routing {
  const wall = new Intl.DateTimeFormat('en-GB', {
    timeZone: rules.timezone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const minuteOfDay = (now: Date): number => {
    const [hour, minute] = wall.format(now).split(':');
    return Number(hour) * 60 + Number(minute);
  };
  const shift = (now: Date) => rules.shifts.find((one) => within(one, minuteOfDay(now)));

  return {
    minuteOfDay,
    shift,
    operators: (now) => shift(now)?.operators ?? rules.operators,
    routeOf(alarm, now) {
      const onShift = rules.shifts.filter((one) => within(one, minuteOfDay(now))).map((one) => one.name as string);
      return rules.routes.find((route) => fits(route, alarm, onShift)) ?? HOME;
    },
    heldUntil(route, alarm, now) {
      const quiet = route.quiet === undefined ? rules.quiet : route.quiet;
      if (!quiet || alarm.priority === 'critical') return null;
      const minute = minuteOfDay(now);
      if (!within(quiet, minute)) return null;
      const left = (quiet.to - minute + DAY_MIN) % DAY_MIN;
      return new Date(Math.floor(now.getTime() / 60_000) * 60_000 + left * 60_000);
    },
    silencedBy(alarm) {
      const out = rules.outOfService.find((one) => names(one, alarm));
      if (out) return { state: 'out of service', because: out.because };
      const suppressed = rules.suppress.find((one) => names(one, alarm));
      return suppressed ? { state: 'suppressed', because: suppressed.because } : null;
    },
  };
}

/** `from` included, `to` not; over midnight where `to` comes first; the same: all day. */
function within({ from, to }: { from: number; to: number }, minute: number): boolean {
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

function fits(route: Route, alarm: Alarm, onShift: readonly string[]): boolean {
  return (
    oneOf(route.area, alarm.area) &&
    oneOf(route.class, alarm.class) &&
    oneOf(route.tag, alarm.tag) &&
    oneOf(route.source, alarm.source) &&
    (!route.priority || route.priority.includes(alarm.priority)) &&
    (!route.shift || route.shift.some((name) => onShift.includes(name)))
  );
}

function names(rule: { tag?: string[] | undefined; condition?: string[] | undefined }, alarm: Alarm): boolean {
  return oneOf(rule.tag, alarm.tag) && oneOf(rule.condition, alarm.condition);
}

/** `*` stands for anything; case does not matter. */
function oneOf(wanted: readonly string[] | undefined, value: string): boolean {
  return !wanted || wanted.some((pattern) => like(pattern, value));
}

export function like(pattern: string, value: string): boolean {
  const source = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`, 'is').test(value);
}
