/**
 * What the peer lets through: the bodies of Discord's REST v10 with their documented limits. Unknown fields, too long
 * texts, too many embeds or components are refused with 50035, as Discord refuses them (it passes over most unknown
 * fields; the peer does not, so that a misspelt one is found here).
 */
import { z } from 'zod/v4';

const id = z.string().regex(/^\d{17,20}$/);
const text = (most: number) => z.string().min(1).max(most);
const url = z.url({ protocol: /^https?$/ }).max(2048);

const embed = z.strictObject({
  title: text(256).optional(),
  type: z.literal('rich').optional(),
  description: text(4096).optional(),
  url: url.optional(),
  timestamp: z.iso.datetime().optional(),
  color: z.number().int().min(0).max(0xffffff).optional(),
  footer: z.strictObject({ text: text(2048), icon_url: url.optional() }).optional(),
  image: z.strictObject({ url }).optional(),
  thumbnail: z.strictObject({ url }).optional(),
  author: z.strictObject({ name: text(256), url: url.optional(), icon_url: url.optional() }).optional(),
  fields: z
    .array(z.strictObject({ name: text(256), value: text(1024), inline: z.boolean().optional() }))
    .max(25)
    .optional(),
});

const EMBED_CHARACTERS = 6000;
const embeds = z
  .array(embed)
  .max(10)
  .refine((all) => all.reduce((sum, one) => sum + charactersOf(one), 0) <= EMBED_CHARACTERS, {
    message: `Embed size exceeds maximum size of ${EMBED_CHARACTERS}`,
  });

function charactersOf({ title, description, footer, author, fields }: z.infer<typeof embed>): number {
  const texts = [title, description, footer?.text, author?.name, ...(fields ?? []).flatMap((f) => [f.name, f.value])];
  return texts.reduce((sum, one) => sum + (one?.length ?? 0), 0);
}

const customId = text(100);
const emoji = z.strictObject({ id: id.nullish(), name: z.string().max(32), animated: z.boolean().optional() });

/** Styles 1–4 act, 5 links. */
const button = z.union([
  z.strictObject({
    type: z.literal(2),
    id: z.number().int().optional(),
    style: z.number().int().min(1).max(4),
    custom_id: customId,
    label: text(80).optional(),
    emoji: emoji.optional(),
    disabled: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal(2),
    id: z.number().int().optional(),
    style: z.literal(5),
    url: url.max(512),
    label: text(80).optional(),
    emoji: emoji.optional(),
    disabled: z.boolean().optional(),
  }),
]);

const row = z.strictObject({
  type: z.literal(1),
  id: z.number().int().optional(),
  components: z.array(button).min(1).max(5),
});

const components = z
  .array(row)
  .max(5)
  .refine(
    (rows) => allDifferent(rows.flatMap((r) => r.components).flatMap((b) => ('custom_id' in b ? [b.custom_id] : []))),
    {
      message: 'Component custom id cannot be duplicated',
    },
  );

const allowedMentions = z.strictObject({
  parse: z.array(z.enum(['roles', 'users', 'everyone'])).optional(),
  roles: z.array(id).max(100).optional(),
  users: z.array(id).max(100).optional(),
  replied_user: z.boolean().optional(),
});

const SUPPRESS_EMBEDS = 1 << 2;
const EPHEMERAL = 1 << 6;
const SUPPRESS_NOTIFICATIONS = 1 << 12;
const flags = (allowed: number) =>
  z
    .number()
    .int()
    .refine((given) => (given & ~allowed) === 0, { message: 'Invalid flags' });

const attachments = z.array(z.strictObject({ id: z.union([z.string(), z.number()]) })).max(10);
const parts = {
  content: z.string().max(2000).nullish(),
  embeds: embeds.nullish(),
  components: components.nullish(),
  allowed_mentions: allowedMentions.nullish(),
  attachments: attachments.optional(),
};

export const createMessage = z
  .strictObject({
    ...parts,
    nonce: z.union([z.string().max(25), z.number().int()]).nullish(),
    enforce_nonce: z.boolean().optional(),
    tts: z.boolean().optional(),
    flags: flags(SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS).optional(),
    message_reference: z
      .strictObject({
        type: z.literal(0).optional(),
        message_id: id,
        channel_id: id.optional(),
        guild_id: id.optional(),
        fail_if_not_exists: z.boolean().optional(),
      })
      .optional(),
  })
  .refine((body) => Boolean(body.content) || Boolean(body.embeds?.length) || Boolean(body.components?.length), {
    message: 'Cannot send an empty message',
  });

/** Sent by discord.js wherever a message is sent, and passed over by Discord where they have no meaning. */
const library = { tts: z.boolean().optional(), enforce_nonce: z.literal(false).optional() };

export const editMessage = z.strictObject({ ...parts, ...library, flags: flags(SUPPRESS_EMBEDS).nullish() });

/** The answer to an interaction, and what follows it. */
export const interactionMessage = z
  .strictObject({
    ...parts,
    ...library,
    flags: flags(SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS).optional(),
  })
  .refine((body) => Boolean(body.content) || Boolean(body.embeds?.length) || Boolean(body.components?.length), {
    message: 'Cannot send an empty message',
  });

const textInput = z.strictObject({
  type: z.literal(4),
  id: z.number().int().optional(),
  custom_id: customId,
  style: z.union([z.literal(1), z.literal(2)]),
  min_length: z.number().int().min(0).max(4000).optional(),
  max_length: z.number().int().min(1).max(4000).optional(),
  required: z.boolean().optional(),
  value: z.string().max(4000).optional(),
  placeholder: z.string().max(100).optional(),
});

const select = z.strictObject({
  type: z.literal(3),
  id: z.number().int().optional(),
  custom_id: customId,
  options: z
    .array(z.strictObject({ label: text(100), value: text(100), default: z.boolean().optional() }))
    .min(1)
    .max(25),
  required: z.boolean().optional(),
});

export const modal = z.strictObject({
  custom_id: customId,
  title: text(45),
  components: z
    .array(
      z.strictObject({
        type: z.literal(18),
        id: z.number().int().optional(),
        label: text(45),
        description: text(100).optional(),
        component: z.union([textInput, select]),
      }),
    )
    .min(1)
    .max(5)
    .refine((labels) => allDifferent(labels.map(({ component }) => component.custom_id)), {
      message: 'Component custom id cannot be duplicated',
    }),
});

export const choices = z.strictObject({
  choices: z.array(z.strictObject({ name: text(100), value: text(100) })).max(25),
});

/** Deferred: only whether it will be seen by one person. */
export const deferral = z.strictObject({ flags: flags(EPHEMERAL).optional() });

const name = z
  .string()
  .regex(/^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u)
  .refine((given) => given === given.toLowerCase());
const leaf = z
  .strictObject({
    type: z.number().int().min(3).max(11),
    name,
    description: text(100),
    required: z.boolean().optional(),
    choices: z
      .array(z.strictObject({ name: text(100), value: z.union([text(100), z.number()]) }))
      .max(25)
      .optional(),
    min_length: z.number().int().min(0).max(6000).optional(),
    max_length: z.number().int().min(1).max(6000).optional(),
    min_value: z.number().optional(),
    max_value: z.number().optional(),
    autocomplete: z.boolean().optional(),
  })
  .refine((option) => !(option.autocomplete && option.choices?.length), { message: 'autocomplete excludes choices' });
const leaves = z
  .array(leaf)
  .max(25)
  .refine((all) => !all.some((one, i) => one.required && all.slice(0, i).some((before) => !before.required)), {
    message: 'Required options must be placed before non-required options',
  });
const subcommand = z.strictObject({ type: z.literal(1), name, description: text(100), options: leaves.optional() });

const registered = {
  default_member_permissions: z.string().nullish(),
  contexts: z.array(z.number().int().min(0).max(2)).nullish(),
  integration_types: z.array(z.number().int().min(0).max(1)).optional(),
  nsfw: z.boolean().optional(),
};
export const commands = z
  .array(
    z.union([
      z.strictObject({
        type: z.literal(1).optional(),
        name,
        description: text(100),
        options: z.union([z.array(subcommand).max(25), leaves]).optional(),
        ...registered,
      }),
      z.strictObject({
        type: z.union([z.literal(2), z.literal(3)]),
        name: z.string().min(1).max(32),
        ...registered,
      }),
    ]),
  )
  .max(100);

/** The body, or Discord's error of it. */
export function read<T>(schema: z.ZodType<T>, body: unknown): { body: T } | { error: object } {
  const result = schema.safeParse(body);
  if (result.success) return { body: result.data };
  const errors = {};
  for (const issue of result.error.issues) place(errors, issue.path.map(String), issue.message);
  return { error: { message: 'Invalid Form Body', code: 50035, errors } };
}

function place(errors: Record<string, unknown>, path: string[], message: string): void {
  let at = errors;
  for (const key of path) {
    at[key] ??= {};
    at = at[key] as Record<string, unknown>;
  }
  at._errors = [{ code: 'BASE_TYPE_INVALID', message }];
}

function allDifferent(list: string[]): boolean {
  return new Set(list).size === list.length;
}
