// The answers and their order.

const severity = { '': -1, genuine: 0, unknown_signer: 1, out_of_time: 2, unfit: 3, revoked: 4, unsigned: 5, unreadable: 6, cannot_tell: 7, altered: 8 };

// worse gives the worse of two statuses of signatures; one that it does not know is the worst.
export function worse(a, b) {
  const rank = (s) => severity[s] ?? 9;
  return rank(b) > rank(a) ? b : a;
}

export const answerRank = {
  genuine: 0, expired: 1, superseded: 2, unknown_signer: 3, not_in_register: 4, unfit: 5, revoked: 6, unsigned: 7, unreadable: 8, cannot_tell: 9, altered: 10,
};

// answerOf is the answer that a status of a signature leads to.
export function answerOf(status) {
  if (status === 'out_of_time') return 'unfit';
  return status in answerRank && status !== 'expired' && status !== 'superseded' ? status : 'altered';
}
