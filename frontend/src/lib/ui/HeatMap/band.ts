// The bands of the 5×5 matrix, by likelihood × impact, as package risk has them.

type Band = 'low' | 'medium' | 'high' | 'very_high' | 'unrated';

export function band(score: number): Band {
  if (score <= 0) return 'unrated';
  if (score <= 4) return 'low';
  if (score <= 9) return 'medium';
  if (score <= 16) return 'high';
  return 'very_high';
}

/** 1 to 4, for the tint of a cell. */
export const bandTone = (score: number): number =>
  ({ unrated: 1, low: 1, medium: 2, high: 3, very_high: 4 })[band(score)];
