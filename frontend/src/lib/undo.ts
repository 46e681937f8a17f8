// The way back from a change.
import { Activities, asFault } from './api';
import { t } from './text';
import { currentPage, done, failed } from './ui';

/**
 * Says that a record was changed, and offers to take that back where the program
 * can. `again` shows what there is afterwards. Where saving leads to another page,
 * call this there: the message belongs to the page that is shown now.
 */
export async function changed(text: string, ref: string, again: () => unknown): Promise<void> {
  const page = currentPage();
  const [entry] = await Activities.List({ subject: ref, person: '', kind: '', before: 0, limit: 1 }).catch(
    () => [],
  );
  done(
    text,
    entry?.can_undo
      ? async () => {
          try {
            await Activities.Undo(entry.seq);
            done(t.common.undone);
            await again();
          } catch (why) {
            failed(asFault(why));
          }
        }
      : undefined,
    page,
  );
}
