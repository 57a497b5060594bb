/** Types of words.js, whose wording the other channels share. */
import type { Answer, ReviewItem, Stage } from '../../../bot/types.ts';

export function reviewWords(kind: ReviewItem['kind']): { accept: string; reject: string };
export function stageWords(stage: Stage): string;
export function percent(p: number): string;
export function confidenceWords(p: number): { words: string; level: 'high' | 'fair' | 'low' };
export function standing(answer: Answer): {
  kind: 'refused' | 'open' | 'person' | 'student' | 'teacher';
  icon: string;
  words: string;
};
export function count(n: number, one: string, many?: string): string;
export function duration(ms: number): string;
