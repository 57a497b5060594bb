/** What is learned beside the answering, in plain lines for the status: other students, the one that is tried, the round. */
import { roundProgress } from '../../models/distill/round-status.ts';
import { agreementOf, agreementText, type Shadow } from './shadow.ts';
import type { Specialists } from './specialists.ts';

export interface Learning {
  dataDir: string;
  specialists: Pick<Specialists, 'serving'>;
  shadow: Pick<Shadow, 'student'> | null;
}

export async function learning({ dataDir, specialists, shadow }: Learning): Promise<string[]> {
  const places = specialists.serving().map(({ place, student }) => `Student ${student} answers first for ${place}.`);
  return [...places, ...(await tried(shadow?.student() ?? null, dataDir)), ...(await round(dataDir))];
}

async function tried(id: string | null, dataDir: string): Promise<string[]> {
  if (id === null) return [];
  const agreement = await agreementOf(dataDir, id);
  return [`Student ${id} answers silently beside it: ${agreement ? agreementText(agreement) : 'nothing asked yet'}.`];
}

async function round(dataDir: string): Promise<string[]> {
  const now = await roundProgress(dataDir);
  if (!now) return [];
  const { step, share, state, text } = now;
  if (state === 'resting') return [`Round ${now.round}: ${step}, resting while answers wait.`];
  if (state === 'running') return [`Round ${now.round}: ${step}, ${Math.round(100 * share)} %.`];
  return [`Round ${now.round}, the last: ${state}${text ? `; ${text.replace(/\.$/, '')}` : ''}.`];
}
