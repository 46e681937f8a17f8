import type { Tone } from '$lib/ui';

export const certificateTone = (status: string): Tone =>
  status === 'issued' ? 'good' : status === 'revoked' ? 'bad' : status === 'expired' ? 'warn' : 'quiet';
