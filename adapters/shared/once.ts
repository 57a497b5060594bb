/**
 * Alert cards are posted once: the desk asks again when a post took long, and the first one may be up by then. One that
 * was deleted is posted anew, and edited there from then on. It does not know how a platform posts.
 */
export interface Once {
  /** Posts it, or, where it is up already, shows the newer state there. Resolves to the platform's id. */
  show(id: string, how: Ways): Promise<string>;
  /** Shows a newer state of what was posted under `postId`. */
  update(id: string, postId: string, how: Ways & { isGone: (error: unknown) => boolean }): Promise<void>;
}

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

    async update(id, postId, { post, edit, isGone }) {
      try {
        await edit(up.get(id) ?? postId);
      } catch (error) {
        if (!isGone(error)) throw error;
        up.delete(id);
        remember(id, await post());
      }
    },
  };
}
