/**
 * Text of models and people made harmless for a channel: it mentions nobody, shows no link that is not in a source, and
 * holds nothing that a reader cannot see. What a platform's own markup needs escaped, its adapter escapes besides.
 */

/** Directions, joiners and blanks that change what is seen without being seen; tag characters and soft hyphens too. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it takes away
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** More marks on one letter than any script needs. */
const PILED = /(\p{M}{3})\p{M}+/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** As a reader should see it: composed, without what is unseen, piled up or torn; at most one empty line in a row. */
export function plain(text: string): string {
  return text
    .normalize('NFC')
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(CONTROL, '')
    .replace(UNSEEN, '')
    .replace(PILED, '$1')
    .replace(/[^\S\n]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** `<!channel>`, `<@U1>`, `<@&1>`, `@everyone` and their like become plain words. */
export function withoutMentions(text: string): string {
  return text
    .replace(/<!(channel|here|everyone)(?:\|[^<>]*)?>/gi, '$1')
    .replace(/<!subteam\^\w+(?:\|@?([^<>]*))?>/gi, (_, label: string | undefined) => label || 'a group')
    .replace(/<!(?:date|[a-z]+)[^<>|]*(?:\|([^<>]*))?>/gi, (_, label: string | undefined) => label ?? '')
    .replace(/<@[!&]?\w+(?:\|@?([^<>]*))?>/g, (_, label: string | undefined) => label || 'someone')
    .replace(/<[#/][^<>|]*(?:\|([^<>]*))?>/g, (_, label: string | undefined) => label || 'a channel')
    .replace(/[@\uff20\ufe6b]\s*(?=(?:everyone|here|channel|group)\b)/gi, '');
}

const SCHEMED = /\b(?:[a-z][a-z0-9+.-]{1,15}:\/\/|mailto:|tel:|javascript:|data:)[^\s<>"'`|\])}]+/gi;
const BARE =
  /\b(?:www\.[^\s<>"'`|\])}]+|(?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|io|dev|app|co|me|ru|cn|xyz|top|site|online|shop|link|click|gg|ly|de|uk|eu|us|cc|tk|zip|mov)(?![\w-])(?:[/?#:][^\s<>"'`|\])}]*)?)/gi;

/** `[words](address)` and `<address|words>` keep their words; an address that no source holds becomes `(link left out)`. */
export function withoutLinks(text: string, allowed: ReadonlySet<string> = new Set()): string {
  const judge = (address: string): string => {
    const bare = address.replace(/[.,;:!?]+$/, '');
    return allowed.has(bare) ? address : `(link left out)${address.slice(bare.length)}`;
  };
  return text
    .replace(/\[([^\]\n]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)/g, '$1 $2')
    .replace(/<((?:[a-z][a-z0-9+.-]*:)[^<>|\s]+)\|([^<>]*)>/gi, '$2 $1')
    .replace(SCHEMED, judge)
    .replace(BARE, judge);
}

/** The addresses that stand in the sources: those alone may be shown. */
export function linksIn(sources: readonly { title: string; text: string }[]): Set<string> {
  const all = sources.flatMap(({ title, text }) => [
    ...`${title}\n${text}`.matchAll(/\bhttps?:\/\/[^\s<>"'`|\])}]+/gi),
  ]);
  return new Set(all.map(([address]) => address.replace(/[.,;:!?]+$/, '')));
}

/** All of it: what a model or a person wrote, fit to be shown. */
export function harmless(text: string, allowed?: ReadonlySet<string>): string {
  return withoutLinks(withoutMentions(plain(text)), allowed);
}
