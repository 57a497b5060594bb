/**
 * Students of a plant area or of some machine classes beside the general one. Each has a place in the configuration and a
 * choice of its own in the registry; a place for which none was chosen is passed over. It does not know who is sure.
 */
import { openRegistry, type Registry, type RegistryOptions } from '../../models/student/registry.ts';
import type { Student } from '../../models/student/types.ts';
import type { Logger } from '../logger.ts';
import { type Serving, serveStudent } from '../serving.ts';

export interface Place {
  readonly name: string;
  /** Canonical classes of machines; empty: all. */
  readonly classes: readonly string[];
  /** Areas of the register; empty: all. */
  readonly areas: readonly string[];
}

export interface Specialists {
  /** Whose classes and areas the machine is of, in the order of the configuration. */
  of(about: { asset?: string; area?: string }): Student[];
  /** Who serves where. */
  serving(): { place: string; student: string }[];
  problems(): string[];
  close(): Promise<void>;
}

export async function serveSpecialists(
  places: readonly Place[],
  registryOptions: Omit<RegistryOptions, 'place'>,
  options: { logger: Logger; follow: boolean },
): Promise<Specialists> {
  const open: { place: Place; registry: Registry; serving: Serving }[] = [];
  for (const place of places) {
    const registry = await openRegistry({ ...registryOptions, place: place.name });
    open.push({ place, registry, serving: await serveStudent(registry, { ...options, optional: true }) });
  }
  return {
    of: (about) =>
      open.flatMap(({ place, serving }) => {
        const student = isOf(place, about) ? serving.student() : null;
        return student ? [student] : [];
      }),
    serving: () =>
      open.flatMap(({ place, serving }) => {
        const entry = serving.entry();
        return entry ? [{ place: place.name, student: entry.id }] : [];
      }),
    problems: () => open.flatMap(({ place, serving }) => serving.problem()?.replace(/^/, `${place.name}: `) ?? []),
    async close() {
      for (const { registry, serving } of open) {
        await serving.close();
        await registry.close();
      }
    },
  };
}

/** A machine that is not known is nobody's but the general student's. */
export function isOf({ classes, areas }: Place, { asset, area }: { asset?: string; area?: string }): boolean {
  const within = (list: readonly string[], value: string | undefined): boolean =>
    list.length === 0 || (value !== undefined && list.includes(value));
  return within(classes, asset) && within(areas, area);
}
