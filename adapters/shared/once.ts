/**
 * Alert cards are posted once: the desk asks again when a post took long, and the first one may be up by then. One that
 * has to be posted anew is edited there from then on: whoever asked is given its new id, which outlives this process. It
 * does not know how a platform posts.
 */
export interface Once {
  /** Posts it, or, where it is up already, shows the newer state there. Resolves to the platform's id. */
  show(id: string, how: Ways): Promise<string>;
  /** Shows a newer state of what was posted under `postId`. Resolves to the id under which it hangs where that is another. */
  update(
    id: string,
    postId: string,
    how: Ways & { cannot: (error: unknown) => Cannot | undefined },
  ): Promise<string | undefined>;
}

/** What to do about a post that cannot be edited any more. Undefined: it is another trouble. */
export type Cannot = 'post anew' | 'leave it';

export interface Ways {
  post: () => Promise<string>;
  edit: (postId: string) => Promise<void>;
}

/** Cards whose place is remembered. */
const REMEMBERED = 1000;

export function once(): Once {
  const up = new Map<string, string>();

  function remember(id: string, postId: string): void {
    up.set(id, postId);
    if (up.size > REMEMBERED) up.delete(up.keys().next().value!);
  }

  return {
    async show(id, { post, edit }) {
      const before = up.get(id);
      if (before !== undefined) {
        await edit(before);
        return before;
      }
      const postId = await post();
      remember(id, postId);
      return postId;
    },

    async update(id, postId, { post, edit, cannot }) {
      let at = up.get(id) ?? postId;
      try {
        await edit(at);
      } catch (error) {
        const verdict = cannot(error);
        if (verdict === undefined) throw error;
        if (verdict === 'post anew') {
          up.delete(id);
          at = await post();
          remember(id, at);
        }
      }
      return at === postId ? undefined : at;
    },
  };
}
