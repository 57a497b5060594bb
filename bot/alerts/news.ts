/** The handover at each shift's end and the daily digest, said in their channels at set times; the plot as a file beside. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bot } from '../bot.ts';
import type { Scheduler } from '../scheduler.ts';
import type { AlertRules } from './config.ts';
import type { Handover } from './handover.ts';
import { placeOf } from './place.ts';

export interface NewsParts {
  scheduler: Scheduler;
  bot: Pick<Bot, 'announce'>;
  rules: AlertRules;
  read: (now: Date, hours: number) => Promise<Handover>;
  /** Where plots are kept: `handover-2026-11-21T06:00.svg`. */
  folder: string;
}

const DAY_MIN = 1440;

export function scheduleNews({ scheduler, bot, rules, read, folder }: NewsParts): void {
  const { timezone, digest, shifts } = rules;
  const say = async (name: string, to: string, title: string, due: Date, hours: number): Promise<void> => {
    const { text, plot } = await read(due, hours);
    const minute = due.toISOString().slice(0, 16);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${name}-${minute.replace(':', '')}.svg`), plot);
    await bot.announce({ id: `${name}/${minute}`, ...placeOf(to), title, text });
  };
  if (digest) {
    const run = ({ due }: { due: Date }) => say('digest', digest.to, 'Daily digest', due, 24);
    scheduler.schedule({ name: 'alerts digest', cron: cronAt(digest.at), timezone, run });
  }
  for (const shift of rules.handover ? shifts : []) {
    const hours = ((shift.to - shift.from + DAY_MIN) % DAY_MIN || DAY_MIN) / 60;
    const title = `Handover of shift ${shift.name}`;
    const run = ({ due }: { due: Date }) => say(`handover-${shift.name}`, rules.handover!.to, title, due, hours);
    scheduler.schedule({ name: `alerts handover ${shift.name}`, cron: cronAt(shift.to), timezone, run });
  }
}

function cronAt(minuteOfDay: number): string {
  return `${minuteOfDay % 60} ${Math.floor(minuteOfDay / 60)} * * *`;
}
