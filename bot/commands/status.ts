/** How the bot is, in a few plain lines. */
import type { Status } from '../types.ts';

export function statusText(status: Status): string {
  const { student, queue, exchanges, openEscalations, flags, corrections } = status;
  const lines = [
    student
      ? `Student ${student.id} (round ${student.round}).`
      : 'No student is loaded: every question goes to a teacher.',
    `Teachers: ${status.teachers.join(', ') || 'none'}. Answers on its own below ${percent(status.maxError)} error.`,
    `${count(exchanges, 'exchange')}, ${count(openEscalations, 'question')} waiting for people, ${count(flags, 'flag')}, ${count(corrections, 'correction')}.`,
    `Queue ${queue.kind}: ${queue.waiting} waiting, ${queue.active} in work. Store ${status.store}. Up ${duration(status.uptimeS)}.`,
    ...(status.learning ?? []),
    ...status.problems.map((problem) => `Problem: ${problem}`),
  ];
  return lines.join('\n');
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
