/**
 * Alertmanager's webhook, version 4, and Grafana's, which adds to it: one delivery is a group, of which `truncatedAlerts`
 * were left out; what is sent again has the same id. https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 * It ends an alert by itself when nobody says for long that it goes on; when it is said again, it has its former start.
 */
import { z } from 'zod/v4';
import type { Alert, Priority } from '../../bot/types.ts';
import { BadInput } from '../../models/errors.ts';
import { alertOf, priorityOf } from '../shared/alert.ts';

export interface Labels {
  /** Label names in the order in which they are tried. */
  tag: readonly string[];
  condition: readonly string[];
  priority: readonly string[];
  area: readonly string[];
  class: readonly string[];
}

export interface AlertmanagerOptions {
  source: string;
  labels: Labels;
  priorities: Readonly<Record<string, Priority>>;
}

const texts = z.record(z.string(), z.string());
const delivery = z.object({
  version: z.union([z.literal('4'), z.literal('1')]).optional(),
  groupKey: z.string().max(4000),
  truncatedAlerts: z.number().int().min(0).default(0),
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: texts,
      annotations: texts.default({}),
      startsAt: z.string(),
      endsAt: z.string().default(''),
      generatorURL: z.string().default(''),
      fingerprint: z.string().max(200).optional(),
      /** Grafana's. */
      values: z.record(z.string(), z.unknown()).nullish(),
    }),
  ),
});

/** @throws BadInput naming the field */
export function alertmanagerAlerts(body: unknown, { source, labels, priorities }: AlertmanagerOptions): Alert[] {
  const parsed = delivery.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new BadInput(
      `not a delivery of Alertmanager's version 4: ${issue.path.join('.') || 'body'}: ${issue.message}`,
    );
  }
  const { groupKey, truncatedAlerts, alerts } = parsed.data;
  return alerts.map((one) => {
    const label = (names: readonly string[]): string => names.map((name) => one.labels[name]).find(Boolean) ?? '';
    const fingerprint = one.fingerprint || JSON.stringify(Object.entries(one.labels).sort());
    const active = one.status === 'firing';
    const condition = label(labels.condition) || 'unnamed alert';
    const { summary, description, message } = one.annotations;
    return alertOf({
      source,
      id: JSON.stringify([fingerprint, one.startsAt, one.status, active ? '' : one.endsAt]),
      fingerprint,
      // An exporter's instance is host and port.
      tag: label(labels.tag).replace(/:\d+$/, ''),
      condition,
      priority: priorityOf(label(labels.priority), priorities, 'medium'),
      status: active ? 'active' : 'normal',
      text: [summary, description, message].find(Boolean),
      value: one.annotations.value ?? valuesText(one.values),
      area: label(labels.area),
      class: label(labels.class),
      group: groupKey,
      truncated: truncatedAlerts,
      link: one.generatorURL,
      at: active ? one.startsAt : one.endsAt,
      began: one.startsAt,
    });
  });
}

/** `A=9.8, B=1` */
function valuesText(values: Record<string, unknown> | null | undefined): string | undefined {
  const known = Object.entries(values ?? {}).filter(([, value]) => typeof value === 'number');
  return known.length ? known.map(([name, value]) => `${name}=${value}`).join(', ') : undefined;
}
