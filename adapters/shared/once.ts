/**
 * Alert cards are posted once: the desk asks again when a post took long, and the first one may be up by then. It does not
 * know how a platform posts.
 */
export interface Once {
  /** Posts it, or, where it is up already, shows the newer state there. Resolves to the platform's id. */
  show(id: string, post: () => Promise<string>, edit: (postId: string) => Promise<void>): Promise<string>;
}

/** Cards whose place is remembered. */
const REMEMBERED = 1000;

export function once(): Once {
  const up = new Map<string, string>();
  return {
    async show(id, post, edit) {
      const before = up.get(id);
      if (before !== undefined) {
        await edit(before);
        return before;
      }
      const postId = await post();
      up.set(id, postId);
      if (up.size > REMEMBERED) up.delete(up.keys().next().value!);
      return postId;
    },
  };
}
