/**
 * Block Kit as Slack judges it: what is documented is taken, everything else is refused with `invalid_blocks` and the place.
 * Limits and fields are those of the reference (docs.slack.dev/reference/block-kit). Only kinds that bots send are known.
 */
type Json = Record<string, unknown>;
type Surface = 'message' | 'modal' | 'home';

const MOST_BLOCKS: Record<Surface, number> = { message: 50, modal: 100, home: 100 };

/** Faults in words, each with where it is; none when Slack would take the blocks. */
export function blockFaults(blocks: unknown, surface: Surface): string[] {
  const faults: string[] = [];
  const say = (where: string, what: string) => void faults.push(`${what} [json-pointer:${where}]`);
  if (!Array.isArray(blocks)) return ['blocks must be an array'];
  if (blocks.length > MOST_BLOCKS[surface]) say('/blocks', `no more than ${MOST_BLOCKS[surface]} items allowed`);
  const ids = new Set<string>();
  blocks.forEach((block: Json, i) => {
    const where = `/blocks/${i}`;
    const check = BLOCKS[String(block.type)];
    if (!check) {
      say(`${where}/type`, `unsupported block type ${block.type}`);
      return;
    }
    if (!check.surfaces.includes(surface)) say(where, `${block.type} is not for a ${surface}`);
    unknownFields(block, ['type', 'block_id', ...check.fields], where, say);
    if (typeof block.block_id === 'string') {
      if (block.block_id.length > 255) say(`${where}/block_id`, 'must be no more than 255 characters');
      if (ids.has(block.block_id)) say(`${where}/block_id`, 'must be unique');
      ids.add(block.block_id);
    }
    check.judge(block, where, say);
  });
  return faults;
}

type Say = (where: string, what: string) => void;
interface Kind {
  surfaces: Surface[];
  fields: string[];
  judge: (block: Json, where: string, say: Say) => void;
}

const EVERYWHERE: Surface[] = ['message', 'modal', 'home'];

const BLOCKS: Record<string, Kind> = {
  section: {
    surfaces: EVERYWHERE,
    fields: ['text', 'fields', 'accessory', 'expand'],
    judge(block, where, say) {
      if (!block.text && !block.fields) say(where, 'needs text or fields');
      if (block.text) text(block.text, 3000, `${where}/text`, say);
      const fields = (block.fields ?? []) as unknown[];
      if (fields.length > 10) say(`${where}/fields`, 'no more than 10 items allowed');
      fields.forEach((field, i) => void text(field, 2000, `${where}/fields/${i}`, say));
    },
  },
  header: {
    surfaces: EVERYWHERE,
    fields: ['text'],
    judge: (block, where, say) => text(block.text, 150, `${where}/text`, say, ['plain_text']),
  },
  divider: { surfaces: EVERYWHERE, fields: [], judge() {} },
  context: {
    surfaces: EVERYWHERE,
    fields: ['elements'],
    judge(block, where, say) {
      const elements = list(block.elements, 1, 10, `${where}/elements`, say);
      elements.forEach((element, i) => void text(element, 2000, `${where}/elements/${i}`, say));
    },
  },
  actions: {
    surfaces: EVERYWHERE,
    fields: ['elements'],
    judge(block, where, say) {
      const elements = list(block.elements, 1, 25, `${where}/elements`, say);
      const ids = elements.map(({ action_id }) => action_id);
      if (new Set(ids).size < ids.length) say(`${where}/elements`, 'action_id must be unique');
      elements.forEach((element, i) => void buttonLike(element, `${where}/elements/${i}`, say));
    },
  },
  context_actions: {
    surfaces: ['message'],
    fields: ['elements'],
    judge(block, where, say) {
      const elements = list(block.elements, 1, 5, `${where}/elements`, say);
      elements.forEach((element, i) => {
        const at = `${where}/elements/${i}`;
        if (element.type !== 'feedback_buttons') {
          say(at, `unsupported element ${element.type}`);
          return;
        }
        unknownFields(element, ['type', 'action_id', 'positive_button', 'negative_button'], at, say);
        for (const side of ['positive_button', 'negative_button']) {
          const one = element[side] as Json | undefined;
          if (!one) say(`${at}/${side}`, 'is required');
          else {
            unknownFields(one, ['text', 'value', 'accessibility_label'], `${at}/${side}`, say);
            text(one.text, 75, `${at}/${side}/text`, say, ['plain_text']);
            if (String(one.value ?? '').length > 2000)
              say(`${at}/${side}/value`, 'must be no more than 2000 characters');
            if (String(one.accessibility_label ?? '').length > 75) say(`${at}/${side}`, 'accessibility_label too long');
          }
        }
      });
    },
  },
  rich_text: {
    surfaces: EVERYWHERE,
    fields: ['elements'],
    judge(block, where, say) {
      list(block.elements, 1, 100, `${where}/elements`, say).forEach((element, i) => {
        richPart(element, `${where}/elements/${i}`, say);
      });
    },
  },
  input: {
    surfaces: ['modal', 'home'],
    fields: ['label', 'element', 'dispatch_action', 'hint', 'optional'],
    judge(block, where, say) {
      text(block.label, 2000, `${where}/label`, say, ['plain_text']);
      if (block.hint) text(block.hint, 2000, `${where}/hint`, say, ['plain_text']);
      const element = (block.element ?? {}) as Json;
      if (element.type === 'radio_buttons') {
        unknownFields(
          element,
          ['type', 'action_id', 'options', 'initial_option', 'focus_on_load'],
          `${where}/element`,
          say,
        );
        list(element.options, 1, 10, `${where}/element/options`, say);
        return;
      }
      if (element.type !== 'plain_text_input') {
        say(`${where}/element`, `unsupported element ${element.type}`);
        return;
      }
      const fields = ['type', 'action_id', 'initial_value', 'multiline', 'min_length', 'max_length', 'placeholder'];
      unknownFields(element, [...fields, 'dispatch_action_config', 'focus_on_load'], `${where}/element`, say);
      const most = Number(element.max_length ?? 3000);
      if (most < 1 || most > 3000) say(`${where}/element/max_length`, 'must be between 1 and 3000');
      if (String(element.initial_value ?? '').length > most) say(`${where}/element/initial_value`, 'is too long');
    },
  },
};

function richPart(element: Json, where: string, say: Say): void {
  if (element.type === 'rich_text_list') {
    unknownFields(element, ['type', 'style', 'elements', 'indent', 'offset', 'border'], where, say);
    if (element.style !== 'bullet' && element.style !== 'ordered') say(`${where}/style`, 'must be bullet or ordered');
    list(element.elements, 1, 100, `${where}/elements`, say).forEach((item, i) => {
      richPart(item, `${where}/elements/${i}`, say);
    });
    return;
  }
  if (!['rich_text_section', 'rich_text_quote', 'rich_text_preformatted'].includes(String(element.type))) {
    say(`${where}/type`, `unsupported rich text element ${element.type}`);
    return;
  }
  unknownFields(element, ['type', 'elements', 'border'], where, say);
  list(element.elements, 1, 100, `${where}/elements`, say).forEach((item, i) => {
    const at = `${where}/elements/${i}`;
    if (item.type === 'text') {
      unknownFields(item, ['type', 'text', 'style'], at, say);
      if (typeof item.text !== 'string' || item.text === '') say(`${at}/text`, 'must be more than 0 characters');
      const style = Object.keys((item.style ?? {}) as Json);
      if (style.some((one) => !['bold', 'italic', 'strike', 'code', 'underline'].includes(one)))
        say(at, 'unknown style');
    } else if (item.type === 'link') unknownFields(item, ['type', 'url', 'text', 'unsafe', 'style'], at, say);
    else if (!['user', 'channel', 'broadcast', 'emoji', 'usergroup', 'date'].includes(String(item.type))) {
      say(`${at}/type`, `unsupported element ${item.type}`);
    }
  });
}

function buttonLike(element: Json, where: string, say: Say): void {
  if (element.type !== 'button') {
    say(`${where}/type`, `unsupported element ${element.type}`);
    return;
  }
  unknownFields(
    element,
    ['type', 'text', 'action_id', 'url', 'value', 'style', 'confirm', 'accessibility_label'],
    where,
    say,
  );
  text(element.text, 75, `${where}/text`, say, ['plain_text']);
  if (String(element.value ?? '').length > 2000) say(`${where}/value`, 'must be no more than 2000 characters');
  if (String(element.action_id ?? '').length > 255) say(`${where}/action_id`, 'must be no more than 255 characters');
  if (element.style !== undefined && element.style !== 'primary' && element.style !== 'danger')
    say(`${where}/style`, 'unknown');
}

function text(value: unknown, most: number, where: string, say: Say, kinds = ['plain_text', 'mrkdwn']): void {
  const object = (value ?? {}) as Json;
  if (!kinds.includes(String(object.type))) {
    say(`${where}/type`, `must be one of ${kinds.join(', ')}`);
    return;
  }
  unknownFields(
    object,
    object.type === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji'],
    where,
    say,
  );
  if (typeof object.text !== 'string' || object.text === '') {
    say(`${where}/text`, 'must be more than 0 characters');
    return;
  }
  if (object.text.length > most) say(`${where}/text`, `must be no more than ${most} characters`);
}

function list(value: unknown, least: number, most: number, where: string, say: Say): Json[] {
  if (!Array.isArray(value) || value.length < least) {
    say(where, `must have at least ${least} items`);
    return [];
  }
  if (value.length > most) say(where, `no more than ${most} items allowed`);
  return value as Json[];
}

function unknownFields(object: Json, known: string[], where: string, say: Say): void {
  for (const key of Object.keys(object)) if (!known.includes(key)) say(`${where}/${key}`, 'unknown field');
}

/** A view as views.open and views.publish judge it. */
export function viewFaults(view: Json): string[] {
  const faults: string[] = [];
  const say: Say = (where, what) => void faults.push(`${what} [json-pointer:${where}]`);
  const home = view.type === 'home';
  if (!home && view.type !== 'modal') return ['type must be modal or home'];
  const fields = ['type', 'blocks', 'private_metadata', 'callback_id', 'external_id'];
  const ofModal = ['title', 'close', 'submit', 'clear_on_close', 'notify_on_close', 'submit_disabled'];
  unknownFields(view, home ? fields : [...fields, ...ofModal], '/view', say);
  if (!home) {
    text(view.title, 24, '/view/title', say, ['plain_text']);
    for (const one of ['close', 'submit']) if (view[one]) text(view[one], 24, `/view/${one}`, say, ['plain_text']);
    const inputs = Array.isArray(view.blocks) && view.blocks.some((block: Json) => block.type === 'input');
    if (inputs && !view.submit) say('/view/submit', 'is required with input blocks');
  }
  if (String(view.private_metadata ?? '').length > 3000)
    say('/view/private_metadata', 'must be no more than 3000 characters');
  if (String(view.callback_id ?? '').length > 255) say('/view/callback_id', 'must be no more than 255 characters');
  return [...faults, ...blockFaults(view.blocks, home ? 'home' : 'modal')];
}

/** All that a reader can see of blocks, a line a piece. */
export function visibleText(blocks: unknown): string {
  const said: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) walk(one);
    else if (value && typeof value === 'object') {
      const object = value as Json;
      for (const [key, inner] of Object.entries(object)) {
        if (key === 'text' && typeof inner === 'string') said.push(inner);
        else if (key !== 'value' && key !== 'action_id' && key !== 'block_id') walk(inner);
      }
      if (object.type === 'broadcast' || object.type === 'user') said.push(`<<MENTION ${JSON.stringify(object)}>>`);
      if (object.type === 'link') said.push(`<<LINK ${object.url}>>`);
    }
  };
  walk(blocks);
  return said.join('\n');
}
