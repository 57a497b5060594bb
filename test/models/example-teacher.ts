/** The knowledge teacher of the shipped sheets and the example plant, and a question put to it. */
import { EXAMPLE_PLANT, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import type { TeacherAnswer, Topic } from '../../models/teacher/types.ts';

export const NOTHING: Topic = { faults: [], parameters: [] };

export const knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
export const teacher = knowledgeTeacher(knowledge);

export function ask(question: string, topic: Topic = NOTHING): Promise<TeacherAnswer> {
  return teacher.ask({ question, topic, facts: [] });
}
