// What a person asks of a table: words, an order, a page. A table that holds all
// its rows answers by itself; one whose rows are many hands this to the program.
import { keepQuery, queryNow } from '../../query';

// Some hundreds of rows take longer to draw than a person cares to wait.
const size = 25;

export interface TableQuery {
  words: string;
  /** Key of the column by which the rows stand; empty: as they come. */
  sort: string;
  down: boolean;
  /** From 1. */
  page: number;
  /** All rows on one page. */
  showAll: boolean;
  /** How many rows answer; the table's owner tells. */
  total: number;
  readonly pages: number;
  /** The same for the program. */
  readonly query: { words: string; sort: string; down: boolean; from: number; limit: number };
}

/**
 * Nothing asked yet, but for the column from whose highest value the rows go
 * down. Up to `most` rows make no second page. A page's one table that is filtered is
 * `kept` in its address: going back finds the same rows again.
 */
export function tableQuery(downBy = '', most = size, kept = false): TableQuery {
  const from = (key: string) => (kept && queryNow().get(key)) || '';
  const order = from('sort');
  let words = $state(from('q'));
  let sort = $state(order.replace(/^-/, '') || downBy);
  let down = $state(order ? order.startsWith('-') : downBy !== '');
  let page = $state(Math.max(1, Number(from('page')) || 1));
  const keep = () => {
    if (!kept) return;
    const first = sort === downBy && down === (downBy !== '');
    keepQuery({ q: words, sort: first ? '' : (down ? '-' : '') + sort, page: page > 1 ? String(page) : '' });
  };
  let showAll = $state(false);
  let total = $state(0);
  const one = $derived(showAll || total <= most);
  const pages = $derived(one ? 1 : Math.ceil(total / size));
  return {
    get words() {
      return words;
    },
    set words(to) {
      words = to;
      page = 1;
      keep();
    },
    get sort() {
      return sort;
    },
    set sort(to) {
      sort = to;
      page = 1;
      keep();
    },
    get down() {
      return down;
    },
    set down(to) {
      down = to;
      keep();
    },
    get page() {
      return Math.min(page, Math.max(1, pages));
    },
    set page(to) {
      page = to;
      keep();
    },
    get showAll() {
      return showAll;
    },
    set showAll(to) {
      showAll = to;
      page = 1;
    },
    get total() {
      return total;
    },
    set total(to) {
      total = to;
    },
    get pages() {
      return pages;
    },
    get query() {
      return { words, sort, down, from: showAll ? 0 : (page - 1) * size, limit: showAll ? 0 : size };
    },
  };
}
