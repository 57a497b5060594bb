/** What to say to a file: Rounds reads none from a channel, and says what can be done with it instead of passing it over. */
import { clip } from './fold.ts';
import { plain } from './text.ts';

export interface Upload {
  name: string;
  /** `text/csv`; empty where the platform does not say. */
  mimetype: string;
}

/** One line a file, at most five. */
export function aboutUploads(uploads: readonly Upload[]): string {
  const lines = uploads
    .slice(0, 5)
    .map((upload) => `“${clip(plain(upload.name) || 'file', 60)}”: ${ADVICE[kindOf(upload)]}`);
  const more = uploads.length - lines.length;
  if (more > 0) lines.push(`The same holds for the other ${more === 1 ? 'file' : `${more} files`}.`);
  return lines.join('\n');
}

/** What a message is called that holds nothing but files. */
export function namesOf(uploads: readonly Upload[]): string {
  const names = uploads.slice(0, 5).map(({ name }) => clip(plain(name) || 'file', 60));
  return `${uploads.length === 1 ? 'file' : 'files'}: ${names.join(', ')}${uploads.length > 5 ? ', …' : ''}`;
}

type Kind = 'image' | 'csv' | 'sheet' | 'pdf' | 'text' | 'audio' | 'other';

const ADVICE: Record<Kind, string> = {
  image:
    'I cannot see pictures. Write what it shows: the machine’s tag, what looks, sounds or reads wrong, and since when.',
  csv: 'I do not read tables from a channel. Write which reading moved and which way. A table of failure modes or plant tags becomes knowledge with `rounds knowledge add FILE` on the plant’s machine.',
  sheet:
    'I do not read workbooks from a channel. Write which reading moved and which way. A table of failure modes becomes knowledge with `rounds knowledge add FILE` on the plant’s machine.',
  pdf: 'I do not read PDF. Paste the passage that matters (up to 8,000 characters). A manual’s fault table becomes knowledge as a sheet: `rounds knowledge add FILE` on the plant’s machine.',
  text: 'I do not open files in a channel. Paste the lines that matter (up to 8,000 characters) with your question.',
  audio: 'I cannot listen. Write what is heard: grinding, whistling, knocking, at which speed or load, and since when.',
  other: 'I cannot read this kind of file. Write what it says about the machine, with its tag.',
};

function kindOf({ name, mimetype }: Upload): Kind {
  const type = mimetype.toLowerCase();
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  if (type.startsWith('image/') || /^(png|jpe?g|gif|webp|heic|bmp|tiff?|svg)$/.test(ending)) return 'image';
  if (/^(audio|video)\//.test(type) || /^(mp3|m4a|wav|ogg|mp4|mov|webm)$/.test(ending)) return 'audio';
  if (type.includes('csv') || /^(csv|tsv)$/.test(ending)) return 'csv';
  if (type.includes('spreadsheet') || type.includes('excel') || /^(xlsx?|ods)$/.test(ending)) return 'sheet';
  if (type === 'application/pdf' || ending === 'pdf') return 'pdf';
  if (type.startsWith('text/') || /^(txt|log|md|ya?ml|json)$/.test(ending)) return 'text';
  return 'other';
}
