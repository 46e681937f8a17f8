// The answers and their order.

const severity = {
  '': -1,
  genuine: 0,
  unknown_signer: 1,
  out_of_time: 2,
  unfit: 3,
  cannot_judge: 4,
  revoked: 5,
  unsigned: 6,
  unreadable: 7,
  cannot_tell: 8,
  altered: 9,
};

// worse gives the worse of two statuses of signatures; one that it does not know is the worst.
export function worse(a, b) {
  const rank = (s) => severity[s] ?? 10;
  return rank(b) > rank(a) ? b : a;
}

export const answerRank = {
  genuine: 0,
  seal_genuine: 1,
  expired: 2,
  superseded: 3,
  not_yet_approved: 4,
  unknown_signer: 5,
  not_in_register: 6,
  unfit: 7,
  cannot_judge: 8,
  not_assay: 9,
  revoked: 10,
  unsigned: 11,
  unreadable: 12,
  cannot_tell: 13,
  altered: 14,
};

// answerOf is the answer that a status of a signature leads to.
export function answerOf(status) {
  if (status === 'out_of_time') return 'unfit';
  return status in answerRank && status !== 'expired' && status !== 'superseded' ? status : 'altered';
}
