/**
 * Reads an alert out of anybody's JSON by a mapping of the configuration: where tag, condition and the rest stand. A path
 * goes by dots (`data.machine.id`, `items.0.name`, `$topic.2`); what begins with `=` is taken as it stands.
 */
import type { Alert, Priority } from '../../bot/types.ts';
import { BadInput } from '../../models/errors.ts';
import { alertOf, priorityOf } from './alert.ts';

export interface Mapping {
  fields: {
    tag: string;
    condition: string;
    id?: string | undefined;
    status?: string | undefined;
    priority?: string | undefined;
    text?: string | undefined;
    value?: string | undefined;
    unit?: string | undefined;
    area?: string | undefined;
    class?: string | undefined;
    at?: string | undefined;
    link?: string | undefined;
  };
  /** What `status` says while the condition is there. */
  active: readonly string[];
  priorities: Readonly<Record<string, Priority>>;
  /** Where a message says none. */
  priority: Priority;
}

/** @throws BadInput where tag and condition are not found */
export function mapped(source: string, message: unknown, mapping: Mapping, topic?: string): Alert {
  const root = topic === undefined ? message : { $topic: topic.split('/'), ...(message as object) };
  const { fields } = mapping;
  const read = (path: string | undefined): string | undefined => (path === undefined ? undefined : textAt(root, path));
  const condition = read(fields.condition);
  if (!condition) throw new BadInput(`nothing stands at "${fields.condition}", where the condition is looked for`);
  const status = read(fields.status)?.trim().toLowerCase();
  const value = read(fields.value);
  const unit = read(fields.unit);
  return alertOf({
    source,
    id: read(fields.id),
    tag: read(fields.tag) ?? '',
    condition,
    priority: priorityOf(read(fields.priority) ?? '', mapping.priorities, mapping.priority),
    status: status === undefined || mapping.active.some((one) => one.toLowerCase() === status) ? 'active' : 'normal',
    text: read(fields.text),
    value: value && unit ? `${value} ${unit}` : value,
    area: read(fields.area),
    class: read(fields.class),
    at: read(fields.at),
    link: read(fields.link),
  });
}

/** What stands at a path; undefined where nothing does, or no text, number or truth value. */
export function textAt(root: unknown, path: string): string | undefined {
  if (path.startsWith('=')) return path.slice(1);
  const value = at(root, path);
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

export function at(root: unknown, path: string): unknown {
  let value = root;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
