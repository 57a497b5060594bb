/**
 * A simulated language model that does reason: it reads the question as it stands in the prompt, asks the knowledge
 * teacher, and answers in the form that was asked for. So what the teacher behind the wire says is right or wrong by the
 * sheets, and tests can tell.
 */
import type { Knowledge } from '../../../models/knowledge/knowledge.ts';
import { makeMatcher } from '../../../models/knowledge/names.ts';
import { knowledgeTeacher } from '../../../models/teacher/knowledge.ts';
import type { Brain } from './server.ts';

export interface Posed {
  question: string;
  options?: Record<string, string>;
  about?: { tag?: string; machine?: string; faults?: string[]; readings?: string[] };
  plant_facts: Record<string, string>;
}

/** `wrongly`: gives another option than the right one, or another answer, with the same certainty. */
export function knowledgeBrain(knowledge: Knowledge, options: { wrongly?: boolean } = {}): Brain {
  const teacher = knowledgeTeacher(knowledge, makeMatcher(knowledge));
  return async (messages) => {
    const posed = posedIn(messages.find(({ role }) => role === 'user')?.content ?? '');
    const letters = Object.keys(posed.options ?? {});
    const texts = Object.values(posed.options ?? {});
    const { tag, machine, faults = [], readings = [] } = posed.about ?? {};
    const answer = await teacher.ask({
      question: posed.question,
      ...(texts.length ? { options: texts } : {}),
      topic: { ...(tag ? { tag } : {}), ...(machine ? { asset: machine } : {}), faults, parameters: readings },
      facts: [],
    });
    if (answer.kind === 'does not know') {
      return JSON.stringify({
        known: false,
        options: [],
        answer: '',
        rationale: answer.reason,
        confidence: 0,
        facts: [],
      });
    }
    const right = letters.filter((_, i) => answer.answer.split('; ').includes(texts[i]!));
    const wrong = letters.filter((letter) => !right.includes(letter)).slice(0, 1);
    return JSON.stringify({
      known: true,
      options: options.wrongly ? wrong : right,
      answer: options.wrongly ? 'A worn door hinge.' : answer.answer,
      rationale: answer.rationale,
      confidence: answer.confidence,
      facts: Object.keys(posed.plant_facts).slice(0, 2),
    });
  };
}

export function posedIn(content: string): Posed {
  return JSON.parse(content) as Posed;
}
